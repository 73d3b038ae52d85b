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
    for k in range(len(nodes)):
        left = max(start, min(nodes[k] - window / 2, end - window))
        while low < n and used_time[low] < left:
            low += 1
        while high < n and used_time[high] <= left + window:
            high += 1
        # In a window with too few points, its neighbors join in.
        a = max(0, min(low, n - _FEWEST))
        b = min(n, max(high, a + _FEWEST))
        levels[k] = _line_at(used_time[a:b], used_flux[a:b], nodes[k])
    trend[:] = np.interp(time, nodes, levels)


@compiled
def _line_at(time: Floats, flux: Floats, at: float) -> float:
    """Return the value at a time of the robust line through some points."""
    level, slope = float(np.median(flux)), 0.0
    middle = time[len(time) // 2]
    for _ in range(_FITS):
        residual = flux - level - slope * (time - middle)
        cutoff = _CUTOFF * np.median(np.abs(residual))
        if not cutoff > 0:
            break
        s0 = st = stt = sy = sty = 0.0
        for i in range(len(time)):
            u = residual[i] / cutoff
            if abs(u) < 1:
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
