"""A list of targets on its way: two looks, and the single writer of the records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TypeVar

from preprocessing.acquire.archives.base import SearchAnswer, StarFiles
from preprocessing.acquire.records.outcomes import TargetOutcome, failed_outcome
from preprocessing.acquire.records.run_records import RunRecords
from preprocessing.acquire.runs.duplicates import Duplicates
from preprocessing.acquire.runs.memory_gate import MemoryGate
from preprocessing.acquire.runs.monitor import ResourceMonitor
from preprocessing.acquire.runs.pipeline import download_target
from preprocessing.acquire.runs.prefetch import SpareConnections
from preprocessing.acquire.runs.progress import Progress
from preprocessing.acquire.runs.shared import Shared
from preprocessing.acquire.runs.summary import RunSummary, Tally
from preprocessing.acquire.runs.target_pass import TargetPass
from preprocessing.core.errors import RunError, TargetError
from preprocessing.missions.targets import Target, TargetList
from preprocessing.system.open_files import OUT_OF_FILES_ADVICE, is_out_of_files
from preprocessing.system.run_lock import HeldLocks
from preprocessing.system.threads import in_threads

__all__ = ["Run"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Run:
    """One list of targets on its way through the workers.

    What failed in passing, or was not found, is looked at a second time when all others
    are done.

    Parameters
    ----------
    targets : TargetList
    shared : Shared
    records : RunRecords
        Open; closed at the end.
    progress : Progress
    on_outcome : callable
        Told of each outcome, after it was recorded.
    stopping : asyncio.Event
        Set when the run is to end soon.
    locks : HeldLocks
        Of the places where it writes.
    """

    def __init__(
        self,
        targets: TargetList,
        shared: Shared,
        records: RunRecords,
        progress: Progress,
        on_outcome: Callable[[TargetOutcome], None],
        stopping: asyncio.Event,
        locks: HeldLocks,
    ) -> None:
        self._locks = locks
        self._pending = [target for target in targets.targets if target not in records]
        self._shared = shared
        self._records = records
        self._progress = progress
        self._on_outcome = on_outcome
        self._stopping = stopping
        self._earlier = records.counts
        self._tally = Tally(len(targets.targets), len(targets.targets) - len(self._pending))
        self._monitor = ResourceMonitor()
        self._memory = MemoryGate(shared.limits.workers)
        self._recording = asyncio.Lock()
        catalog = shared.recipe.mission.catalog
        self._any_names = records.has_names(catalog) or any(
            target.number_in(catalog) is None for target in self._pending
        )
        self._claims = Duplicates(records, self._any_names, self._find, catalog)

    async def execute(self) -> RunSummary:
        """Run to the end, to a stop, or to an error; the records are kept whichever it is."""
        ticker = asyncio.ensure_future(self._tick())
        try:
            announce = self._mark_superseded if self._shared.refresh else None
            await self._look(self._pending, replace(self._shared, mark_superseded=announce))
            await self._look_again()
        finally:
            ticker.cancel()
            await asyncio.wait([ticker])
            self._monitor.sample()
            self._show()
            with suppress(OSError):
                self._progress.close()
            try:
                await self._drop_replaced()
                await self._write_checkpoint()
            finally:
                self._records.close()
        return RunSummary(
            tally=self._tally,
            seconds=self._monitor.seconds,
            cpu_seconds=self._monitor.cpu_seconds,
            peak_rss_bytes=self._monitor.peak_rss_bytes,
            peak_memory_percent=self._monitor.peak_memory_percent,
            stages=self._shared.stages.shares(),
            workers=self._shared.limits.workers,
            stopped=self._stopping.is_set(),
            earlier=self._earlier,
            max_rate_mb_s=self._shared.limits.max_rate_mb_s,
            origins=self._shared.origins,
        )

    async def _look(
        self, targets: Sequence[Target], shared: Shared, *, is_second: bool = False
    ) -> None:
        look = TargetPass(
            targets,
            shared,
            self._work_on,
            self._stopping,
            self._locks.lost,
            self._memory,
            is_second=is_second,
        )
        await look.take()

    async def _look_again(self) -> None:
        """Try what failed in passing once more: much of what was wrong may be over."""
        again = [target for target in self._pending if self._records.may_change(target)]
        if not again or self._stopping.is_set():
            return
        _log.info("a second look at %d targets", len(again))
        self._tally.retried_targets = len(again)
        self._records.reopen(again)
        self._claims.forget(again)
        # What the first look wrote need not be fetched again.
        shared = replace(self._shared, resumed=True, spare=SpareConnections())
        await self._look(again, shared, is_second=True)

    async def _work_on(self, target: Target, answer: SearchAnswer, shared: Shared) -> None:
        await self._locks.ensure()
        await self._record(await self._outcome_of(target, answer, shared))
        self._claims.settle(target, answer)

    async def _outcome_of(
        self, target: Target, answer: SearchAnswer, shared: Shared
    ) -> TargetOutcome:
        if isinstance(answer, TargetError):
            _log.info("%s: %s", target.name, answer)
            return failed_outcome(target.name, answer.reason, str(answer))
        if target.number_in(shared.recipe.mission.catalog) is None:
            self._add_name(target, answer)
        return await self._claims.download_once(
            target, answer.number, lambda: download_target(target, answer, shared)
        )

    def _add_name(self, target: Target, star: StarFiles) -> None:
        try:
            self._records.add_name(target.name, star.number, star.separation_arcsec)
        except OSError as error:
            raise _cannot_record(error, "names") from error

    async def _mark_superseded(self, target: Target) -> None:
        await self._keep(partial(self._records.mark_superseded, target), "manifest")

    async def _find(self, identity: int | str) -> TargetOutcome | None:
        # Looked for in a file that is being written: not both at once.
        async with self._recording:
            return await in_threads(self._shared.disk, self._records.find, identity)

    async def _record(self, outcome: TargetOutcome) -> None:
        async with self._recording:
            await self._locks.ensure()
            if self._records.keep_recorded(outcome):
                self._tally.add(outcome)
                _log.info("%s: %s, its record stays", outcome.target_id, outcome.reason)
                return
            try:
                if outcome.provenance is not None and outcome.provenance.lacks_fetch_times:
                    outcome = await in_threads(
                        self._shared.disk, self._records.with_fetch_times, outcome
                    )
                replaced, checkpoint_due = self._records.add(outcome)
            except OSError as error:
                raise _cannot_record(error, "results") from error
            # Of 200,000 outcomes nobody keeps the receipts.
            outcome = replace(outcome, provenance=None)
            if replaced is not None:
                self._tally.take_back(replaced)
            self._tally.add(outcome)
            self._on_outcome(outcome)
            _log.info(
                "%s: %s, %d rows, %d of %d files",
                outcome.target_id,
                outcome.reason,
                outcome.n_points,
                outcome.quarters_used,
                outcome.quarters_found,
            )
        if checkpoint_due:
            await self._write_checkpoint()

    async def _drop_replaced(self) -> None:
        await self._keep(self._records.drop_replaced, "results")

    async def _write_checkpoint(self) -> None:
        await self._keep(self._records.write_checkpoint, "checkpoint")

    async def _keep(self, write: Callable[[], None], what: str) -> None:
        """Write records in a thread, and nothing else to them meanwhile."""
        async with self._recording:
            await self._locks.ensure()
            try:
                await in_threads(self._shared.disk, write)
            except OSError as error:
                raise _cannot_record(error, what) from error

    def _show(self) -> None:
        # At a terminal that is gone nobody looks; the signal that says so may come later.
        with suppress(OSError):
            self._progress.show(self._tally, self._monitor)

    async def _tick(self) -> None:
        while True:
            self._monitor.sample()
            self._memory.adjust()
            self._show()
            await asyncio.sleep(1.0)


def _cannot_record(error: OSError, what: str) -> RunError:
    place = f" {error.filename}" if error.filename else ""
    advice = OUT_OF_FILES_ADVICE if is_out_of_files(error) else "Make room"
    return RunError(
        f"cannot write the {what}{place}: {error.strerror or error}. {advice}, then go on with"
        " --resume"
    )
