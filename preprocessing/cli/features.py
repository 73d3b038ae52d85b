"""``xenoscan features``: describe every star of a data set by its features."""

from __future__ import annotations

import argparse
from pathlib import Path

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.parser import CommandParser
from preprocessing.cli.stage_run import add_how, describe_run, run_stage
from preprocessing.cli.terminal import say
from preprocessing.core.errors import UsageError

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 every light curve has its row, 1 some could not be"
    " read, or the work ended early, 2 bad usage, or a table that must not be mixed; then nothing"
    " was changed. A feature that cannot be computed is null, with a reason beside it, and no"
    " failure."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan features`` to its parser."""
    add = parser.add_argument_group("what to compute").add_argument
    add(
        "dataset",
        type=Path,
        nargs="?",
        metavar="DATASET",
        help="a data set's folder, of FITS files or packed; features.parquet and"
        " candidates.parquet are written into it",
    )
    add(
        "--recompute",
        action="store_true",
        help="compute all rows again, also of a table of another version of the feature set",
    )
    add(
        "--explain",
        nargs="?",
        const="",
        metavar="NAME",
        help="print what a feature or a companion means, and compute nothing; all features without"
        " a name",
    )
    add_how(parser.add_argument_group("how"))


def run(given: argparse.Namespace, call: Call) -> int:
    """Compute the features of a data set, or explain one.

    Returns
    -------
    int
        0 if every light curve has its row, 1 if some could not be read.

    Raises
    ------
    UsageError
        There is no data set or no such feature, or what is there must not be mixed.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.cli.explained_features import explain
    from preprocessing.features.table.stage import describe_dataset

    if given.explain is not None:
        for line in explain(given.explain):
            say(line)
        return OK
    if given.dataset is None:
        raise UsageError("name the folder of a data set, or a feature after --explain")
    done = run_stage(given, "features", describe_dataset)
    describe_run(done, given, "features", "features.parquet")
    if given.quiet:
        return FAILED if done.failures else OK
    if done.n_timed_out:
        say(f"Light curves of which some features took too long: {done.n_timed_out} (time_out).")
    if done.n_files_missing:
        say(
            f"Files that light curves lack: {done.n_files_missing} (columns files_expected and"
            " files_used)."
        )
    return FAILED if done.failures else OK
