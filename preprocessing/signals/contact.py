"""Contact binaries and ellipsoidal ones: light that varies by the stars' shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["Contact", "contact_flux"]


@dataclass(frozen=True)
class Contact:
    """A binary whose stars are deformed by each other, or touch.

    Parameters
    ----------
    period_d : float
        Orbital period in days.
    epoch_d : float
        Time of one primary minimum, in the days in which times are given.
    ellipsoidal_ppm : float
        Semi-amplitude of the sine at half the period, in parts per million.
    sharpness : float
        How much sharper the minima are than the maxima: the sine at a quarter of the period over
        the first.
    inequality : float
        By how much the primary minimum is deeper: the cosine of the period over the first.
    asymmetry : float
        By how much one maximum is brighter (O'Connell effect): the sine of the period over the
        first.
    """

    period_d: float
    epoch_d: float
    ellipsoidal_ppm: float
    sharpness: float
    inequality: float
    asymmetry: float


def contact_flux(time_d: Floats, binary: Contact, exposure_d: float) -> Floats:
    """Return the change of light of a binary without separate eclipses.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    binary : Contact
        The binary.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Relative change about the mean.
    """
    times = sample_exposures(time_d, exposure_d)
    angle = 2 * np.pi * (times - binary.epoch_d) / binary.period_d
    wave = -np.cos(2 * angle) - binary.sharpness * np.cos(4 * angle)
    wave = wave - binary.inequality * np.cos(angle) + binary.asymmetry * np.sin(angle)
    return np.asarray(1e-6 * binary.ellipsoidal_ppm * wave.mean(axis=0))
