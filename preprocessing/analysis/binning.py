"""One sampling for all missions: light averaged in bins of equal time."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Floats, LeftOut, Light
from preprocessing.analysis.medians import medians_of_steps

__all__ = ["GRID_D", "SEARCH_GRID_D", "binned", "cell_of", "on_grid"]

#: The common sampling, in days: 30 minutes, since Kepler's long cadence is 29.4 min.
GRID_D = 30 / 1440
#: The sampling of the transit search, in days: a short transit lasts some 40 min.
SEARCH_GRID_D = 10 / 1440
#: Light whose points are closer than this share of a bin is averaged: on the 30-min grid,
#: whatever is sampled faster than 25 min.
_FASTER = 25 / 30
#: A bin counts if at least this share of its time was observed.
_LEAST_COVERAGE = 0.5
#: Times this share of a cell before its start belong to it: those of a regular clock may lie at
#: its start but for rounding, and would be in two cells by turns.
_ROUNDING = 1e-6


def cell_of(time_d: Floats, step_d: float) -> NDArray[np.int64]:
    """Return the number of the cell of equal time that each time lies in.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times in days.
    step_d : float
        Length of a cell in days; cells begin at multiples of it.
    """
    return np.floor(time_d / step_d + _ROUNDING).astype(np.int64)


def binned(light: Light, step_d: float) -> Light:
    """Average light in bins of equal time, where it is sampled faster.

    Bins begin at multiples of their length, so that light of one star at several cadences
    gets the same bins. None reaches across a gap or into another file. A segment that is not
    sampled faster stays as it is.

    Parameters
    ----------
    light : Light
        Light of any sampling, also of several.
    step_d : float
        Length of a bin in days: `GRID_D`, `SEARCH_GRID_D`.

    Returns
    -------
    Light
        Each point has the mean time and flux of its bin; the uncertainty is that of the mean of
        independent points.
    """
    expected = _points_a_bin(light, step_d)
    if not (expected > 0).any():
        return light
    starts, counts = _bins(light, step_d, expected > 0)
    kept = counts >= np.maximum(1, _LEAST_COVERAGE * expected[starts])

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.add.reduceat(values, starts)[kept] / counts[kept])

    error = np.sqrt(np.add.reduceat(light.flux_err**2, starts)[kept]) / counts[kept]
    left_out = dict(light.left_out)
    if not kept.all():
        left_out[LeftOut.THIN_BIN] = int(counts[~kept].sum())
    sequence = light.sequence[starts][kept]
    # From the segment's start, lest a mean of many times loses digits.
    zero = light.time_d[0]
    time_d = zero + mean(light.time_d - zero)
    return Light(time_d, mean(light.flux), error, sequence, left_out, light.n_reordered)


@lru_cache(maxsize=1)
def on_grid(light: Light) -> Light:
    """Return light in bins of 30 minutes, where it is sampled faster.

    Several families of labels ask for that of one star in turn, so that the last one is kept.

    Parameters
    ----------
    light : Light
        Light of any sampling.
    """
    return binned(light, GRID_D)


def _points_a_bin(light: Light, step_d: float) -> NDArray[np.float64]:
    """Return for each point how many a full bin has in its segment; 0 if it is not binned."""
    cadence_d = medians_of_steps(light.time_d, light.segment_edges)
    expected = np.where(cadence_d < _FASTER * step_d, step_d / cadence_d, 0.0)
    return np.repeat(expected, np.diff(light.segment_edges))


def _bins(
    light: Light, step_d: float, is_binned: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each bin begins, and how many points it has."""
    number = cell_of(light.time_d, step_d)
    is_new = np.diff(number) > 0
    is_new |= ~is_binned[1:]
    is_new[light.segment_edges[1:-1] - 1] = True
    starts = np.concatenate([[0], np.flatnonzero(is_new) + 1])
    return starts, np.diff(np.append(starts, len(light)))
