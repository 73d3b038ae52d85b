"""Some columns of the light curve of one star, and what tells the star from others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from preprocessing.core.errors import UsageError
from preprocessing.core.light_curve import LightCurve

__all__ = ["COLUMNS", "CurveColumns", "checked_columns", "columns_of"]

#: The arrays of a light curve, as `LightCurve` calls them.
COLUMNS = (
    "time",
    "flux",
    "flux_err",
    "quality",
    "cadence_number",
    "sequence_number",
    "centroid_col",
    "centroid_row",
)


@dataclass(frozen=True, eq=False)
class CurveColumns:
    """Some columns of the light curve of one star.

    Parameters
    ----------
    name, number, mission, author, exposure_s
        As in `LightCurve`.
    arrays : mapping of str to ndarray, shape (n,)
        The columns that were asked for, as `LightCurve` has them, bit for bit. Those of a packed
        data set cannot be changed: they are views of what was decoded.

    Examples
    --------
    >>> import numpy as np
    >>> CurveColumns("KIC 1", 1, "Kepler", "Kepler", 1765.5, {"flux": np.ones(2)})["flux"]
    array([1., 1.])
    """

    name: str
    number: int
    mission: str
    author: str
    exposure_s: float
    arrays: Mapping[str, NDArray[Any]] = field(repr=False)

    def __getitem__(self, column: str) -> NDArray[Any]:
        return self.arrays[column]


def checked_columns(columns: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names of columns, each once.

    Parameters
    ----------
    columns : str or sequence of str
        One of `COLUMNS` or several.

    Raises
    ------
    UsageError
        There is no such column, or none is named.
    """
    chosen = tuple(dict.fromkeys([columns] if isinstance(columns, str) else columns))
    for column in chosen:
        if column not in COLUMNS:
            raise UsageError(
                f"a light curve has no column {column!r}: choose of {', '.join(COLUMNS)}"
            )
    if not chosen:
        raise UsageError(f"no column is named: choose of {', '.join(COLUMNS)}")
    return chosen


def columns_of(light_curve: LightCurve, columns: Sequence[str] = COLUMNS) -> CurveColumns:
    """Return some columns of a light curve.

    Parameters
    ----------
    light_curve : LightCurve
        The light curve.
    columns : sequence of str, optional
        Of `COLUMNS`; all if not given.
    """
    return CurveColumns(
        name=light_curve.name,
        number=light_curve.number,
        mission=light_curve.mission,
        author=light_curve.author,
        exposure_s=light_curve.exposure_s,
        arrays={column: getattr(light_curve, column) for column in columns},
    )
