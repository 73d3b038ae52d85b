"""The options of ``xenoscan download``, in the groups of its help."""

from __future__ import annotations

from pathlib import Path

from preprocessing.acquire.settings import Limits
from preprocessing.cli.parser import CommandParser, suggest
from preprocessing.cli.progress_option import add_progress
from preprocessing.cli.selection_options import add_options as add_selection
from preprocessing.cli.worker_options import add_workers
from preprocessing.missions import MISSIONS
from preprocessing.missions.recipe import ANY, CADENCES, Recipe
from preprocessing.network.source_names import EMBEDDED, MAST, S3, STSCI

__all__ = ["add_options", "add_wanted"]

_LOG_LEVELS = ("debug", "info", "warning", "error")


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan download`` to its parser, in groups."""
    add_wanted(parser)
    _add_places(parser)
    _add_modes(parser)


def add_wanted(parser: CommandParser) -> None:
    """Add the options that say which light curves are wanted, from where, and what is printed.

    Parameters
    ----------
    parser : CommandParser
        That of a command that downloads.
    """
    _add_stars(parser)
    _add_light_curves(parser)
    _add_sources(parser)
    add = parser.general.add_argument
    add("--quiet", action="store_true", help="print warnings and errors only")
    add_progress(parser.general)
    add("--log-level", default="info", choices=_LOG_LEVELS, help="detail of the log file (info)")


def _add_stars(parser: CommandParser) -> None:
    group = parser.add_argument_group("which stars")
    add = group.add_argument
    add(
        "--targets",
        type=int,
        metavar="N",
        help="the first N of the list, or of the archive's stars (without a list, and with a"
        " folder as archive: all of them)",
    )
    named = group.add_mutually_exclusive_group()
    named.add_argument(
        "--target-list",
        metavar="FILE",
        help="a file with one name a line, a table of nearly any kind, or a script that fetches"
        " files; - reads standard input",
    )
    named.add_argument("--ids", metavar="NAMES", help='names, as in "Kepler-10,KIC 757076"')
    add(
        "--id-column",
        metavar="NAME",
        help="the column of --target-list with the stars, or its position (the first known one, of"
        " --mission if there is such)",
    )
    add(
        "--exact",
        action="store_true",
        help="fetch only the files that --target-list names, not all files of their stars",
    )
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
    made = (author for mission in MISSIONS.values() for author in mission.authors)
    authors = [author.name for author in made if author.layout is not None]
    author = add(
        "--author",
        metavar="NAME",
        help="the pipeline that made the light curves (the mission's own):"
        f" {', '.join(authors)}; or {ANY}",
    )
    suggest(author, (*authors, ANY))
    cadence = add(
        "--cadence", metavar="|".join(CADENCES), help="time between points (the author's usual one)"
    )
    suggest(cadence, CADENCES)
    # Missions may share a word, such as sector.
    for word in dict.fromkeys(known.sequence for known in MISSIONS.values()):
        names = " or ".join(known.name for known in MISSIONS.values() if known.sequence == word)
        add(
            f"--{word}s",
            dest=word,
            metavar="NUMBERS",
            help=f"{word}s of {names}, as in 1,3-5 (all)",
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
    group = parser.add_argument_group("where the files come from")
    add = group.add_argument
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
    add_workers(group)
    add("--max-rate", type=float, metavar="MB/s", help="limit of the total download rate (none)")


def _add_places(parser: CommandParser) -> None:
    add = parser.add_argument_group("where the results go").add_argument
    add(
        "--dataset",
        type=Path,
        metavar="DIR",
        help="one folder for everything: light curves, records, and xenoscan.toml with the options"
        " of this run. --dataset DIR --resume then needs no other option",
    )
    add(
        "--adopt",
        type=Path,
        metavar="DIR",
        help="make --dataset of what earlier runs left in and below DIR, without fetching;"
        " DIR stays as it is. --output, --results and --checkpoint-dir say where things are, if"
        " not in their usual places there",
    )
    add("--output", type=Path, metavar="DIR", help="without --dataset: light curves (data/raw)")
    add(
        "--results",
        type=Path,
        metavar="FILE",
        help="without --dataset: a CSV file with a row for each star; log, manifest and target"
        " list go beside it (download_results.csv)",
    )
    add(
        "--checkpoint-dir",
        type=Path,
        metavar="DIR",
        help="without --dataset: checkpoint (checkpoints)",
    )


def _add_modes(parser: CommandParser) -> None:
    add = parser.add_argument_group("how to go on from an earlier run").add_argument
    add("--resume", action="store_true", help="go on, and retry what failed for a temporary reason")
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
    add(
        "--dry-run",
        action="store_true",
        help="say what would be fetched, and write nothing but a table of the stars that cannot be",
    )
