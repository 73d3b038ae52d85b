"""``xenoscan report``: show a data set as a page, or describe it for a paper."""

from __future__ import annotations

import argparse
from pathlib import Path

from preprocessing.cli.call import Call
from preprocessing.cli.commands import require_extra
from preprocessing.cli.exit_codes import OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.terminal import say
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.packed_folder import PackedFolder
from preprocessing.core.remote_path import require_no_url

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Exit status: 0 the report is written, 1 a file cannot be read or written, 2 bad usage, or a"
    " file of somebody else has the page's name; for --methods also tables that are missing,"
    " damaged or of another version. Then nothing was changed."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan report`` to its parser."""
    add = parser.add_argument_group("what to report").add_argument
    add(
        "dataset",
        type=Path,
        metavar="DATASET",
        help="a data set's folder. What was run on it is in the report: download, features, vet,"
        " rank, validate",
    )
    add(
        "--html",
        type=Path,
        metavar="FILE",
        help="write the page into this file (report.html in DATASET, unless there is --methods)",
    )
    add(
        "--methods",
        type=Path,
        metavar="FOLDER",
        help="write text (LaTeX), tables (LaTeX and CSV), figures (PDF), provenance (JSON) and"
        " references (BibTeX) for a paper's methods section into this folder; it needs"
        " features.parquet, and the page is left out without --html",
    )
    parser.add_argument_group("how").add_argument(
        "--quiet", action="store_true", help="print nothing"
    )


def run(given: argparse.Namespace, call: Call) -> int:
    """Write a report.

    Returns
    -------
    int
        0 if it is written.

    Raises
    ------
    UsageError
        There is no data set, or its tables cannot be reported.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.system.write_errors import remedy

    root: Path = given.dataset
    for path in filter(None, (root, given.html, given.methods)):
        require_no_url(path, "reports are written from tables on disk to files on disk")
    if not root.is_dir():
        raise UsageError(f"there is no folder {root}: name that of a data set")
    try:
        if given.methods is not None:
            _write_methods(root, given)
        if given.methods is None or given.html is not None:
            _write_page(root, given)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise RunError(
            f"cannot report on {root}: {where}{error.strerror or error}. {remedy(error)}"
        ) from error
    return OK


def _write_methods(root: Path, given: argparse.Namespace) -> None:
    require_extra("report")
    from preprocessing.report.methods import write_methods

    written = write_methods(root, given.methods)
    if not given.quiet:
        for command in written.not_run:
            say(f"The report lacks what xenoscan {command} would have written.")
        say(f"{len(written.files)} files are in {given.methods}; begin with methods.tex.")


def _write_page(root: Path, given: argparse.Namespace) -> None:
    from preprocessing.report.html.records.places import ReportPlaces
    from preprocessing.report.html.report import write_report

    if not _is_dataset(root):
        raise UsageError(
            f"{root} is no data set: it has neither light curves nor records nor tables; name the"
            " folder that download got as --dataset"
        )
    written = write_report(ReportPlaces.of_dataset(root, given.html))
    if not given.quiet:
        if written.lacking:
            say(f"The page has nothing to show of: {', '.join(written.lacking)}. It says why.")
        say(f"{written.path} has {written.n_bytes / 1e6:.1f} MB; open it in a browser.")


def _is_dataset(root: Path) -> bool:
    """Tell whether anything in a folder is of a data set."""
    from preprocessing.report.sources import STAGES

    folder, packed = DatasetFolder(root), PackedFolder(root)
    tables = [root / f"{stage.tables[0]}.parquet" for stage in STAGES]
    records = folder.results, folder.manifest, folder.checkpoints
    places = folder.lightcurves, packed.catalogs, packed.stars, *records, *tables
    return any(path.exists() for path in places)
