"""The command ``xenoscan vet``: its tables, its exit status, and runs that are cut off."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from preprocessing.cli.main import main
from preprocessing.core.ephemerides import EventMask
from preprocessing.core.product import Product
from preprocessing.dataset.tabulation import Run
from preprocessing.features.schema import FEATURE_SET
from preprocessing.features.table import blind
from preprocessing.features.table.store import feature_tables
from preprocessing.vetting.families import RULES
from preprocessing.vetting.table import stage
from preprocessing.vetting.table.store import vetting_tables
from tests.support.feature_stars import rows_of, write_month, write_stars
from tests.support.held_lock import lock_held
from tests.support.mission_samples import sample_rows

#: On channel 5, where something happens at one time, and on channel 9, where nothing does.
_HIT, _ALONE = (757076, 757107, 757138, 757169, 757200), 757231
_GLITCH, _COARSE_POINT = 700, 4

pytestmark = pytest.mark.slow


def run(*words: object) -> int:
    return main(["vet", *map(str, words)])


def _glitch_rows(product: Product, n: int, seed: int) -> NDArray[np.void]:
    """Return rows of a star that dims by a tenth at one time, while the pointing is coarse."""
    rows = sample_rows(product, n=n, seed=product.number)
    rows["PDCSAP_FLUX"][_GLITCH : _GLITCH + 2] *= 0.9
    return rows


def _write_hit(root: Path, number: int, channel: int = 5) -> None:
    place = {"CHANNEL": channel, "MODULE": 2}
    write_month(root / "lightcurves", number, make_rows=_glitch_rows, **place)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with its features and its tables of vetting, to be looked at or copied."""
    root = tmp_path_factory.mktemp("vetted")
    write_stars(root, ())
    for number in _HIT:
        _write_hit(root, number)
    _write_hit(root, _ALONE, channel=9)
    assert main(["features", str(root), "--quiet"]) == 0
    assert run(root, "--quiet") == 0
    return root


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copied"))


def _bytes(root: Path) -> dict[str, bytes]:
    names = ("vetting", "events", "dispositions", "population")
    return {name: vetting_tables(root).path(name).read_bytes() for name in names}


def _stars(root: Path) -> dict[int, dict[str, Any]]:
    return {row["kic"]: row for row in rows_of(vetting_tables(root).stars)}


def test_rows(finished: Path) -> None:
    """Each star has one row, where every label is given, denied, or undecided for a reason."""
    rows = rows_of(vetting_tables(finished).stars)
    assert [row["kic"] for row in rows] == [*_HIT, _ALONE]
    for row in rows:
        for rule in RULES:
            assert (row[f"is_{rule.label}"] is None) == (row[f"{rule.label}_reason"] is not None)
        given = {str(rule.label) for rule in RULES if row[f"is_{rule.label}"]}
        assert set(filter(None, row["labels"].split("+"))) == given


def test_one_channel(finished: Path) -> None:
    """A glitch of five stars of one channel is a coincidence; one star of another cannot tell."""
    stars = _stars(finished)
    assert all(stars[number]["is_coincidence"] for number in _HIT)
    assert all("coincidence" in stars[number]["labels"] for number in _HIT)
    assert stars[_ALONE]["is_coincidence"] is None
    assert stars[_ALONE]["coincidence_reason"] == "few_stars"
    events = rows_of(vetting_tables(finished).path("events"))
    assert {(row["kic"], row["kind"], row["place"], row["stars_near"]) for row in events} == {
        *((number, "dip", "channel 5", 5) for number in _HIT),
        (_ALONE, "dip", "channel 9", 1),
    }
    assert all(row["amplitude"] == pytest.approx(-1e5, rel=0.05) for row in events)
    population = rows_of(vetting_tables(finished).path("population"))
    assert {(r["place"], r["stars_observed"], r["is_coincidence"]) for r in population} == {
        ("channel 5", 5, True),
        ("channel 9", 1, False),
    }
    assert sum(row["stars_with_event"] for row in population) == 6


def test_only_what_is_new(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stars keep their rows but for those whose light or features changed, and bytes stay."""
    before = _bytes(copied)
    assert run(copied) == 0
    assert "0 were computed now, and 6 stayed as they were" in capsys.readouterr().out
    assert _bytes(copied) == before
    (copied / "lightcurves" / f"KIC_{_HIT[0]}.fits").unlink()
    # Where the star was is nothing that features know.
    _write_hit(copied, _HIT[1], channel=6)
    assert run(copied) == 0
    assert "1 were computed now, and 4 stayed as they were" in capsys.readouterr().out
    # Of the channel, three are left: stars that were vetted before are judged anew.
    assert {row["coincidence_reason"] for row in _stars(copied).values()} == {"few_stars"}
    assert not any("coincidence" in row["labels"] for row in _stars(copied).values())


def test_goes_on(
    finished: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was vetted before an end is not vetted again, and the tables have the same bytes."""
    shutil.copytree(finished, tmp_path / "copied")
    root = tmp_path / "copied"
    for name in _bytes(root):
        vetting_tables(root).path(name).unlink()

    class Killed(BaseException):
        """The end of a process."""

    def population_of(*given: object) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(stage, "population_of", population_of)
        run(root)
    parts = vetting_tables(root).parts
    assert len(list(parts.glob("*.vetting.parquet"))) == 6
    (parts / "00000006.vetting.parquet").write_bytes(b"cut off")
    capsys.readouterr()
    assert run(root) == 0
    assert "1 were computed now, and 5 stayed as they were" in capsys.readouterr().out
    assert _bytes(root) == _bytes(finished)
    assert not parts.exists()


def test_bad_usage(copied: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be vetted is one line and status 2, and nothing is written."""
    before = _bytes(copied)
    root = write_stars(tmp_path / "one", _HIT[:1]).root
    none = write_stars(tmp_path / "none", ()).root
    for words, message in (
        ((), "name the folder of a data set"),
        ((tmp_path / "x",), "there is no folder"),
        ((none,), f"{none} has no light curves: there is nothing to compute"),
        ((root,), f"is not there: run xenoscan features {root}"),
        (("--explain", "edgess"), "did you mean edges?"),
        ((root, "--known", "a.parquet", "--known", "b.parquet"), "has two: a.parquet, b.parquet"),
    ):
        assert run(*words) == 2
        err = capsys.readouterr().err
        assert message in err
        assert len(err.splitlines()) == 1
    assert run(copied, "--known", tmp_path / "known.parquet") == 2
    err = capsys.readouterr().err
    assert f"there is no file {tmp_path / 'known.parquet'}" in err and "--known none" in err
    dispositions = vetting_tables(copied).path("dispositions")
    dispositions.unlink()
    assert run(copied) == 2
    assert f"{dispositions} is not there, and {copied / 'vetting.parquet'} is: --recompute" in (
        capsys.readouterr().err
    )
    assert not vetting_tables(copied).parts.exists()
    dispositions.write_bytes(before["dispositions"])
    candidates = feature_tables(copied).path("candidates")
    candidates.write_bytes(candidates.read_bytes()[:100])
    assert run(copied) == 2
    assert "is damaged" in (err := capsys.readouterr().err) and "--recompute" in err
    assert _bytes(copied) == before


def test_labels_from_a_table(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of known objects gives labels, and blind features of its hosts, both once."""
    table = copied / "labels.csv"
    host, other = _HIT[:2]
    rows = f"{host},planet,3.5,140.2,5\n{other},rotator,12.0,,\n{other},comet,1.0,,\n"
    table.write_text(f"number,kind,period,epoch,duration\n{rows}", encoding="utf-8")
    assert run(copied, "--labels", table) == 0
    told = capsys.readouterr().out
    assert "2 objects of 3 rows (1 of an unknown kind)" in told
    assert "of 6 stars, 2 have known objects" in told
    assert "features_blind.parquet has 1 rows" in told and "1 were computed now" in told
    labels = {row["kic"]: row["labels"].split("+") for row in rows_of(copied / "vetting.parquet")}
    reasons = {row["known_binary_reason"] for row in rows_of(copied / "vetting.parquet")}
    assert reasons == {"no_catalog"}
    assert "known_planet" in labels[host] and "known_variable" in labels[other]
    (blind,) = rows_of(copied / "features_blind.parquet")
    as_observed = {row["kic"]: row for row in rows_of(copied / "features.parquet")}[host]
    assert blind.keys() == as_observed.keys()
    assert blind["kic"] == host
    assert blind["left_out_masked"] > as_observed["left_out_masked"] == 0
    before = (copied / "features_blind.parquet").read_bytes()
    assert run(copied, "--labels", table) == 0
    assert "0 were computed now, and 1 stayed as they were" in capsys.readouterr().out
    assert (copied / "features_blind.parquet").read_bytes() == before
    assert run(copied) == 0
    assert "features_blind.parquet stays as a former run left it" in capsys.readouterr().out
    table.write_text("number,kind,epoch\n5,planet,130\n", encoding="utf-8")
    assert run(copied, "--labels", table) == 2
    assert "no column of the period" in capsys.readouterr().err
    assert (copied / "features_blind.parquet").read_bytes() == before


def test_one_stage_at_a_time(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """While tables of a data set are computed, no other stage begins, since it would read them."""
    with lock_held(copied / ".xenoscan_tables.lock"):
        for command in ("vet", "features"):
            assert main([command, str(copied)]) == 2
            assert "(tables)" in capsys.readouterr().err


def test_other_blind_features(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Blind features of another version are refused before anything else is changed."""
    before = _bytes(copied)
    features = pq.read_table(copied / "features.parquet")
    about = {**features.schema.metadata, FEATURE_SET.encode(): b"1"}
    pq.write_table(features.replace_schema_metadata(about), copied / "features_blind.parquet")
    table = copied / "labels.csv"
    table.write_text(f"number,kind,period,epoch\n{_HIT[0]},planet,3.5,140\n", encoding="utf-8")
    assert run(copied, "--labels", table) == 2
    assert "features_blind.parquet is of version 1" in capsys.readouterr().err
    assert _bytes(copied) == before
    assert not vetting_tables(copied).parts.exists()


def test_several_light_curves(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a star with several light curves, those without blind features are named one by one."""
    files = ("KIC_757076.fits", "KIC_757076_short.fits")
    folder = write_stars(tmp_path, ()).lightcurves
    write_month(folder, _HIT[0])
    shutil.copyfile(folder / files[0], folder / files[1])
    monkeypatch.setattr(blind, "extract_blind", lambda *_, **__: None)
    done = blind.tabulate_blind(Run(tmp_path), {file: (EventMask(3.5, 0, 0.1),) for file in files})
    assert [name for name, _ in done.failures] == [file.removesuffix(".fits") for file in files]
    assert done.n_rows == 0


def test_a_star_of_several_light_curves_counts_once(copied: Path) -> None:
    """In the population, a star counts once, though its light curves are in different units."""
    curves = copied / "lightcurves"
    shutil.copyfile(curves / f"KIC_{_HIT[0]}.fits", curves / f"KIC_{_HIT[0]}_short.fits")
    assert main(["features", str(copied), "--quiet"]) == 0
    assert run(copied, "--quiet") == 0
    rows = rows_of(vetting_tables(copied).path("population"))
    counts = {(r["stars_near"], r["stars_observed"]) for r in rows if r["place"] == "channel 5"}
    assert counts == {(5, 5)}


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """A label's rule and evidence are printed, a column, and a line about each label."""
    assert run("--explain", "coincidence") == 0
    out = capsys.readouterr().out
    assert "Rule: " in out and "coincidence_share" in out
    assert run("--explain", "stars_near") == 0
    assert "Type: whole number" in capsys.readouterr().out
    assert run("--explain", "stars_expected") == run("--explain", "is_coincident") == 0
    assert "by chance" in capsys.readouterr().out
    assert run("--explain", "edges_reason") == 0
    out = capsys.readouterr().out
    assert "Rule: " in out and "Share of the depth" in out
    assert run("--explain") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(RULES)


def test_other_light(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Features of other light than what is there, or of fewer stars, are named; nothing changes."""
    before = _bytes(copied)
    write_month(copied / "lightcurves", _ALONE, n=1300)
    for _ in range(2):
        assert run(copied) == 2
        err = capsys.readouterr().err
        assert f"KIC_{_ALONE}.fits as it is now: run xenoscan features {copied}" in err
        assert len(err.splitlines()) == 1
        assert _bytes(copied) == before


def test_a_star_that_says_little(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A star of few points has a row with what its header says; one without features is named."""
    folder = write_stars(tmp_path, ()).lightcurves
    write_month(folder, _HIT[0], n=6, KEPMAG=12.5, TEFF=5600, RADIUS=0.0)
    assert main(["features", str(tmp_path), "--quiet"]) == run(tmp_path, "--known", "none") == 0
    (row,) = rows_of(vetting_tables(tmp_path).stars)
    assert row["flares_reason"] == "too_short"
    assert (row["magnitude"], row["teff"], row["radius"]) == (12.5, 5600.0, None)
    write_month(folder, _ALONE, n=6)
    assert run(tmp_path) == 2
    assert f"KIC_{_ALONE}.fits as it is now: run xenoscan features" in capsys.readouterr().err
