"""Flares of a known shape put into light, and which of them vetting finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.simulated_kinds import LONG_EXPOSURE_D, draw
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.signals.flares import davenport_shape

__all__ = ["MINUTE_D", "Flaring", "flares_found", "flaring"]

#: Kepler's short cadence.
MINUTE_D = 58.85 / 86400
#: Flares a star, at least so many days apart.
_FLARES, _APART_D = 12, 1.5
#: Widths at half maximum in minutes, and heights in exposures, in noise of a point.
_WIDTHS_MIN, _HEIGHTS = (5.0, 90.0), (5.0, 60.0)
_SHORT_FILE_D = 27.0
#: A flare counts if its highest exposure is above the first of these, without noise and in sigma,
#: and the third highest above the second.
_LEAST_PEAK, _LEAST_THIRD = 5.0, 1.0
_PARTS = 31


@dataclass(frozen=True, eq=False)
class Flaring:
    """Light with flares.

    Parameters
    ----------
    light : Light
        The light.
    peaks_d : ndarray, shape (n,)
        When those flares peak that count: of at least three points, and of 5 sigma.
    thirds : ndarray, shape (n,)
        How high the third highest exposure of each is, in sigma.
    all_d : ndarray, shape (m,)
        When all of them peak.
    """

    light: Light
    peaks_d: Floats
    thirds: Floats
    all_d: Floats


def flaring(kind: str, seed: int, exposure_d: float, base: Light | None = None) -> Flaring:
    """Put flares into light.

    Parameters
    ----------
    kind : str
        Of the star that is drawn: one of `simulated_kinds.KINDS`.
    seed : int
        Of all that is random.
    exposure_d : float
        Length of an exposure in days.
    base : Light, optional
        Real light to be taken instead.
    """
    rng = np.random.default_rng(seed)
    if base is None:
        days = 90.0 if exposure_d == LONG_EXPOSURE_D else _SHORT_FILE_D
        base = draw(kind, rng, 1, exposure_d, days).light
    time, step = base.time_d, np.diff(base.flux)
    sigma = 1.4826 * float(np.median(np.abs(step - np.median(step)))) / np.sqrt(2)
    within = ((np.arange(_PARTS) + 0.5) / _PARTS - 0.5)[:, None] * exposure_d
    added, counted, thirds, every = np.zeros(len(time)), [], [], []
    for peak in _apart(rng, time):
        low, high = np.log(_WIDTHS_MIN)
        width = np.exp(rng.uniform(low, high)) / 1440
        near = slice(*np.searchsorted(time, (peak - 2 * width - 0.1, peak + 25 * width + 0.1)))
        flare = davenport_shape((time[near] + within - peak) / width).mean(axis=0)
        if len(flare) < 3 or not flare.max() > 0:
            continue
        flare *= np.exp(rng.uniform(*np.log(_HEIGHTS))) / flare.max()
        added[near] += sigma * flare
        every.append(peak)
        third = float(np.sort(flare)[-3])
        if third >= _LEAST_THIRD and flare.max() > _LEAST_PEAK:
            counted.append(peak)
            thirds.append(third)
    light = prepare_light(time, base.flux + added, None, base.sequence)
    return Flaring(light, np.array(counted), np.array(thirds), np.array(every))


def _apart(rng: np.random.Generator, time: Floats) -> Floats:
    """Return times at which the star is seen, apart from each other."""
    found: list[float] = []
    for peak in rng.permutation(time):
        if all(abs(peak - one) > _APART_D for one in found):
            found.append(float(peak) + rng.uniform(-0.5, 0.5) * LONG_EXPOSURE_D)
        if len(found) == _FLARES:
            break
    return np.sort(found)


def flares_found(
    given: Flaring, starts_d: Floats, ends_d: Floats, exposure_d: float
) -> tuple[list[bool], int]:
    """Return which of the flares that count were found, and how many others were.

    Parameters
    ----------
    given : Flaring
        The light with its flares.
    starts_d, ends_d : ndarray, shape (k,)
        First and last point of what was found.
    exposure_d : float
        Length of an exposure in days.
    """
    reach = 1.5 * exposure_d

    def is_in(peaks: Floats) -> NDArray[np.bool_]:
        inside = (starts_d - reach <= peaks[:, None]) & (peaks[:, None] <= ends_d + reach)
        return np.asarray(inside)

    found = np.atleast_1d(is_in(given.peaks_d).any(axis=1)).tolist()
    return found, int(np.count_nonzero(~is_in(given.all_d).any(axis=0)))
