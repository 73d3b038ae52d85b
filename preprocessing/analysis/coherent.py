"""Fast variations that dominate a star's light: measured chunk by chunk as sines, and removed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import median_of_many, sigma_of_many
from preprocessing.analysis.periodogram import fit_sine

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
    if not _is_dominated(light, change, chunks):
        return light
    model = np.zeros(len(light))
    for c in chunks:
        model[c] = _sines(light.time_d[c], change[c], light.cadence_d)
    return replace(light, flux=light.flux / (1 + np.maximum(model, -0.9)))


def _is_dominated(light: Light, change: Floats, chunks: Sequence[slice]) -> bool:
    """Return whether the strongest sine dominates the median chunk.

    Most stars are not dominated: when half of the chunks say so, the others are not asked.
    """
    shares: list[float] = []
    n_below = 0
    for chunk in chunks:
        share = _strongest_share(light.time_d[chunk], change[chunk], light.cadence_d)
        shares.append(share)
        n_below += share <= _DOMINATES
        if 2 * n_below > len(chunks):
            return False
    return bool(shares) and bool(np.median(shares) > _DOMINATES)


def _strongest_share(time: Floats, change: Floats, cadence_d: float) -> float:
    """Return the share of the variance that the strongest sine has."""
    used = _is_usual(change)
    if used.sum() < _FEWEST_POINTS:
        return 0.0
    return _strongest(time, change, used, cadence_d)[1]


def _sines(time: Floats, change: Floats, cadence_d: float) -> Floats:
    """Return the sum of the strong sines of one chunk."""
    model = np.zeros(len(time))
    for _ in range(_MOST_SINES):
        rest = change - model
        used = _is_usual(rest)
        if used.sum() < _FEWEST_POINTS:
            break
        frequency, share = _strongest(time, rest, used, cadence_d)
        if share < _LEAST_SHARE:
            break
        _add_sine(model, time, rest, used, frequency)
    return model


def _is_usual(change: Floats) -> NDArray[np.bool_]:
    """Return which points are not outliers."""
    is_known = np.isfinite(change)
    known = change[is_known]
    middle, reach = median_of_many(known), _OUTLIER * sigma_of_many(known)
    return is_known & (np.abs(change - middle) <= reach)


def _strongest(
    time: Floats, change: Floats, used: NDArray[np.bool_], cadence_d: float
) -> tuple[float, float]:
    """Return frequency, per day, and share of the variance of the strongest sine."""
    cells, square = _in_cells(time, change, used, cadence_d)
    if not square > 0:
        return 0.0, 0.0
    size = 1 << int(np.ceil(np.log2(_OVERSAMPLING * len(cells))))
    step = 1 / (size * cadence_d)
    slowest = int(np.ceil(_SLOWEST_PER_D / step))
    frequency, power = _highest(np.fft.rfft(cells, size), slowest)
    return frequency * step, 2 * power / square


@compiled
def _in_cells(
    time: Floats, change: Floats, used: NDArray[np.bool_], cadence_d: float
) -> tuple[Floats, float]:
    """Return deviations from the mean in cells of a cadence, and their square times the points."""
    rows = np.flatnonzero(used)
    first = time[rows[0]]
    cells = np.zeros(int(np.rint((time[rows[-1]] - first) / cadence_d)) + 1)
    mean = np.mean(change[rows])
    square = 0.0
    for row in rows:
        off = change[row] - mean
        cells[int(np.rint((time[row] - first) / cadence_d))] += off
        square += off * off
    return cells, square * len(rows)


@compiled
def _highest(transform: NDArray[np.complex128], slowest: int) -> tuple[float, float]:
    """Return where the parabola through the highest power is highest, and that power."""
    power = transform.real**2 + transform.imag**2
    power[:slowest] = 0
    best = int(power.argmax())
    shift = 0.0
    if 0 < best < len(power) - 1:
        left, right = power[best - 1], power[best + 1]
        curvature = left - 2 * power[best] + right
        if curvature < 0:
            shift = min(0.5, max(-0.5, 0.5 * (left - right) / curvature))
    return best + shift, power[best]


@compiled
def _add_sine(
    model: Floats, time: Floats, change: Floats, used: NDArray[np.bool_], frequency: float
) -> None:
    """Add to a model the constant and the sine of one frequency that fit the used points best."""
    rows = np.flatnonzero(used)
    level, cosine, sine = fit_sine(time[rows], change[rows], frequency)
    phase = 2 * np.pi * frequency * (time - time[rows[0]])
    model += level + cosine * np.cos(phase) + sine * np.sin(phase)
