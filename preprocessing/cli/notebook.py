"""Download from a notebook or a script, in one call that blocks."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.records.results import read_outcomes
from preprocessing.acquire.records.saved_targets import list_path, save_targets
from preprocessing.acquire.runs.progress import BarProgress
from preprocessing.acquire.settings import Limits
from preprocessing.cli.dataset_settings import settings_text
from preprocessing.cli.embedded import started
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions import DEFAULT_MISSION
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.target_names import TargetNames, target_names
from preprocessing.missions.targets import TargetList, parse_target
from preprocessing.network.source_names import MAST
from preprocessing.system.atomic import write_atomically
from preprocessing.system.loop_thread import run_in_loop_thread

__all__ = ["Outcomes", "download"]


class Outcomes(list[TargetOutcome]):
    """The outcome of each target: a list that may also be awaited, and then returns itself."""

    def __await__(self) -> Generator[None, None, Outcomes]:
        return self
        yield  # makes it a generator, which is what `await` needs


def download(
    targets: TargetNames,
    dataset: str | os.PathLike[str],
    *,
    mission: str = DEFAULT_MISSION,
    cadence: str | None = None,
    author: str | None = None,
    sequence_numbers: Iterable[int] = (),
    flux: str | None = None,
    quality: str | int = "default",
    archive: str = MAST,
    fallback: Sequence[str] = (),
    max_workers: int = Limits.workers,
    timeout: float = Limits.timeout_s,
    retries: int = Limits.retries,
    max_rate_mb_s: float | None = None,
    resume: bool = True,
    progress: bool = False,
) -> Outcomes:
    """Download the light curves of some stars into the folder of a data set.

    The call returns when every target has an outcome. It works in a script and in a notebook,
    where ``await download(...)`` works as well. Either way it blocks: a program with an event
    loop that must go on meanwhile uses `AsyncDownloader`.

    Ctrl-C, or the stop button of a notebook, ends the run in order: stars on their way have a
    few seconds, and the next call resumes from there.

    Parameters
    ----------
    targets : str, int, or list, array or column of these
        Names such as ``Kepler-10`` or ``TIC 25155310``, or numbers in the mission's catalog:
        in a list, a numpy array, a pandas Series, or a column of an astropy table. Whole floats
        stand for their numbers; masked entries are left out. One name or number is one target.
    dataset : path-like
        The folder; made if absent. `open_dataset` reads it, and ``xenoscan`` goes on with it.
    mission : str
        Name of the mission, in any case: ``Kepler``, ``K2`` or ``TESS``. Bare numbers are taken
        from its catalog.
    cadence : {'long', 'short', 'fast'}, optional
        The author's usual one if not given.
    author : str, optional
        Who made the light curves: the mission if not given. ``any`` takes, for each star, the
        first author that has it.
    sequence_numbers : iterable of int, optional
        Quarters, campaigns or sectors; all if not given.
    flux : str, optional
        ``pdcsap``, ``sap`` or another flux that the author has; the usual one if not given.
    quality : str or int
        Which points are dropped: ``default``, ``hard``, ``hardest``, ``none``, or a bitmask.
    archive : str
        ``mast``, ``s3``, ``stsci``, an ``http://`` address, or a directory. ``embedded`` is the
        simulator: stars that were never observed, for trying things out without a network.
    fallback : sequence of str, optional
        Archives for what the first one cannot give.
    max_workers : int
        Targets at once.
    timeout : float
        Seconds without progress after which a target is given up for now.
    retries : int
        How often a request is repeated after transient failures.
    max_rate_mb_s : float, optional
        Most that is received, in 10**6 bytes a second.
    resume : bool
        Keep what an earlier call left in the folder, and fetch only what is missing or may
        succeed now. If False, a folder with another run in it is refused.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Outcomes
        A list with one `TargetOutcome` for each target, in their order.

    Raises
    ------
    UsageError
        An argument is wrong, or the folder holds a run with other settings (`RunConflict`).
    RunError
        The archive cannot be searched, or the disk cannot be written.
    KeyboardInterrupt
        The run was stopped. What had been done by then is recorded.

    Examples
    --------
    ::

        from preprocessing import download, open_dataset

        outcomes = download(["Kepler-10", 757076], "my-stars", progress=True)
        print([outcome.reason.value for outcome in outcomes])
        star = open_dataset("my-stars")["Kepler-10"]
    """
    folder = DatasetFolder(Path(dataset))
    downloader = AsyncDownloader(
        folder.lightcurves,
        max_workers,
        timeout,
        results_path=folder.results,
        checkpoint_dir=folder.checkpoints,
        resume=resume,
        retries=retries,
        max_rate_mb_s=max_rate_mb_s,
        progress=_bar() if progress else None,
    )
    recipe = make_recipe(mission, cadence, flux, quality, author, sequence_numbers)
    chosen = TargetList.of(target_names(targets), recipe.mission.catalog)
    # As the command line names them, so that it can go on with the data set.
    options = Namespace(
        archive=archive,
        fallback=",".join(fallback),
        keep_files=None,
        workers=max_workers,
        timeout=timeout,
        retries=retries,
        max_rate=max_rate_mb_s,
    )

    async def run() -> None:
        async with (
            started((archive, *fallback)) as embedded,
            open_archive(
                archive, max_workers, max_rate_mb_s, fallback=fallback, started=embedded
            ) as source,
        ):
            await downloader.run(chosen, recipe, source, on_start=save_request)

    def save_request() -> None:
        if not folder.settings.exists():
            write_atomically(folder.settings, settings_text(options, recipe).encode())
        save_targets(list_path(folder.results), chosen, None, resume)

    run_in_loop_thread(run(), downloader.stop, "xenoscan-download")
    return _recorded(chosen, folder)


def _bar() -> BarProgress | None:
    # A process without standard error has nowhere to show one.
    return None if sys.stderr is None else BarProgress()


def _recorded(targets: TargetList, folder: DatasetFolder) -> Outcomes:
    found = {parse_target(o.target_id).key: o for o in read_outcomes(folder.results)}
    return Outcomes(found[target.key] for target in targets.targets if target.key in found)
