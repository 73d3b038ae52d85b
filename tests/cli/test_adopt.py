"""``xenoscan download --adopt``: the command, its defaults and what it says."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preprocessing.acquire.records.opening import lock_paths
from preprocessing.cli.main import main
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system.run_lock import hold
from scripts import xenoscan_scraper
from tests.support.scraping import everything_below

_HOLDINGS = SyntheticHoldings(3, n_quarters=1)


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory of a run that used the default places."""
    folder = tmp_path / "old"
    folder.mkdir()
    monkeypatch.chdir(folder)
    with ArchiveThread(_HOLDINGS) as server:
        words = ["--targets", "3", "--archive", server.base_url, "--workers", "2", "--flux", "sap"]
        assert xenoscan_scraper.main([*words, "--quiet"]) == 0
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.mark.slow
def test_the_old_layout_is_found(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Light curves, results and checkpoint are looked for in their usual places below DIR."""
    before = everything_below(old)
    assert main(["download", "--dataset", "new", "--adopt", "old"]) == 0
    said = capsys.readouterr().out
    assert "new now holds 3 light curves and 3 rows." in said
    assert "xenoscan verify new" in said
    assert everything_below(old) == before
    settings = DatasetFolder(Path("new")).settings.read_text()
    assert 'archive = "http://127.0.0.1' in settings
    assert 'flux = "sap"' in settings and "workers = 2" in settings
    assert main(["verify", "new"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "All of it is sound."
    # The old data set can still be used, and the new one is no part of it.
    assert main(["verify", "old/data/raw", "--results", "old/download_results.csv"]) == 0
    assert {path.name for path in Path().iterdir()} == {"old", "new"}


@pytest.mark.slow
def test_packed_light_curves_are_not_left_behind(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The mission's clock is taken over; a data set that is packed is not, for want of its FITS."""
    assert main(["download", "--dataset", "new", "--adopt", "old", "--quiet"]) == 0
    clocks = [*(old / "checkpoints" / "clock").iterdir()]
    for path in clocks:
        assert (DatasetFolder(Path("new")).clocks / path.name).read_bytes() == path.read_bytes()
    assert clocks
    assert main(["pack", "new", "--consume", "--quiet"]) == 0
    words = ["--adopt", "new", "--output", "new/lightcurves"]
    assert main(["download", "--dataset", "newer", *words]) == 2
    assert "copy or move its whole folder" in capsys.readouterr().err
    assert not Path("newer").exists()


@pytest.mark.slow
def test_other_places_are_named(old: Path) -> None:
    """The three path options say where things are that are not in their usual places."""
    (old / "data" / "raw").rename(old / "curves")
    (old / "checkpoints").rename(old / "points")
    words = ["--output", "old/curves", "--checkpoint-dir", "old/points", "--quiet"]
    assert main(["download", "--dataset", "new", "--adopt", "old", *words]) == 0
    assert main(["verify", "new"]) == 0


@pytest.mark.slow
def test_twice_is_once_too_often(old: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data set is never written over."""
    assert main(["download", "--dataset", "new", "--adopt", "old", "--quiet"]) == 0
    before = everything_below(Path("new"))
    assert main(["download", "--dataset", "new", "--adopt", "old"]) == 2
    err = capsys.readouterr().err
    assert err == "xenoscan download: new is not empty: name a new folder for the data set\n"
    assert everything_below(Path("new")) == before


@pytest.mark.slow
async def test_a_run_in_progress_is_not_adopted(
    old: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As long as a run writes to the old places, nothing is taken over."""
    places = lock_paths(old / "data/raw", old / "download_results.csv", old / "checkpoints")
    words = ["download", "--dataset", "new", "--adopt", "old"]
    async with hold(places):
        assert await asyncio.to_thread(main, words) == 2
    assert "another run is writing to" in capsys.readouterr().err
    assert not Path("new").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("gone", "said"),
    [("data", "no light curves in"), ("download_results.csv", "there is no old/download_results")],
)
def test_what_is_not_there_is_named(
    old: Path, gone: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without light curves or results there is nothing to adopt: one line, status 2."""
    (old / gone).rename(old / "away")
    assert main(["download", "--dataset", "new", "--adopt", "old"]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
