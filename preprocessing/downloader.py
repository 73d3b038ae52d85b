"""Run many targets at once: workers, stop signals, and the single writer of the records."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from preprocessing.archives import Archive, SearchAnswer, StarFiles, open_archive
from preprocessing.checkpoint import CHECKPOINT_NAME, RunDescription
from preprocessing.claims import Claims
from preprocessing.config import MAST, Limits, Recipe, make_recipe
from preprocessing.cpu_turns import CpuTurns
from preprocessing.exceptions import RunError, TargetError, UsageError
from preprocessing.monitor import ResourceMonitor, free_bytes
from preprocessing.outcomes import TargetOutcome
from preprocessing.pipeline import Shared, download_target, failed_outcome
from preprocessing.progress import Progress, SilentProgress
from preprocessing.reasons import PASSING
from preprocessing.records import RunRecords, open_records
from preprocessing.results import read_outcomes
from preprocessing.run_lock import hold
from preprocessing.search import BATCH, search_ahead
from preprocessing.stages import StageClock
from preprocessing.summary import RunSummary, Tally
from preprocessing.targets import Target, TargetList, parse_target

__all__ = ["AsyncDownloader"]

_log = logging.getLogger(__name__)

#: How long targets in flight have to end when the run is to stop, in seconds.
_GRACE_S = 5.0
#: A run does not start with less room than this: some twenty stars.
_LEAST_FREE_BYTES = 64 * 2**20
#: Much of the work on a file holds the interpreter's lock, as the event loop does: a second
#: thread was measured to be slower (benchmarks/RESULTS.md, "What was tried").
_CPU_THREADS = 1
#: Enough to hide the syncing of outputs; each waits for the disk.
_DISK_THREADS = 8
#: So many targets in a row of which no file could be had, and the run stops: better than
#: to write off a list while the archive is down.
_MOST_FAILURES_IN_A_ROW = 20


class AsyncDownloader:
    """Downloads, verifies and stitches the light curves of many stars.

    Parameters
    ----------
    output_dir : Path
        Where the stitched files go; made if absent.
    max_workers : int
        Targets at once, and so file requests in flight.
    timeout : float
        Seconds without progress after which a target is given up for now.
    archive : str
        ``mast``, ``embedded``, an ``http://`` address, or a directory.
    results_path, checkpoint_dir : Path, optional
        Where to log outcomes and keep the checkpoint; none is written if not given.
    resume : bool
        Go on from these records.
    retries : int
        Further tries of a request that failed for a passing reason.
    max_rate_mb_s : float, optional
        Most that is received, in 10**6 bytes a second; `run` needs an archive opened so.
    flux : {'pdcsap', 'sap'}
        Which flux is stitched.
    quality : str or int
        ``default``, ``hard``, ``hardest``, ``none``, or a bitmask.
    progress : Progress, optional
        Told how far the run is.

    Examples
    --------
    ::

        downloader = AsyncDownloader(output_dir=Path("data/raw"), max_workers=2)
        results = await downloader.download_batch(["Kepler-22", "Kepler-452"])
    """

    def __init__(
        self,
        output_dir: Path,
        max_workers: int = 4,
        timeout: float = 180.0,
        *,
        archive: str = MAST,
        results_path: Path | None = None,
        checkpoint_dir: Path | None = None,
        resume: bool = False,
        retries: int = Limits.retries,
        max_rate_mb_s: float | None = None,
        flux: str = Recipe.flux,
        quality: str | int = "default",
        progress: Progress | None = None,
    ) -> None:
        self._output_dir = Path(output_dir)
        self._limits = Limits(max_workers, timeout, retries, max_rate_mb_s)
        self._source = archive
        self._results_path = results_path
        self._checkpoint_dir = checkpoint_dir
        self._resume = resume
        self._flux = flux
        self._quality = quality
        self._progress: Progress = progress or SilentProgress()
        self._stopping = asyncio.Event()

    async def download_batch(
        self, targets: Sequence[str], mission: str = "Kepler", cadence: str = "long"
    ) -> list[TargetOutcome]:
        """Download targets, and return what became of each.

        Parameters
        ----------
        targets : sequence of str
            KIC numbers or names. One that repeats an earlier one counts once.
        mission : {'Kepler'}
        cadence : {'long', 'short'}

        Returns
        -------
        list of TargetOutcome
            In the order of `targets`.

        Raises
        ------
        UsageError
            An argument is wrong, or files of another run are in the way.
        RunError
            The archive cannot be searched, or the disk cannot be written.
        """
        recipe = make_recipe(mission, cadence, self._flux, self._quality)
        chosen = TargetList.of(targets)
        outcomes: dict[str, TargetOutcome] = {}

        def keep(outcome: TargetOutcome) -> None:
            outcomes[parse_target(outcome.target_id).key] = outcome

        limits = self._limits
        async with open_archive(self._source, limits.workers, limits.max_rate_mb_s) as archive:
            await self.run(chosen, recipe, archive, on_outcome=keep)
        if self._resume and self._results_path is not None:
            for outcome in read_outcomes(self._results_path):
                outcomes.setdefault(parse_target(outcome.target_id).key, outcome)
        return [outcomes[t.key] for t in chosen.targets if t.key in outcomes]

    async def run(
        self,
        targets: TargetList,
        recipe: Recipe,
        archive: Archive,
        *,
        arguments: Iterable[str] = (),
        on_start: Callable[[], None] = lambda: None,
        on_outcome: Callable[[TargetOutcome], None] = lambda outcome: None,
    ) -> RunSummary:
        """Download a list of targets from an open archive.

        Parameters
        ----------
        targets : TargetList
        recipe : Recipe
        archive : Archive
        arguments : iterable of str
            The command line, for the checkpoint.
        on_start : callable
            Called once the records are open, and so this run is known to be in no
            other's way.
        on_outcome : callable
            Told of each outcome, after it was recorded.

        Returns
        -------
        RunSummary

        Raises
        ------
        UsageError
            The output cannot be written, or files of another run are in the way.
        RunError
            The archive cannot be searched, or the disk cannot be written.
        """
        limits = _polite(self._limits, archive)
        _prepare_output(self._output_dir)
        description = RunDescription(
            archive.identity, recipe, len(targets.targets), targets.digest, tuple(arguments)
        )
        async with AsyncExitStack() as stack:
            lock_lost = await stack.enter_async_context(self._locked())
            records = self._open_records(targets, description, on_start)
            cpu = ThreadPoolExecutor(_CPU_THREADS, "xenoscan-cpu")
            disk = ThreadPoolExecutor(min(limits.workers, _DISK_THREADS), "xenoscan-disk")
            stack.enter_context(cpu)
            stack.enter_context(disk)
            shared = Shared(
                archive,
                recipe,
                limits,
                self._output_dir,
                cpu,
                disk,
                CpuTurns(_CPU_THREADS),
                StageClock(),
                resumed=self._resume,
            )
            run = _Run(
                targets, shared, records, self._progress, on_outcome, self._stopping, lock_lost
            )
            return await run.execute()

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[asyncio.Future[None]]:
        async with AsyncExitStack() as stack:
            try:
                lock_lost = await stack.enter_async_context(hold(self._places()))
            except OSError as error:
                raise _cannot_write(error, "a lock") from error
            yield lock_lost

    def _open_records(
        self, targets: TargetList, run: RunDescription, on_start: Callable[[], None]
    ) -> RunRecords:
        try:
            records = open_records(
                targets,
                run,
                self._output_dir,
                self._results_path,
                self._checkpoint_dir,
                self._resume,
            )
            on_start()
        except OSError as error:
            raise _cannot_write(error, "the records") from error
        return records

    def _places(self) -> list[tuple[Path, str]]:
        """Return the lock of each place where this run writes, and what it locks."""
        places = [(self._output_dir / ".xenoscan.lock", f"{self._output_dir} (--output)")]
        files = (
            (self._results_path, "--results"),
            (self._checkpoint_dir and self._checkpoint_dir / CHECKPOINT_NAME, "--checkpoint-dir"),
        )
        for path, option in files:
            if path is not None:
                places.append((path.with_name(f".{path.name}.lock"), f"{path} ({option})"))
        return places

    def stop(self) -> None:
        """Let the run end soon: targets in flight have a few seconds, no other is taken."""
        self._stopping.set()


class _Run:
    """One list of targets on its way through the workers."""

    def __init__(
        self,
        targets: TargetList,
        shared: Shared,
        records: RunRecords,
        progress: Progress,
        on_outcome: Callable[[TargetOutcome], None],
        stopping: asyncio.Event,
        lock_lost: asyncio.Future[None],
    ) -> None:
        self._lock_lost = lock_lost
        self._pending = [target for target in targets.targets if target not in records]
        self._shared = shared
        self._records = records
        self._progress = progress
        self._on_outcome = on_outcome
        self._stopping = stopping
        self._earlier = records.counts
        self._tally = Tally(len(targets.targets), len(targets.targets) - len(self._pending))
        self._monitor = ResourceMonitor()
        self._recording = asyncio.Lock()
        self._answers: asyncio.Queue[tuple[Target, SearchAnswer] | None] = asyncio.Queue(BATCH)
        any_names = records.has_names or any(target.kic is None for target in self._pending)
        self._claims = Claims(records, any_names, self._find)
        self._failures_in_a_row = 0

    async def execute(self) -> RunSummary:
        """Run to the end, to a stop, or to an error; the records are kept whichever it is."""
        ticker = asyncio.ensure_future(self._tick())
        try:
            await self._supervise()
        finally:
            ticker.cancel()
            await asyncio.wait([ticker])
            self._monitor.sample()
            self._progress.show(self._tally, self._monitor)
            self._progress.close()
            try:
                # Where another run writes now, this one no longer does.
                if not self._lock_lost.done():
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
        )

    async def _supervise(self) -> None:
        searching = asyncio.ensure_future(search_ahead(self._pending, self._shared, self._answers))
        n_connections = self._shared.limits.workers
        n_workers = min(n_connections, max(1, len(self._pending)))
        self._shared.spare.add(n_connections - n_workers)
        workers = [asyncio.ensure_future(self._work()) for _ in range(n_workers)]
        stopping = asyncio.ensure_future(self._stopping.wait())
        everything = [searching, *workers]
        alarms: list[asyncio.Future[Any]] = [stopping, self._lock_lost]
        try:
            waiting = set(everything)
            while waiting and not stopping.done():
                done, _ = await asyncio.wait(
                    [*waiting, *alarms], return_when=asyncio.FIRST_COMPLETED
                )
                for task in done - {stopping}:
                    # An error of one ends them all.
                    task.result()
                waiting -= done
            if waiting:
                await self._wind_down(searching, workers)
        finally:
            for task in (*everything, stopping):
                task.cancel()
            # The first error ends the run; what others meet while they are stopped is its echo.
            await asyncio.gather(*everything, stopping, return_exceptions=True)

    async def _wind_down(
        self, searching: asyncio.Future[None], workers: Sequence[asyncio.Future[None]]
    ) -> None:
        searching.cancel()
        while not self._answers.empty():
            self._answers.get_nowait()
        self._answers.put_nowait(None)
        done, _ = await asyncio.wait(workers, timeout=_GRACE_S)
        for worker in done:
            worker.result()

    async def _work(self) -> None:
        while not self._stopping.is_set():
            item = await self._answers.get()
            if item is None:
                # For the next worker to find.
                self._answers.put_nowait(None)
                self._shared.spare.add()
                return
            await self._record(await self._outcome_of(*item))
            self._claims.settle(*item)

    async def _outcome_of(self, target: Target, answer: SearchAnswer) -> TargetOutcome:
        if isinstance(answer, TargetError):
            _log.info("%s: %s", target.name, answer)
            return failed_outcome(target, answer.reason, str(answer))
        if target.kic is None:
            try:
                self._records.add_name(target.name, answer.kic, answer.separation_arcsec)
            except OSError as error:
                raise RunError(f"cannot write the names: {error}") from error
        return await self._claims.first_or_same(
            target, answer.kic, lambda: self._download(target, answer)
        )

    async def _download(self, target: Target, star: StarFiles) -> TargetOutcome:
        return await download_target(target, star, self._shared)

    async def _find(self, identity: int | str) -> TargetOutcome | None:
        # Looked for in a file that is being written: not both at once.
        async with self._recording:
            return await asyncio.get_running_loop().run_in_executor(
                self._shared.disk, self._records.find, identity
            )

    async def _record(self, outcome: TargetOutcome) -> None:
        async with self._recording:
            try:
                checkpoint_due = self._records.add(outcome)
            except OSError as error:
                raise RunError(f"cannot write the results: {error}") from error
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
        self._stop_if_hopeless(outcome)

    def _stop_if_hopeless(self, outcome: TargetOutcome) -> None:
        hopeless = outcome.reason in PASSING and outcome.quarters_used == 0
        self._failures_in_a_row = self._failures_in_a_row + 1 if hopeless else 0
        if self._failures_in_a_row >= _MOST_FAILURES_IN_A_ROW + self._shared.limits.workers:
            raise RunError(
                f"{self._failures_in_a_row} targets in a row failed, the last with"
                f" {outcome.error!r}: the archive seems to be down. Go on with --resume when it is"
                " back"
            )

    async def _write_checkpoint(self) -> None:
        loop = asyncio.get_running_loop()
        async with self._recording:
            try:
                await loop.run_in_executor(self._shared.disk, self._records.write_checkpoint)
            except OSError as error:
                raise RunError(f"cannot write the checkpoint: {error}") from error

    async def _tick(self) -> None:
        while True:
            self._monitor.sample()
            self._progress.show(self._tally, self._monitor)
            await asyncio.sleep(1.0)


def _polite(limits: Limits, archive: Archive) -> Limits:
    most = archive.polite_requests
    if most is None or limits.workers <= most:
        return limits
    _log.warning(
        "%d workers are more than %s should be asked for: lowered to %d",
        limits.workers,
        archive.identity,
        most,
    )
    return replace(limits, workers=most)


def _cannot_write(error: OSError, what: str) -> UsageError:
    return UsageError(f"cannot write {error.filename or what}: {error.strerror or error}")


def _prepare_output(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Under a name that nobody can have laid a link for, if under any.
        with TemporaryFile(dir=folder, prefix=".xenoscan-"):
            pass
        free = free_bytes(folder)
    except OSError as error:
        raise UsageError(f"cannot write to the output folder {folder}: {error.strerror}") from error
    if free < _LEAST_FREE_BYTES:
        raise UsageError(
            f"the disk of {folder} has only {free / 1e6:.0f} MB left: make room, or choose another"
            " --output"
        )
