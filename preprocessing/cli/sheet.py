"""``xenoscan sheet``: draw what is known of single stars, one page each."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import complain, say
from preprocessing.core.errors import ProductError, RunError, UsageError
from preprocessing.core.remote_path import require_no_url
from preprocessing.system.interrupts import remembered_interrupts

if TYPE_CHECKING:
    from preprocessing.report.sheet.sheet import Sheet

__all__ = ["EPILOG", "add_options", "run"]

#: As `preprocessing.report.sheet.sheet.FORMATS`, which is imported by `run`.
_FORMATS = ("pdf", "png", "svg")
EPILOG = (
    "Exit status: 0 every page is written, 1 a light curve cannot be read or a page not written, 2"
    " bad usage, or a star that the data set does not have; then nothing was written. A page is"
    " written whole or not at all."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan sheet`` to its parser."""
    add = parser.add_argument_group("which stars").add_argument
    add(
        "dataset",
        type=Path,
        metavar="DATASET",
        help="a data set's folder, of FITS files or packed; what xenoscan features, vet and rank"
        " wrote into it is shown",
    )
    add(
        "targets",
        nargs="*",
        metavar="TARGET",
        help="stars: names in any spelling, or names of light curves without .fits",
    )
    add("--top", type=int, metavar="N", help="the first N of the ranking")
    add(
        "--candidate",
        type=int,
        metavar="NUMBER",
        help="show this candidate of each star (what its labels say: eclipses, pulsation, the"
        " first candidate that is no false alarm, flares, rotation, single events)",
    )
    add = parser.add_argument_group("how").add_argument
    add(
        "--output",
        type=Path,
        metavar="FOLDER",
        help="where to write the pages (DATASET/sheets)",
    )
    add(
        "--format",
        nargs="+",
        choices=_FORMATS,
        default=["pdf", "png"],
        metavar="FORMAT",
        help="as what to write each page: pdf, png, svg (pdf png)",
    )
    add("--quiet", action="store_true", help="print nothing but failures")


def run(given: argparse.Namespace, call: Call) -> int:
    """Draw the sheets of stars.

    Returns
    -------
    int
        0 if all are written, 1 if some could not be.

    Raises
    ------
    UsageError
        There is no data set, no such star, or no ranking for ``--top``.
    RunError
        A page cannot be written.
    """
    with remembered_interrupts() as check_interrupts:
        status = _draw(given, call, check_interrupts)
        check_interrupts()
    return status


def _draw(given: argparse.Namespace, call: Call, before_each: Callable[[], None]) -> int:
    from preprocessing.report.sheet.sheet import make_sheet
    from preprocessing.report.sheet.subject import subject_of
    from preprocessing.report.star.tables import StarTables

    root: Path = given.dataset
    for path in (root, given.output or root):
        require_no_url(path, "sheets are drawn from a data set on disk, to a folder on disk")
    tables = StarTables(root)
    if given.top is not None and given.top < 1:
        raise UsageError(f"--top must be at least 1, not {given.top}")
    files = [tables.file_of(target) for target in given.targets]
    if given.top is not None:
        files += tables.first(given.top)
    if not files:
        raise UsageError("name the stars to draw, or how many of the ranking: --top 10")
    if given.candidate is not None:
        for file in files:
            subject_of(tables.record(file.removesuffix(".fits")), given.candidate)
    folder: Path = given.output or root / "sheets"
    n_failed = 0
    for file in dict.fromkeys(files):
        before_each()
        stem = file.removesuffix(".fits")
        command = f"{call.program} {shlex.join([str(root), stem])}"
        if given.candidate is not None:
            command += f" --candidate {given.candidate}"
        try:
            sheet = make_sheet(tables, stem, given.candidate, command)
        except ProductError as error:
            complain(call.program, f"{stem}: {error}")
            n_failed += 1
            continue
        written = _write(sheet, folder, stem, given.format)
        if not given.quiet:
            say(f"{sheet.record.name}: {sheet.page.subject.words}. {' '.join(map(str, written))}")
    return FAILED if n_failed else OK


def _write(sheet: Sheet, folder: Path, stem: str, formats: list[str]) -> list[Path]:
    """Write one page in some formats, each file whole or not at all."""
    from preprocessing.system.atomic import make_folder, replacing
    from preprocessing.system.write_errors import remedy

    paths = {format: folder / f"{stem}.{format}" for format in dict.fromkeys(formats)}
    try:
        make_folder(folder)
        with ExitStack() as stack:
            sheet.write_all({f: stack.enter_context(replacing(p)) for f, p in paths.items()})
    except OSError as error:
        where = error.filename or folder
        raise RunError(
            f"cannot write {where}: {error.strerror or error}. {remedy(error)}"
        ) from error
    return list(paths.values())
