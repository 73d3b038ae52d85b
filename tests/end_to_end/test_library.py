"""Runs through the library write the same, whatever their workers, names and neighbors are."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest

from preprocessing import AsyncDownloader, RunConflict, RunError
from preprocessing.acquire import downloader as front
from preprocessing.acquire.runs.run import MemoryGate
from preprocessing.core.reasons import Reason
from preprocessing.core.run_state import RunStatus
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system import run_lock
from preprocessing.system.lock_owner import this_process
from tests.support.scraping import Place
from tests.support.small_holdings import SmallHoldings

_HOLDINGS = SmallHoldings(40)
#: Stars with names of their own and room between them.
_NAMED = SyntheticHoldings(3, n_quarters=2)
_KICS = _HOLDINGS.star_keys()
_FILES_OF_A_STAR = 2


def _name_of(kic: int) -> str:
    return _NAMED.star(kic).names[0]


class _Recorder:
    """Notes the size of the checkpoint whenever the run shows its progress."""

    def __init__(self, place: Place, seen: dict[int, int]) -> None:
        self._place = place
        self._seen = seen

    def show(self, status: RunStatus) -> None:
        self._seen[status.done] = self._place.checkpoint.stat().st_size

    def close(self) -> None:
        """Nothing to close."""


@pytest.mark.slow
async def test_one_and_many_workers_write_the_same_bytes(tmp_path: Path) -> None:
    """The number of workers changes nothing but the time."""
    names = [f"KIC {kic}" for kic in _KICS]
    contents = []
    async with ArchiveSimulator(_HOLDINGS) as server:
        for workers in (1, 32):
            folder = tmp_path / str(workers)
            downloader = AsyncDownloader(folder, workers, archive=server.base_url)
            results = await downloader.download_batch(names)
            assert [r.target_id for r in results] == names
            contents.append({p.name: p.read_bytes() for p in folder.iterdir()})
    assert len(contents[0]) == len(names)
    assert contents[0] == contents[1]


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 4])
async def test_two_names_of_one_star_are_fetched_once(tmp_path: Path, workers: int) -> None:
    """The first name gives the file its name, and each name has a row."""
    kic = _NAMED.star_keys()[2]
    names = [_name_of(kic), f"KIC {kic}"]
    place = Place(tmp_path)
    async with ArchiveSimulator(_NAMED, latency_s=0.05) as server:
        downloader = AsyncDownloader(
            place.raw, workers, archive=server.base_url, results_path=place.results
        )
        first, second = await downloader.download_batch(names)
        assert set(server.log.files.values()) == {1}
    assert [p.name for p in place.raw.iterdir()] == [f"{names[0]}.fits"]
    assert first.filepath == second.filepath
    assert (second.success, second.n_points) == (True, first.n_points)
    assert second.error == f"same star as {names[0]} (KIC {kic})"
    assert sorted(row["target_id"] for row in place.rows()) == sorted(names)


@pytest.mark.slow
@pytest.mark.parametrize("swapped", [False, True])
async def test_a_star_of_an_earlier_run_is_not_fetched_by_its_other_name(
    tmp_path: Path, swapped: bool
) -> None:
    """Resuming with a star's other name fetches nothing."""
    kic = _NAMED.star_keys()[2]
    names = [_name_of(kic), f"KIC {kic}"]
    earlier, later = reversed(names) if swapped else names
    place = Place(tmp_path)
    async with ArchiveSimulator(_NAMED) as server:
        for name, resume in ((earlier, False), (later, True)):
            downloader = AsyncDownloader(
                place.raw,
                archive=server.base_url,
                results_path=place.results,
                checkpoint_dir=tmp_path,
                resume=resume,
            )
            (outcome,) = await downloader.download_batch([name])
        assert sum(server.log.files.values()) == _FILES_OF_A_STAR
    assert outcome.error == f"same star as {earlier} (KIC {kic})"
    assert len(list(place.raw.iterdir())) == 1


@pytest.mark.slow
async def test_a_checkpoint_is_written_every_hundred_targets(tmp_path: Path) -> None:
    """A checkpoint is written every hundred targets, and its size stays the same."""
    place = Place(tmp_path)
    seen: dict[int, int] = {}

    holdings = SmallHoldings(110)
    names = [f"KIC {kic}" for kic in holdings.star_keys()]
    async with ArchiveSimulator(holdings) as server:
        downloader = AsyncDownloader(
            place.raw,
            archive=server.base_url,
            results_path=place.results,
            checkpoint_dir=place.checkpoint.parent,
            progress=_Recorder(place, seen),
        )
        await downloader.download_batch(names)
    assert sum(place.noted()["counts"].values()) == 110
    assert max(seen.values(), default=0) <= place.checkpoint.stat().st_size + 20
    assert place.noted()["results"]["bytes"] == place.results.stat().st_size


@pytest.mark.slow
async def test_a_second_run_on_the_same_output_refuses(tmp_path: Path) -> None:
    """A second run refuses any shared path until the first ends, and touches nothing."""
    place, elsewhere = Place(tmp_path / "one"), Place(tmp_path / "two")
    names = [f"KIC {kic}" for kic in _KICS[:3]]

    def downloader(raw: Path, results: Path, resume: bool = False) -> AsyncDownloader:
        return AsyncDownloader(
            raw,
            archive=server.base_url,
            results_path=results,
            checkpoint_dir=results.parent,
            resume=resume,
        )

    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("stall", match="kplr*")
        first = asyncio.ensure_future(downloader(place.raw, place.results).download_batch(names))
        while not server.log.requests["download"]:
            await asyncio.sleep(0.01)
        for raw, results, option in (
            (place.raw, elsewhere.results, "--output"),
            (elsewhere.raw, place.results, "--results"),
        ):
            with pytest.raises(RunConflict, match=f"another run is writing to .*{option}"):
                await downloader(raw, results, resume=True).download_batch(names)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        outcomes = await downloader(place.raw, place.results, resume=True).download_batch(names)
    assert [outcome.reason for outcome in outcomes] == [Reason.COMPLETE] * 3
    assert len(place.rows()) == 3
    assert not list(tmp_path.rglob(".*"))


@pytest.mark.slow
async def test_a_run_whose_place_was_taken_meanwhile_writes_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that lost its lock to another machine writes nothing more."""
    place = Place(tmp_path)
    lock = place.raw / ".xenoscan.lock"
    async with ArchiveSimulator(_HOLDINGS, latency_s=0.05) as server:
        downloader = AsyncDownloader(
            place.raw,
            archive=server.base_url,
            results_path=place.results,
            checkpoint_dir=place.checkpoint.parent,
        )
        going = asyncio.ensure_future(downloader.download_batch([f"KIC {kic}" for kic in _KICS]))
        while not (place.results.exists() and len(place.rows()) > 4):
            await asyncio.sleep(0.001)
        other = replace(this_process(), host="node-17", boot_id="other")
        lock.write_text(json.dumps(asdict(other)))
        # As if minutes had passed since the locks were renewed.
        monkeypatch.setattr(run_lock, "_CERTAIN_S", -1.0)
        before = place.results.read_bytes(), place.checkpoint.read_bytes()
        with pytest.raises(RunError, match=r"another run has taken over .*node-17"):
            await going
    assert (place.results.read_bytes(), place.checkpoint.read_bytes()) == before
    assert json.loads(lock.read_text()) == asdict(other)
    assert not list(place.raw.glob("*.part"))


@pytest.mark.slow
async def test_with_little_memory_few_targets_are_worked_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """With little memory one of two workers waits, the log says so, and all targets end."""
    monkeypatch.setattr(front, "MemoryGate", partial(MemoryGate, available=lambda: 0))
    names = [f"KIC {kic}" for kic in _KICS[:6]]
    async with ArchiveSimulator(_HOLDINGS, latency_s=0.01) as server:
        downloader = AsyncDownloader(tmp_path, 2, archive=server.base_url)
        outcomes = await downloader.download_batch(names)
        assert server.log.peak_in_flight == 1
    assert [outcome.reason for outcome in outcomes] == [Reason.COMPLETE] * 6
    assert "memory is short, 0 MB are left: 1 targets at once instead of 2" in caplog.text
