"""Read the results CSV that acquisition leaves behind: the outcome of each target."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import MISSING, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.errors import UsageError
from preprocessing.core.outcomes import COLUMNS, TargetOutcome, parse_outcome
from preprocessing.missions.targets import parse_target
from preprocessing.system.printable import unguarded

__all__ = ["outcome_table", "read_outcomes"]

#: Columns that the results of every version have.
_ALWAYS = {column.name for column in fields(TargetOutcome) if column.default is MISSING}
#: Columns that hold text of others, which is guarded against spreadsheets.
_TEXTS = ("target_id", "filepath", "error")
#: What stands in a table of numbers where a cell is empty.
_UNKNOWN = {"catalog_number": 0, "exposure_s": np.nan}


def read_outcomes(path: Path, containing: str = "") -> tuple[TargetOutcome, ...]:
    """Return the outcome of each target.

    Parameters
    ----------
    path : Path
        A results CSV. Columns that this version does not know are left out, and those that an
        older version did not have get their defaults.
    containing : str, optional
        Only rows with this text, which is found without looking at the others' columns.

    Returns
    -------
    tuple of TargetOutcome
        In the order of the file. If a target has two rows, the later counts. A last line that
        a crash cut off is left out.

    Raises
    ------
    UsageError
        The file cannot be read, or is no results CSV.
    """
    latest: dict[int | str, TargetOutcome] = {}
    try:
        with open(path, encoding="utf-8", errors="replace", newline="") as stream:
            # A row without its line end was being written when the run was killed.
            lines = (
                line
                for n, line in enumerate(stream)
                if line.endswith("\n") and (n == 0 or containing in line)
            )
            for outcome in _outcomes(lines, path):
                identity = parse_target(outcome.target_id).identity
                latest.pop(identity, None)
                latest[identity] = outcome
    except OSError as error:
        raise UsageError(f"cannot read the results {path}: {error.strerror}") from error
    return tuple(latest.values())


def _outcomes(lines: Iterator[str], path: Path) -> Iterator[TargetOutcome]:
    rows = csv.reader(lines)
    try:
        header = next(rows, [])
        lacking = sorted(_ALWAYS.difference(header))
        if lacking:
            raise UsageError(f"{path} is no results CSV: it has no column {lacking[0]}")
        for row in rows:
            if row:
                cells = dict(zip(header, row, strict=True))
                cells.update((name, unguarded(cells[name])) for name in _TEXTS)
                yield parse_outcome({name: cells[name] for name in header if name in COLUMNS})
    except (ValueError, KeyError, csv.Error) as error:
        raise UsageError(
            f"{path}, line {rows.line_num}: cannot be read as an outcome ({error})"
        ) from error


def outcome_table(outcomes: Sequence[TargetOutcome]) -> dict[str, NDArray[np.generic]]:
    """Return outcomes as columns.

    Parameters
    ----------
    outcomes : sequence of TargetOutcome
        The rows.

    Returns
    -------
    dict of str to ndarray, shape (n,)
        By name of column, in the order of the results CSV. Reasons are text. Where a catalog
        number is not known there is 0, which no star has, and where an exposure time is not
        known, NaN.

    Examples
    --------
    >>> outcome_table([])["reason"].shape
    (0,)
    """
    table = {}
    for name in COLUMNS:
        unknown = _UNKNOWN.get(name)
        values = [getattr(outcome, name) for outcome in outcomes]
        values = [unknown if value is None else value for value in values]
        table[name] = np.array(list(map(str, values)) if name == "reason" else values)
    return table
