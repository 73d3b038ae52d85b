"""Compute the features of a data set: only of the stars that are new or changed."""

from __future__ import annotations

from dataclasses import dataclass

from preprocessing.analysis.missing import Missing
from preprocessing.dataset.tabulation import Run, Tabulated, finished_units, opened_units
from preprocessing.features.extraction import compile_once, is_compiled
from preprocessing.features.table.store import feature_tables
from preprocessing.features.table.unit import compute

__all__ = ["Described", "describe_dataset"]


@dataclass
class Described(Tabulated):
    """What was computed.

    Parameters
    ----------
    n_timed_out : int
        Stars of which some features took too long; the others are there.
    """

    n_timed_out: int = 0


def describe_dataset(run: Run) -> Described:
    """Compute the features of every star of a data set; the caller holds the lock of its tables.

    Parameters
    ----------
    run : Run
        Which data set, and how.

    Raises
    ------
    UsageError
        There is nothing to compute, or what is there must not be mixed; nothing was changed.
    RunError
        The work was stopped. What is done stays.
    """
    tables, done = feature_tables(run.root), Described()
    opened = opened_units(run, tables, done)
    if not is_compiled():
        run.note("compiling what computes, once on this machine: it takes a minute")
        if run.n_workers > 1:
            # Else each of them would, and they share the processors.
            compile_once()
    for part in finished_units(run, tables, opened, done, compute, opened.units):
        done.n_timed_out += sum(Missing.TIME_OUT in row.values() for row in part.rows[0])
    gathered = tables.gathered(opened.mission, opened.wanted(done), is_recompute=run.is_recompute)
    tables.write(gathered)
    done.n_rows = len(gathered[0])
    return done
