"""The scraper's command line: arguments in, one run, exit status out."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
import itertools
import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from preprocessing._version import __version__
from preprocessing.catalogue.options import add_options, request_of
from preprocessing.config import (
    ANY,
    CADENCES,
    MAST,
    Limits,
    Mode,
    Recipe,
    is_embedded,
    make_recipe,
    parse_numbers,
)
from preprocessing.exceptions import RunError, UsageError
from preprocessing.missions import MISSIONS
from preprocessing.records.cells import guarded, unguarded
from preprocessing.system.printable import printable
from preprocessing.system.stop_signals import StopSignals
from preprocessing.targets import TargetList, read_target_list, split_names

if TYPE_CHECKING:
    from preprocessing.archives import Archive
    from preprocessing.catalogue.chosen import ChosenList
    from preprocessing.catalogue.selection import SelectionRequest

__all__ = ["Arguments", "main", "parse_args"]

PROGRAM = "xenoscan_scraper.py"

OK, SOME_FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130

#: Where the embedded archive's synthetic stars go, apart from real ones.
_EMBEDDED_FOLDER = Path("data/embedded")
_LOG_LEVELS = ("debug", "info", "warning", "error")


@dataclass(frozen=True)
class Arguments:
    """A checked command line.

    Parameters
    ----------
    targets : TargetList or None
        By `--target-list` or `--ids`; None if neither was given.
    count : int or None
        `--targets`.
    list_source : str or None
        `--target-list`.
    selection : SelectionRequest or None
        `--select` and what goes with it.
    recipe : Recipe
    limits : Limits
    archive : str
    fallback : tuple of str
        Archives for what that one cannot give.
    keep_files : Path or None
    output_dir, checkpoint_dir, results_path : Path
    mode : Mode
    dry_run, quiet : bool
    log_level : str
    command_line : tuple of str
    """

    targets: TargetList | None
    count: int | None
    list_source: str | None
    selection: SelectionRequest | None
    recipe: Recipe
    limits: Limits
    archive: str
    fallback: tuple[str, ...]
    keep_files: Path | None
    output_dir: Path
    checkpoint_dir: Path
    results_path: Path
    mode: Mode
    dry_run: bool
    quiet: bool
    log_level: str
    command_line: tuple[str, ...]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (--help shows the options)")


def parse_args(argv: Sequence[str]) -> Arguments:
    """Read and check a command line.

    Parameters
    ----------
    argv : sequence of str
        Without the program's name.

    Raises
    ------
    UsageError
        An argument is wrong, or the list of targets cannot be read.
    SystemExit
        After ``--help`` and ``--version``.
    """
    given = _parser().parse_args(argv)
    if given.targets is not None and given.targets < 1:
        raise UsageError(f"--targets must be at least 1, not {given.targets}")
    if given.results is not None and given.results.suffix == ".log":
        raise UsageError(f"--results {given.results}: the log beside it would have that name")
    mode = Mode.of(given.resume, given.retry_failed, given.refresh)
    if given.dry_run and mode is Mode.REFRESH:
        raise UsageError("--dry-run cannot tell what --refresh would find newer: it has to ask")
    recipe = _recipe_of(given)
    catalogue = recipe.facts.catalogue
    targets = None
    if given.target_list is not None:
        targets = TargetList.of(read_target_list(given.target_list), catalogue)
    elif given.ids is not None:
        targets = TargetList.of(split_names(given.ids), catalogue)
        if not targets.targets:
            raise UsageError("--ids names no target")
    selection = request_of(given)
    if targets is None and given.targets is None and selection is None and not mode.goes_on:
        raise UsageError(
            "say which targets: --targets N, --target-list FILE, --ids NAMES or --select STRATEGY"
        )
    embedded = is_embedded(given.archive)
    base = _EMBEDDED_FOLDER if embedded else Path()
    return Arguments(
        targets=targets,
        count=given.targets,
        list_source=given.target_list,
        selection=selection,
        recipe=recipe,
        limits=Limits(given.workers, given.timeout, given.retries, given.max_rate),
        archive=given.archive,
        fallback=tuple(filter(None, map(str.strip, given.fallback.split(",")))),
        keep_files=given.keep_files,
        output_dir=given.output or base / ("raw" if embedded else "data/raw"),
        checkpoint_dir=given.checkpoint_dir or base / "checkpoints",
        results_path=given.results or base / "download_results.csv",
        mode=mode,
        dry_run=given.dry_run,
        quiet=given.quiet,
        log_level=given.log_level,
        command_line=tuple(argv),
    )


def _recipe_of(given: argparse.Namespace) -> Recipe:
    facts = next((m for m in MISSIONS.values() if m.name.lower() == given.mission.lower()), None)
    for mission in MISSIONS.values():
        # That the mission is unknown is said later.
        if getattr(given, mission.sequence) is not None and facts not in (None, mission):
            raise UsageError(f"--{mission.sequence}s are of {mission.name}, not of {given.mission}")
    numbers = facts and getattr(given, facts.sequence)
    return make_recipe(
        given.mission,
        given.cadence,
        given.flux,
        given.quality,
        given.author,
        parse_numbers(numbers) if numbers is not None else (),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the scraper.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; those of the process if not given.

    Returns
    -------
    int
        0 all targets complete, 1 some failed or are partial, or the run could not go on,
        2 bad usage, 130 interrupted.
    """
    try:
        arguments = parse_args(sys.argv[1:] if argv is None else argv)
        return asyncio.run(_run(arguments))
    except UsageError as error:
        return _fail(str(error), BAD_USAGE)
    except RunError as error:
        return _fail(str(error), SOME_FAILED)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _fail("interrupted before any target was begun", INTERRUPTED)


async def _run(arguments: Arguments) -> int:
    # Imported here: --help and mistakes in the arguments need not wait for them.
    from preprocessing.archives import open_archive
    from preprocessing.runs.run_log import close_log, log_path, open_log

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
        limits = arguments.limits
        async with open_archive(
            arguments.archive,
            limits.workers,
            limits.max_rate_mb_s,
            asks_anew=arguments.mode.asks_anew,
            fallback=arguments.fallback,
        ) as archive:
            chosen = await _choose_stars(arguments, archive)
            targets = await _choose_targets(arguments, archive, chosen)
            if arguments.dry_run:
                return await _preview(arguments, targets, archive)
            return await _download(arguments, targets, chosen, archive, stop)
    finally:
        close_log()


async def _download(
    arguments: Arguments,
    targets: TargetList,
    chosen: ChosenList | None,
    archive: Archive,
    stop: StopSignals,
) -> int:
    from preprocessing.catalogue.chosen import selection_path
    from preprocessing.downloader import AsyncDownloader
    from preprocessing.records.run_records import list_path
    from preprocessing.runs.progress import open_progress
    from preprocessing.runs.summary import describe

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
        progress=open_progress(arguments.quiet),
        keep_files=arguments.keep_files,
    )
    for line in _about(arguments, targets, archive):
        _say(arguments, line)
    stop.action = downloader.stop

    def keep_list() -> None:
        if chosen is not None:
            chosen.keep(selection_path(arguments.results_path))
        _keep_list(arguments, targets, list_path(arguments.results_path))

    summary = await downloader.run(
        targets,
        arguments.recipe,
        archive,
        arguments=arguments.command_line,
        on_start=keep_list,
    )
    for line in describe(summary):
        _say(arguments, line)
    _say(arguments, f"Light curves in {arguments.output_dir.absolute()},")
    _say(arguments, f"outcomes in {arguments.results_path.absolute()}.")
    if summary.stopped:
        with suppress(OSError):
            print(f"Interrupted. To go on: {_resume_command(arguments)}", file=sys.stderr)
        return INTERRUPTED
    return OK if summary.is_success else SOME_FAILED


def _about(arguments: Arguments, targets: TargetList, archive: Archive) -> Iterator[str]:
    """Yield what is said before a run begins."""
    from preprocessing.runs.summary import counted

    yield f"{counted(len(targets.targets), 'target')} from {archive.identity}."
    if arguments.count is not None and len(targets.targets) < arguments.count:
        yield f"There are no more: {arguments.count} were asked for."
    if targets.repeated:
        yield f"{counted(targets.repeated, 'repeated line')} of the list dropped."


async def _preview(arguments: Arguments, targets: TargetList, archive: Archive) -> int:
    from preprocessing.records.checkpoint import CHECKPOINT_NAME, CheckpointManager, RunDescription
    from preprocessing.records.run_records import done_before
    from preprocessing.runs.preview import describe_preview, preview

    done: frozenset[int | str] = frozenset()
    if arguments.mode.goes_on:
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
        _print(line)
    return OK


async def _choose_stars(arguments: Arguments, archive: Archive) -> ChosenList | None:
    """Return the stars that are chosen of a catalogue, if any are."""
    if arguments.selection is None:
        return None
    from preprocessing.catalogue.chosen import choose_list, selection_path

    chosen = await asyncio.to_thread(
        choose_list,
        arguments.selection,
        arguments.recipe,
        arguments.archive,
        archive.identity,
        selection_path(arguments.results_path) if arguments.mode.goes_on else None,
    )
    for remark in chosen.remarks:
        _say(arguments, remark)
    return chosen


async def _choose_targets(
    arguments: Arguments, archive: Archive, chosen: ChosenList | None
) -> TargetList:
    from preprocessing.network.retry import RetryPolicy
    from preprocessing.records.run_records import list_path
    from preprocessing.runs.search import PATIENCE_S, list_holdings

    targets = arguments.targets
    if chosen is not None:
        return TargetList.of(chosen.names, arguments.recipe.facts.catalogue)
    if targets is not None:
        return targets if arguments.count is None else targets.first(arguments.count)
    if arguments.count is not None:
        return await list_holdings(
            arguments.count,
            archive,
            arguments.recipe,
            RetryPolicy(arguments.limits.retries),
            patience_s=0.0 if arguments.dry_run else PATIENCE_S,
        )
    kept = list_path(arguments.results_path)
    if not kept.exists():
        raise UsageError(f"there is no run to resume: {kept} is not there; say which targets")
    earlier = TargetList.of(_kept_names(kept))
    if not earlier.targets:
        raise UsageError(f"the list {kept} of the run to resume names no target")
    return earlier


def _is_same_file(source: str, path: Path) -> bool:
    return path.exists() and source != "-" and path.samefile(source)


def _keep_list(arguments: Arguments, targets: TargetList, path: Path) -> None:
    """Write the names of this run's list, after those of the run that it resumes."""
    from preprocessing.system.atomic import replacing

    # A list of the user's own is never written to.
    if arguments.list_source and _is_same_file(arguments.list_source, path):
        return
    if arguments.mode.goes_on and path.exists():
        if _is_list_of(path, targets):
            return
        targets = TargetList.of(
            itertools.chain(_kept_names(path), (t.name for t in targets.targets))
        )
    with replacing(path) as stream:
        text = io.TextIOWrapper(stream, "utf-8", "replace", newline="")
        # Quoted, so that a comma or a # in a name stays part of it.
        rows = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
        rows.writerow(["target_id"])
        rows.writerows([guarded(target.name)] for target in targets.targets)
        # Flushes it, and leaves the stream open, to be synced.
        text.detach()


def _is_list_of(path: Path, targets: TargetList) -> bool:
    # Line by line: a list of 200,000 names read at once takes 60 MB.
    names = (target.name for target in targets.targets)
    return all(kept == name for kept, name in itertools.zip_longest(_kept_names(path), names))


def _kept_names(path: Path) -> Iterator[str]:
    """Yield the names of a list that was kept, none of which has a comment in it."""
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as stream:
            rows = csv.reader(stream)
            next(rows, None)
            yield from (unguarded(row[0]) for row in rows if row)
    except (OSError, csv.Error) as error:
        raise UsageError(f"cannot read the list {path} of the run to resume: {error}") from error


def _resume_command(arguments: Arguments) -> str:
    # What is left of a --retry-failed has no rows, and so is tried by --resume alone.
    once = ("--resume", "--retry-failed")
    words = [word for word in arguments.command_line if word not in once]
    return shlex.join(["python", *sys.argv[:1], *words, "--resume"])


def _say(arguments: Arguments, line: str) -> None:
    if not arguments.quiet:
        _print(line)


def _print(line: str) -> None:
    # Spelled out where the terminal or the pipe has no such letter.
    encoding = sys.stdout.encoding or "utf-8"
    shown = printable(line).encode(encoding, "backslashreplace").decode(encoding)
    try:
        print(shown, flush=True)
    except OSError:
        # The reader went away, as in `| head`, or the terminal: no reason to stop fetching.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _fail(message: str, status: int) -> int:
    with suppress(OSError):
        print(f"{PROGRAM}: {printable(' '.join(message.split()))}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="Download, verify and stitch light curves of Kepler, K2 and TESS in bulk.",
        epilog="Exit status: 0 all complete, 1 some failed or partial, 2 bad usage,"
        " 130 interrupted.",
    )
    add = parser.add_argument
    parser.add_argument("--version", action="version", version=f"xenoscan {__version__}")
    add("--targets", type=int, metavar="N", help="how many: the first N of the list or archive")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--target-list", metavar="FILE", help="names one a line, or a CSV; - is standard input"
    )
    which.add_argument("--ids", metavar="NAMES", help='as in "Kepler-10,KIC 757076"')
    add("--workers", type=int, default=Limits.workers, metavar="W", help="targets at once (4)")
    add("--mission", default=Recipe.mission, metavar="|".join(MISSIONS), help="(Kepler)")
    add("--cadence", metavar="|".join(CADENCES), help="(the author's usual one)")
    authors = (author.name for mission in MISSIONS.values() for author in mission.authors)
    add("--author", metavar="|".join((*authors, ANY)), help="who made them (the mission)")
    for mission in MISSIONS.values():
        add(
            f"--{mission.sequence}s",
            dest=mission.sequence,
            metavar="NUMBERS",
            help=f"of {mission.name}, as in 1,3-5 (all)",
        )
    add(
        "--archive",
        default=MAST,
        metavar="mast|s3|stsci|embedded|URL|DIR",
        help="where the files come from (mast); another server: s3+URL, stsci+URL",
    )
    add(
        "--fallback",
        default="",
        metavar="ARCHIVE,...",
        help="asked in their order for what --archive cannot give (none)",
    )
    add("--keep-files", type=Path, metavar="DIR", help="keep the raw files, as a mirror")
    add("--resume", action="store_true", help="go on from the checkpoint")
    add("--retry-failed", action="store_true", help="go on, and try again all but the complete")
    add("--refresh", action="store_true", help="go on, and fetch newer versions of files")
    add("--dry-run", action="store_true", help="say what would be fetched")
    add("--output", type=Path, metavar="DIR", help="for the light curves (data/raw)")
    add("--checkpoint-dir", type=Path, metavar="DIR", help="for the checkpoint (checkpoints)")
    add("--results", type=Path, metavar="FILE", help="outcomes (download_results.csv)")
    add(
        "--timeout",
        type=float,
        default=Limits.timeout_s,
        metavar="S",
        help="seconds without progress before a target is given up for now (180)",
    )
    add("--max-rate", type=float, metavar="MB/s", help="of all connections together (no limit)")
    add("--retries", type=int, default=Limits.retries, metavar="N", help="of a request (4)")
    add("--flux", metavar="pdcsap|sap|...", help="column to stitch (what lightkurve reads)")
    add(
        "--quality",
        default="default",
        metavar="default|hard|hardest|none|BITMASK",
        help="rows with these flags are dropped (default)",
    )
    add("--log-level", default="info", choices=_LOG_LEVELS, help="of the log file (info)")
    add("--quiet", action="store_true", help="say nothing but warnings and errors")
    add_options(parser)
    return parser
