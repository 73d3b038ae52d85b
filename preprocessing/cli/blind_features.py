"""The features of stars with known planets or candidates, without these."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from preprocessing.cli.terminal import say
from preprocessing.core.known_objects import KnownObjects
from preprocessing.missions import MISSIONS

if TYPE_CHECKING:
    from preprocessing.dataset.tabulation import Run, Tabulated
    from preprocessing.features.table.blind import Masks

__all__ = ["describe_blind", "describe_former_blind", "describe_hosts", "require_current"]


def require_current(run: Run) -> None:
    """Check that nothing speaks against describing hosts, before other tables are changed.

    Parameters
    ----------
    run : Run
        Which data set, and how.

    Raises
    ------
    UsageError
        ``features_blind.parquet`` is of another version, or cannot be read.
    """
    from preprocessing.features.schema import BLIND
    from preprocessing.features.table.store import feature_tables

    feature_tables(run.root, BLIND).is_outdated(is_recompute=run.is_recompute)


def describe_hosts(run: Run, known: KnownObjects) -> Tabulated:
    """Compute ``features_blind.parquet`` of a data set; the caller holds the lock of its tables.

    Parameters
    ----------
    run : Run
        Which data set, and how.
    known : KnownObjects
        What tables say of its stars.

    Raises
    ------
    UsageError
        The tables of features are missing or of another version.
    RunError
        The work was stopped. What is done stays.
    """
    from preprocessing.features.table.blind import tabulate_blind

    return tabulate_blind(run, _masks(run, known))


def describe_blind(done: Tabulated, given: argparse.Namespace) -> None:
    """Say what was computed.

    Parameters
    ----------
    done : Tabulated
        What `describe_hosts` returned.
    given : argparse.Namespace
        The command's options.
    """
    for name, text in done.failures:
        say(f"no blind features of {name}: {text}")
    if not given.quiet:
        say(
            f"{given.dataset / 'features_blind.parquet'} has {done.n_rows} rows of stars with known"
            f" planets or candidates: {done.n_computed} were computed now, and {done.n_unchanged}"
            " stayed as they were."
        )


def describe_former_blind(given: argparse.Namespace) -> None:
    """Say so if the blind features are those of a former run, since this one knew no objects.

    Parameters
    ----------
    given : argparse.Namespace
        The command's options.
    """
    from preprocessing.features.schema import BLIND
    from preprocessing.features.table.store import feature_tables

    path = feature_tables(given.dataset, BLIND).stars
    if path.exists():
        say(
            f"{path} stays as a former run left it: without known objects (--labels, or xenoscan"
            " catalog) nothing is hidden."
        )


def _masks(run: Run, known: KnownObjects) -> Masks:
    from preprocessing.tables.curve_rows import FILE
    from preprocessing.tables.light_curves import key_column
    from preprocessing.vetting.blinding import event_masks
    from preprocessing.vetting.table.feature_rows import read_feature_rows

    rows = read_feature_rows(run.root)
    key = key_column(MISSIONS[known.mission])
    numbers = dict(
        zip(rows.features[FILE].to_pylist(), rows.features[key].to_pylist(), strict=True)
    )
    hosts = [file for file, number in numbers.items() if known.of_star(number)]
    masks = {
        file: event_masks(
            known.of_star(numbers[file]), row.candidates, int(str(row.features["bjd_reference"]))
        )
        for file, row in rows.of(hosts).items()
    }
    return {file: hidden for file, hidden in masks.items() if hidden}
