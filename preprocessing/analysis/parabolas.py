"""The slow part of light that rises at times: parabolas in a sliding window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats

__all__ = ["sliding_parabola"]

#: After so many points the sums are made anew about another origin, so that none is the small
#: difference of large ones.
_ANEW = 32
#: Fewer points than this make no parabola.
_FEWEST = 5
#: Sums of powers of the time, to the fourth, and of the flux times powers, to the second: numbers
#: of their own stay in registers, those of an array do not.
_Sums = tuple[float, float, float, float, float, float, float, float]
_NOTHING = (0.0,) * 8


@compiled
def sliding_parabola(
    time: Floats, flux: Floats, is_used: NDArray[np.bool_], window: float
) -> Floats:
    """Return at each point the parabola that fits the used points about it best.

    In the middle of a window that is the cubic, too (Savitzky & Golay 1964, Anal. Chem. 36,
    1627). Near the ends, the first or last whole window is used.

    Parameters
    ----------
    time, flux : ndarray, shape (n,)
        Ascending times of one segment in days, and the flux.
    is_used : ndarray of bool, shape (n,)
        The points to fit.
    window : float
        Length of the window in days.

    Returns
    -------
    ndarray, shape (n,)
        NaN where fewer than five points are used.
    """
    n = len(time)
    fitted = np.full(n, np.nan)
    half = window / 2
    low, high, since = 0, 0, _ANEW
    origin = 0.0
    sums = _NOTHING
    for i in range(n):
        begin = max(time[0], min(time[i] - half, time[n - 1] - window))
        end = begin + window
        stop, start = high, low
        while stop < n and time[stop] <= end:
            stop += 1
        while start < n and time[start] < begin:
            start += 1
        if since >= _ANEW:
            origin, since = time[i], 0
            sums = _NOTHING
            low, high = start, start
        for k in range(high, stop):
            if is_used[k]:
                sums = _with_point(sums, (time[k] - origin) / window, flux[k], 1.0)
        for k in range(low, start):
            if is_used[k]:
                sums = _with_point(sums, (time[k] - origin) / window, flux[k], -1.0)
        low, high = start, stop
        since += 1
        if sums[0] >= _FEWEST:
            fitted[i] = _value(sums, (time[i] - origin) / window)
    return fitted


@compiled
def _with_point(sums: _Sums, x: float, y: float, sign: float) -> _Sums:
    n, t1, t2, t3, t4, f0, f1, f2 = sums
    x1 = sign * x
    x2 = x1 * x
    x3 = x2 * x
    x4 = x3 * x
    return n + sign, t1 + x1, t2 + x2, t3 + x3, t4 + x4, f0 + sign * y, f1 + x1 * y, f2 + x2 * y


@compiled
def _value(sums: _Sums, x: float) -> float:
    """Return the parabola's value, by Cramer's rule about the mean time."""
    n, t1, t2, t3, t4, y0, y1, y2 = sums
    mean = t1 / n
    level = y0 / n
    # Moments about the mean.
    m2 = t2 - n * mean**2
    m3 = t3 - 3 * mean * t2 + 2 * n * mean**3
    m4 = t4 - 4 * mean * t3 + 6 * mean**2 * t2 - 3 * n * mean**4
    f1 = y1 - mean * y0
    f2 = y2 - 2 * mean * y1 + mean**2 * y0 - m2 * level
    square = m4 - m2**2 / n
    determinant = m2 * square - m3**2
    if not determinant > 1e-9 * m2 * square:
        return float(level)
    slope = (f1 * square - f2 * m3) / determinant
    bend = (f2 * m2 - f1 * m3) / determinant
    x -= mean
    return float(level + slope * x + bend * (x**2 - m2 / n))
