"""Stars that others download in units have the outputs and records that they have otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.archives.base import is_limited_as_a_whole
from preprocessing.acquire.records.clocks import GatheredClocks
from preprocessing.acquire.runs import unit as unit_module
from preprocessing.acquire.runs.elsewhere import connections_of_a_unit
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.unit import Sources, StarUnit, download_unit
from preprocessing.core.errors import RunError
from preprocessing.core.run_state import RUN_STATUS_NAME, RunState, RunStatus
from preprocessing.fits.clock_files import clock_files
from preprocessing.simulator.refusal import Refusal
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.system.run_lock import hold
from tests.support.small_holdings import SmallHoldings
from tests.support.unit_runs import download, outputs, rows

_HOLDINGS = SmallHoldings(30)
_NAMES = [f"KIC {number}" for number in _HOLDINGS.star_keys()]


def clocks(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in clock_files(folder / "checkpoints" / "clock")}


class Threads:
    """Works on one unit after the other, and remembers them."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.units: list[StarUnit] = []
        self.most_in_flight = 0
        self._n_in_flight = 0
        self._pool = ThreadPoolExecutor(1)

    def submit(self, function: Callable[[Any], Any], unit: Any, /) -> Future[Any]:
        self.units.append(unit)
        self._n_in_flight += unit.limits.workers
        self.most_in_flight = max(self.most_in_flight, self._n_in_flight)
        future = self._pool.submit(function, unit)
        future.add_done_callback(lambda _: self._ended(unit))
        return future

    def _ended(self, unit: StarUnit) -> None:
        self._n_in_flight -= unit.limits.workers

    def close(self) -> None:
        self._pool.shutdown()


@pytest.fixture
def threads() -> Iterator[Threads]:
    workers = Threads(3)
    yield workers
    workers.close()


@pytest.mark.slow
async def test_same_outputs_and_records(tmp_path: Path, threads: Threads) -> None:
    """Outputs are the same bytes and rows say the same, for two names of one star too."""
    names = [*_NAMES, f"Synthetic-{_HOLDINGS.star_keys()[3]}", "Nobody-1", "KIC 5"]
    async with ArchiveSimulator(_HOLDINGS) as server:
        alone = await download(tmp_path / "alone", server.base_url, names)
        together = await download(tmp_path / "together", server.base_url, names, threads)
    assert outputs(tmp_path / "together") == outputs(tmp_path / "alone")
    assert rows(tmp_path / "together") == rows(tmp_path / "alone")
    assert clocks(tmp_path / "together") == clocks(tmp_path / "alone") != {}
    assert together.tally.reasons == alone.tally.reasons
    assert together.tally.origins == alone.tally.origins
    assert len(threads.units) > 2
    assert threads.most_in_flight <= 3 * 2


@pytest.mark.slow
async def test_refusals_come_back(tmp_path: Path, threads: Threads) -> None:
    """An archive that refuses requests gets fewer units at a time, and all stars come."""
    refusal = Refusal(429, retry_after_s=0)
    async with ArchiveSimulator(_HOLDINGS, refusal=refusal, capacity=1, latency_s=0.01) as server:
        summary = await download(tmp_path, server.base_url, _NAMES, threads, retries=9)
    assert summary.is_success
    assert {unit.limits.workers for unit in threads.units} == {1, 2}


@pytest.mark.slow
async def test_one_process_writes_the_clock(tmp_path: Path, threads: Threads) -> None:
    """Units write nothing of the mission's clock: two of them would lose what either adds."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        await download(tmp_path, server.base_url, _NAMES[:2], threads)
        before = clocks(tmp_path)
        for folder in ("raw", "checkpoints/clock"):
            for path in (tmp_path / folder).iterdir():
                path.unlink()
        async with hold([(tmp_path / "raw" / ".lock", "it")]) as held:
            settings = replace(threads.units[0].settings, lock=held.token)
            unit = replace(threads.units[0], settings=settings)
            result = await asyncio.to_thread(download_unit, unit)
    assert clocks(tmp_path) == {}
    gathered = GatheredClocks(tmp_path / "checkpoints" / "clock")
    for reading in result.clocks:
        gathered.add(reading)
    assert clocks(tmp_path) == before != {}


@pytest.mark.slow
async def test_unit_of_a_run_that_ended(tmp_path: Path, threads: Threads) -> None:
    """A unit does nothing once its run has given up its lock."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        await download(tmp_path, server.base_url, _NAMES[:2], threads)
        for path in (tmp_path / "raw").glob("*.fits"):
            path.unlink()
        with pytest.raises(RunError, match="there is no lock"):
            await asyncio.to_thread(download_unit, threads.units[0])
    assert not outputs(tmp_path)


@pytest.mark.slow
async def test_run_ends_while_a_unit_waits(
    tmp_path: Path, threads: Threads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit whose archive does not answer ends soon after its run."""
    monkeypatch.setattr("preprocessing.acquire.runs.unit._LOOK_EVERY_S", 0.05)
    async with ArchiveSimulator(_HOLDINGS) as server:
        await download(tmp_path, server.base_url, _NAMES[:2], threads)
    for path in (tmp_path / "raw").glob("*.fits"):
        path.unlink()
    async with ArchiveSimulator(_HOLDINGS, latency_s=60) as silent:
        sources = Sources(silent.base_url, (), {})
        async with hold([(tmp_path / "raw" / ".lock", "it")]) as held:
            settings = replace(threads.units[0].settings, lock=held.token, sources=sources)
            unit = replace(threads.units[0], settings=settings)
            work = asyncio.ensure_future(asyncio.to_thread(download_unit, unit))
            await asyncio.sleep(0.2)
            assert not work.done()
        with pytest.raises(RunError, match="there is no lock"):
            await asyncio.wait_for(work, 20)


@pytest.mark.slow
async def test_error_of_a_unit_ends_the_run(tmp_path: Path, threads: Threads) -> None:
    """What no worker can do ends the run as it does otherwise, and what is done stays."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        await download(tmp_path, server.base_url, _NAMES[:1], threads)
        threads.submit = _refuse  # type: ignore[method-assign]
        with pytest.raises(RunError, match="the scheduler is gone"):
            await download(tmp_path, server.base_url, _NAMES, threads, resume=True)
    assert [row["target_id"] for row in rows(tmp_path)] == _NAMES[:1]


def _refuse(function: Callable[[Any], Any], unit: Any, /) -> Future[Any]:
    result: Future[Any] = Future()
    result.set_exception(RunError("the scheduler is gone"))
    return result


@pytest.mark.parametrize(
    ("source", "workers", "expected"),
    [("mast", 8, 6), ("mast", 3, 3), ("stsci", 8, 6), ("s3", 8, 8)],
)
async def test_search_is_part_of_the_limit(source: str, workers: int, expected: int) -> None:
    """Where a limit holds for a whole cluster, the unit leaves two connections to the search."""
    async with open_archive(source, workers) as archive:
        assert connections_of_a_unit(workers, archive) == expected


@pytest.mark.parametrize(("source", "is_limited"), [("mast", True), ("stsci", True), ("s3", False)])
async def test_limits_of_archives(source: str, is_limited: bool) -> None:
    """MAST's and STScI's limits hold for a whole cluster, the bucket's for each machine."""
    async with open_archive(source, 4) as archive:
        assert is_limited_as_a_whole(archive) is is_limited


async def test_a_unit_pauses_with_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit begins no request while the status of its run says that this is paused."""
    monkeypatch.setattr(unit_module, "_LOOK_EVERY_S", 0.001)
    status = tmp_path / RUN_STATUS_NAME
    gates: list[PauseGate] = []

    async def work(pause: PauseGate) -> None:
        gates.append(pause)
        await asyncio.sleep(60)

    async with hold([(tmp_path / "lock", "a run")]) as held:
        going = asyncio.ensure_future(unit_module._while_run_goes_on(held.token, status, work))
        for state in (RunState.PAUSED, RunState.RUNNING, RunState.PAUSED, RunState.STOPPING):
            status.write_text(RunStatus(state=state).to_json())
            while not gates or gates[0].is_closed is not (state is RunState.PAUSED):
                await asyncio.sleep(0.001)
        going.cancel()
        await asyncio.gather(going, return_exceptions=True)
