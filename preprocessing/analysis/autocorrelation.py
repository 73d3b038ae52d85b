"""The autocorrelation of light with gaps: at each lag from the pairs of points that exist."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from scipy import fft
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from preprocessing.analysis.binning import GRID_D, cell_of
from preprocessing.analysis.light import Floats

__all__ = ["Autocorrelation", "BestLag", "autocorrelation", "best_lag"]

_FEWEST_PAIRS = 100
#: The autocorrelation is smoothed by a Gaussian of this sigma, in days, or of this share of its
#: first zero, if that is longer: a period then keeps 95 % of its height, and noise makes no peaks.
_SMOOTHED_D = 0.042
_SMOOTHED_SHARE = 0.2
_LEAST_PEAK = 0.05
#: The second maximum is the period if it is this much higher than the first: then spots on
#: opposite sides of the star make the first.
_HIGHER = 0.05


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


@dataclass(frozen=True)
class BestLag:
    """The maximum of an autocorrelation that is the period.

    Parameters
    ----------
    lag_d : float
        Where it is, in days.
    height : float
        The autocorrelation there.
    rise : float
        How far it stands above the mean of the minima on both sides, as McQuillan et al. (2013,
        MNRAS 432, 1203) have it.
    """

    lag_d: float
    height: float
    rise: float


def best_lag(found: Autocorrelation) -> BestLag | None:
    """Return the maximum that is the period; None if none is above the noise.

    It is the first beyond the first zero or, if it is higher by 0.05, the second.

    Parameters
    ----------
    found : Autocorrelation
        The autocorrelation, smoothed here by a Gaussian of 0.1 d or of a fifth of its first zero.
    """
    values = found.values[found.pairs >= _FEWEST_PAIRS]
    low = _first_low(values)
    if low is None:
        return None
    sigma = max(_SMOOTHED_D / GRID_D, _SMOOTHED_SHARE * low)
    # Mirrored at lag 0, as an autocorrelation is.
    smooth = gaussian_filter1d(values, sigma, mode="mirror")
    noise = np.sqrt((1 + 2 * np.sum(values[1:low] ** 2)) / found.pairs[0])
    peaks, _ = find_peaks(smooth, height=max(_LEAST_PEAK, noise), prominence=_LEAST_PEAK)
    peaks = peaks[peaks > low]
    if len(peaks) == 0:
        return None
    best = int(peaks[0])
    if len(peaks) > 1 and smooth[peaks[1]] > smooth[best] + _HIGHER:
        best = int(peaks[1])
    before = float(smooth[best // 2 : best].min())
    after = float(smooth[best : best + best // 2 + 2].min())
    height = float(smooth[best])
    return BestLag(_top(smooth, best) * GRID_D, height, height - (before + after) / 2)


def _first_low(values: Floats) -> int | None:
    """Return the first lag of zero or, if it is shorter, of half the way to a minimum.

    Fast variations upon slow ones have minima above zero.
    """
    zeros = np.flatnonzero(values <= 0)
    smooth = gaussian_filter1d(values, _SMOOTHED_D / GRID_D, mode="mirror")
    minima, _ = find_peaks(-smooth, prominence=_LEAST_PEAK)
    found = [*zeros[:1].tolist(), *(minima[:1] // 2).tolist()]
    return min(found) if found else None


def _top(values: Floats, best: int) -> float:
    """Return where the parabola through a maximum and its neighbors is highest."""
    left, middle, right = values[best - 1 : best + 2].tolist()
    curvature = left - 2 * middle + right
    return best + 0.5 * (left - right) / curvature if curvature < 0 else float(best)
