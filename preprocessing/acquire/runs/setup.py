"""Put together what downloads stars, for a run and for a unit of one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from preprocessing.acquire.archives.base import Archive
from preprocessing.acquire.runs.kept_files import KeptFiles
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.source import FileSources, Source
from preprocessing.acquire.runs.star import StarDownloader
from preprocessing.acquire.runs.summary import Tally
from preprocessing.acquire.settings import Limits, Mode
from preprocessing.core.clock import ClockReading
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.retry import RetryPolicy
from preprocessing.system.waiting import WorkThreads

__all__ = ["star_downloader", "work_threads"]

#: Much of the work on a file holds the interpreter's lock, as the event loop does: a second
#: thread was measured to be slower (benchmarks/RESULTS.md, "What was tried").
_CPU_THREADS = 1
#: Enough to hide the syncing of outputs; each waits for the disk.
_DISK_THREADS = 8


def work_threads(limits: Limits) -> WorkThreads:
    """Return the threads that process and write files.

    Parameters
    ----------
    limits : Limits
        Says how many stars there are at a time.
    """
    return WorkThreads(_CPU_THREADS, min(limits.workers, _DISK_THREADS))


def star_downloader(
    recipe: Recipe,
    output_dir: Path,
    mode: Mode,
    limits: Limits,
    archive: Archive,
    threads: WorkThreads,
    tally: Tally,
    keep_files: Path | None,
    note_clock: Callable[[ClockReading], None] | None,
    mark_superseded: Callable[[Target], Awaitable[None]],
    pause: PauseGate,
) -> StarDownloader:
    """Return what downloads stars from an archive.

    Parameters
    ----------
    recipe : Recipe
        What is stitched, and how.
    output_dir : Path
        Where the outputs go.
    mode : Mode
        Whether outputs of an earlier run are used.
    limits : Limits
        Time-out and retries.
    archive : Archive
        Where the files come from, with its fallbacks.
    threads : WorkThreads
        Where files are processed and written.
    tally : Tally
        Counts what happens.
    keep_files : Path or None
        Where raw files are kept; None to keep none.
    note_clock : callable or None
        Called with what a file says of the mission's clock.
    mark_superseded : callable
        Awaited with a target before a refresh replaces its output.
    pause : PauseGate
        Where requests wait while the run is paused.
    """
    files = FileSources(
        tuple(Source(each, pause) for each in (archive, *archive.fallbacks)),
        RetryPolicy(limits.retries),
        tally.origins,
        threads.cpu_slots.wait_for_backlog,
        rivals=tally.rivals,
        pause=pause,
    )
    return StarDownloader(
        recipe,
        output_dir,
        mode,
        limits.timeout_s,
        files,
        threads,
        tally.stages,
        None if keep_files is None else KeptFiles(keep_files),
        note_clock,
        mark_superseded,
    )
