"""The scraper's options: read, checked and put together once."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from preprocessing._version import __version__
from preprocessing.acquire.settings import Limits, Mode
from preprocessing.cli.selection_options import add_options, request_of
from preprocessing.core.errors import UsageError
from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import ANY, CADENCES, Recipe, make_recipe, parse_numbers
from preprocessing.missions.targets import TargetList, read_target_list, split_names
from preprocessing.network.source_names import MAST, is_embedded

if TYPE_CHECKING:
    from preprocessing.catalog.selection import SelectionRequest

__all__ = ["PROGRAM", "Arguments", "parse_args"]

PROGRAM = "xenoscan_scraper.py"

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
    catalog = recipe.mission.catalog
    targets = None
    if given.target_list is not None:
        targets = TargetList.of(read_target_list(given.target_list), catalog)
    elif given.ids is not None:
        targets = TargetList.of(split_names(given.ids), catalog)
        if not targets.targets:
            raise UsageError("--ids names no target")
    selection = request_of(given)
    if targets is None and given.targets is None and selection is None and not mode.is_resume:
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
    chosen = next((m for m in MISSIONS.values() if m.name.lower() == given.mission.lower()), None)
    for mission in MISSIONS.values():
        # That the mission is unknown is said later.
        if getattr(given, mission.sequence) is not None and chosen not in (None, mission):
            raise UsageError(f"--{mission.sequence}s are of {mission.name}, not of {given.mission}")
    numbers = chosen and getattr(given, chosen.sequence)
    return make_recipe(
        given.mission,
        given.cadence,
        given.flux,
        given.quality,
        given.author,
        parse_numbers(numbers) if numbers is not None else (),
    )


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
    add("--mission", default=Recipe.mission_name, metavar="|".join(MISSIONS), help="(Kepler)")
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
