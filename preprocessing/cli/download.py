"""``xenoscan download``: one run of the downloader."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from preprocessing.acquire.settings import Mode
from preprocessing.cli.adopt import adopt
from preprocessing.cli.call import Call, Stopped
from preprocessing.cli.dataset_settings import whole_source
from preprocessing.cli.download_arguments import Arguments, checked
from preprocessing.cli.download_options import add_options
from preprocessing.cli.exit_codes import FAILED, INTERRUPTED, OK
from preprocessing.cli.next_command import resume_command, retry_command
from preprocessing.cli.progress_option import open_progress
from preprocessing.cli.terminal import say
from preprocessing.core.errors import UsageError
from preprocessing.missions.catalog_numbers import with_article
from preprocessing.missions.targets import TargetList
from preprocessing.system.atomic import write_atomically
from preprocessing.system.stop_signals import StopSignals

if TYPE_CHECKING:
    from preprocessing.acquire.archives import Archive
    from preprocessing.acquire.runs.elsewhere import Elsewhere
    from preprocessing.catalog.chosen import ChosenList
    from preprocessing.cluster.workers import Workers
    from preprocessing.missions import Product

__all__ = ["EPILOG", "add_options", "run"]

_log = logging.getLogger(__name__)

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 all complete, 1 some failed or are partial, 2 bad"
    " usage, 130 interrupted. With --dry-run: 0 every target has light curves, 1 some have none."
)


def run(given: argparse.Namespace, call: Call) -> int:
    """Download what the options ask for.

    Returns
    -------
    int
        0 if every target is complete, 1 if some failed or are partial, 130 if interrupted.

    Raises
    ------
    UsageError
        An option is wrong, or another run's files are in the way.
    RunError
        The archive cannot be reached or searched, or the disk cannot be written.
    Stopped
        Interrupted before the first target.
    """
    try:
        if given.adopt is not None:
            return asyncio.run(adopt(given))
        return asyncio.run(_run(checked(given, call)))
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise Stopped("interrupted before any target was begun") from None


async def _run(arguments: Arguments) -> int:
    # Imported here: --help and mistakes in the arguments need not wait for them.
    from preprocessing.acquire.archives import open_archive
    from preprocessing.cli.embedded import started
    from preprocessing.cli.run_log import close_log, log_path, open_log

    _refuse_foreign_files(arguments)
    main_task = asyncio.current_task()
    assert main_task is not None
    stop = StopSignals(main_task.cancel, INTERRUPTED)
    try:
        open_log(
            None if arguments.dry_run else log_path(arguments.results_path), arguments.log_level
        )
    except OSError as error:
        raise UsageError(
            f"cannot write beside the results {arguments.results_path}: {error.strerror}"
        ) from error
    try:
        _echo(arguments)
        limits = arguments.limits
        sources = (arguments.archive, *arguments.fallback)
        async with (
            started(sources) as embedded,
            open_archive(
                arguments.archive,
                limits.workers,
                limits.max_rate_mb_s,
                bypass_cache=arguments.mode.bypass_cache,
                fallback=arguments.fallback,
                started=embedded,
            ) as opened,
        ):
            archive = _of_exact_files(opened, arguments)
            chosen = await _choose_stars(arguments, archive)
            targets = await _choose_targets(arguments, archive, chosen)
            if arguments.dry_run:
                return await _preview(arguments, targets, archive)
            return await _download(arguments, targets, chosen, archive, embedded, stop)
    finally:
        close_log()


def _refuse_foreign_files(arguments: Arguments) -> None:
    """Make sure that log and saved lists of the run would replace no file of somebody else.

    Raises
    ------
    RunConflict
        They would.
    """
    from preprocessing.acquire.records.foreign_records import refuse_foreign
    from preprocessing.acquire.records.saved_targets import (
        files_path,
        is_list_of_user,
        is_saved_files,
        is_saved_list,
        list_path,
    )
    from preprocessing.cli.run_log import is_log, log_path

    if arguments.dry_run:
        return
    results_path = arguments.results_path
    refuse_foreign(log_path(results_path), "the log of a run", is_log)
    kept = list_path(results_path)
    if not is_list_of_user(kept, arguments.list_source):
        refuse_foreign(kept, "the target list of a run", is_saved_list)
    refuse_foreign(files_path(results_path), "the list of files of a run", is_saved_files)
    if arguments.selection is not None:
        from preprocessing.catalog.chosen import is_selection, selection_path

        refuse_foreign(selection_path(results_path), "the selection of a run", is_selection)


async def _download(
    arguments: Arguments,
    targets: TargetList,
    chosen: ChosenList | None,
    archive: Archive,
    started: Mapping[str, str],
    stop: StopSignals,
) -> int:
    from preprocessing.acquire.downloader import AsyncDownloader
    from preprocessing.acquire.runs.summary import describe
    from preprocessing.cluster.choice import open_workers

    downloader = AsyncDownloader(
        arguments.output_dir,
        arguments.limits.workers,
        arguments.limits.timeout_s,
        results_path=arguments.results_path,
        checkpoint_dir=arguments.checkpoint_dir,
        resume=arguments.mode is Mode.RESUME,
        retry_failed=arguments.mode is Mode.RETRY_FAILED,
        refresh=arguments.mode is Mode.REFRESH,
        retries=arguments.limits.retries,
        max_rate_mb_s=arguments.limits.max_rate_mb_s,
        progress=open_progress(arguments.progress, is_quiet=arguments.quiet),
        keep_files=arguments.keep_files,
    )
    for line in _about(arguments, targets, archive):
        _say(arguments, line)
    stop.action = downloader.stop

    is_first = arguments.dataset is not None and not arguments.dataset.settings.exists()
    async with open_workers(arguments.jobs, arguments.cluster) as workers:
        summary = await downloader.run(
            targets,
            arguments.recipe,
            archive,
            arguments=arguments.call.words,
            on_start=partial(_keep_lists, arguments, targets, chosen, is_first=is_first),
            elsewhere=None if workers is None else _elsewhere(workers, arguments, started),
        )
    for line in describe(summary):
        _say(arguments, line)
    _say(arguments, f"Light curves in {arguments.output_dir.absolute()},")
    _say(arguments, f"outcomes in {arguments.results_path.absolute()}.")
    if summary.n_incomplete and not summary.stopped:
        command = retry_command(arguments, is_all_in_settings=is_first)
        _say(arguments, f"To try the {summary.n_incomplete} incomplete again: {command}")
    if summary.stopped:
        with suppress(OSError):
            command = resume_command(arguments, is_all_in_settings=is_first)
            print(f"Interrupted. To go on: {command}", file=sys.stderr)
        return INTERRUPTED
    return OK if summary.is_success else FAILED


def _elsewhere(workers: Workers, arguments: Arguments, started: Mapping[str, str]) -> Elsewhere:
    """Return who downloads elsewhere, with archives named so that they mean the same there."""
    from preprocessing.acquire.runs.elsewhere import Elsewhere
    from preprocessing.acquire.runs.unit import Sources

    fallback = tuple(map(whole_source, arguments.fallback))
    return Elsewhere(workers, Sources(whole_source(arguments.archive), fallback, started))


def _keep_lists(
    arguments: Arguments, targets: TargetList, chosen: ChosenList | None, *, is_first: bool
) -> None:
    """Save what a later run needs to go on: settings, and the stars and files that are wanted."""
    from preprocessing.acquire.records.saved_targets import (
        files_path,
        list_path,
        save_files,
        save_targets,
    )
    from preprocessing.catalog.chosen import selection_path

    results_path = arguments.results_path
    if arguments.dataset is not None and is_first:
        write_atomically(arguments.dataset.settings, arguments.settings.encode())
    if chosen is not None:
        chosen.keep(selection_path(results_path))
    kept, goes_on = list_path(results_path), arguments.mode.is_resume
    save_targets(kept, targets, arguments.list_source, goes_on)
    wanted = _exact_files(arguments)
    if wanted:
        save_files(files_path(results_path), wanted)


def _echo(arguments: Arguments) -> None:
    """Say what was found in the list, before anything is asked of an archive."""
    if arguments.listed is not None:
        for line in arguments.listed.describe():
            _say(arguments, line)
            _log.info("%s", line)
    mission, other = arguments.recipe.mission, arguments.other_mission
    if other is not None:
        _log.warning(
            "this looks like %s list: add --mission %s, unless you want the light curves of these"
            " stars by %s",
            with_article(other.catalog),
            other.name,
            mission.name,
        )


def _exact_files(arguments: Arguments) -> tuple[Product, ...]:
    """Return the only files that are wanted of their stars, by this run and by those before it."""
    from preprocessing.acquire.records.saved_targets import files_path, saved_files

    earlier: tuple[Product, ...] = ()
    if arguments.mode.is_resume:
        earlier = saved_files(files_path(arguments.results_path))
    return tuple(dict.fromkeys((*earlier, *arguments.exact_files)))


def _of_exact_files(archive: Archive, arguments: Arguments) -> Archive:
    from preprocessing.acquire.archives.exact_files import ExactFiles

    wanted = _exact_files(arguments)
    return ExactFiles(archive, wanted, confirms=arguments.dry_run) if wanted else archive


def _about(arguments: Arguments, targets: TargetList, archive: Archive) -> Iterator[str]:
    """Yield what is said before a run begins."""
    from preprocessing.acquire.archives.base import is_limited_as_a_whole
    from preprocessing.acquire.runs.summary import counted

    yield f"{counted(len(targets.targets), 'target')} from {archive.identity}."
    if arguments.count is not None and len(targets.targets) < arguments.count:
        yield f"There are no more: {arguments.count} were asked for."
    is_shared = arguments.cluster is not None or arguments.jobs > 1
    if is_shared and is_limited_as_a_whole(archive):
        yield (
            f"{archive.identity} takes a few connections, wherever they are: one worker downloads."
        )
    if targets.repeated and arguments.listed is None:
        yield f"{counted(targets.repeated, 'repeated line')} of the list dropped."


async def _preview(arguments: Arguments, targets: TargetList, archive: Archive) -> int:
    from preprocessing.acquire.records.checkpoint import (
        CHECKPOINT_NAME,
        CheckpointManager,
        RunDescription,
    )
    from preprocessing.acquire.records.dry_run_table import dry_run_path, save_unresolved
    from preprocessing.acquire.records.opening import done_before
    from preprocessing.acquire.runs.preview import describe_preview, preview
    from preprocessing.acquire.runs.summary import counted

    done: frozenset[int | str] = frozenset()
    if arguments.mode.is_resume:
        run = RunDescription(
            archive.identity, arguments.recipe, len(targets.targets), targets.digest
        )
        CheckpointManager(arguments.checkpoint_dir / CHECKPOINT_NAME, run).check_resumable()
        done = done_before(arguments.results_path, arguments.mode)
    pending = [target for target in targets.targets if target.identity not in done]
    found = await preview(
        pending, arguments.recipe, archive, arguments.limits, arguments.output_dir
    )
    for line in describe_preview(found, len(targets.targets) - len(pending)):
        say(line)
    table = dry_run_path(arguments.results_path)
    if save_unresolved(table, found.unresolved) and found.unresolved:
        say(f"{counted(len(found.unresolved), 'target')} cannot be downloaded: see {table}.")
    return FAILED if found.unresolved else OK


async def _choose_stars(arguments: Arguments, archive: Archive) -> ChosenList | None:
    """Return the stars that are chosen of a catalog, if any are."""
    if arguments.selection is None:
        return None
    from preprocessing.catalog.chosen import choose_list, selection_path

    chosen = await asyncio.to_thread(
        choose_list,
        arguments.selection,
        arguments.recipe,
        arguments.archive,
        archive.identity,
        selection_path(arguments.results_path) if arguments.mode.is_resume else None,
    )
    for remark in chosen.remarks:
        _say(arguments, remark)
    return chosen


async def _choose_targets(
    arguments: Arguments, archive: Archive, chosen: ChosenList | None
) -> TargetList:
    from preprocessing.acquire.records.saved_targets import list_path, saved_names
    from preprocessing.acquire.runs.search import PATIENCE_S, list_holdings
    from preprocessing.network.retry import RetryPolicy

    targets = arguments.targets
    if chosen is not None:
        return TargetList.of(chosen.names, arguments.recipe.mission.catalog)
    if targets is not None:
        return targets if arguments.count is None else targets.first(arguments.count)
    if arguments.count is not None or arguments.is_all:
        return await list_holdings(
            arguments.count or sys.maxsize,
            archive,
            arguments.recipe,
            RetryPolicy(arguments.limits.retries),
            patience_s=0.0 if arguments.dry_run else PATIENCE_S,
        )
    kept = list_path(arguments.results_path)
    if not kept.exists():
        raise UsageError(f"there is no run to resume: {kept} does not exist; say which targets")
    earlier = TargetList.of(saved_names(kept))
    if not earlier.targets:
        raise UsageError(f"the list {kept} of the run to resume names no target")
    return earlier


def _say(arguments: Arguments, line: str) -> None:
    if not arguments.quiet:
        say(line)
