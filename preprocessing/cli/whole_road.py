"""``xenoscan all``: every stage in a row, from an archive to a ranked list."""

from __future__ import annotations

import argparse
import asyncio
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call, Stopped
from preprocessing.cli.commands import COMMANDS
from preprocessing.cli.dataset_settings import split_sources
from preprocessing.cli.download_options import add_wanted
from preprocessing.cli.exit_codes import FAILED, INTERRUPTED, OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.settings_file import read_options
from preprocessing.cli.terminal import complain, say
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import CorruptProduct, RunError, UsageError
from preprocessing.network.source_names import MAST, is_embedded, is_folder, split_source
from preprocessing.tables.foreign_table import refuse_foreign_table

if TYPE_CHECKING:
    from preprocessing.core.known_objects import KnownObjects

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. A stage skips what is done, so that --resume goes on after any"
    " end. Options of one stage go into a table of its name, such as [vet] or [rank], in the file"
    " of --config. Exit status: 0 every star is ranked; 1 something is missing, as the last lines"
    " say: a star, a table, or the ranking; 2 bad usage, and nothing was changed; 130 interrupted."
)


@dataclass(frozen=True)
class _Stage:
    """One stage of the road.

    Parameters
    ----------
    what : str
        What it does.
    work : callable
        Does it; returns an exit status.
    lacking : str
        What to say at the end if that is not 0. A ranking is there, or an error says why not.
    """

    what: str
    work: Callable[[argparse.Namespace, Call], int]
    lacking: str = ""


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan all`` to its parser."""
    add_wanted(parser)
    add = parser.add_argument_group("where the results go").add_argument
    add(
        "--dataset",
        type=Path,
        metavar="DIR",
        help="the folder of everything: light curves, records, tables, and xenoscan.toml with the"
        " options of this run. --dataset DIR --resume then needs no other option",
    )
    add("--resume", action="store_true", help="go on, and retry what failed for a temporary reason")


def run(given: argparse.Namespace, call: Call) -> int:
    """Go the whole road.

    Returns
    -------
    int
        0 if every star is ranked, 1 if something is missing, 130 if interrupted.

    Raises
    ------
    UsageError
        An option is wrong. Nothing was changed.
    RunError
        A stage cannot be done. What the others did stays.
    Stopped
        Interrupted after the download.
    """
    if given.dataset is None:
        raise UsageError("say where everything goes: --dataset DIR")
    for name in ("features", "catalog"):
        COMMANDS[name].require_extra()
    refuse_foreign_table(DatasetFolder(given.dataset).known_objects)
    for name in ("features", "vet", "rank"):
        # A mistake in a settings file is found now, and not in the middle of the night.
        _options(name, given, call)
    lacking: list[str] = []
    try:
        for number, stage in enumerate(_STAGES, 1):
            status = _go(f"{number}/{len(_STAGES)} {stage.what}", stage, given, call)
            if status == INTERRUPTED:
                return status
            if status != OK:
                lacking.append(stage.lacking)
    finally:
        for text in lacking:
            complain(call.program, text)
    return FAILED if lacking else OK


def _go(heading: str, stage: _Stage, given: argparse.Namespace, call: Call) -> int:
    """Run a stage, and say how long it took."""
    if not given.quiet:
        say(heading)
    began_s = time.monotonic()
    try:
        status = stage.work(given, call)
    except (KeyboardInterrupt, asyncio.CancelledError):
        words = (word for word in call.words if word != "--resume")
        again = shlex.join([*call.again, *words, "--resume"])
        raise Stopped(f"interrupted. To go on: {again}") from None
    if not given.quiet:
        say(f"({time.monotonic() - began_s:.0f} s)")
        say("")
    return status


def _options(name: str, given: argparse.Namespace, call: Call) -> argparse.Namespace:
    """Return the options of a later stage: what the road was given, and what settings files say."""
    words = [str(given.dataset)]
    is_elsewhere = given.cluster and name != "rank"
    words += ["--cluster", given.cluster] if is_elsewhere else ["--jobs", str(given.jobs)]
    words += ["--quiet"] if given.quiet else []
    words += ["--progress", given.progress] if name != "rank" else []
    words += ["--config", str(given.config)] if given.config else []
    own = Call(f"xenoscan {name}", tuple(words), (*call.again[:-1], name), call.downloader)
    return read_options(COMMANDS[name], own, looks_around=False)


def _download(given: argparse.Namespace, call: Call) -> int:
    command = COMMANDS["download"]
    others = command.parser(call.program).defaults()
    return command.load().run(argparse.Namespace(**{**others, **vars(given)}), call)


def _stage(name: str) -> Callable[[argparse.Namespace, Call], int]:
    """Return what runs a later stage."""

    def work(given: argparse.Namespace, call: Call) -> int:
        try:
            return COMMANDS[name].load().run(_options(name, given, call), call)
        except UsageError as error:
            # By now something was changed, and nobody is there to try other options.
            raise RunError(
                f"xenoscan {name} {given.dataset} cannot be done: {error}. What the other stages"
                " made stays"
            ) from error

    return work


def _collect_known(given: argparse.Namespace, call: Call) -> int:
    """Collect what is known of the mission's stars, unless an earlier run has all of it."""
    from preprocessing.cli.catalog import build_known
    from preprocessing.missions.recipe import make_recipe

    mission, path = make_recipe(given.mission).mission, DatasetFolder(given.dataset).known_objects
    found = _known_before(path)
    if found is None or not all(source.used for source in found.sources):
        sources = (given.archive, *split_sources(given.fallback))
        archive = next(filter(None, map(_asked, sources)), None)
        if archive is None or not mission.known_tables:
            if not given.quiet:
                say(f"{given.archive} has no tables of them. What xenoscan catalog fetched counts.")
            return OK
        try:
            found = asyncio.run(build_known(mission.name, archive, path))
        except OSError as error:
            raise RunError(f"cannot write {path}: {error.strerror or error}") from error
        except RunError as error:
            complain(call.program, str(error))
            return FAILED
    if not given.quiet:
        n_tables = sum(source.used > 0 for source in found.sources)
        say(f"{len(found.objects)} known objects, from {n_tables} of {len(found.sources)} tables,")
        say(f"in {path}.")
    return OK if all(source.used for source in found.sources) else FAILED


def _known_before(path: Path) -> KnownObjects | None:
    """Return what an earlier run collected; None if nothing, or nothing that can be read."""
    from preprocessing.tables.known_objects import read_known_objects

    try:
        return read_known_objects(path)
    except (CorruptProduct, OSError):
        return None


def _asked(source: str) -> str | None:
    """Return who knows the stars of an archive: itself, MAST for its copies, or None.

    Examples
    --------
    >>> _asked("embedded --stars 9"), _asked("s3"), _asked("s3+http://host"), _asked(".")
    ('embedded --stars 9', 'mast', None, None)
    """
    kind, address = split_source(source)
    if kind != MAST:
        return MAST if not address else address if is_embedded(address) else None
    return None if is_folder(source) else source


_STAGES = (
    _Stage(
        "Download light curves (as xenoscan download does).",
        _download,
        "some stars have no light curve, or not all of it: download_results.csv says which and why",
    ),
    _Stage(
        "Collect known planets, binaries and variables.",
        _collect_known,
        "not all tables of known objects could be had: --resume asks again for what is missing",
    ),
    _Stage(
        "Describe each star by 47 features, and search it for transits (xenoscan features).",
        _stage("features"),
        "some light curves could not be read, and have no features: see xenoscan verify",
    ),
    _Stage(
        "Label what is known, and vet candidates for planets (xenoscan vet).",
        _stage("vet"),
        "some light curves could not be read, and are not vetted: see xenoscan verify",
    ),
    _Stage(
        "Rank the stars by how strange they are (xenoscan rank).",
        _stage("rank"),
    ),
)
