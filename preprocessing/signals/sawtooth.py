"""The sawtooth of K2: light that drifts while the telescope rolls, and jumps when it turns back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["ROLL_D", "Sawtooth", "sawtooth_flux"]

#: Days from one firing of the thrusters to the next: 5.88 hours (Howell et al. 2014, PASP 126, 398;
#: Vanderburg & Johnson 2014, PASP 126, 948).
ROLL_D = 0.2452


@dataclass(frozen=True)
class Sawtooth:
    """What the roll of the telescope does to a star's light.

    Parameters
    ----------
    start_d, end_d : float
        First and last time of the campaign, in the days in which times are given.
    amplitude_ppm : float
        Change of light from the middle of a roll to its end, at the start of the campaign.
    curvature : float
        Share of the change that is the same on both sides of the middle.
    """

    start_d: float
    end_d: float
    amplitude_ppm: float
    curvature: float


def sawtooth_flux(time_d: Floats, sawtooth: Sawtooth, exposure_d: float) -> Floats:
    """Return the change of light by the roll of the telescope.

    The push of sunlight, and with it the roll, changes its sense in the middle of a campaign.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    sawtooth : Sawtooth
        The roll's effect.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Relative change about the mean.
    """
    times = sample_exposures(time_d, exposure_d)
    share = (times - sawtooth.start_d) / (sawtooth.end_d - sawtooth.start_d)
    rolled = (1 - 2 * share) * (2 * (((times - sawtooth.start_d) / ROLL_D) % 1) - 1)
    change = rolled + sawtooth.curvature * (rolled**2 - 1 / 3)
    return np.asarray(1e-6 * sawtooth.amplitude_ppm * change.mean(axis=0))
