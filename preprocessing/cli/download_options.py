"""The options of ``xenoscan download``: read, checked and put together once."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.acquire.settings import Limits, Mode
from preprocessing.cli.call import Call
from preprocessing.cli.parser import CommandParser, suggest
from preprocessing.cli.selection_options import add_options as add_selection
from preprocessing.cli.selection_options import request_of
from preprocessing.core.errors import UsageError
from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import ANY, CADENCES, Recipe, make_recipe, parse_numbers
from preprocessing.missions.targets import TargetList, read_target_list, split_names
from preprocessing.network.source_names import EMBEDDED, MAST, S3, STSCI, is_embedded

if TYPE_CHECKING:
    from preprocessing.catalog.selection import SelectionRequest

__all__ = ["Arguments", "add_options", "checked"]

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
    call : Call
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
    call: Call


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan download`` to its parser, in groups."""
    _add_stars(parser)
    _add_light_curves(parser)
    _add_sources(parser)
    _add_places(parser)
    _add_modes(parser)
    add = parser.general.add_argument
    add("--quiet", action="store_true", help="print warnings and errors only")
    add("--log-level", default="info", choices=_LOG_LEVELS, help="detail of the log file (info)")


def checked(given: argparse.Namespace, call: Call) -> Arguments:
    """Check what was given, and put it together.

    Parameters
    ----------
    given : argparse.Namespace
        With the options of `add_options`.
    call : Call

    Raises
    ------
    UsageError
        An argument is wrong, or the list of targets cannot be read.
    """
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
        call=call,
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


def _add_stars(parser: CommandParser) -> None:
    group = parser.add_argument_group("which stars")
    add = group.add_argument
    add("--targets", type=int, metavar="N", help="only the first N of the list or the archive")
    named = group.add_mutually_exclusive_group()
    named.add_argument(
        "--target-list",
        metavar="FILE",
        help="a text file with one name a line, or a CSV file; - reads standard input",
    )
    named.add_argument("--ids", metavar="NAMES", help='names, as in "Kepler-10,KIC 757076"')
    add_selection(group)


def _add_light_curves(parser: CommandParser) -> None:
    add = parser.add_argument_group("which light curves").add_argument
    mission = add(
        "--mission",
        default=Recipe.mission_name,
        metavar="|".join(MISSIONS),
        help="the mission (Kepler)",
    )
    suggest(mission, MISSIONS)
    authors = [author.name for mission in MISSIONS.values() for author in mission.authors]
    author = add(
        "--author",
        metavar="|".join((*authors, ANY)),
        help="the pipeline that made the light curves (the mission's own)",
    )
    suggest(author, (*authors, ANY))
    cadence = add(
        "--cadence", metavar="|".join(CADENCES), help="time between points (the author's usual one)"
    )
    suggest(cadence, CADENCES)
    for known in MISSIONS.values():
        add(
            f"--{known.sequence}s",
            dest=known.sequence,
            metavar="NUMBERS",
            help=f"{known.sequence}s of {known.name}, as in 1,3-5 (all)",
        )
    add(
        "--flux",
        metavar="pdcsap|sap|...",
        help="the flux column to stitch (the one that lightkurve reads)",
    )
    quality = add(
        "--quality",
        default="default",
        metavar="default|hard|hardest|none|BITMASK",
        help="drop rows with these quality flags (default)",
    )
    suggest(quality, ("default", "hard", "hardest", "none"))


def _add_sources(parser: CommandParser) -> None:
    add = parser.add_argument_group("where the files come from").add_argument
    archive = add(
        "--archive",
        default=MAST,
        metavar="mast|s3|stsci|embedded|URL|DIR",
        help="the archive (mast); embedded is a simulator with synthetic stars; s3+URL and"
        " stsci+URL name another server of that kind",
    )
    suggest(archive, (MAST, S3, STSCI, EMBEDDED))
    add(
        "--fallback",
        default="",
        metavar="ARCHIVE,...",
        help="other archives, tried in this order for files that --archive cannot give (none)",
    )
    add(
        "--keep-files",
        type=Path,
        metavar="DIR",
        help="also keep the original files, in a folder that --archive can read",
    )
    add("--workers", type=int, default=Limits.workers, metavar="W", help="stars at a time (4)")
    add(
        "--timeout",
        type=float,
        default=Limits.timeout_s,
        metavar="S",
        help="give up a star for now after S seconds without progress (180)",
    )
    add(
        "--retries",
        type=int,
        default=Limits.retries,
        metavar="N",
        help="repeat a failed request up to N times (4)",
    )
    add("--max-rate", type=float, metavar="MB/s", help="limit of the total download rate (none)")


def _add_places(parser: CommandParser) -> None:
    add = parser.add_argument_group("where the results go").add_argument
    add("--output", type=Path, metavar="DIR", help="the light curves (data/raw)")
    add(
        "--results",
        type=Path,
        metavar="FILE",
        help="one row a star, as CSV; log, manifest and target list go beside it"
        " (download_results.csv)",
    )
    add("--checkpoint-dir", type=Path, metavar="DIR", help="the checkpoint (checkpoints)")


def _add_modes(parser: CommandParser) -> None:
    add = parser.add_argument_group("how to go on from an earlier run").add_argument
    add("--resume", action="store_true", help="go on, and retry what failed for a passing reason")
    add(
        "--retry-failed",
        action="store_true",
        help="go on, and retry every star that is not complete",
    )
    add(
        "--refresh",
        action="store_true",
        help="go on, and fetch files again that the archive has renewed",
    )
    add("--dry-run", action="store_true", help="say what would be fetched, and write nothing")
