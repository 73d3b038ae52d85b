"""The autocorrelation of light with gaps: at each lag from the pairs of points that exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy import fft

from preprocessing.analysis.binning import GRID_D, cell_of
from preprocessing.analysis.light import Floats

__all__ = ["Autocorrelation", "autocorrelation"]


@dataclass(frozen=True, eq=False)
class Autocorrelation:
    """How much light at two times has in common, by the time between them.

    Parameters
    ----------
    values : ndarray of float64, shape (n_lags,)
        At lags of 0, 30, 60 ... minutes; 1 at lag 0, and NaN where there is no pair. All NaN if
        the light does not vary.
    pairs : ndarray of float64, shape (n_lags,)
        Number of pairs of cells of 30 min that each rests on.
    """

    values: Floats = field(repr=False)
    pairs: Floats = field(repr=False)

    @property
    def is_flat(self) -> bool:
        """Whether the light does not vary."""
        return bool(np.isnan(self.values[0]))

    @property
    def lags_d(self) -> Floats:
        """The lags in days."""
        return np.arange(len(self.values), dtype=np.float64) * GRID_D


def autocorrelation(time_d: Floats, flux: Floats, longest_lag_d: float) -> Autocorrelation:
    """Return the autocorrelation at lags of multiples of 30 minutes.

    Each lag's mean product is divided by the variance of all, so that a missing point counts
    for nothing, and not as one of zero.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Ascending times in days; at least one.
    flux : ndarray, shape (n,)
        The flux.
    longest_lag_d : float
        Longest lag in days.
    """
    n_lags = int(longest_lag_d / GRID_D) + 1
    cell = cell_of(time_d, GRID_D)
    deviation = flux - flux.mean()
    products, pairs = np.zeros(n_lags), np.zeros(n_lags)
    # No pair reaches across a gap that is longer than the longest lag.
    breaks = np.flatnonzero(np.diff(cell) > n_lags) + 1
    for start, stop in pairwise([0, *breaks.tolist(), len(cell)]):
        number = cell[start:stop] - cell[start]
        points = np.bincount(number)
        sums = np.bincount(number, deviation[start:stop])
        of_part = _sums_over_pairs(sums / np.maximum(points, 1), n_lags)
        products += of_part
        pairs += np.rint(_sums_over_pairs((points > 0).astype(np.float64), n_lags))
    with np.errstate(divide="ignore", invalid="ignore"):
        covariance = np.where(pairs > 0, products / pairs, np.nan)
        # Rounding leaves something of light that does not vary.
        is_flat = not covariance[0] > (1e-13 * np.abs(flux).max()) ** 2
        return Autocorrelation(np.where(is_flat, np.nan, covariance / covariance[0]), pairs)


def _sums_over_pairs(cells: Floats, n_lags: int) -> Floats:
    """Return the sum over ``cells[i] * cells[i + lag]`` for each lag."""
    size = fft.next_fast_len(len(cells) + n_lags, real=True)
    spectrum = fft.rfft(cells, size)
    return np.asarray(fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:n_lags])
