"""Transits: a body that passes in front of a star again and again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats, average_where, days_from_epoch

__all__ = ["Transit", "transit_duration_h", "transit_flux"]

#: Coefficients of quadratic limb darkening, roughly for a Sun-like star in Kepler's band.
_LIMB_DARKENING = (0.4, 0.25)

#: Nominal solar radius (IAU 2015 resolution B3).
_SOLAR_RADIUS_M = 6.957e8
_SECONDS_A_DAY = 86_400.0


@dataclass(frozen=True)
class Transit:
    """A body that periodically passes in front of a star.

    Parameters
    ----------
    period_d : float
        Orbital period in days.
    epoch_d : float
        Middle of one transit, in the days in which times are given.
    depth_ppm : float
        Relative loss of light at the middle, in parts per million.
    duration_h : float
        Time from first to last contact, in hours.
    impact : float
        Distance of the body from the star's center at the middle, in stellar radii.
    """

    period_d: float
    epoch_d: float
    depth_ppm: float
    duration_h: float
    impact: float

    @property
    def radius_ratio(self) -> float:
        """Radius of the body in stellar radii, from the depth."""
        return float(np.sqrt(self.depth_ppm * 1e-6))


def transit_duration_h(
    period_d: float, logg: float, radius_rsun: float, radius_ratio: float, impact: float
) -> float:
    """Return the duration of a transit on a circular orbit, from first to last contact.

    Parameters
    ----------
    period_d : float
        Orbital period in days.
    logg : float
        Decimal logarithm of the star's surface gravity in cm/s2.
    radius_rsun : float
        Radius of the star in solar radii.
    radius_ratio : float
        Radius of the body divided by the star's.
    impact : float
        Impact parameter, below ``1 + radius_ratio``.

    Returns
    -------
    float
        Duration in hours.

    Notes
    -----
    Kepler's third law with the star's mass derived from its surface gravity, and equation 14
    of Winn (2010, arXiv:1001.2010) for high inclination.

    Examples
    --------
    A transit of the Earth across the Sun takes 13 hours:

    >>> round(transit_duration_h(365.25, 4.438, 1.0, 0.009, 0.0), 1)
    13.1
    """
    gravity_m_s2 = 10 ** (logg - 2)
    period_s = period_d * _SECONDS_A_DAY
    cube = gravity_m_s2 * period_s**2 / (4 * np.pi**2 * radius_rsun * _SOLAR_RADIUS_M)
    chord = np.sqrt((1 + radius_ratio) ** 2 - impact**2)
    half_angle = np.arcsin(min(1.0, chord / np.cbrt(cube)))
    return float(24 * period_d / np.pi * half_angle)


def transit_flux(time_d: Floats, transit: Transit, exposure_d: float) -> Floats:
    """Return the change of light during transits.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero.
    transit : Transit
        The transiting body.
    exposure_d : float
        Length of an exposure in days; the model is averaged over it.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 outside transits, negative within.
    """
    half_d = transit.duration_h / 48
    offset_d = days_from_epoch(transit.epoch_d, transit.period_d, time_d)

    def light(offset: Floats) -> Floats:
        return -1e-6 * transit.depth_ppm * _transit_shape(offset / half_d, transit)

    return average_where(np.abs(offset_d) < half_d + exposure_d / 2, offset_d, exposure_d, light)


def _transit_shape(along: Floats, transit: Transit) -> Floats:
    """Return the loss of light, 1 at the middle, by position between contacts, -1 to 1."""
    ratio, impact = transit.radius_ratio, transit.impact
    chord_squared = (1 + ratio) ** 2 - impact**2
    distance = np.sqrt(impact**2 + chord_squared * along**2)
    middle = _covered_light(np.array([impact]), ratio)[0]
    return np.asarray(_covered_light(distance, ratio) / middle)


def _covered_light(distance: Floats, ratio: float) -> Floats:
    """Return the covered fraction of the disk, weighted by its limb-darkened brightness.

    The overlap is approximated by a smooth step between the contacts, which is accurate to
    a few percent of the depth for small bodies.
    """
    inside = np.clip((1 + ratio - distance) / (2 * ratio), 0, 1)
    slant = 1 - np.sqrt(np.clip(1 - np.minimum(distance, 1) ** 2, 0, 1))
    linear, quadratic = _LIMB_DARKENING
    brightness = 1 - linear * slant - quadratic * slant**2
    return np.asarray(inside**2 * (3 - 2 * inside) * brightness)
