"""Take a list of targets through search, download and records, in one pass and a second one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from preprocessing.acquire.archives.base import SearchAnswer, StarFiles
from preprocessing.acquire.records.run_records import Recorder
from preprocessing.acquire.runs.duplicates import Duplicates
from preprocessing.acquire.runs.monitor import ResourceMonitor
from preprocessing.acquire.runs.progress import Progress
from preprocessing.acquire.runs.search import BATCH, StarSearch
from preprocessing.acquire.runs.star import StarDownloader
from preprocessing.acquire.runs.summary import Tally
from preprocessing.core.errors import TargetError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions import Mission
from preprocessing.missions.targets import Target
from preprocessing.system.available_memory import available_bytes
from preprocessing.system.run_lock import HeldLocks
from preprocessing.system.waiting import utc_now

__all__ = ["MemoryGate", "Run"]

_log = logging.getLogger(__name__)

#: How long targets in flight have to end when the run is to stop, in seconds.
_GRACE_S = 5.0
#: With less than this left, fewer targets are worked on: a search's answer and what it is parsed
#: into may take as much at once.
_SHORT_BYTES = 200 * 10**6
#: With more than this left, more are again.
_ENOUGH_BYTES = 2 * _SHORT_BYTES

_Answers = asyncio.Queue[tuple[Target, SearchAnswer] | None]


class MemoryGate:
    """Lets as many workers take a target as memory allows: half as many while it is short.

    Parameters
    ----------
    workers : int
        With enough memory all of them.
    available : callable
        Bytes that can still be had.
    """

    def __init__(self, workers: int, available: Callable[[], int] = available_bytes) -> None:
        self._workers = workers
        self._available = available
        self._inside = 0
        self._changed = asyncio.Event()
        self.allowed = workers

    def adjust(self) -> None:
        """Check how much memory is left; to be called about once a second."""
        try:
            left = self._available()
        except OSError:
            # No file can be opened to read it from: nothing is known, and nothing changes.
            return
        if left < _SHORT_BYTES and self.allowed > 1:
            self.allowed //= 2
            _log.warning(
                "memory is short, %.0f MB are left: %d targets at once instead of %d for now",
                left / 1e6,
                self.allowed,
                self._workers,
            )
        elif left > _ENOUGH_BYTES and self.allowed < self._workers:
            self.allowed += 1
            self._changed.set()
            if self.allowed == self._workers:
                _log.warning("there is memory again: %d targets at once", self._workers)

    def open(self) -> None:
        """Let every worker pass from now on: to its end."""
        self._available = lambda: _ENOUGH_BYTES
        self.allowed = self._workers
        self._changed.set()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait until one more target may be downloaded, and count it while the block runs."""
        while self._inside >= self.allowed:
            self._changed.clear()
            await self._changed.wait()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._changed.set()


class Run:
    """Downloads targets with many workers at once, while its locks hold.

    Parameters
    ----------
    workers : int
        Targets at once, and so file requests in flight.
    search : StarSearch
        Finds the files of targets.
    stars : StarDownloader
        Downloads the files of one star.
    duplicates : Duplicates or None
        Tells names of one star, where two targets can be one star at all.
    recorder : Recorder
        Told of every outcome.
    locks : HeldLocks
        The locks of the places where the run writes.
    tally : Tally
        Counts what happens.
    on_outcome : callable or None
        Told of each outcome, after it was recorded.
    stopping : asyncio.Event
        Set when the run is to end soon.
    """

    def __init__(
        self,
        workers: int,
        search: StarSearch,
        stars: StarDownloader,
        duplicates: Duplicates | None,
        recorder: Recorder,
        locks: HeldLocks,
        tally: Tally,
        on_outcome: Callable[[TargetOutcome], None] | None,
        stopping: asyncio.Event,
    ) -> None:
        self._connections = workers
        self._search = search
        self._stars = stars
        self._catalog = stars.recipe.mission.catalog
        self._duplicates = duplicates
        self._recorder = recorder
        self._locks = locks
        self._tally = tally
        self._on_outcome = on_outcome
        self._stopping = stopping
        self._memory = MemoryGate(workers)

    @asynccontextmanager
    async def shown(self, progress: Progress, monitor: ResourceMonitor) -> AsyncIterator[None]:
        """Show how far the run is, and heed how much memory is left, while the block runs.

        Parameters
        ----------
        progress : Progress
            Shown the counts once a second and at the end; closed then.
        monitor : ResourceMonitor
            Samples what the run takes of this machine.
        """

        def show() -> None:
            monitor.sample()
            # The terminal may be gone before the signal that says so arrives.
            with suppress(OSError):
                progress.show(self._tally, monitor)

        async def tick() -> None:
            while True:
                self._memory.adjust()
                show()
                await asyncio.sleep(1.0)

        ticker = asyncio.ensure_future(tick())
        try:
            yield
        finally:
            ticker.cancel()
            await asyncio.wait([ticker])
            show()
            with suppress(OSError):
                progress.close()

    async def download(self, targets: Sequence[Target], *, is_retry: bool = False) -> None:
        """Go through a list of targets, to its end or until the run is to stop.

        Parameters
        ----------
        targets : sequence of Target
            Searched for in their order, ahead of the downloads.
        is_retry : bool
            Whether this run tried these targets before.

        Raises
        ------
        RunError
            The run cannot go on.
        """
        if is_retry and self._duplicates is not None:
            self._duplicates.forget(targets)
        answers: _Answers = asyncio.Queue(BATCH)
        n_workers = min(self._connections, max(1, len(targets)))
        self._stars.files.spare.reset(self._connections - n_workers)
        searching = asyncio.ensure_future(
            self._search.ahead(targets, answers, is_retry_pass=is_retry)
        )
        workers = [asyncio.ensure_future(self._work(answers, is_retry)) for _ in range(n_workers)]
        stopping = asyncio.ensure_future(self._stopping.wait())
        everything = [searching, *workers]
        try:
            waiting = set(everything)
            while waiting and not stopping.done():
                done, _ = await asyncio.wait(
                    [*waiting, stopping, self._locks.lost], return_when=asyncio.FIRST_COMPLETED
                )
                for task in done - {stopping}:
                    # An error of one ends them all.
                    task.result()
                waiting -= done
            if waiting:
                searching.cancel()
                await self._wind_down(answers, workers)
        finally:
            for task in (*everything, stopping):
                task.cancel()
            # The first error ends the run; what others meet while they are stopped is its echo.
            await asyncio.gather(*everything, stopping, return_exceptions=True)

    async def _wind_down(self, answers: _Answers, workers: Sequence[asyncio.Future[None]]) -> None:
        """Give targets in flight a few seconds, and let no other be taken."""
        self._memory.open()
        while not answers.empty():
            answers.get_nowait()
        answers.put_nowait(None)
        done, _ = await asyncio.wait(workers, timeout=_GRACE_S)
        for worker in done:
            worker.result()

    async def _work(self, answers: _Answers, is_retry: bool) -> None:
        """Take one target after the other, until there are no more or the run is to stop."""
        while not self._stopping.is_set():
            async with self._memory.slot():
                item = await answers.get()
                if item is None:
                    # For the next worker to find.
                    answers.put_nowait(None)
                    self._stars.files.spare.add()
                    return
                target, answer = item
                await self._locks.ensure()
                if isinstance(answer, TargetError):
                    _log.info("%s: %s", target.name, answer)
                    await self._record(_failed_outcome(target, answer, self._stars.recipe.mission))
                    continue
                outcome = await self._known_outcome(target, answer)
                if outcome is None:
                    outcome = await self._stars.download(target, answer, is_retry=is_retry)
                await self._record(outcome)
                if self._duplicates is not None:
                    self._duplicates.settle(target, answer.number, outcome)

    async def _known_outcome(self, target: Target, star: StarFiles) -> TargetOutcome | None:
        """Return the outcome of a star that has another name in the list, None if it has none."""
        if self._duplicates is None:
            return None
        if target.number_in(self._catalog) is None:
            self._recorder.add_name(target.name, star.number, star.separation_arcsec)
        return await self._duplicates.earlier_outcome(target, star.number)

    async def _record(self, outcome: TargetOutcome) -> None:
        recorded = await self._recorder.add(outcome)
        if recorded.is_kept:
            self._tally.add(outcome)
            _log.info("%s: %s, its record stays", outcome.target_id, outcome.reason)
            return
        if recorded.replaced is not None:
            self._tally.take_back(recorded.replaced)
        self._tally.add(outcome)
        if self._on_outcome is not None:
            # Of 200,000 outcomes nobody keeps the provenance.
            self._on_outcome(replace(outcome, provenance=None))
        _log.info(
            "%s: %s, %d rows, %d of %d files",
            outcome.target_id,
            outcome.reason,
            outcome.n_points,
            outcome.quarters_used,
            outcome.quarters_found,
        )


def _failed_outcome(target: Target, error: TargetError, mission: Mission) -> TargetOutcome:
    """Return the outcome of a target for which there is nothing to download."""
    return TargetOutcome(
        target_id=target.name,
        success=False,
        n_points=0,
        duration_days=0.0,
        filepath="",
        error=str(error),
        download_time=0.0,
        timestamp=utc_now(),
        reason=error.reason,
        catalog_number=target.number_in(mission.catalog),
        mission=mission.name,
    )
