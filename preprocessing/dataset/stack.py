"""Put many light curves into one array, one row a star."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.curve_columns import CurveColumns
from preprocessing.core.errors import UsageError

__all__ = ["STACKABLE", "stack"]

#: Columns that can be stacked: a point that a star does not have is NaN.
STACKABLE = ("flux", "flux_err", "time", "centroid_col", "centroid_row")


def stack(
    stars: Iterable[CurveColumns], column: str = "flux"
) -> tuple[NDArray[np.int32], NDArray[np.floating[Any]]]:
    """Put one column of many light curves into one array, aligned by cadence number.

    Parameters
    ----------
    stars : iterable of CurveColumns
        With their cadence numbers, of one mission, author and exposure time: only these share
        their cadence numbers.
    column : {'flux', 'flux_err', 'time', 'centroid_col', 'centroid_row'}
        Which column.

    Returns
    -------
    cadence_numbers : ndarray of int32, shape (n_cadences,)
        Every cadence number that any of the stars has, ascending.
    values : ndarray of float32 or float64, shape (n_stars, n_cadences)
        The column; NaN where a star has no point.

    Raises
    ------
    UsageError
        There is no such column, or the light curves cannot be aligned.
    """
    if column not in STACKABLE:
        raise UsageError(f"cannot stack the column {column!r}: choose {', '.join(STACKABLE)}")
    first: CurveColumns | None = None
    points: list[tuple[NDArray[np.int32], NDArray[np.floating[Any]]]] = []
    for star in stars:
        first = first or star
        _require_same_grid(first, star)
        # Copies, or a view of a packed star would keep the whole of its row group in memory.
        points.append((star["cadence_number"].copy(), star[column].copy()))
    if not points:
        return np.empty(0, np.int32), np.empty((0, 0), np.float32)
    grid = np.unique(np.concatenate([numbers for numbers, _ in points]))
    dtype = np.result_type(*(values for _, values in points))
    array = np.full((len(points), len(grid)), np.nan, dtype)
    for row, (numbers, values) in zip(array, points, strict=True):
        row[np.searchsorted(grid, numbers)] = values
    return grid, array


def _require_same_grid(one: CurveColumns, other: CurveColumns) -> None:
    for what in ("mission", "author", "exposure_s"):
        if getattr(one, what) != getattr(other, what):
            raise UsageError(
                f"{one.name} and {other.name} do not share their cadence numbers:"
                f" {what} is {getattr(one, what)!r} and {getattr(other, what)!r}. Stack each"
                " kind by itself"
            )
