"""Which shape a rise of light has: that of a flare, the same in reverse, or a symmetric one."""

from __future__ import annotations

from math import erf

import numpy as np

from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats
from preprocessing.signals.flares import DAVENPORT_DECAY, DAVENPORT_RISE

__all__ = ["misfit_of_flare", "misfit_of_reverse", "misfit_of_symmetric"]

_FLARE, _REVERSE, _SYMMETRIC = 0, 1, 2
#: Trial widths, from this share of a cadence on, and trial peaks, up to so many cadences from the
#: highest point.
_WIDTHS, _NARROWEST, _PEAKS, _FARTHEST = 9, 0.2, 7, 0.8
#: Around the best trial there are others, so many on each side in so many times finer steps, twice:
#: of a rise of 50 sigma, the coarse steps alone leave more than its noise, and which shape comes
#: nearest is then a matter of the steps.
_BESIDE, _FINER, _ROUNDS = 3, 4.0, 2
#: A Gaussian is exp(-4 ln 2 x^2) by distance in full widths at half maximum.
_SHARPNESS = float(np.sqrt(4 * np.log(2)))
#: The rise, as powers of the time, and the decays.
_POWERS = np.array(DAVENPORT_RISE)
_SHARES, _RATES = np.array(DAVENPORT_DECAY).T.copy()


def misfit_of_flare(days: Floats, values: Floats, cadence_d: float, widest_d: float) -> float:
    """Return what the best flare of the shape of Davenport et al. (2014) leaves of some light.

    Parameters
    ----------
    days : ndarray, shape (n,)
        Middles of the exposures, in days from the highest.
    values : ndarray, shape (n,)
        How bright each is.
    cadence_d : float
        Length of an exposure in days.
    widest_d : float
        Largest full width at half maximum that is tried, in days; at least a cadence.

    Returns
    -------
    float
        Sum of the squares.
    """
    return _misfit(days, values, cadence_d, widest_d, _FLARE)


def misfit_of_reverse(days: Floats, values: Floats, cadence_d: float, widest_d: float) -> float:
    """Return what the best flare that runs backwards leaves, as `misfit_of_flare` does.

    Parameters
    ----------
    days, values, cadence_d, widest_d
        As there.
    """
    return _misfit(days, values, cadence_d, widest_d, _REVERSE)


def misfit_of_symmetric(days: Floats, values: Floats, cadence_d: float, widest_d: float) -> float:
    """Return what the best Gaussian leaves, as `misfit_of_flare` does.

    Parameters
    ----------
    days, values, cadence_d, widest_d
        As there.
    """
    return _misfit(days, values, cadence_d, widest_d, _SYMMETRIC)


@compiled
def _misfit(days: Floats, values: Floats, cadence: float, widest: float, kind: int) -> float:
    """Return the least sum of squares of the values less a multiple of one trial of a shape."""
    narrowest, farthest = np.log(_NARROWEST * cadence), _FARTHEST * cadence
    step_w = (np.log(widest) - narrowest) / (_WIDTHS - 1)
    step_p = 2 * farthest / (_PEAKS - 1)
    best, best_w, best_p = 0.0, narrowest, 0.0
    for i in range(_WIDTHS):
        for j in range(_PEAKS):
            width, peak = narrowest + i * step_w, j * step_p - farthest
            found = _explained(days, values, cadence, np.exp(width), peak, kind)
            if found > best:
                best, best_w, best_p = found, width, peak
    for _ in range(_ROUNDS):
        step_w, step_p = step_w / _FINER, step_p / _FINER
        middle_w, middle_p = best_w, best_p
        for i in range(-_BESIDE, _BESIDE + 1):
            for j in range(-_BESIDE, _BESIDE + 1):
                width = min(max(middle_w + i * step_w, narrowest), np.log(widest))
                peak = min(max(middle_p + j * step_p, -farthest), farthest)
                found = _explained(days, values, cadence, np.exp(width), peak, kind)
                if found > best:
                    best, best_w, best_p = found, width, peak
    total = 0.0
    for value in values:
        total += value * value
    return total - best


@compiled
def _explained(
    days: Floats, values: Floats, cadence: float, width: float, peak: float, kind: int
) -> float:
    """Return by how much a trial, times what suits it best, lowers the sum of squares."""
    square = cross = 0.0
    for i in range(len(days)):
        begin = (days[i] - cadence / 2 - peak) / width
        end = begin + cadence / width
        if kind == _SYMMETRIC:
            model = erf(_SHARPNESS * end) - erf(_SHARPNESS * begin)
        elif kind == _FLARE:
            model = _until(end) - _until(begin)
        else:
            model = _until(-begin) - _until(-end)
        square += model * model
        cross += model * values[i]
    return cross * cross / square if square > 0 and cross > 0 else 0.0


@compiled
def _until(widths: float) -> float:
    """Return the light of a flare up to some time from its peak, in units of its widths."""
    if widths <= -1:
        return 0.0
    before, after = min(widths, 0.0), max(widths, 0.0)
    total, power, first = 0.0, before, -1.0
    for k in range(len(_POWERS)):
        total += _POWERS[k] * (power - first) / (k + 1)
        power *= before
        first = -first
    if after > 0:
        for k in range(len(_SHARES)):
            total += _SHARES[k] / _RATES[k] * (1 - np.exp(-_RATES[k] * after))
    return total
