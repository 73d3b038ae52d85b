"""The command that builds the catalog which --select and --where choose stars of."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.archives.mast import MastArchive
from preprocessing.catalog.build import build_catalog, segments_folder
from preprocessing.catalog.columns import CATALOG_LAYOUTS
from preprocessing.catalog.store import CatalogNote, catalog_path
from preprocessing.cli.embedded import started
from preprocessing.core.errors import RunError, UsageError
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.source_names import MAST
from preprocessing.system.printable import printable

PROGRAM = "build_catalog.py"
OK, FAILED, BAD_USAGE, INTERRUPTED = 0, 1, 2, 130


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (--help shows the options)")


def parse_args(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Read the command line.

    Raises
    ------
    UsageError
        An argument is wrong.
    """
    parser = _Parser(
        prog=PROGRAM,
        description="Collect what archives say of a mission's stars into one local table.",
        epilog="Exit status: 0 built, 1 an archive cannot be asked, and the same command goes on"
        " later, 2 bad usage, 130 interrupted.",
    )
    add = parser.add_argument
    add("--mission", default="Kepler", metavar="|".join(CATALOG_LAYOUTS), help="(Kepler)")
    add("--archive", default=MAST, metavar="mast|embedded|URL", help="whose stars (mast)")
    add("--output", type=Path, metavar="FILE", help="(data/catalog/MISSION.parquet)")
    add("--quiet", action="store_true", help="say nothing but warnings and errors")
    given = parser.parse_args(argv)
    missions = {name.lower(): name for name in CATALOG_LAYOUTS}
    mission = missions.get(given.mission.lower())
    if mission is None:
        raise UsageError(f"unknown mission {given.mission!r}: choose {', '.join(CATALOG_LAYOUTS)}")
    given.mission = mission
    given.output = given.output or catalog_path(mission, given.archive)
    if given.output.is_dir():
        raise UsageError(f"--output {given.output} is a folder: name a file")
    return given


def main(argv: Sequence[str] | None = None) -> int:
    """Build a catalog.

    Returns
    -------
    int
        0 it is built, 1 an archive cannot be asked, 2 bad usage, 130 interrupted.
    """
    try:
        arguments = parse_args(argv)
        level = logging.WARNING if arguments.quiet else logging.INFO
        logging.basicConfig(level=level, format="%(message)s")
        note = asyncio.run(build(arguments.mission, arguments.archive, arguments.output))
    except UsageError as error:
        return _fail(str(error), BAD_USAGE)
    except RunError as error:
        return _fail(str(error), FAILED)
    except OSError as error:
        return _fail(f"cannot write {arguments.output}: {error.strerror or error}", FAILED)
    except (KeyboardInterrupt, asyncio.CancelledError):
        place = segments_folder(arguments.output)
        return _fail(f"interrupted: the same command goes on from {place}", INTERRUPTED)
    if not arguments.quiet:
        for line in _describe(note, arguments.output):
            print(printable(line))
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
    async with started([archive]) as embedded, open_archive(archive, 1, started=embedded) as opened:
        if not isinstance(opened, MastArchive):
            raise UsageError(
                f"there is no catalog in {archive}: build it of mast, embedded or a server"
            )
        return await build_catalog(mission, opened.server, path, policy)


def _describe(note: CatalogNote, path: Path) -> Iterator[str]:
    kind = "SYNTHETIC stars" if note.is_synthetic else "stars"
    yield f"{note.rows} {kind} of {note.mission} in {path.absolute()},"
    yield f"built {note.built} of:"
    for source in note.sources:
        remark = f" ({source.note})" if source.note else ""
        yield f"  {source.name}: {source.rows} rows, asked {source.asked}{remark}"


def _fail(message: str, status: int) -> int:
    print(f"{PROGRAM}: {printable(' '.join(message.split()))}", file=sys.stderr)
    return status
