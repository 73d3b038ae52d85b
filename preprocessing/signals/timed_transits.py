"""Transits at times of their own: of planets that others disturb, grazing ones, and single ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.disks import LIMB_DARKENING, covered_share
from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["TimedTransits", "swinging_times", "timed_transits_flux"]


@dataclass(frozen=True, eq=False)
class TimedTransits:
    """Transits of one body, each at its own time.

    Parameters
    ----------
    middles_d : ndarray, shape (n,)
        Middle of each transit, in the days in which times are given.
    radius_ratio : float
        Radius of the body over the star's.
    impact : float
        Distance from the star's middle at the middle of a transit, in the star's radii: above 1
        less the ratio of radii the transit is grazing, and below 1 more than it there is one.
    duration_h : float
        From first to last contact, in hours.
    limb_darkening : tuple of float
        The linear and the quadratic coefficient.
    """

    middles_d: Floats
    radius_ratio: float
    impact: float
    duration_h: float
    limb_darkening: tuple[float, float] = LIMB_DARKENING


def swinging_times(
    period_d: float, epoch_d: float, last_d: float, swing_d: float, cycle_d: float, phase: float
) -> Floats:
    """Return the times of transits that come early and late in turn, as near a resonance.

    A sine describes them (Lithwick et al. 2012, ApJ 761, 122).

    Parameters
    ----------
    period_d, epoch_d : float
        Mean period, and the first transit if none were early or late.
    last_d : float
        Time after which no transit is wanted.
    swing_d, cycle_d, phase : float
        How early and late they come; days from one latest to the next; phase of that at the epoch,
        from 0 to 1.

    Returns
    -------
    ndarray
    """
    regular = np.arange(epoch_d, last_d, period_d)
    turn = 2 * np.pi * ((regular - epoch_d) / cycle_d + phase)
    return np.asarray(regular + swing_d * np.sin(turn))


def timed_transits_flux(time_d: Floats, transits: TimedTransits, exposure_d: float) -> Floats:
    """Return the change of light during transits.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero, ascending.
    transits : TimedTransits
        The transits.
    exposure_d : float
        Length of an exposure in days; the model is averaged over it.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 outside of transits, negative within.
    """
    light = np.zeros(len(time_d))
    half_d = transits.duration_h / 48
    chord_squared = (1 + transits.radius_ratio) ** 2 - transits.impact**2
    for middle in transits.middles_d:
        reach = half_d + exposure_d
        start, end = np.searchsorted(time_d, (middle - reach, middle + reach))
        if start < end:
            along = sample_exposures(time_d[start:end] - middle, exposure_d) / half_d
            distance = np.sqrt(transits.impact**2 + chord_squared * along**2)
            covered = covered_share(distance, transits.radius_ratio, transits.limb_darkening)
            light[start:end] -= covered.mean(axis=0)
    return light
