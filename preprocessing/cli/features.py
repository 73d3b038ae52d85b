"""``xenoscan features``: describe every star of a data set by its features."""

from __future__ import annotations

import argparse
import asyncio
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.pack import some
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import say
from preprocessing.cli.work_progress import WorkProgress
from preprocessing.cli.worker_options import add_workers
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.remote_path import require_no_url

if TYPE_CHECKING:
    from preprocessing.features.table.stage import Tabulated

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 every light curve has its row, 1 some could not be"
    " read, or the work ended early, 2 bad usage, or a table that must not be mixed; then nothing"
    " was changed. A feature that cannot be computed is null, with a reason beside it, and no"
    " failure."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan features`` to its parser."""
    add = parser.add_argument_group("what to compute").add_argument
    add(
        "dataset",
        type=Path,
        nargs="?",
        metavar="DATASET",
        help="a data set's folder, of FITS files or packed; features.parquet and"
        " candidates.parquet are written into it",
    )
    add(
        "--recompute",
        action="store_true",
        help="compute all rows again, also of a table of another version of the feature set",
    )
    add(
        "--explain",
        nargs="?",
        const="",
        metavar="NAME",
        help="print what a feature or a companion means, and compute nothing; all features without"
        " a name",
    )
    group = parser.add_argument_group("how")
    add_workers(group, "; each takes up to 0.5 GB of memory")
    group.add_argument(
        "--quiet", action="store_true", help="print nothing but what could not be read"
    )


def run(given: argparse.Namespace, call: Call) -> int:
    """Compute the features of a data set, or explain one.

    Returns
    -------
    int
        0 if every light curve has its row, 1 if some could not be read.

    Raises
    ------
    UsageError
        There is no data set or no such feature, or what is there must not be mixed.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.cli.explained_features import explain
    from preprocessing.system.paths import some_home
    from preprocessing.system.write_errors import remedy

    if given.explain is not None:
        for line in explain(given.explain):
            say(line)
        return OK
    if given.dataset is None:
        raise UsageError("name the folder of a data set, or a feature after --explain")
    # Workers on other machines have other working directories.
    require_no_url(given.dataset, "features are written beside the data set on disk")
    root = given.dataset.absolute() if given.cluster else given.dataset
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}: name that of a data set")
    try:
        with some_home():
            done = asyncio.run(_tabulate(root, given))
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        raise RunError(
            f"cannot compute the features of {root}: {what}{error.strerror or error}."
            f" {remedy(error)}; what is computed stays, and the same command goes on"
        ) from error
    _describe(done, root, given)
    return FAILED if done.failures else OK


async def _tabulate(root: Path, given: argparse.Namespace) -> Tabulated:
    from preprocessing.cluster.choice import open_workers
    from preprocessing.cluster.workers import run_units
    from preprocessing.features.table.stage import FeatureRequest, tabulate
    from preprocessing.system.run_lock import hold

    stop = threading.Event()
    lock = root / ".xenoscan_features.lock", f"{root} (features)"
    with WorkProgress("star", is_shown=not given.quiet) as progress:
        async with (
            hold([lock]) as held,
            open_workers(given.jobs, given.cluster) as workers,
        ):
            run = map if workers is None else partial(run_units, workers, held.token)
            request = FeatureRequest(
                root, given.recompute, 1 if workers is None else max(1, workers.count)
            )
            work = asyncio.ensure_future(
                asyncio.to_thread(tabulate, request, run, stop=stop, progress=progress.show)
            )
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                # Ctrl-C: the units in hand are kept before the lock is given up.
                stop.set()
                await asyncio.gather(work, return_exceptions=True)
                raise


def _describe(done: Tabulated, root: Path, given: argparse.Namespace) -> None:
    for name, text in done.failures:
        say(f"no features of {name}: {text}")
    if done.failures:
        say(f"To fetch what is damaged: xenoscan verify {root} --repair, then download --resume.")
    if given.quiet:
        return
    say(
        f"{root / 'features.parquet'} has {done.n_rows} rows: {done.n_computed} were computed now,"
        f" and {done.n_unchanged} stayed as they were."
    )
    if done.n_timed_out:
        say(f"Light curves of which some features took too long: {done.n_timed_out} (time_out).")
    if done.n_gone:
        say(f"Former rows that were left out, for their light curves are gone: {done.n_gone}.")
    if done.without_curve:
        names = some([outcome.target_id for outcome in done.without_curve])
        say(f"Targets without a light curve: {len(done.without_curve)} ({names}).")
    if done.lost:
        say(f"Light curves that are recorded, but not there: {len(done.lost)} ({some(done.lost)}).")
    if done.n_files_missing:
        say(
            f"Files that light curves lack: {done.n_files_missing} (columns files_expected and"
            " files_used)."
        )
