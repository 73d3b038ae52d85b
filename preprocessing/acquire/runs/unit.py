"""Download a unit of stars for a run elsewhere, which keeps the records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar

from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.archives.base import StarFiles
from preprocessing.acquire.records.clocks import UnwrittenClocks, gathering
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.setup import star_downloader, work_threads
from preprocessing.acquire.runs.star import StarDownloader
from preprocessing.acquire.runs.summary import Tally
from preprocessing.acquire.settings import Limits, Mode
from preprocessing.core.carried_log import CarriedMessage, carried_log
from preprocessing.core.clock import ClockReading
from preprocessing.core.dataset_folder import clocks_in
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.run_state import RUN_STATUS_NAME, RunState, RunStatus
from preprocessing.fits.mirror import MirrorIndex
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.system.run_lock import LockToken

__all__ = ["Sources", "StarUnit", "UnitResult", "UnitSettings", "download_unit"]

_T = TypeVar("_T")

#: Seconds between two looks of a unit at whether its run still goes on.
_LOOK_EVERY_S = 2.0


@dataclass(frozen=True)
class Sources:
    """The archives of a run, as `open_archive` takes them.

    Parameters
    ----------
    archive : str
        The first one.
    fallback : tuple of str
        The others.
    started : mapping of str to str
        Addresses of embedded archives.
    """

    archive: str
    fallback: tuple[str, ...]
    started: Mapping[str, str]


@dataclass(frozen=True)
class UnitSettings:
    """What all units of a run have in common.

    Parameters
    ----------
    recipe : Recipe
        What is stitched, and how.
    output_dir : Path
        Where the outputs go: a folder that every worker sees under this name.
    keep_files : Path or None
        Where raw files are kept; None to keep none.
    checkpoints : Path or None
        The folder of the run's checkpoint, which units only read: the mission's clock, and the
        status, which says whether the run is paused. None if the run keeps none.
    sources : Sources
        Where the files come from.
    lock : LockToken
        Below this lock of the run the outputs are written.
    """

    recipe: Recipe
    output_dir: Path
    keep_files: Path | None
    checkpoints: Path | None
    sources: Sources
    lock: LockToken


@dataclass(frozen=True)
class StarUnit:
    """Stars to be downloaded by one worker.

    Parameters
    ----------
    settings : UnitSettings
        What all units have in common.
    limits : Limits
        Of this unit; its workers are its connections.
    stars : tuple of (Target, StarFiles)
        The stars, with the files that the archive promises.
    """

    settings: UnitSettings
    limits: Limits
    stars: tuple[tuple[Target, StarFiles], ...]


@dataclass(frozen=True)
class UnitResult:
    """What became of a unit.

    Parameters
    ----------
    outcomes : mapping of str to TargetOutcome
        By `Target.key`.
    tally : Tally
        Stages, origins and rivals of its requests.
    refusals : int
        Requests that the archive refused, for there were too many.
    clocks : tuple of ClockReading
        What files say of the mission's clock that was not known before.
    messages : tuple of CarriedMessage
        What was logged.
    """

    outcomes: Mapping[str, TargetOutcome]
    tally: Tally
    refusals: int
    clocks: tuple[ClockReading, ...]
    messages: tuple[CarriedMessage, ...]


def download_unit(unit: StarUnit) -> UnitResult:
    """Download the stars of a unit, and keep no records.

    What an earlier attempt wrote is used, so that a unit may be done again.

    Parameters
    ----------
    unit : StarUnit
        The stars.

    Raises
    ------
    RunError
        An output cannot be written, the archive cannot be reached, or the run has ended.
    OSError
        The folder of the outputs cannot be read.
    """
    settings, folder = unit.settings, unit.settings.checkpoints
    clocks = None if folder is None else UnwrittenClocks(clocks_in(folder))
    status = None if folder is None else folder / RUN_STATUS_NAME
    with carried_log() as messages:
        outcomes, tally, refusals = asyncio.run(
            _while_run_goes_on(settings.lock, status, partial(_download, unit, clocks))
        )
    readings = () if clocks is None else clocks.readings
    return UnitResult(outcomes, tally, refusals, readings, tuple(messages))


async def _while_run_goes_on(
    lock: LockToken,
    status: Path | None,
    work: Callable[[PauseGate], Coroutine[Any, Any, _T]],
) -> _T:
    """Return the result of some work; end it when the run has ended, if it may wait for hours.

    While the run is paused, the work's gate is closed.
    """
    pause = PauseGate()
    working = asyncio.ensure_future(work(pause))
    watching = asyncio.ensure_future(_until_ended(lock, status, pause))
    try:
        await asyncio.wait([working, watching], return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
        return await working
    finally:
        working.cancel()
        watching.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _until_ended(lock: LockToken, status: Path | None, pause: PauseGate) -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_S)
        # If a file cannot be read for a moment, the next look tells.
        with suppress(OSError):
            await asyncio.to_thread(lock.ensure)
        if status is not None:
            with suppress(OSError, ValueError):
                said = RunStatus.from_json(await asyncio.to_thread(status.read_bytes))
                (pause.close if said.state is RunState.PAUSED else pause.open)()


async def _download(
    unit: StarUnit, clocks: UnwrittenClocks | None, pause: PauseGate
) -> tuple[dict[str, TargetOutcome], Tally, int]:
    settings, limits = unit.settings, unit.limits
    # Before anything is asked of an archive.
    settings.lock.ensure()
    tally, refusals = Tally(len(unit.stars), 0), _Refusals()
    async with AsyncExitStack() as stack:
        sources = settings.sources
        archive = await stack.enter_async_context(
            open_archive(
                sources.archive,
                limits.workers,
                limits.max_rate_mb_s,
                fallback=sources.fallback,
                started=sources.started,
                on_refusal=refusals.add,
                index=partial(_index, settings.lock.run),
            )
        )
        threads = stack.enter_context(work_threads(limits))
        note_clock = await stack.enter_async_context(gathering(clocks))
        stars = star_downloader(
            settings.recipe,
            settings.output_dir,
            Mode.RESUME,
            limits,
            archive,
            threads,
            tally,
            settings.keep_files,
            note_clock,
            _nothing_to_mark,
            pause,
        )
        for source in stars.files.sources:
            stack.push_async_callback(source.close)
        return await _all(unit, stars), tally, refusals.count


async def _all(unit: StarUnit, stars: StarDownloader) -> dict[str, TargetOutcome]:
    rest = iter(unit.stars)
    outcomes: dict[str, TargetOutcome] = {}
    n_workers = min(unit.limits.workers, len(unit.stars))
    stars.files.spare.reset(unit.limits.workers - n_workers)
    workers = [
        asyncio.ensure_future(_work(rest, stars, unit.settings.lock, outcomes))
        for _ in range(n_workers)
    ]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return outcomes


async def _work(
    rest: Iterator[tuple[Target, StarFiles]],
    stars: StarDownloader,
    lock: LockToken,
    outcomes: dict[str, TargetOutcome],
) -> None:
    for target, star in rest:
        # Ends the work soon after the run was stopped, or died.
        await asyncio.to_thread(lock.ensure)
        outcomes[target.key] = await stars.download(target, star, is_retry=True)
    stars.files.spare.add()


class _Refusals:
    """Counts refused requests."""

    def __init__(self) -> None:
        self.count = 0

    def add(self) -> None:
        self.count += 1


@lru_cache(maxsize=2)
def _index(run: str, folder: Path) -> MirrorIndex:
    """Return the index of a folder, which is read once for all units of a run."""
    return MirrorIndex(folder)


async def _nothing_to_mark(target: Target) -> None:
    """Mark no record as superseded: the run that has the records does not refresh."""
