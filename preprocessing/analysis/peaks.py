"""Maxima of a curve that stand out from what is beside them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats

__all__ = ["find_peaks"]


@compiled
def find_peaks(values: Floats, least_prominence: float, least_height: float) -> NDArray[np.int64]:
    """Return where a curve has maxima that stand out, in the order of their places.

    As `scipy.signal.find_peaks`, to the last one; that module alone takes longer to import than
    all that the features need.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The curve. Its ends are no maxima; of equal values, the middle one is.
    least_prominence : float
        How far a maximum must stand above the higher of the two lowest places between it and what
        is higher, or the end, on either side.
    least_height : float
        How high it must be.
    """
    found = np.empty(len(values), dtype=np.int64)
    n_found = 0
    i = 1
    while i < len(values) - 1:
        end = i
        while end < len(values) - 1 and values[end] == values[i]:
            end += 1
        if values[i - 1] < values[i] and values[end] < values[i] and values[i] >= least_height:
            peak = (i + end - 1) // 2
            if _prominence(values, peak) >= least_prominence:
                found[n_found] = peak
                n_found += 1
        i = max(end, i + 1)
    return np.asarray(found[:n_found].copy())


@compiled
def _prominence(values: Floats, peak: int) -> float:
    """Return how far a maximum stands above the lowest places beside it."""
    height = values[peak]
    left = right = height
    for i in range(peak - 1, -1, -1):
        if not values[i] <= height:
            break
        left = min(left, values[i])
    for i in range(peak + 1, len(values)):
        if not values[i] <= height:
            break
        right = min(right, values[i])
    return float(height - max(left, right))
