"""The noise of flattened light in boxes of some hours, as missions state it (CDPP)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D, cell_of
from preprocessing.analysis.light import Floats
from preprocessing.analysis.medians import SIGMA_PER_MAD, median_of_many

__all__ = ["BoxNoise", "box_noise"]

#: A box counts if at least this share of it was observed.
_FULL = 0.6
#: Fewer boxes than this say nothing of the noise.
_FEWEST_BOXES = 500


@dataclass(frozen=True, eq=False)
class BoxNoise:
    """Sums of light on a clock of 30 minutes, from which boxes of any length follow.

    Made by `box_noise`.

    Parameters
    ----------
    sums, points, filled : ndarray of float64, shape (n + 1,)
        Sums over all cells before each: of the values, of the number of points, and of the
        cells that have any.
    points_a_cell : float
        How many points fill a cell: 1.02 of Kepler's long cadence.
    """

    sums: Floats = field(repr=False)
    points: Floats = field(repr=False)
    filled: Floats = field(repr=False)
    points_a_cell: float

    def of(self, hours: float) -> float:
        """Return the noise of the mean over boxes of a length.

        It is 1.4826 times the median absolute deviation of the means of all boxes, beginning at
        every cell, of which at least 60 % was observed; each times the root of that share, as
        the noise of the mean of fewer independent points is higher.

        Parameters
        ----------
        hours : float
            Length of the boxes; it is rounded to whole cells of 30 min.

        Returns
        -------
        float
            In units of the values; NaN if fewer than 500 boxes were observed.
        """
        width = max(1, round(hours / 24 / GRID_D))
        is_full = self.filled[width:] - self.filled[:-width] >= _FULL * width
        if np.count_nonzero(is_full) < _FEWEST_BOXES:
            return float("nan")
        totals = (self.sums[width:] - self.sums[:-width])[is_full]
        points = (self.points[width:] - self.points[:-width])[is_full]
        means = totals / points
        deviations = (means - median_of_many(means)) * np.sqrt(points)
        scale = np.sqrt(width * self.points_a_cell)
        return float(SIGMA_PER_MAD * median_of_many(np.abs(deviations)) / scale)


def box_noise(time_d: Floats, values: Floats) -> BoxNoise:
    """Put values on a clock of 30 minutes.

    Cells begin at multiples of their length, so that light of one star at several cadences gets
    the same boxes.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Ascending times in days.
    values : ndarray, shape (n,)
        Relative changes of the flux; points where they are NaN are left out.

    Returns
    -------
    BoxNoise
    """
    is_known = np.isfinite(values)
    cell = cell_of(time_d[is_known], GRID_D)
    cell -= cell[0] if len(cell) else 0
    points = np.bincount(cell)
    cadence_d = median_of_many(np.diff(time_d)) if len(time_d) > 1 else GRID_D
    return BoxNoise(
        _sums_before(np.bincount(cell, values[is_known])),
        _sums_before(points),
        _sums_before(points > 0),
        GRID_D / cadence_d,
    )


def _sums_before(cells: NDArray[Any]) -> Floats:
    return np.concatenate([[0.0], np.cumsum(cells)])
