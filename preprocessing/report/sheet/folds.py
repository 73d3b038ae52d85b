"""Light folded and binned, for pictures only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Floats
from preprocessing.analysis.transit_model import mean_loss

__all__ = ["Bins", "bins_of", "fitted_impact", "model_loss"]

#: Impact parameters that are tried for the drawn model.
_IMPACTS = np.linspace(0, 1, 11)
_LONGEST_EXPOSURE_D = 0.0204


@dataclass(frozen=True, eq=False)
class Bins:
    """Means of light in bins.

    Parameters
    ----------
    middle, mean, sigma : ndarray, shape (k,)
        Middle of each bin, the mean in it, and its error from the scatter within; NaN of bins
        with a single point.
    """

    middle: Floats
    mean: Floats
    sigma: Floats


def bins_of(x: Floats, y: Floats, low: float, high: float, n: int) -> Bins:
    """Return the means of values in bins of equal width; bins without any are left out.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Places and values; NaN is left out.
    low, high : float
        Range of places.
    n : int
        How many bins.
    """
    is_in = np.isfinite(y) & (x >= low) & (x < high)
    width = (high - low) / n
    number = np.minimum((x[is_in] - low) / width, n - 1).astype(np.int64)
    values = y[is_in]
    count = np.bincount(number, minlength=n)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(number, values, n) / count
        rest = np.bincount(number, (values - mean[number]) ** 2, n) / (count - 1)
        sigma = np.sqrt(rest / count)
    known = count > 0
    middle: Floats = np.asarray(low + (np.arange(n) + 0.5) * width, np.float64)
    spread = np.where(count > 1, sigma, np.nan)
    return Bins(middle[known], np.asarray(mean[known]), spread[known])


def model_loss(
    days: Floats, depth: float, duration_d: float, impact: float, exposure_d: float
) -> Floats:
    """Return the loss of light of the model at times from mid-event.

    Parameters
    ----------
    days : ndarray
        The times.
    depth, duration_d, impact, exposure_d : float
        As `mean_loss` takes them, and the time from first to last contact.
    """
    exposure = min(exposure_d, _LONGEST_EXPOSURE_D)
    return np.array([mean_loss(one, depth, duration_d / 2, impact, exposure) for one in days])


def fitted_impact(
    days: Floats,
    loss: Floats,
    chosen: NDArray[np.bool_],
    depth: float,
    duration_d: float,
    exposure_d: float,
) -> float:
    """Return the impact parameter with which the model is drawn; its depth and duration are given.

    Parameters
    ----------
    days, loss : ndarray
        Bins around mid-event.
    chosen : ndarray of bool
        Those that are compared.
    depth, duration_d, exposure_d : float
        As `model_loss` takes them.
    """
    misfits = [
        np.nansum((loss - model_loss(days, depth, duration_d, impact, exposure_d))[chosen] ** 2)
        for impact in _IMPACTS
    ]
    return float(_IMPACTS[int(np.argmin(misfits))])
