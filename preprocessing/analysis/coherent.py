"""Fast variations that dominate a star's light: measured chunk by chunk as sines, and removed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Floats, Light

__all__ = ["without_fast_variations"]

_SLOWEST_PER_D = 0.5
#: A star whose strongest sine is this share of the variance, in the median chunk, is dominated
#: by it. A hot Jupiter's transits have less than a tenth in any one sine, since a comb of narrow
#: dips has twice its duty cycle.
_DOMINATES = 0.25
#: Sines are removed down to this share of what varies then. The highest of independent noise is
#: 0.02 of 1,300 points.
_LEAST_SHARE = 0.06
_MOST_SINES = 16
#: Points this many robust sigma off are not fitted: eclipses, transits, flares.
_OUTLIER = 3.5
_FEWEST_POINTS = 100
_OVERSAMPLING = 4


def without_fast_variations(light: Light, trend: Floats) -> Light:
    """Return light without the sines that dominate it, and the same light if none do.

    Parameters
    ----------
    light : Light
        Light of one sampling.
    trend : ndarray, shape (n,)
        Its trend over some days; what is slower than half a cycle a day is left to it.

    Returns
    -------
    Light
        The flux is divided by the sum of the sines of each chunk. Dips stay as deep as they were:
        points that lie off the sines are not fitted.
    """
    change = np.where(trend > 0, light.flux / np.where(trend > 0, trend, 1) - 1, np.nan)
    chunks = [slice(a, b) for a, b in pairwise(light.chunk_edges)]
    shares = [_strongest_share(light.time_d[c], change[c], light.cadence_d) for c in chunks]
    if not shares or not np.median(shares) > _DOMINATES:
        return light
    model = np.zeros(len(light))
    for c in chunks:
        model[c] = _sines(light.time_d[c], change[c], light.cadence_d)
    return replace(light, flux=light.flux / (1 + np.maximum(model, -0.9)))


def _strongest_share(time: Floats, change: Floats, cadence_d: float) -> float:
    """Return the share of the variance that the strongest sine has."""
    used = _is_usual(change)
    if used.sum() < _FEWEST_POINTS:
        return 0.0
    return _strongest(time[used], change[used], cadence_d)[1]


def _sines(time: Floats, change: Floats, cadence_d: float) -> Floats:
    """Return the sum of the strong sines of one chunk."""
    model = np.zeros(len(time))
    for _ in range(_MOST_SINES):
        rest = change - model
        used = _is_usual(rest)
        if used.sum() < _FEWEST_POINTS:
            break
        frequency, share = _strongest(time[used], rest[used], cadence_d)
        if share < _LEAST_SHARE:
            break
        phase = 2 * np.pi * frequency * (time - time[0])
        columns = np.stack([np.ones_like(phase), np.cos(phase), np.sin(phase)], axis=1)
        found, *_ = np.linalg.lstsq(columns[used], rest[used], rcond=None)
        model += columns @ found
    return model


def _is_usual(change: Floats) -> NDArray[np.bool_]:
    """Return which points are not outliers."""
    is_known = np.isfinite(change)
    if not is_known.any():
        return is_known
    middle = np.median(change[is_known])
    sigma = 1.4826 * np.median(np.abs(change[is_known] - middle))
    with np.errstate(invalid="ignore"):
        return np.asarray(is_known & (np.abs(change - middle) <= _OUTLIER * sigma))


def _strongest(time: Floats, change: Floats, cadence_d: float) -> tuple[float, float]:
    """Return frequency, per day, and share of the variance of the strongest sine."""
    cell = np.rint((time - time[0]) / cadence_d).astype(np.int64)
    n = int(cell[-1]) + 1
    deviation = change - change.mean()
    variance = np.sum(deviation**2)
    size = 1 << int(np.ceil(np.log2(_OVERSAMPLING * n)))
    amplitude = np.abs(np.fft.rfft(np.bincount(cell, deviation, n), size))
    frequency = np.fft.rfftfreq(size, cadence_d)
    share = np.where(frequency >= _SLOWEST_PER_D, 2 * amplitude**2, 0)
    best = int(share.argmax())
    if not variance > 0:
        return 0.0, 0.0
    return _peak(frequency, share, best), float(share[best] / (variance * len(time)))


def _peak(frequency: NDArray[np.floating], power: NDArray[np.floating], best: int) -> float:
    """Return where the parabola through the highest point and its neighbors is highest."""
    if not 0 < best < len(power) - 1:
        return float(frequency[best])
    left, middle, right = power[best - 1 : best + 2]
    curvature = left - 2 * middle + right
    shift = 0.5 * (left - right) / curvature if curvature < 0 else 0.0
    return float(frequency[best] + np.clip(shift, -0.5, 0.5) * (frequency[1] - frequency[0]))
