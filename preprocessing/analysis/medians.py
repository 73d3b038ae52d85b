"""The median of numbers and their scatter about it, without the preparations of numpy's own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.compiled import compiled

__all__ = [
    "SIGMA_PER_MAD",
    "median",
    "median_of_many",
    "medians_of_steps",
    "robust_sigma",
    "sigma_of_many",
]

_Floats = NDArray[np.float64]

#: A median absolute deviation times this is the standard deviation of normal noise.
SIGMA_PER_MAD = 1.4826


@compiled
def median(values: _Floats) -> float:
    """Return the median, to the last bit as numpy does; NaN of nothing.

    Of a thousand numbers, numpy spends most of the time before it begins.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Numbers, none of them NaN.

    Examples
    --------
    >>> median(np.array([3.0, 1.0, 2.0, 10.0]))
    2.5
    """
    if len(values) == 0:
        return np.nan
    return float(np.median(values))


@compiled
def robust_sigma(values: _Floats) -> float:
    """Return 1.4826 times the median absolute deviation from the median; NaN of nothing.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Numbers, none of them NaN.
    """
    return SIGMA_PER_MAD * median(np.abs(values - median(values)))


def median_of_many(values: _Floats) -> float:
    """Return what `median` does: of a thousand numbers and more, several times as fast.

    Unlike it, no compiled function can call this. Numpy finds one place of the order by vector
    instructions, but not two.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Numbers, none of them NaN.
    """
    return _halved(values.copy())


def sigma_of_many(values: _Floats) -> float:
    """Return what `robust_sigma` does: of a thousand numbers and more, several times as fast.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        Numbers, none of them NaN.
    """
    return SIGMA_PER_MAD * _halved(np.abs(values - median_of_many(values)))


def _halved(values: _Floats) -> float:
    """Return the median of numbers, which are put in another order."""
    half = len(values) // 2
    if half == 0:
        return float(values[0]) if len(values) else np.nan
    values.partition(half)
    upper = float(values[half])
    return upper if len(values) % 2 else (float(values[:half].max()) + upper) / 2


@compiled
def medians_of_steps(values: _Floats, edges: NDArray[np.int64]) -> _Floats:
    """Return the median difference of adjacent numbers of each part; NaN of less than two.

    Parameters
    ----------
    values : ndarray of float64, shape (n,)
        The numbers.
    edges : ndarray of int64, shape (k + 1,)
        Where each part begins, and the last one ends.

    Returns
    -------
    ndarray of float64, shape (k,)
    """
    found = np.empty(len(edges) - 1)
    for part in range(len(found)):
        found[part] = median(np.diff(values[edges[part] : edges[part + 1]]))
    return found
