"""``xenoscan download --adopt``: make a data set of what earlier runs left, without fetching."""

from __future__ import annotations

import argparse
import asyncio
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.dataset_settings import settings_text
from preprocessing.cli.exit_codes import OK
from preprocessing.cli.terminal import say
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.network.source_names import is_folder

if TYPE_CHECKING:
    from preprocessing.acquire.audits.dataset_records import DataSet
    from preprocessing.acquire.records.checkpoint import RunDescription

__all__ = ["adopt"]

#: Options that say what to fetch, by attribute, where nothing is fetched.
_OF_FETCHING = (
    *("targets", "target_list", "ids", "select", "where"),
    *("resume", "retry_failed", "refresh", "dry_run"),
)
#: Options of the old run that the data set keeps.
_KEPT = ("workers", "timeout", "retries", "max_rate", "fallback", "keep_files")


async def adopt(given: argparse.Namespace) -> int:
    """Take over the outputs and records of earlier runs.

    Parameters
    ----------
    given : argparse.Namespace
        The options of ``xenoscan download``, ``--adopt`` among them.

    Raises
    ------
    UsageError
        The options do not go together, there is nothing to take over, or a run writes to it.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.acquire.audits import adoption
    from preprocessing.acquire.records.opening import lock_paths
    from preprocessing.acquire.records.saved_targets import files_path, list_path
    from preprocessing.acquire.records.star_names import names_path
    from preprocessing.catalog.chosen import selection_path
    from preprocessing.cli.run_log import log_path
    from preprocessing.system.run_lock import hold

    _require_alone(given)
    old, new = _old_places(given), DatasetFolder(given.dataset)
    staging = adoption.staging_folder(new)
    places = lock_paths(old.output_dir, old.results_path, old.checkpoint_dir)
    locks = [(path, what) for path, what in places if path.parent.is_dir()]
    locks.append((staging.with_name(f"{staging.name}.lock"), f"{new.root} (--dataset)"))
    try:
        async with hold(locks):
            done = await asyncio.to_thread(
                adoption.adopt,
                old,
                new,
                (list_path, files_path, names_path, selection_path, log_path),
                lambda run: settings_text(_options_of(run, given), run.recipe),
            )
    except OSError as error:
        raise RunError(f"cannot adopt {given.adopt}: {error}") from error
    if not given.quiet:
        say(f"{new.root} now holds {done.linked + done.copied} light curves and {done.rows} rows.")
        if done.linked:
            say(f"{done.linked} light curves share their disk space with the old files.")
        if done.copied:
            say(f"{done.copied} light curves were copied.")
        say(f"{given.adopt} is as it was. You may remove it after: xenoscan verify {new.root}")
    return OK


def _require_alone(given: argparse.Namespace) -> None:
    if given.dataset is None:
        raise UsageError("--adopt makes a data set: name its folder with --dataset DIR")
    for name in _OF_FETCHING:
        if getattr(given, name):
            option = name.replace("_", "-")
            raise UsageError(f"--adopt fetches nothing: adopt first, then use --{option}")


def _old_places(given: argparse.Namespace) -> DataSet:
    from preprocessing.acquire.audits.dataset_records import DataSet

    root: Path = given.adopt
    raw = root / "data" / "raw"
    # Runs of the embedded archive keep them one level higher.
    output = given.output or (raw if raw.is_dir() else root / "raw")
    results = given.results or root / "download_results.csv"
    if not output.is_dir():
        raise UsageError(f"no light curves in {raw} or {output}: name their folder with --output")
    if PackedFolder(output.parent).catalogs.is_dir():
        raise UsageError(
            f"{output.parent} is a data set that is packed, and its FITS files may be gone: copy or"
            " move its whole folder instead (cp -a, mv)"
        )
    if not results.is_file():
        raise UsageError(f"there is no {results}: name the results with --results")
    return DataSet(output, results, given.checkpoint_dir or root / "checkpoints")


def _options_of(run: RunDescription, given: argparse.Namespace) -> argparse.Namespace:
    """Return the options with which later runs go on from an old one."""
    words: dict[str, Any] = {}
    # Where a program called, or a version with other options, the recipe tells enough.
    with suppress(UsageError):
        words = COMMANDS["download"].parser("").read_given(run.arguments)
    kept = {name: words[name] for name in _KEPT if name in words}
    archive = run.archive if is_folder(run.archive) else words.get("archive", run.archive)
    return argparse.Namespace(**{**vars(given), **kept, "archive": archive})
