"""The library's front: what a run needs is checked, locked and opened, and the run started."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.acquire.archives import Archive, open_archive
from preprocessing.acquire.archives.base import is_local
from preprocessing.acquire.records.checkpoint import RunDescription
from preprocessing.acquire.records.clocks import GatheredClocks, gathering
from preprocessing.acquire.records.live_files import LiveFiles
from preprocessing.acquire.records.opening import lock_paths, open_records
from preprocessing.acquire.records.results import read_outcomes
from preprocessing.acquire.records.run_records import Recorder, RunRecords
from preprocessing.acquire.runs.activity import Activity
from preprocessing.acquire.runs.duplicates import Duplicates
from preprocessing.acquire.runs.monitor import ResourceMonitor
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.preparation import (
    cannot_write,
    polite,
    prepare_output,
    within_open_files,
)
from preprocessing.acquire.runs.progress import Progress, SilentProgress
from preprocessing.acquire.runs.run import MemoryGate, Run, Stars
from preprocessing.acquire.runs.run_watch import RunWatch
from preprocessing.acquire.runs.search import StarSearch
from preprocessing.acquire.runs.setup import star_downloader, work_threads
from preprocessing.acquire.runs.star import StarDownloader
from preprocessing.acquire.runs.summary import RunSummary, Tally
from preprocessing.acquire.settings import Limits, Mode
from preprocessing.core.clock import ClockReading
from preprocessing.core.dataset_folder import clocks_in
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions import DEFAULT_MISSION
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.target_names import TargetNames, target_names
from preprocessing.missions.targets import TargetList, parse_target
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.source_names import MAST
from preprocessing.system.run_lock import HeldLocks, hold
from preprocessing.system.waiting import WorkThreads, loop_time

if TYPE_CHECKING:
    from preprocessing.acquire.runs.elsewhere import Elsewhere, StarsElsewhere

__all__ = ["AsyncDownloader"]

_log = logging.getLogger(__name__)

#: Passes over targets that failed, the first included. One that brings no file is the last.
_MOST_RETRY_PASSES = 5


@dataclass(frozen=True)
class _Shared:
    """What the parts of one run have in common."""

    recipe: Recipe
    archive: Archive
    limits: Limits
    threads: WorkThreads
    tally: Tally
    recorder: Recorder
    locks: HeldLocks
    note_clock: Callable[[ClockReading], None] | None
    pause: PauseGate


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
        ``mast``, ``s3``, ``stsci``, an ``http://`` address, or a directory: see
        `open_archive`. ``embedded`` (the simulator) is started by `preprocessing.download` and the
        command line alone.
    results_path, checkpoint_dir : Path, optional
        Where to log outcomes and keep the checkpoint; none is written if not given.
    resume : bool
        Resume from the records of an earlier run.
    retry_failed : bool
        Resume, and retry every target that is not complete.
    refresh : bool
        Resume, and fetch newer versions of files from the archive.
    retries : int
        How often a request is repeated after transient failures.
    max_rate_mb_s : float, optional
        Most that is received, in 10**6 bytes a second; `run` needs an archive opened so.
    flux : str, optional
        Which flux is stitched: ``pdcsap``, ``sap`` or one of the author's; that which lightkurve
        reads if not given.
    quality : str or int
        ``default``, ``hard``, ``hardest``, ``none``, or a bitmask.
    progress : Progress, optional
        Shows how far the run is; nothing is shown if not given.
    fallback : sequence of str, optional
        Archives that are asked, in their order, for what the first cannot give.
    keep_files : Path, optional
        Where raw files are kept, as a mirror of the archive.

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
        retry_failed: bool = False,
        refresh: bool = False,
        retries: int = Limits.retries,
        max_rate_mb_s: float | None = None,
        flux: str | None = None,
        quality: str | int = "default",
        progress: Progress | None = None,
        fallback: Sequence[str] = (),
        keep_files: Path | None = None,
    ) -> None:
        self._output_dir = Path(output_dir)
        self._limits = Limits(max_workers, timeout, retries, max_rate_mb_s)
        self._source = archive
        self._results_path = results_path
        self._checkpoint_dir = checkpoint_dir
        self._mode = Mode.of(resume, retry_failed, refresh)
        self._flux = flux
        self._quality = quality
        self._fallback = tuple(fallback)
        self._keep_files = keep_files
        self._progress: Progress = progress or SilentProgress()
        self._stopping = asyncio.Event()

    async def download_batch(
        self,
        targets: TargetNames,
        mission: str = DEFAULT_MISSION,
        cadence: str | None = None,
        author: str | None = None,
        sequence_numbers: Iterable[int] = (),
    ) -> list[TargetOutcome]:
        """Download targets, and return the outcome of each.

        Parameters
        ----------
        targets : str, int, or list, array or column of these
            Names, or numbers in the mission's catalog, as `target_names` takes them. One that
            repeats an earlier one counts once.
        mission : str
            Name of the mission, in any case: ``Kepler``, ``K2`` or ``TESS``.
        cadence : {'long', 'short', 'fast'}, optional
            The author's usual one if not given.
        author : str, optional
            The mission's own if not given, or ``any``.
        sequence_numbers : iterable of int, optional
            Quarters, campaigns or sectors; all if empty.

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
        recipe = make_recipe(mission, cadence, self._flux, self._quality, author, sequence_numbers)
        chosen = TargetList.of(target_names(targets), recipe.mission.catalog)
        outcomes: dict[str, TargetOutcome] = {}

        def keep(outcome: TargetOutcome) -> None:
            outcomes[parse_target(outcome.target_id).key] = outcome

        limits = self._limits
        async with open_archive(
            self._source,
            limits.workers,
            limits.max_rate_mb_s,
            bypass_cache=self._mode.bypass_cache,
            fallback=self._fallback,
        ) as archive:
            await self.run(chosen, recipe, archive, on_outcome=keep)
        if self._mode.is_resume and self._results_path is not None:
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
        on_outcome: Callable[[TargetOutcome], None] | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> RunSummary:
        """Download a list of targets from an open archive.

        Parameters
        ----------
        targets : TargetList
            The stars, each once.
        recipe : Recipe
            Which light curves to stitch, and how.
        archive : Archive
            Where to search for the files and fetch them.
        arguments : iterable of str
            The command line, for the checkpoint.
        on_start : callable
            Called once the records are open: this run is known to be in no other's way.
        on_outcome : callable, optional
            Told of each outcome, after it was recorded.
        elsewhere : Elsewhere, optional
            Who downloads; this process if not given. Searches and records stay here.

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
        limits = within_open_files(polite(self._limits, archive))
        prepare_output(self._output_dir)
        if self._keep_files is not None:
            prepare_output(self._keep_files, "folder of kept files", "--keep-files")
        description = RunDescription(
            archive.identity, recipe, len(targets.targets), targets.digest, tuple(arguments)
        )
        monitor = ResourceMonitor(loop_time)
        async with AsyncExitStack() as stack:
            locks = await stack.enter_async_context(self._locked())
            records = self._open_records(targets, description, on_start)
            threads = stack.enter_context(work_threads(limits))
            recorder = Recorder(records, threads, locks)
            stack.push_async_callback(recorder.close)
            earlier, pending = records.counts, records.pending
            tally = Tally(len(targets.targets), len(targets.targets) - len(pending))
            note = await stack.enter_async_context(gathering(self._gathered_clocks))
            shared = _Shared(
                recipe, archive, limits, threads, tally, recorder, locks, note, PauseGate()
            )
            stars, n_stars = self._open_stars(shared, elsewhere, stack)
            memory = MemoryGate(n_stars)
            run = self._run(shared, stars, n_stars, records, memory, on_outcome)
            watch = self._watch(
                shared, stars, memory, monitor, lambda: run.try_again(records.incomplete())
            )
            take_commands = await stack.enter_async_context(watch.running())
            await run.download(pending)
            if not is_local(archive):
                await self._retry(run, records, tally)
            # A command may have come since, and another one while that was obeyed.
            await run.download(())
            while await take_commands():
                await run.download(())
        return _summary(tally, monitor, limits, earlier, archive, stopped=self._stopping.is_set())

    def _run(
        self,
        shared: _Shared,
        stars: Stars,
        n_stars: int,
        records: RunRecords,
        memory: MemoryGate,
        on_outcome: Callable[[TargetOutcome], None] | None,
    ) -> Run:
        tally = shared.tally
        search = StarSearch(
            shared.archive,
            shared.recipe,
            RetryPolicy(shared.limits.retries),
            tally.stages,
            note_outage=tally.note_search_outage,
            rivals=tally.rivals,
            is_local=is_local(shared.archive),
            pause=shared.pause,
        )
        return Run(
            n_stars,
            search,
            stars,
            _duplicates(records, shared.recorder, shared.recipe.mission.catalog),
            shared.recorder,
            shared.locks,
            tally,
            on_outcome,
            self._stopping,
            shared.pause,
            memory,
        )

    def _watch(
        self,
        shared: _Shared,
        stars: Stars,
        memory: MemoryGate,
        monitor: ResourceMonitor,
        retry_failed: Callable[[], int],
    ) -> RunWatch:
        activity = Activity(
            stars.files.traffic,
            shared.tally.stages,
            shared.threads.cpu_slots if isinstance(stars, StarDownloader) else None,
            is_local=is_local(shared.archive),
            max_rate_mb_s=shared.limits.max_rate_mb_s,
        )
        live = None
        if self._checkpoint_dir is not None:
            live = LiveFiles(self._checkpoint_dir, lambda: not shared.locks.lost.done())
        return RunWatch(
            shared.tally,
            monitor,
            stars.files,
            activity,
            memory,
            shared.pause,
            self._stopping,
            self._output_dir,
            self._progress,
            live,
            retry_failed,
        )

    async def _retry(self, run: Run, records: RunRecords, tally: Tally) -> None:
        """Try failed targets again: all of them once, then those that timed out, if it helps."""
        again = records.to_retry()
        tally.retried_targets = len(again)
        for _ in range(_MOST_RETRY_PASSES):
            if not again or self._stopping.is_set():
                return
            # Much of what went wrong may be over by now.
            _log.info("trying %d targets again", len(again))
            before = tally.origins.files.total()
            await run.download(again, is_retry=True)
            if tally.origins.files.total() == before:
                return
            # The archive answers others, so it may answer these, too.
            again = records.timed_out()

    @property
    def _clocks(self) -> Path | None:
        """The folder of the mission's clock; None if no records are kept."""
        return None if self._checkpoint_dir is None else clocks_in(self._checkpoint_dir)

    @property
    def _gathered_clocks(self) -> GatheredClocks | None:
        return None if self._clocks is None else GatheredClocks(self._clocks)

    def _open_stars(
        self, shared: _Shared, elsewhere: Elsewhere | None, stack: AsyncExitStack
    ) -> tuple[Stars, int]:
        """Return what downloads stars, here or elsewhere, and how many at a time."""
        if elsewhere is not None:
            units = self._elsewhere(shared, elsewhere)
            stack.push_async_callback(units.close)
            return units, units.most_stars
        stars = star_downloader(
            shared.recipe,
            self._output_dir,
            self._mode,
            shared.limits,
            shared.archive,
            shared.threads,
            shared.tally,
            self._keep_files,
            shared.note_clock,
            shared.recorder.mark_superseded,
            shared.pause,
        )
        for source in stars.files.sources:
            stack.push_async_callback(source.close)
        return stars, shared.limits.workers

    def _elsewhere(self, shared: _Shared, elsewhere: Elsewhere) -> StarsElsewhere:
        # Imported here: few runs hand stars out.
        from preprocessing.acquire.runs.elsewhere import StarsElsewhere
        from preprocessing.acquire.runs.unit import UnitSettings

        lock = shared.locks.token
        settings = UnitSettings(
            shared.recipe,
            self._output_dir.absolute(),
            None if self._keep_files is None else self._keep_files.absolute(),
            None if self._checkpoint_dir is None else self._checkpoint_dir.absolute(),
            elsewhere.sources,
            replace(lock, path=lock.path.absolute()),
        )
        return StarsElsewhere(
            elsewhere.workers,
            settings,
            shared.limits,
            shared.archive,
            self._output_dir,
            shared.tally,
            shared.note_clock,
            self._stopping.is_set,
            shared.pause,
        )

    @asynccontextmanager
    async def _locked(self) -> AsyncIterator[HeldLocks]:
        async with AsyncExitStack() as stack:
            try:
                paths = lock_paths(self._output_dir, self._results_path, self._checkpoint_dir)
                locks = await stack.enter_async_context(hold(paths))
            except OSError as error:
                raise cannot_write(error, "a lock") from error
            yield locks

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
                self._mode,
            )
            on_start()
        except OSError as error:
            raise cannot_write(error, "the records") from error
        return records

    def stop(self) -> None:
        """Let the run end soon: targets in flight have a few seconds, no other is taken."""
        self._stopping.set()


def _summary(
    tally: Tally,
    monitor: ResourceMonitor,
    limits: Limits,
    earlier: Mapping[str, int],
    archive: Archive,
    *,
    stopped: bool,
) -> RunSummary:
    return RunSummary(
        tally=tally,
        seconds=monitor.seconds,
        cpu_seconds=monitor.cpu_seconds,
        peak_rss_bytes=monitor.peak_rss_bytes,
        peak_memory_percent=monitor.peak_memory_percent,
        stages=tally.stages.shares(),
        workers=limits.workers,
        stopped=stopped,
        earlier=earlier,
        max_rate_mb_s=limits.max_rate_mb_s,
        origins=tally.origins,
        is_local=is_local(archive),
        most_workers=archive.polite_requests,
        unread_files=archive.unread_files,
    )


def _duplicates(records: RunRecords, recorder: Recorder, catalog: str) -> Duplicates | None:
    """Return what tells names of one star, if any name is in the list or in the records.

    Numbers are told apart by the list itself.
    """
    has_names = any(target.number_in(catalog) is None for target in records.pending)
    if not has_names and not records.has_names(catalog):
        return None
    return Duplicates(records.known_stars(catalog), recorder.find, catalog, records.keeps_rows)
