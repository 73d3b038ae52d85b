"""``xenoscan catalog``: build the table from which --select and --where choose stars."""

from __future__ import annotations

import argparse
import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.catalog.columns import catalog_missions
from preprocessing.catalog.store import CatalogNote, catalog_path
from preprocessing.cli.call import Call, Stopped
from preprocessing.cli.exit_codes import OK
from preprocessing.cli.parser import CommandParser, suggest
from preprocessing.cli.terminal import say
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.suggestions import one_of
from preprocessing.missions import DEFAULT_MISSION
from preprocessing.network.source_names import EMBEDDED, MAST

if TYPE_CHECKING:
    from preprocessing.acquire.archives.mast import MastArchive
    from preprocessing.core.known_objects import KnownObjects
    from preprocessing.network.retry import RetryPolicy

__all__ = ["EPILOG", "add_options", "build", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 built; 1 an archive does not answer, and the same"
    " command goes on later; 2 bad usage; 130 interrupted."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan catalog`` to its parser."""
    add = parser.add_argument_group("which catalog").add_argument
    suggest(
        add(
            "--mission",
            default=DEFAULT_MISSION,
            metavar="|".join(catalog_missions()),
            help=f"the mission ({DEFAULT_MISSION})",
        ),
        catalog_missions(),
    )
    archive = add(
        "--archive", default=MAST, metavar="mast|embedded|URL", help="the archive to ask (mast)"
    )
    suggest(archive, (MAST, EMBEDDED))
    add("--output", type=Path, metavar="FILE", help="the table (data/catalog/MISSION.parquet)")
    parser.general.add_argument(
        "--quiet", action="store_true", help="print warnings and errors only"
    )


def run(given: argparse.Namespace, call: Call) -> int:
    """Build a catalog.

    Raises
    ------
    UsageError
        An option is wrong.
    RunError
        An archive does not answer, or the table cannot be written.
    Stopped
        Interrupted; the same command goes on.
    """
    from preprocessing.catalog.build import segments_folder
    from preprocessing.catalog.known_store import known_path

    mission = _mission(given.mission)
    path: Path = given.output or catalog_path(mission, given.archive)
    if path.is_dir():
        raise UsageError(f"--output {path} is a folder: name a file")
    logging.basicConfig(
        level=logging.WARNING if given.quiet else logging.INFO, format="%(message)s"
    )
    try:
        note = asyncio.run(build(mission, given.archive, path))
        known = asyncio.run(build_known(mission, given.archive, known_path(path)))
    except OSError as error:
        raise RunError(f"cannot write {path}: {error.strerror or error}") from error
    except (KeyboardInterrupt, asyncio.CancelledError):
        place = segments_folder(path)
        raise Stopped(f"interrupted: the same command goes on from {place}") from None
    if not given.quiet:
        for line in (*_describe(note, path), *_describe_known(known, known_path(path))):
            say(line)
    return OK


async def build(
    mission: str, archive: str, path: Path, policy: RetryPolicy | None = None
) -> CatalogNote:
    """Build a catalog of what an archive knows: see `build_catalog`.

    Raises
    ------
    UsageError
        The archive is a tree of files, which knows nothing of stars.
    """
    from preprocessing.catalog.build import build_catalog

    async with _opened(archive) as opened:
        return await build_catalog(mission, opened.server, path, policy)


async def build_known(
    mission: str, archive: str, path: Path, policy: RetryPolicy | None = None
) -> KnownObjects:
    """Collect the known objects of a mission's stars: see `build_known_objects`.

    Raises
    ------
    UsageError
        The archive is a tree of files, which knows nothing of stars.
    """
    from preprocessing.catalog.known_build import build_known_objects

    async with _opened(archive) as opened:
        return await build_known_objects(mission, opened.server, path, policy)


@asynccontextmanager
async def _opened(archive: str) -> AsyncIterator[MastArchive]:
    from preprocessing.acquire.archives import open_archive
    from preprocessing.acquire.archives.mast import MastArchive
    from preprocessing.cli.embedded import started

    async with started([archive]) as embedded, open_archive(archive, 1, started=embedded) as opened:
        if not isinstance(opened, MastArchive):
            raise UsageError(
                f"there is no catalog in {archive}: build it of mast, embedded or a server"
            )
        yield opened


def _describe(note: CatalogNote, path: Path) -> Iterator[str]:
    kind = "SYNTHETIC stars" if note.is_synthetic else "stars"
    yield f"{note.rows} {kind} of {note.mission} in {path.absolute()},"
    yield f"built {note.built} of:"
    for source in note.sources:
        remark = f" ({source.note})" if source.note else ""
        yield f"  {source.name}: {source.rows} rows, asked {source.asked}{remark}"


def _describe_known(known: KnownObjects, path: Path) -> Iterator[str]:
    yield f"Known planets, binaries and variables: {len(known.objects)} in {path.absolute()}, of:"
    for source in known.sources:
        yield f"  {source.describe()}"


def _mission(text: str) -> str:
    mission = next((name for name in catalog_missions() if name.lower() == text.lower()), None)
    if mission is None:
        raise UsageError(f"unknown mission {text!r}: {one_of(text, catalog_missions())}")
    return mission
