"""Eclipsing binaries: two stars that eclipse each other in turn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats
from preprocessing.signals.transits import Transit, transit_flux

__all__ = ["Eclipses", "eclipse_flux"]


@dataclass(frozen=True)
class Eclipses:
    """Two stars that eclipse each other in turn.

    Parameters
    ----------
    primary, secondary : Transit
        The two eclipses, with the same period.
    ellipsoidal_ppm : float
        Semi-amplitude of the light variation from tides, which has half the orbital period.
    """

    primary: Transit
    secondary: Transit
    ellipsoidal_ppm: float


def eclipse_flux(time_d: Floats, eclipses: Eclipses, exposure_d: float) -> Floats:
    """Return the change of an eclipsing binary's light, relative to its maximum.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    eclipses : Eclipses
        The binary.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Relative change: 0 between eclipses, when the elongated stars are seen from the side.
    """
    phase = (time_d - eclipses.primary.epoch_d) / eclipses.primary.period_d
    ellipsoidal = -1e-6 * eclipses.ellipsoidal_ppm * (1 + np.cos(4 * np.pi * phase))
    return np.asarray(
        ellipsoidal
        + transit_flux(time_d, eclipses.primary, exposure_d)
        + transit_flux(time_d, eclipses.secondary, exposure_d)
    )
