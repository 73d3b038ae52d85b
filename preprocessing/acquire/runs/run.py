"""Take targets through search, download and records, and some of them once more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol

from preprocessing.acquire.archives.base import StarFiles
from preprocessing.acquire.records.run_records import Recorded, Recorder
from preprocessing.acquire.runs.backlog import BATCH, Backlog
from preprocessing.acquire.runs.duplicates import Duplicates
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.search import Found, StarSearch
from preprocessing.acquire.runs.source import SpareConnections
from preprocessing.acquire.runs.summary import Tally
from preprocessing.core.errors import TargetError
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions import Mission
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.traffic import Traffic
from preprocessing.system.available_memory import available_bytes
from preprocessing.system.run_lock import HeldLocks
from preprocessing.system.waiting import utc_now

__all__ = ["MemoryGate", "Run", "Stars"]

_log = logging.getLogger(__name__)

#: How long targets in flight have to end when the run is to stop, in seconds.
_GRACE_S = 5.0
#: With less memory than this, fewer targets run at a time: a search answer and its parsed form
#: may take as much.
_SHORT_BYTES = 200 * 10**6
#: With more memory than this, the number of targets grows again.
_ENOUGH_BYTES = 2 * _SHORT_BYTES

_Answers = asyncio.Queue[Found | None]


class Files(Protocol):
    """What a run asks of where the files come from."""

    @property
    def spare(self) -> SpareConnections:
        """Idle connections of workers that have no star left."""

    @property
    def traffic(self) -> Traffic:
        """What all requests do."""

    @property
    def are_down(self) -> bool:
        """Whether no source gives files at the moment."""


class Stars(Protocol):
    """Downloads stars, in this process or elsewhere: see `StarDownloader`."""

    @property
    def recipe(self) -> Recipe:
        """What is stitched, and how."""

    @property
    def files(self) -> Files:
        """Where the files come from."""

    def download(
        self, target: Target, star: StarFiles, *, is_retry: bool
    ) -> Awaitable[TargetOutcome]:
        """Download a star: see `StarDownloader.download`."""


class MemoryGate:
    """Limits how many workers have a target, and halves the limit while memory is short.

    Parameters
    ----------
    workers : int
        The limit while there is enough memory.
    available : callable
        Returns how much memory is available, in bytes.
    """

    def __init__(self, workers: int, available: Callable[[], int] = available_bytes) -> None:
        self._workers = workers
        self._available = available
        self._inside = 0
        self._changed = asyncio.Event()
        self.allowed = workers

    @property
    def is_short(self) -> bool:
        """Whether fewer targets are downloaded at once for want of memory."""
        return self.allowed < self._workers

    def adjust(self) -> None:
        """Check how much memory is left; to be called about once a second."""
        try:
            left = self._available()
        except OSError:
            # The file with the figure cannot be opened, so the limit stays.
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
        """Let every worker pass from now on, so that each can end."""
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
    stars : Stars
        Downloads the files of one star.
    duplicates : Duplicates or None
        Recognizes two names of one star; None if no two targets can be the same star.
    recorder : Recorder
        Records every outcome.
    locks : HeldLocks
        Locks of the places where the run writes.
    tally : Tally
        Counts outcomes, bytes and retries.
    on_outcome : callable or None
        Called with each outcome after it is recorded.
    stopping : asyncio.Event
        Set when the run should end soon.
    pause : PauseGate
        Where targets wait while the run is paused.
    memory : MemoryGate
        Where they wait while memory is short.
    """

    def __init__(
        self,
        workers: int,
        search: StarSearch,
        stars: Stars,
        duplicates: Duplicates | None,
        recorder: Recorder,
        locks: HeldLocks,
        tally: Tally,
        on_outcome: Callable[[TargetOutcome], None] | None,
        stopping: asyncio.Event,
        pause: PauseGate,
        memory: MemoryGate,
    ) -> None:
        self._connections = workers
        self._search = search
        self._stars = stars
        self._files = stars.files
        self._catalog = stars.recipe.mission.catalog
        self._backlog = Backlog(self._catalog)
        self._duplicates = duplicates
        self._recorder = recorder
        self._locks = locks
        self._tally = tally
        self._on_outcome = on_outcome
        self._stopping = stopping
        self._pause = pause
        self._memory = memory

    async def download(self, targets: Sequence[Target], *, is_retry: bool = False) -> None:
        """Download a list of targets, to its end or until the run should stop.

        Parameters
        ----------
        targets : sequence of Target
            What to download. They are searched for in this order, ahead of the downloads.
        is_retry : bool
            Whether this run tried these targets before.

        Raises
        ------
        RunError
            The archive cannot be searched, a file cannot be written, or a lock is lost.
        """
        if is_retry:
            self.try_again(targets)
        else:
            self._backlog.put(targets)
        # Once more for what was put there after the search had come to the end.
        while len(self._backlog) and not self._stopping.is_set():
            answers: _Answers = asyncio.Queue(BATCH)
            n_workers = min(self._connections, len(self._backlog))
            self._files.spare.reset(self._connections - n_workers)
            searching = asyncio.ensure_future(self._search.ahead(self._backlog, answers))
            workers = [asyncio.ensure_future(self._work(answers)) for _ in range(n_workers)]
            stopping = asyncio.ensure_future(self._stopping.wait())
            everything = [searching, *workers]
            try:
                waiting = set(everything)
                while waiting and not stopping.done():
                    done, _ = await asyncio.wait(
                        [*waiting, stopping, self._locks.lost], return_when=asyncio.FIRST_COMPLETED
                    )
                    for task in done - {stopping}:
                        # An error in one task ends all of them.
                        task.result()
                    waiting -= done
                if waiting:
                    searching.cancel()
                    await self._wind_down(answers, workers)
            finally:
                for task in (*everything, stopping):
                    task.cancel()
                # Only the first error counts; errors of tasks being stopped follow from it.
                await asyncio.gather(*everything, stopping, return_exceptions=True)

    def try_again(self, targets: Iterable[Target]) -> int:
        """Put targets that this run tried before in front of what is yet to be searched for.

        Parameters
        ----------
        targets : iterable of Target
            Those that wait for another attempt already are left out.

        Returns
        -------
        int
            How many were put there. `download` takes them.
        """
        again = self._backlog.put_again(targets)
        if self._duplicates is not None:
            self._duplicates.forget(again)
        self._tally.queued_again += len(again)
        return len(again)

    async def _wind_down(self, answers: _Answers, workers: Sequence[asyncio.Future[None]]) -> None:
        """Give targets in flight a few seconds to end, and start no others."""
        self._memory.open()
        self._pause.open()
        while not answers.empty():
            answers.get_nowait()
        answers.put_nowait(None)
        done, _ = await asyncio.wait(workers, timeout=_GRACE_S)
        for worker in done:
            worker.result()

    async def _work(self, answers: _Answers) -> None:
        """Work on one target after another, until none is left or the run should stop."""
        while not self._stopping.is_set():
            async with self._memory.slot():
                found = await answers.get()
                if found is None:
                    # Put back for the next worker.
                    answers.put_nowait(None)
                    self._files.spare.add()
                    return
                if self._pause.is_closed:
                    await self._pause.passed()
                    if self._stopping.is_set():
                        return
                await self._locks.ensure()
                target, answer = found.target, found.answer
                outcome: TargetOutcome | None
                if isinstance(answer, TargetError):
                    _log.info("%s: %s", target.name, answer)
                    outcome = _failed_outcome(target, answer, self._stars.recipe.mission)
                else:
                    outcome = await self._known_outcome(target, answer)
                    if outcome is None:
                        outcome = await self._stars.download(
                            target, answer, is_retry=found.is_retry
                        )
                await self._record(found, outcome)

    async def _known_outcome(self, target: Target, star: StarFiles) -> TargetOutcome | None:
        """Return the outcome of the star under an earlier name; None if this is the first."""
        if self._duplicates is None:
            return None
        if target.number_in(self._catalog) is None:
            self._recorder.add_name(target.name, star.number, star.separation_arcsec)
        return await self._duplicates.earlier_outcome(target, star.number)

    async def _record(self, found: Found, outcome: TargetOutcome) -> None:
        recorded = await self._recorder.add(outcome)
        self._count(found, recorded, outcome)
        if self._duplicates is not None and not isinstance(found.answer, TargetError):
            self._duplicates.settle(found.target, found.answer.number, outcome)

    def _count(self, found: Found, recorded: Recorded, outcome: TargetOutcome) -> None:
        if found.is_retry:
            self._backlog.tried_again(found.target)
            self._tally.queued_again -= 1
        if recorded.is_kept:
            self._tally.add(outcome)
            _log.info("%s: %s, its record stays", outcome.target_id, outcome.reason)
            return
        if recorded.replaced is not None:
            self._tally.take_back(recorded.replaced)
        self._tally.add(outcome)
        if self._on_outcome is not None:
            # The provenance of 200,000 outcomes would fill the caller's memory.
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
    """Return the outcome of a target without files to download."""
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
