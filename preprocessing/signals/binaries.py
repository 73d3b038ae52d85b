"""Detached binaries on their orbits, which may be eccentric, turn, and swing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.disks import covered_share
from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["Binary", "binary_flux"]

#: Steps of Newton's method for Kepler's equation: for eccentricities up to 0.8 fewer suffice.
_N_STEPS = 8


@dataclass(frozen=True)
class Binary:
    """Two stars on an orbit around each other.

    Parameters
    ----------
    period_d : float
        Orbital period in days.
    epoch_d : float
        When star 2 stands in front of star 1, in the days in which times are given.
    radii : tuple of float
        Radius of star 1 and of star 2, over the semi-major axis.
    brightness : float
        Light of star 2 over that of star 1.
    inclination_rad : float
        Angle between the orbit's axis and the line of sight, at the epoch.
    eccentricity, periastron_rad : float
        Eccentricity, and argument of the periastron of star 2.
    tides_ppm : float
        Semi-amplitude of the light that changes by the stars' shapes, at the mean distance.
    turning_rad_d : float
        By how much the inclination grows a day: eclipses become deeper or vanish.
    swing_d, cycle_d : float
        By how much eclipses come early and late, as by a third star, and days of its orbit.
    """

    period_d: float
    epoch_d: float
    radii: tuple[float, float]
    brightness: float
    inclination_rad: float
    eccentricity: float = 0.0
    periastron_rad: float = 0.0
    tides_ppm: float = 0.0
    turning_rad_d: float = 0.0
    swing_d: float = 0.0
    cycle_d: float = 1000.0


def binary_flux(time_d: Floats, binary: Binary, exposure_d: float) -> Floats:
    """Return the change of a binary's light.

    The orbit is Kepler's; eclipses are limb-darkened disks; tides grow as the cube of the
    stars' closeness (Morris 1985, ApJ 295, 143; Kumar et al. 1995, ApJ 449, 294).

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    binary : Binary
        The binary.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the light of both stars without tides.
    """
    times = sample_exposures(time_d, exposure_d)
    since = times - binary.epoch_d
    shifted = since - binary.swing_d * np.sin(2 * np.pi * since / binary.cycle_d)
    separation, angle = _orbit(shifted, binary)
    inclination = binary.inclination_rad + binary.turning_rad_d * since
    # From the line of sight: star 2 is in front of star 1 where the sine is positive.
    toward = np.sin(angle)
    apart = separation * np.sqrt(np.maximum(1 - (toward * np.sin(inclination)) ** 2, 0))
    r1, r2 = binary.radii
    light = binary.tides_ppm * 1e-6 * np.cos(2 * angle) / separation**3
    both = 1 + binary.brightness
    light -= np.where(toward > 0, covered_share(apart / r1, r2 / r1) / both, 0)
    hidden = covered_share(apart / r2, r1 / r2) * binary.brightness / both
    light -= np.where(toward < 0, hidden, 0)
    return np.asarray(light.mean(axis=0))


def _orbit(since_d: Floats, binary: Binary) -> tuple[Floats, Floats]:
    """Return the distance over the semi-major axis, and the angle from the plane of the sky."""
    e, omega = binary.eccentricity, binary.periastron_rad
    # At the epoch star 2 is nearest: true anomaly plus periastron is a quarter of a turn.
    start = _eccentric_of_true(np.pi / 2 - omega, e)
    mean = 2 * np.pi * since_d / binary.period_d + start - e * np.sin(start)
    eccentric = mean + e * np.sin(mean)
    for _ in range(_N_STEPS if e > 0 else 0):
        error = eccentric - e * np.sin(eccentric) - mean
        eccentric = eccentric - error / (1 - e * np.cos(eccentric))
    true = 2 * np.arctan2(
        np.sqrt(1 + e) * np.sin(eccentric / 2), np.sqrt(1 - e) * np.cos(eccentric / 2)
    )
    return np.asarray(1 - e * np.cos(eccentric)), np.asarray(true + omega)


def _eccentric_of_true(true: float, e: float) -> float:
    return float(
        2 * np.arctan2(np.sqrt(1 - e) * np.sin(true / 2), np.sqrt(1 + e) * np.cos(true / 2))
    )
