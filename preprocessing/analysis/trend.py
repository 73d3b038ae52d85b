"""The slow part of a star's light: robust straight lines in a sliding window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats, Light

__all__ = ["robust_trend"]

#: Lines fitted in the length of a window; between them the trend is interpolated.
_NODES_A_WINDOW = 4
#: Where Tukey's biweight is zero, in median absolute deviations: 6 is the usual choice (Beaton
#: and Tukey 1974, Technometrics 16, 147; Hippke et al. 2019, AJ 158, 143, take 5 times 1.4826).
_CUTOFF = 6.0
_FITS = 3
#: Fewer points than this in a window make no line.
_FEWEST = 5
#: Where medians are looked for, in spreads from the last window's: about a sixth of the points.
_NEAR_LEVEL, _NEAR_SPREAD = 0.2, 0.15
#: More points than this near a guess are not worth sorting.
_MOST_NEAR = 100


def robust_trend(light: Light, window_d: float, is_used: NDArray[np.bool_] | None = None) -> Floats:
    """Return the trend of light: in each window the straight line that most points lie on.

    Dips and flares that fill less than half of a window hardly change the trend if they exceed
    the noise. Near the ends of a segment the last whole window is used, so that a slope makes no
    dip there.

    Parameters
    ----------
    light : Light
        The light; no window reaches across the end of a segment.
    window_d : float
        Length of the window in days.
    is_used : ndarray of bool, shape (n,), optional
        The points to fit, for instance those outside of known transits. By default all.

    Returns
    -------
    ndarray of float64, shape (n,)
        The trend at each point; NaN in segments of which fewer than five points are used.
    """
    chosen = np.ones(len(light), dtype=bool) if is_used is None else is_used
    return _trend(light.time_d, light.flux, chosen, light.segment_edges, float(window_d))


@compiled
def _trend(
    time: Floats, flux: Floats, chosen: NDArray[np.bool_], edges: NDArray[np.int64], window: float
) -> Floats:
    trend = np.full(len(time), np.nan)
    for segment in range(len(edges) - 1):
        first, last = edges[segment], edges[segment + 1]
        used = np.flatnonzero(chosen[first:last]) + first
        if len(used) >= _FEWEST:
            _segment_trend(time[first:last], time[used], flux[used], window, trend[first:last])
    return trend


@compiled
def _segment_trend(
    time: Floats, used_time: Floats, used_flux: Floats, window: float, trend: Floats
) -> None:
    """Write the trend of one segment."""
    start, end = time[0], time[-1]
    n_nodes = int(np.ceil((end - start) / window * _NODES_A_WINDOW)) + 1
    nodes = np.linspace(start, end, max(2, n_nodes))
    levels = np.empty(len(nodes))
    low = high = 0
    n = len(used_time)
    # Level and spread of one window are a guess of the next one's.
    guess, scratch = np.zeros(2), np.empty((2, n))
    for k in range(len(nodes)):
        left = max(start, min(nodes[k] - window / 2, end - window))
        while low < n and used_time[low] < left:
            low += 1
        while high < n and used_time[high] <= left + window:
            high += 1
        # In a window with too few points, its neighbors join in.
        a = max(0, min(low, n - _FEWEST))
        b = min(n, max(high, a + _FEWEST))
        levels[k] = _line_at(used_time[a:b], used_flux[a:b], nodes[k], guess, scratch)
    trend[:] = np.interp(time, nodes, levels)


@compiled
def _line_at(time: Floats, flux: Floats, at: float, guess: Floats, scratch: Floats) -> float:
    """Return the value at a time of the robust line through some points."""
    n = len(time)
    level, slope = _median(flux, guess[0], _NEAR_LEVEL * guess[1], scratch[1]), 0.0
    guess[0] = level
    middle = time[n // 2]
    off = scratch[0][:n]
    spread = guess[1]
    for fit in range(_FITS):
        for i in range(n):
            off[i] = abs(flux[i] - level - slope * (time[i] - middle))
        spread = _median(off, spread, _NEAR_SPREAD * spread, scratch[1])
        if fit == 0:
            guess[1] = spread
        cutoff = _CUTOFF * spread
        if not cutoff > 0:
            break
        s0 = st = stt = sy = sty = 0.0
        for i in range(n):
            u = off[i] / cutoff
            if u < 1:
                w, t = (1 - u * u) ** 2, time[i] - middle
                s0 += w
                st += w * t
                stt += w * t * t
                sy += w * flux[i]
                sty += w * t * flux[i]
        determinant = s0 * stt - st * st
        if not determinant > 1e-12 * s0 * stt:
            break
        slope = (s0 * sty - st * sy) / determinant
        level = (sy - slope * st) / s0
    return float(level + slope * (at - middle))


@compiled
def _median(values: Floats, guess: float, reach: float, scratch: Floats) -> float:
    """Return the median: of a few values near a guess if it is among them, which is faster."""
    low, high = guess - reach, guess + reach
    n_below = n_near = 0
    for i in range(len(values)):
        value = values[i]
        n_below += value < low
        scratch[n_near] = value
        n_near += (value >= low) & (value <= high)
        # A slot too many is written over, so that the loop has no branch.
        n_near = min(n_near, len(scratch) - 1)
    half = len(values) // 2
    first = half if len(values) % 2 else half - 1
    if n_near > _MOST_NEAR or not n_below <= first <= half < n_below + n_near:
        return float(np.median(values))
    _sort(scratch, n_near)
    return float((scratch[first - n_below] + scratch[half - n_below]) / 2)


@compiled
def _sort(values: Floats, n: int) -> None:
    """Sort the first few values in place."""
    for i in range(1, n):
        value, j = values[i], i
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value
