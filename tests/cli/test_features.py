"""The command ``xenoscan features``: its tables, its exit status, and runs that are cut off."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from preprocessing.cli.main import main
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.dataset.tabulation import Run
from preprocessing.features.domains import FEATURES
from preprocessing.features.schema import FEATURE_SET_VERSION
from preprocessing.features.table import stage, store
from preprocessing.features.table.store import feature_tables
from tests.support.feature_stars import rows_of, without_time, write_month, write_stars
from tests.support.mission_samples import product_of
from tests.support.outputs import KINDS, write_sample
from tests.support.packing import write_results

_STARS = (757076, 757107, 757138, 757169)

pytestmark = pytest.mark.slow


def run(*words: object) -> int:
    return main(["features", *map(str, words)])


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data set with its tables, to be looked at or copied."""
    root = tmp_path_factory.mktemp("finished")
    write_stars(root, _STARS)
    assert run(root, "--quiet") == 0
    return root


@pytest.fixture
def copied(finished: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "copied"))


def test_rows(finished: Path) -> None:
    """Each star has one row, by its number, where a feature has a value or else a reason."""
    rows = rows_of(feature_tables(finished).stars)
    assert [row["kic"] for row in rows] == list(_STARS)
    for row in rows:
        for feature in FEATURES:
            assert (row[feature.name] is None) == (row[f"{feature.name}_reason"] is not None)
        assert row["n_points"] == 1398
        assert row["left_out_not_finite"] == 2
        assert (row["files_used"], row["files_expected"]) == (1, 1)
        assert row["cpu_ms"] < 10_000
    candidates = rows_of(feature_tables(finished).path("candidates"))
    assert {row["kic"] for row in candidates} <= set(_STARS)
    assert all(row["passes"] == (row["broken_rules"] == "") for row in candidates)


def test_readers(finished: Path) -> None:
    """The tables are plain ones for pandas and DuckDB: numbers, texts and nulls."""
    path = feature_tables(finished).stars
    frame = pandas.read_parquet(path)
    numbers = duckdb.execute(f"select kic from '{path}' order by transit_snr, kic").fetchall()
    assert sorted(frame["kic"].tolist()) == sorted(kic for (kic,) in numbers) == list(_STARS)
    assert frame["transit_period"].dtype == "float64"


def test_only_what_is_new(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows stay as they are but for stars that came, changed or went."""
    before = feature_tables(copied).stars.read_bytes()
    assert run(copied) == 0
    assert "0 were computed now, and 4 stayed as they were" in capsys.readouterr().out
    assert feature_tables(copied).stars.read_bytes() == before
    write_month(copied / "lightcurves", 757200)
    write_month(copied / "lightcurves", _STARS[0], n=1300)
    (copied / "lightcurves" / f"KIC_{_STARS[1]}.fits").unlink()
    assert run(copied) == 0
    out = capsys.readouterr().out
    assert "2 were computed now, and 2 stayed as they were" in out
    assert "their light curves are gone: 1" in out
    rows = {row["kic"]: row["n_points"] for row in rows_of(feature_tables(copied).stars)}
    assert rows == {_STARS[0]: 1298, _STARS[2]: 1398, _STARS[3]: 1398, 757200: 1398}
    assert not feature_tables(copied).parts.exists()


def test_same_bits(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A star has the same row alone, among others, with two jobs, and from packed files."""
    shutil.copytree(finished / "lightcurves", tmp_path / "two" / "lightcurves")
    assert main(["pack", str(tmp_path / "two"), "--quiet"]) == 0
    shutil.rmtree(tmp_path / "two" / "lightcurves")
    assert run(tmp_path / "two", "--jobs", 2) == 0
    assert without_time(tmp_path / "two") == without_time(finished)
    write_stars(tmp_path / "alone", _STARS[2:3])
    assert run(tmp_path / "alone") == 0
    both = (rows_of(feature_tables(root).stars) for root in (tmp_path / "alone", finished))
    alone, others = ([{**row, "cpu_ms": 0.0} for row in rows] for rows in both)
    assert alone == others[2:3]


def test_kill(finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What was computed before kill -9 is not computed again, and the tables are the same."""
    shutil.copytree(finished / "lightcurves", tmp_path / "lightcurves")
    program = (
        "import preprocessing.dataset.tabulation as t; t._MOST_STARS = 1;"
        " from preprocessing.cli.main import main;"
        f" main(['features', {str(tmp_path)!r}, '--quiet'])"
    )
    process = subprocess.Popen([sys.executable, "-c", program])
    parts = feature_tables(tmp_path).parts
    while process.poll() is None and len(list(parts.glob("*.features.parquet"))) < 2:
        time.sleep(0.002)
    process.kill()
    process.wait()
    (parts / ".00000009.features.parquet.part").write_bytes(b"cut off")
    assert run(tmp_path) == 0
    n_kept = int(capsys.readouterr().out.split(", and ")[1].split()[0])
    assert n_kept >= 2
    assert without_time(tmp_path) == without_time(finished)
    assert not parts.exists()


def test_other_version(
    copied: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table of another version stays until --recompute, which replaces all of it."""
    before = feature_tables(copied).stars.read_bytes()
    monkeypatch.setattr(store, "FEATURE_SET_VERSION", "0")
    assert run(copied) == 2
    err = capsys.readouterr().err
    assert f"is of version {FEATURE_SET_VERSION} of the feature set" in err and "--recompute" in err
    assert feature_tables(copied).stars.read_bytes() == before
    monkeypatch.undo()
    assert run(copied, "--recompute") == 0
    assert "4 were computed now" in capsys.readouterr().out
    feature_tables(copied).stars.write_bytes(before[:100])
    assert run(copied) == 2
    assert "is damaged" in capsys.readouterr().err
    assert run(copied, "--recompute", "--quiet") == 0


def test_bad_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be computed is one line and status 2, and nothing is written."""
    mixed, none = tmp_path / "mixed" / "lightcurves", tmp_path / "none" / "lightcurves"
    mixed.mkdir(parents=True)
    none.mkdir(parents=True)
    write_month(mixed, 757076)
    write_sample(mixed, next(kind for kind in KINDS if product_of(kind).mission == "TESS"))
    fake = write_stars(tmp_path / "fake", _STARS[:1])
    write_month(fake.lightcurves, 757107, SYNTHET=True)
    for words, message in (
        ((), "name the folder of a data set"),
        ((tmp_path / "x",), "there is no folder"),
        ((tmp_path,), "neither light curves nor records"),
        ((none.parent,), "has no light curves"),
        ((mixed.parent,), "is of one mission"),
        ((fake.root,), "synthetic stars never stand beside real ones"),
        (("--explain", "transit_snrr"), "did you mean transit_snr?"),
        ((fake.root, "--jobs", "0"), "not a number of processes"),
    ):
        assert run(*words) == 2
        err = capsys.readouterr().err
        assert message in err
        assert len(err.splitlines()) == 1
    assert not list(tmp_path.rglob("*.parquet"))


def test_what_is_missing(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A partial data set is computed, what is missing is named, and a damaged file is status 1."""
    path = copied / "lightcurves" / f"KIC_{_STARS[0]}.fits"
    path.write_bytes(path.read_bytes()[:-2880])
    rows = [{"target_id": "KIC 5", "success": False, "reason": "no_data", "catalog_number": 5}]
    write_results(DatasetFolder(copied), rows)
    assert run(copied) == 1
    out = capsys.readouterr().out
    assert f"no features of KIC {_STARS[0]}: {path}: " in out
    assert "Targets without a light curve: 1 (KIC 5)." in out
    assert len(rows_of(feature_tables(copied).stars)) == 3


def test_times_of_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Times in a file that are reversed, equal or infinite get a row, with counts or reasons."""
    folder = tmp_path / "lightcurves"
    folder.mkdir()
    changes: tuple[Callable[[NDArray[np.float64]], object], ...] = (
        lambda time: time[::-1],
        lambda time: np.full_like(time, time[5]),
        lambda time: np.where(np.arange(len(time)) % 50 == 7, np.inf, time),
        lambda time: np.full_like(time, np.inf),
    )
    for number, change in zip(_STARS, changes, strict=True):
        with fits.open(write_month(folder, number), mode="update") as units:
            units[1].data["TIME"] = change(units[1].data["TIME"].astype(float))
    assert run(tmp_path) == 0
    assert "4 were computed now" in capsys.readouterr().out
    backwards, same, holes, none = rows_of(feature_tables(tmp_path).stars)
    assert (backwards["n_points"], backwards["n_reordered"]) == (1398, 1397)
    assert backwards["n_features"] > 20
    assert (same["n_points"], same["left_out_same_time"]) == (1, 1397)
    assert (holes["n_points"], holes["left_out_not_finite"]) == (1370, 30)
    assert (none["n_points"], none["n_features"], none["stat_white_reason"]) == (0, 0, "too_short")


def test_one_compiles_for_many(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not compiled yet is compiled before many processes begin, lest each does it."""
    done: list[str] = []

    def noted(function: Callable[[Any], Any], units: Iterable[Any], /) -> Iterator[Any]:
        done.append(function.__name__)
        return map(function, units)

    monkeypatch.setattr(stage, "is_compiled", lambda: False)
    monkeypatch.setattr(stage, "compile_once", lambda: done.append("compiled"))
    stage.describe_dataset(Run(copied, n_workers=2, run_units=noted, note=done.append))
    assert [done[0], *done[2:]] == ["kinds_of", "compiled", "compute"]
    assert "once on this machine" in done[1]


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    """A feature's definition is printed, and a line about each without a name."""
    assert run("--explain", "transit_period") == 0
    out = capsys.readouterr().out
    assert "Formula: lg of the period" in out and "Unit: lg d" in out
    assert run("--explain") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(FEATURES)
