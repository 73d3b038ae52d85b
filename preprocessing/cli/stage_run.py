"""What commands share that run a stage over a data set: options, lock, workers, Ctrl-C, counts."""

from __future__ import annotations

import argparse
import asyncio
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from preprocessing.cli.pack import some
from preprocessing.cli.progress_option import add_progress
from preprocessing.cli.terminal import say
from preprocessing.cli.work_progress import open_work_progress
from preprocessing.cli.worker_options import add_workers
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.remote_path import require_no_url

if TYPE_CHECKING:
    from preprocessing.dataset.tabulation import Run, Tabulated

__all__ = ["add_how", "dataset_root", "describe_run", "run_stage"]

_T = TypeVar("_T")


def add_how(group: argparse._ArgumentGroup) -> None:
    """Add the options that say who works, and what is printed.

    Parameters
    ----------
    group : argparse group
        Where they stand in the help.
    """
    add_workers(group, "; each takes up to 0.5 GB of memory")
    group.add_argument(
        "--quiet", action="store_true", help="print nothing but what could not be read"
    )
    add_progress(group)


def dataset_root(given: argparse.Namespace, what: str) -> Path:
    """Return the folder of the data set that the options name.

    Parameters
    ----------
    given, what
        As in `run_stage`.

    Raises
    ------
    UsageError
        There is none.
    """
    # Workers on other machines have other working directories.
    require_no_url(given.dataset, f"{what} are written beside the data set on disk")
    root: Path = given.dataset.absolute() if given.cluster else given.dataset
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}: name that of a data set")
    return root


def run_stage(
    given: argparse.Namespace, what: str, stage: Callable[[Run], _T], unit: str = "star"
) -> _T:
    """Run a stage over the data set that the options name, below the lock of its tables.

    Parameters
    ----------
    given : argparse.Namespace
        The options: ``dataset``, ``recompute``, ``jobs``, ``cluster`` and ``quiet``.
    what : str
        What the stage makes, in a word, for messages.
    stage : callable
        Does the work.
    unit : str, optional
        What its progress counts.

    Raises
    ------
    UsageError
        There is no data set, or the stage refuses it.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.system.paths import some_home
    from preprocessing.system.write_errors import remedy

    root = dataset_root(given, what)
    try:
        with some_home():
            return asyncio.run(_run(root, given, stage, unit))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise RunError(
            f"cannot compute the {what} of {root}: {where}{error.strerror or error}."
            f" {remedy(error)}; what is computed stays, and the same command goes on"
        ) from error


async def _run(root: Path, given: argparse.Namespace, stage: Callable[[Run], _T], unit: str) -> _T:
    from preprocessing.cluster.choice import open_workers
    from preprocessing.cluster.workers import run_units
    from preprocessing.dataset.tabulation import Run
    from preprocessing.system.run_lock import hold

    stop = threading.Event()
    # One for all stages: each reads the tables that another writes.
    lock = root / ".xenoscan_tables.lock", f"{root} (tables)"
    with open_work_progress(given, unit) as progress:
        async with (
            hold([lock]) as held,
            open_workers(given.jobs, given.cluster) as workers,
        ):
            run = Run(
                root,
                given.recompute,
                1 if workers is None else max(1, workers.count),
                map if workers is None else partial(run_units, workers, held.token),
                stop,
                progress.show,
                progress.note,
            )
            work = asyncio.ensure_future(asyncio.to_thread(stage, run))
            try:
                return await asyncio.shield(work)
            except asyncio.CancelledError:
                # Ctrl-C: the units in hand are kept before the lock is given up.
                stop.set()
                await asyncio.gather(work, return_exceptions=True)
                raise


def describe_run(done: Tabulated, given: argparse.Namespace, what: str, table: str) -> None:
    """Print what a run computed, and what it could not.

    Parameters
    ----------
    done : Tabulated
        What it computed.
    given : argparse.Namespace
        The options.
    what : str
        What the stage makes, in a word.
    table : str
        File name of the table with one row a light curve.
    """
    for name, text in done.failures:
        say(f"no {what} of {name}: {text}")
    if done.failures:
        say(
            f"To fetch what is damaged: xenoscan verify {given.dataset} --repair, then"
            " download --resume."
        )
    if given.quiet:
        return
    say(
        f"{given.dataset / table} has {done.n_rows} rows: {done.n_computed} were computed now, and"
        f" {done.n_unchanged} stayed as they were."
    )
    if done.n_gone:
        say(f"Former rows that were left out, for their light curves are gone: {done.n_gone}.")
    if done.without_curve:
        names = some([outcome.target_id for outcome in done.without_curve])
        say(f"Targets without a light curve: {len(done.without_curve)} ({names}).")
    if done.lost:
        say(f"Light curves that are recorded, but not there: {len(done.lost)} ({some(done.lost)}).")
