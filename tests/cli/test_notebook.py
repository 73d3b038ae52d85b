"""A plain call downloads, in a script and in a running event loop."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.table import Column, MaskedColumn, Table

from preprocessing import AsyncDownloader, download, open_dataset
from preprocessing.cli.main import main
from preprocessing.cli.notebook import Outcomes
from preprocessing.core.errors import RunConflict, UsageError
from preprocessing.simulator import synthetic_archive
from preprocessing.simulator.synthetic import SyntheticArchive
from tests.support.scraping import wait_until


@pytest.fixture(scope="module")
def archive() -> Iterator[SyntheticArchive]:
    """Return a running archive of four stars of Kepler and two of TESS."""
    with synthetic_archive(4, tess_stars=2) as archive:
        yield archive


@pytest.mark.slow
def test_one_call_leads_to_a_dataset(archive: SyntheticArchive, tmp_path: Path) -> None:
    """A blocking call returns the outcomes in order, and leaves the folder of a data set."""
    names = archive.targets[2::-1]
    outcomes = download(names, tmp_path / "stars", archive=archive.base_url)
    assert isinstance(outcomes, list)
    assert [outcome.target_id for outcome in outcomes] == names
    dataset = open_dataset(tmp_path / "stars")
    assert set(dataset.ids) == set(names)
    assert len(dataset.outcomes) == 3


@pytest.mark.slow
async def test_it_works_while_a_loop_runs(archive: SyntheticArchive, tmp_path: Path) -> None:
    """With a running event loop it can be called plainly, or awaited."""
    name = archive.targets[0]
    plain = download(name, tmp_path / "plain", archive=archive.base_url)
    awaited = await download(name, tmp_path / "awaited", archive=archive.base_url)
    assert isinstance(awaited, Outcomes)
    assert [outcome.target_id for outcome in plain] == [name]
    assert [outcome.target_id for outcome in awaited] == [name]


@pytest.mark.slow
async def test_the_asynchronous_class_shares_the_loop(
    archive: SyntheticArchive, tmp_path: Path
) -> None:
    """`AsyncDownloader` is awaited in the running loop, and takes the same kinds of targets."""
    downloader = AsyncDownloader(tmp_path, archive=archive.base_url)
    number = int(archive.targets[0].split()[1])
    (first,), ticked = await asyncio.gather(
        downloader.download_batch(np.int64(number)), asyncio.sleep(0, True)
    )
    assert (first.target_id, first.success, ticked) == (archive.targets[0], True, True)


def downloads(archive: SyntheticArchive) -> int:
    """Return how many files were sent."""
    return archive.log.files.total()


def _kinds(numbers: list[int]) -> dict[str, Any]:
    return {
        "int": numbers[0],
        "str": str(numbers[0]),
        "numpy int": np.int64(numbers[0]),
        "name": f"KIC {numbers[0]}",
        "array": np.array(numbers),
        "column": Table({"kepid": numbers})["kepid"],
        "bytes": Column([str(n).encode() for n in numbers]),
        "masked": MaskedColumn([*numbers, 7], mask=[False] * len(numbers) + [True]),
        "floats": np.array(numbers, float),
    }


@pytest.mark.slow
@pytest.mark.parametrize("kind", _kinds([1]))
def test_targets_of_every_kind(kind: str, archive: SyntheticArchive, tmp_path: Path) -> None:
    """Numbers and names, alone, in arrays and in columns of tables, name the same stars."""
    numbers = [int(name.split()[1]) for name in archive.targets if name.startswith("KIC")][:2]
    targets = _kinds(numbers)[kind]
    outcomes = download(targets, tmp_path, archive=archive.base_url)
    assert [o.target_id for o in outcomes] == [f"KIC {n}" for n in numbers][: len(outcomes)]
    assert len(outcomes) == (1 if kind in ("int", "str", "numpy int", "name") else 2)
    assert all(outcome.success for outcome in outcomes)


@pytest.mark.slow
def test_the_simulator_needs_no_start(tmp_path: Path) -> None:
    """`embedded` starts the simulator for the call, and a second call goes on with it."""
    first = download("Synthetic-2", tmp_path, archive="embedded --stars 3")
    again = download("Synthetic-2", tmp_path, archive="embedded --stars 3")
    assert [outcome.reason.value for outcome in first] == ["complete"]
    assert again == first


@pytest.mark.slow
def test_the_command_goes_on_with_it(
    archive: SyntheticArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Targets and options are saved, so that `--resume` alone goes on with what was begun."""
    outcomes = download(archive.targets[:2], tmp_path, archive=archive.base_url, quality="hard")
    assert main(["download", "--dataset", str(tmp_path), "--resume"]) == 0
    assert "2 targets" in capsys.readouterr().out
    assert [o.timestamp for o in open_dataset(tmp_path).outcomes] == [o.timestamp for o in outcomes]


@pytest.mark.parametrize("targets", [None, Table({"kepid": [1]}), [["KIC 1"]], [1.5], {"a": 1}])
def test_what_is_no_target_is_refused(targets: Any, tmp_path: Path) -> None:
    """Anything else is bad usage, and nothing is written."""
    with pytest.raises(UsageError, match="target"):
        download(targets, tmp_path / "stars")
    assert not (tmp_path / "stars").exists()


@pytest.mark.slow
def test_a_bare_number_is_of_the_mission(archive: SyntheticArchive, tmp_path: Path) -> None:
    """For TESS, a number is one of its own catalog."""
    name = next(name for name in archive.targets if name.startswith("TIC"))
    number = int(name.split()[1])
    (outcome,) = download(number, tmp_path, mission="TESS", author="any", archive=archive.base_url)
    assert outcome.target_id == name


@pytest.mark.slow
def test_a_second_call_goes_on(archive: SyntheticArchive, tmp_path: Path) -> None:
    """Running a cell again fetches nothing again, and more targets are added to the data set."""
    first = download(archive.targets[0], tmp_path, archive=archive.base_url)
    n_files = downloads(archive)
    again = download(archive.targets[0], tmp_path, archive=archive.base_url)
    assert again == first
    assert downloads(archive) == n_files
    both = download(archive.targets[:2], tmp_path, archive=archive.base_url)
    assert len(both) == len(open_dataset(tmp_path)) == 2
    with pytest.raises(RunConflict):
        download(archive.targets[0], tmp_path, archive=archive.base_url, quality="hard")
    with pytest.raises(RunConflict):
        download(archive.targets[0], tmp_path, archive=archive.base_url, resume=False)


@pytest.mark.slow
def test_progress_is_one_argument(
    archive: SyntheticArchive, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With `progress` a bar is shown, else nothing."""
    download(archive.targets[0], tmp_path / "a", archive=archive.base_url)
    assert capsys.readouterr() == ("", "")
    download(archive.targets[0], tmp_path / "b", archive=archive.base_url, progress=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert "1/1" in err and "1 complete, 0 partial, 0 failed" in err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals go to threads on POSIX alone")
def test_ctrl_c_ends_the_run_in_order(tmp_path: Path) -> None:
    """Interrupted, the call raises, what was done is recorded, and the next call goes on."""
    lightcurves = tmp_path / "lightcurves"
    main = threading.main_thread().ident
    assert main is not None

    def interrupt() -> None:
        wait_until(lambda: len(list(lightcurves.glob("KIC*.fits"))) >= 2)
        signal.pthread_kill(main, signal.SIGINT)

    with synthetic_archive(10) as archive:
        watcher = threading.Thread(target=interrupt)
        watcher.start()
        with pytest.raises(KeyboardInterrupt):
            download(archive.targets, tmp_path, archive=archive.base_url, max_workers=1)
        watcher.join()
        dataset = open_dataset(tmp_path)
        assert 2 <= len(dataset) == len(dataset.outcomes) < 10
        outcomes = download(archive.targets, tmp_path, archive=archive.base_url)
    assert len(outcomes) == len(open_dataset(tmp_path)) == 10
