"""Pure functions that model how transits, eclipses, spots and flares change a star's light."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Eclipses",
    "FlareTrain",
    "Rotation",
    "Transit",
    "eclipse_flux",
    "flare_flux",
    "red_noise",
    "rotation_flux",
    "transit_duration_h",
    "transit_flux",
]

Floats = NDArray[np.float64]

#: Coefficients of quadratic limb darkening, roughly for a Sun-like star in Kepler's band.
_LIMB_DARKENING = (0.4, 0.25)

#: Times at which the light is sampled within one exposure, since a long exposure smears short
#: events (Kipping 2010, MNRAS 408, 1758).
_SAMPLES = 5

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
    epoch_bkjd : float
        Middle of one transit, BJD - 2454833.
    depth_ppm : float
        Relative loss of light at the middle, in parts per million.
    duration_h : float
        Time from first to last contact, in hours.
    impact : float
        Distance of the body from the star's center at the middle, in stellar radii.
    """

    period_d: float
    epoch_bkjd: float
    depth_ppm: float
    duration_h: float
    impact: float

    @property
    def radius_ratio(self) -> float:
        """Radius of the body in stellar radii, from the depth."""
        return float(np.sqrt(self.depth_ppm * 1e-6))


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


@dataclass(frozen=True)
class Rotation:
    """Spots that rotate with a star.

    Parameters
    ----------
    period_d : float
        Rotation period in days.
    amplitude_ppm : float
        Largest deviation of the light from its mean, in parts per million.
    phase : float
        Phase of the first spot group at BKJD 0, from 0 to 1.
    shear : float
        Relative difference in rotation rate: the second spot group, at another latitude, rotates
        slower. The groups drift apart within ``period_d / shear`` days, so the pattern evolves.
    """

    period_d: float
    amplitude_ppm: float
    phase: float
    shear: float


@dataclass(frozen=True)
class FlareTrain:
    """The flares of one star, each with a fast rise and an exponential decay.

    Parameters
    ----------
    peaks_bkjd : ndarray, shape (n,)
        Times of the peaks, BJD - 2454833, ascending.
    amplitudes_ppm : ndarray, shape (n,)
        Relative brightness at the peaks, in parts per million.
    decays_d : ndarray, shape (n,)
        Days in which a flare decays to 1/e. It rises in a fifth of that.
    """

    peaks_bkjd: Floats
    amplitudes_ppm: Floats
    decays_d: Floats


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


def transit_flux(time_bkjd: Floats, transit: Transit, exposure_d: float) -> Floats:
    """Return the change of light during transits.

    Parameters
    ----------
    time_bkjd : ndarray, shape (n,)
        Middle of the exposures, BJD - 2454833.
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
    offset_d = _offset_from(transit.epoch_bkjd, transit.period_d, time_bkjd)

    def light(offset: Floats) -> Floats:
        return -1e-6 * transit.depth_ppm * _transit_shape(offset / half_d, transit)

    return _average_where(np.abs(offset_d) < half_d + exposure_d / 2, offset_d, exposure_d, light)


def eclipse_flux(time_bkjd: Floats, eclipses: Eclipses, exposure_d: float) -> Floats:
    """Return the change of an eclipsing binary's light, relative to its maximum.

    Parameters
    ----------
    time_bkjd : ndarray, shape (n,)
        Middle of the exposures, BJD - 2454833.
    eclipses : Eclipses
        The binary.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Relative change: 0 between eclipses, when the elongated stars are seen from the side.
    """
    phase = (time_bkjd - eclipses.primary.epoch_bkjd) / eclipses.primary.period_d
    ellipsoidal = -1e-6 * eclipses.ellipsoidal_ppm * (1 + np.cos(4 * np.pi * phase))
    return np.asarray(
        ellipsoidal
        + transit_flux(time_bkjd, eclipses.primary, exposure_d)
        + transit_flux(time_bkjd, eclipses.secondary, exposure_d)
    )


def rotation_flux(time_bkjd: Floats, rotation: Rotation) -> Floats:
    """Return the change of light due to spots, relative to the mean.

    Parameters
    ----------
    time_bkjd : ndarray, shape (n,)
        Middle of the exposures, BJD - 2454833.
    rotation : Rotation
        The spots.

    Returns
    -------
    ndarray, shape (n,)
        Relative change, within plus or minus the amplitude.
    """
    first = 2 * np.pi * (time_bkjd / rotation.period_d + rotation.phase)
    second = first * (1 - rotation.shear)
    pattern = 0.55 * np.sin(first) + 0.30 * np.sin(second) + 0.15 * np.sin(first + second)
    return np.asarray(1e-6 * rotation.amplitude_ppm * pattern)


def flare_flux(time_bkjd: Floats, flares: FlareTrain, exposure_d: float) -> Floats:
    """Return the light that flares add.

    Parameters
    ----------
    time_bkjd : ndarray, shape (n,)
        Middle of the exposures, BJD - 2454833, ascending.
    flares : FlareTrain
        The flares.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 or more.
    """
    light = np.zeros(len(time_bkjd))
    for peak, amplitude, decay in zip(
        flares.peaks_bkjd, flares.amplitudes_ppm, flares.decays_d, strict=True
    ):
        # After ten decay times, less than a twenty-thousandth of the peak remains.
        start, end = np.searchsorted(
            time_bkjd, (peak - decay - exposure_d, peak + 10 * decay + exposure_d)
        )
        if start < end:
            near = time_bkjd[start:end] - peak
            sampled = _flare_shape(_sample(near, exposure_d) / decay)
            light[start:end] += 1e-6 * amplitude * sampled.mean(axis=0)
    return light


def red_noise(rng: np.random.Generator, n: int, memory: int) -> NDArray[np.float32]:
    """Return correlated noise with mean 0 and variance 1: a running mean of white noise.

    Parameters
    ----------
    rng : Generator
        Source of randomness.
    n : int
        Number of samples.
    memory : int
        Number of samples over which the noise is correlated.

    Returns
    -------
    ndarray, shape (n,), float32
        The noise.
    """
    walk = np.cumsum(rng.standard_normal(n + memory, dtype=np.float32), dtype=np.float64)
    return np.asarray((walk[memory:] - walk[:-memory]) / np.sqrt(memory), dtype=np.float32)


def _offset_from(epoch_bkjd: float, period_d: float, time_bkjd: Floats) -> Floats:
    """Return the days from the nearest epoch, from minus to plus half a period."""
    periods = (time_bkjd - epoch_bkjd) / period_d
    return np.asarray((periods - np.rint(periods)) * period_d)


def _sample(middle_d: Floats, exposure_d: float) -> Floats:
    """Return the times at which each exposure is sampled, shape (5, n)."""
    within = (np.arange(_SAMPLES) - (_SAMPLES - 1) / 2) / _SAMPLES * exposure_d
    return np.asarray(middle_d + within[:, np.newaxis])


def _average_where(
    affected: NDArray[np.bool_],
    offset_d: Floats,
    exposure_d: float,
    light: Callable[[Floats], Floats],
) -> Floats:
    """Average a model over each affected exposure; the result is 0 for the others."""
    result = np.zeros(len(offset_d))
    chosen = np.flatnonzero(affected)
    result[chosen] = light(_sample(offset_d[chosen], exposure_d)).mean(axis=0)
    return result


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


def _flare_shape(decays: Floats) -> Floats:
    """Return a flare's light, 1 at its peak, by time from the peak in decay times."""
    rise = np.clip(1 + 5 * decays, 0, 1)
    return np.asarray(np.where(decays < 0, rise, np.exp(-np.maximum(decays, 0))))
