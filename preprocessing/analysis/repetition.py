"""After which time light repeats: the first maximum of its autocorrelation that counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.special import ndtri

from preprocessing.analysis.autocorrelation import Autocorrelation
from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.light import Floats
from preprocessing.analysis.peaks import find_peaks

__all__ = ["Repetition", "find_repetition"]

_FEWEST_PAIRS = 100
#: The autocorrelation is smoothed by a Gaussian of this sigma, in days, or of this share of its
#: first zero, if that is longer: a period then keeps 95 % of its height, and noise makes no peaks.
_SMOOTHED_D = 0.042
_SMOOTHED_SHARE = 0.2
_LEAST_PEAK = 0.05
#: The second maximum is the period if it is this much higher than the first: then spots on
#: opposite sides of the star make the first.
_HIGHER = 0.05
#: In one of so many stars whose brightness never repeats, chance makes as high a maximum.
_FALSE_ALARM = 0.01


@dataclass(frozen=True)
class Repetition:
    """A maximum of an autocorrelation.

    Parameters
    ----------
    lag_d : float
        The time between what is alike, in days.
    height : float
        The autocorrelation there.
    rise : float
        How far it stands above the mean of the minima on both sides, as McQuillan et al. (2013,
        MNRAS 432, 1203) have it.
    least_height : float
        What chance exceeds in one of a hundred stars that have the same memory and no period.
    """

    lag_d: float
    height: float
    rise: float
    least_height: float

    @property
    def is_certain(self) -> bool:
        """Whether chance hardly makes such a maximum."""
        return self.height > self.least_height


def find_repetition(found: Autocorrelation) -> Repetition | None:
    """Return the maximum that is the period, whether it is certain or not; None without any.

    It is the first beyond the first zero, or beyond half the first minimum if that is shorter;
    or the second, if it is higher by 0.05 (McQuillan et al. 2013, MNRAS 432, 1203).

    Parameters
    ----------
    found : Autocorrelation
        The autocorrelation at all lags that are looked at.
    """
    # Where sectors lie apart, there may be no pairs at some lags, and many at longer ones.
    too_few = np.flatnonzero(found.pairs < _FEWEST_PAIRS)
    values = found.values[: too_few[0]] if len(too_few) else found.values
    low = _first_low(values)
    if low is None:
        return None
    sigma = max(_SMOOTHED_D / GRID_D, _SMOOTHED_SHARE * low)
    # Mirrored at lag 0, as an autocorrelation is.
    smooth = gaussian_filter1d(values, sigma, mode="mirror")
    peaks = find_peaks(smooth, _LEAST_PEAK, _LEAST_PEAK)
    peaks = peaks[peaks > low]
    if len(peaks) == 0:
        return None
    best = int(peaks[0])
    if len(peaks) > 1 and smooth[peaks[1]] > smooth[best] + _HIGHER:
        best = int(peaks[1])
    least = _chance(values[1:low], len(values), float(found.pairs[best]))
    height = float(smooth[best])
    before = float(smooth[best // 2 : best].min())
    after = float(smooth[best : best + best // 2 + 2].min())
    rise = height - (before + after) / 2
    return Repetition(_top(smooth, best) * GRID_D, height, rise, least)


def _chance(memory: Floats, n_lags: int, pairs: float) -> float:
    """Return what the autocorrelation of light without a period rarely exceeds at any lag.

    Its variance is that of so many fewer independent pairs as the memory has points (Bartlett
    1946, J. R. Stat. Soc. Suppl. 8, 27); of as many lags, one is independent.
    """
    points = 1 + 2 * float(np.sum(memory**2))
    n_independent = max(1.0, n_lags / points)
    return float(-ndtri(_FALSE_ALARM / n_independent) * np.sqrt(points / pairs))


def _first_low(values: Floats) -> int | None:
    """Return the first lag of zero or, if it is shorter, of half the way to a minimum.

    Fast variations upon slow ones have minima above zero.
    """
    zeros = np.flatnonzero(values <= 0)
    smooth = gaussian_filter1d(values, _SMOOTHED_D / GRID_D, mode="mirror")
    minima = find_peaks(-smooth, _LEAST_PEAK, -np.inf)
    found = [*zeros[:1].tolist(), *(minima[:1] // 2).tolist()]
    return min(found) if found else None


def _top(values: Floats, best: int) -> float:
    """Return where the parabola through a maximum and its neighbors is highest."""
    left, middle, right = values[best - 1 : best + 2].tolist()
    curvature = left - 2 * middle + right
    return best + 0.5 * (left - right) / curvature if curvature < 0 else float(best)
