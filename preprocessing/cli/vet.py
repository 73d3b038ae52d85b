"""``xenoscan vet``: label the stars of a data set, and vet their candidates."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from preprocessing.cli.call import Call
from preprocessing.cli.exit_codes import FAILED, OK
from preprocessing.cli.parser import CommandParser, Once
from preprocessing.cli.stage_run import add_how, dataset_root, describe_run, run_stage
from preprocessing.cli.terminal import say
from preprocessing.core.errors import UsageError

if TYPE_CHECKING:
    from preprocessing.dataset.tabulation import Run, Tabulated

__all__ = ["EPILOG", "add_options", "run"]

EPILOG = (
    "Defaults are in parentheses. Exit status: 0 every light curve has its row, 1 some could not be"
    " read, or the work ended early, 2 bad usage, or tables of features that are missing or of"
    " other light curves; then nothing was changed. A label that can be neither given nor denied"
    " is null, with a reason beside it, and no failure."
)


def add_options(parser: CommandParser) -> None:
    """Add the options of ``xenoscan vet`` to its parser."""
    add = parser.add_argument_group("what to vet").add_argument
    add(
        "dataset",
        type=Path,
        nargs="?",
        metavar="DATASET",
        help="a data set's folder with the tables of xenoscan features; vetting.parquet,"
        " events.parquet, dispositions.parquet and population.parquet are written into it",
    )
    add(
        "--recompute",
        action="store_true",
        help="vet all stars again, also those of tables of another version of the rules",
    )
    add(
        "--labels",
        type=Path,
        action="append",
        default=[],
        metavar="TABLE",
        help="a table of known planets, binaries and variables: an export of the NASA Exoplanet"
        " Archive, a published table, or one with the columns number, kind, period, epoch and"
        " source; may be given several times, the one to be preferred first. Features of stars"
        " with a known planet or candidate are computed without it too, into"
        " features_blind.parquet",
    )
    add(
        "--known",
        action=Once,
        metavar="FILE",
        help="known objects that xenoscan catalog fetched (known_objects.parquet of the data set or"
        " data/catalog/MISSION.known.parquet, if one is there); none leaves them out. What --labels"
        " has is preferred",
    )
    add(
        "--explain",
        nargs="?",
        const="",
        metavar="NAME",
        help="print what a label or a column means, and vet nothing; all labels without a name",
    )
    add_how(parser.add_argument_group("how"))


def run(given: argparse.Namespace, call: Call) -> int:
    """Vet a data set, or explain a label.

    Returns
    -------
    int
        0 if every light curve has its row, 1 if some could not be read.

    Raises
    ------
    UsageError
        There is no data set or no such label, the features are missing or of other light curves,
        or what is there must not be mixed.
    RunError
        A file cannot be read or written.
    """
    from preprocessing.cli.blind_features import (
        describe_blind,
        describe_former_blind,
        describe_hosts,
        require_current,
    )
    from preprocessing.cli.explained_labels import explain
    from preprocessing.cli.known_tables import describe_known, read_known
    from preprocessing.vetting.table.stage import vet_dataset

    if given.explain is not None:
        for line in explain(given.explain):
            say(line)
        return OK
    if given.dataset is None:
        raise UsageError("name the folder of a data set, or a label after --explain")
    dataset_root(given, "vetting")
    known = read_known(given)
    if known is not None and not given.quiet:
        for line in describe_known(given, known):
            say(line)

    def vet_all(run: Run) -> tuple[Tabulated, Tabulated | None]:
        if known is None:
            return vet_dataset(run), None
        require_current(run)
        return vet_dataset(run, known.by_star), describe_hosts(run, known)

    done, blind = run_stage(given, "vetting", vet_all)
    describe_run(done, given, "vetting", "vetting.parquet")
    if blind is not None:
        describe_blind(blind, given)
    elif not given.quiet:
        describe_former_blind(given)
    return FAILED if done.failures or (blind is not None and blind.failures) else OK
