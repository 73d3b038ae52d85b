"""The command ``xenoscan vet``: its tables, its exit status, and runs that are cut off."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from preprocessing.cli.main import main
from preprocessing.vetting.families import RULES
from preprocessing.vetting.table.store import vetting_tables
from tests.support.feature_stars import rows_of, write_month, write_stars

_STARS = (757076, 757107, 757138)

pytestmark = pytest.mark.slow


def run(*words: object) -> int:
    return main(["vet", *map(str, words)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with its features and its tables of vetting, to be looked at or copied."""
    root = tmp_path_factory.mktemp("vetted")
    write_stars(root, _STARS)
    assert main(["features", str(root), "--quiet"]) == 0
    assert run(root, "--quiet") == 0
    return root


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copied"))


def test_rows(finished: Path) -> None:
    """Each star has one row, where every label is given, denied, or undecided for a reason."""
    rows = rows_of(vetting_tables(finished).stars)
    assert [row["kic"] for row in rows] == list(_STARS)
    for row in rows:
        for rule in RULES:
            assert (row[f"is_{rule.label}"] is None) == (row[f"{rule.label}_reason"] is not None)
        given = {str(rule.label) for rule in RULES if row[f"is_{rule.label}"]}
        assert set(filter(None, row["labels"].split("+"))) == given


def test_only_what_is_new(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Stars keep their rows but for those whose light or features changed, and bytes stay."""
    tables = [vetting_tables(copied).path(kind.name) for kind in vetting_tables(copied).kinds]
    before = [path.read_bytes() for path in tables]
    assert run(copied) == 0
    assert "0 were computed now, and 3 stayed as they were" in capsys.readouterr().out
    assert [path.read_bytes() for path in tables] == before
    write_month(copied / "lightcurves", _STARS[0], n=1300)
    assert run(copied) == 2
    err = capsys.readouterr().err
    assert "as it is now: run xenoscan features" in err and len(err.splitlines()) == 1
    assert main(["features", str(copied), "--quiet"]) == 0
    assert run(copied) == 0
    assert "1 were computed now, and 2 stayed as they were" in capsys.readouterr().out


def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be vetted is one line and status 2, and nothing is written."""
    root = write_stars(tmp_path / "one", _STARS[:1]).root
    for words, message in (
        ((), "name the folder of a data set"),
        ((tmp_path / "x",), "there is no folder"),
        ((root,), f"is not there: run xenoscan features {root}"),
        (("--explain", "edgess"), "did you mean edges?"),
    ):
        assert run(*words) == 2
        err = capsys.readouterr().err
        assert message in err
        assert len(err.splitlines()) == 1
    assert not list(tmp_path.rglob("*.parquet"))


def test_labels_from_a_table(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A table of known objects gives labels, and blind features of its hosts, both once."""
    table = copied / "labels.csv"
    host, other, _ = _STARS
    rows = f"{host},planet,3.5,140.2,5\n{other},rotator,12.0,,\n{other},comet,1.0,,\n"
    table.write_text(f"number,kind,period,epoch,duration\n{rows}", encoding="utf-8")
    assert run(copied, "--labels", table) == 0
    told = capsys.readouterr().out
    assert "2 objects of 3 rows (1 of an unknown kind)" in told
    assert "features_blind.parquet has 1 rows" in told and "1 were computed now" in told
    labels = {row["kic"]: row["labels"].split("+") for row in rows_of(copied / "vetting.parquet")}
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
    table.write_text("number,kind,epoch\n5,planet,130\n", encoding="utf-8")
    assert run(copied, "--labels", table) == 2
    assert "no column of the period" in capsys.readouterr().err
    assert (copied / "features_blind.parquet").read_bytes() == before
