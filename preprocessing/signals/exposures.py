"""What an exposure sees of a model: the mean of its light over the exposure's length."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "average_where", "days_from_epoch", "sample_exposures"]

#: Numbers that a model takes or gives.
Floats = NDArray[np.float64]

#: Times at which the light is sampled within one exposure, since a long exposure smears short
#: events (Kipping 2010, MNRAS 408, 1758).
_SAMPLES = 5


def days_from_epoch(epoch_d: float, period_d: float, time_d: Floats) -> Floats:
    """Return the days from the nearest epoch, from minus to plus half a period.

    Parameters
    ----------
    epoch_d : float
        One of the epochs, in the days in which times are given.
    period_d : float
        Days from one epoch to the next.
    time_d : ndarray, shape (n,)
        Times, in days since any zero.

    Returns
    -------
    ndarray, shape (n,)
    """
    periods = (time_d - epoch_d) / period_d
    return np.asarray((periods - np.rint(periods)) * period_d)


def sample_exposures(middle_d: Floats, exposure_d: float) -> Floats:
    """Return the times at which each exposure is sampled.

    Parameters
    ----------
    middle_d : ndarray, shape (n,)
        Middle of the exposures, in days.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (5, n)
    """
    within = (np.arange(_SAMPLES) - (_SAMPLES - 1) / 2) / _SAMPLES * exposure_d
    return np.asarray(middle_d + within[:, np.newaxis])


def average_where(
    affected: NDArray[np.bool_],
    offset_d: Floats,
    exposure_d: float,
    light: Callable[[Floats], Floats],
) -> Floats:
    """Average a model over each affected exposure; the result is 0 for the others.

    Parameters
    ----------
    affected : ndarray of bool, shape (n,)
        The exposures over which the model is not 0 throughout.
    offset_d : ndarray, shape (n,)
        Middle of the exposures, in days, as the model takes them.
    exposure_d : float
        Length of an exposure in days.
    light : callable
        The model: returns the light at each of the times given.

    Returns
    -------
    ndarray, shape (n,)
    """
    result = np.zeros(len(offset_d))
    chosen = np.flatnonzero(affected)
    result[chosen] = light(sample_exposures(offset_d[chosen], exposure_d)).mean(axis=0)
    return result
