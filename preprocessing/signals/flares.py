"""Flares: a fast rise of a star's light and an exponential decay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = [
    "DAVENPORT_DECAY",
    "DAVENPORT_RISE",
    "FlareTrain",
    "WhiteLightFlares",
    "davenport_shape",
    "flare_flux",
    "white_light_flux",
]


@dataclass(frozen=True)
class FlareTrain:
    """The flares of one star, each with a fast rise and an exponential decay.

    Parameters
    ----------
    peaks_d : ndarray, shape (n,)
        Times of the peaks, in the days in which times are given, ascending.
    amplitudes_ppm : ndarray, shape (n,)
        Relative brightness at the peaks, in parts per million.
    decays_d : ndarray, shape (n,)
        Days in which a flare decays to 1/e. It rises in a fifth of that.
    """

    peaks_d: Floats
    amplitudes_ppm: Floats
    decays_d: Floats


def flare_flux(time_d: Floats, flares: FlareTrain, exposure_d: float) -> Floats:
    """Return the light that flares add.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero, ascending.
    flares : FlareTrain
        The flares.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 or more.
    """
    light = np.zeros(len(time_d))
    for peak, amplitude, decay in zip(
        flares.peaks_d, flares.amplitudes_ppm, flares.decays_d, strict=True
    ):
        # After ten decay times, less than a twenty-thousandth of the peak remains.
        start, end = np.searchsorted(
            time_d, (peak - decay - exposure_d, peak + 10 * decay + exposure_d)
        )
        if start < end:
            near = time_d[start:end] - peak
            sampled = _flare_shape(sample_exposures(near, exposure_d) / decay)
            light[start:end] += 1e-6 * amplitude * sampled.mean(axis=0)
    return light


def _flare_shape(decays: Floats) -> Floats:
    """Return a flare's light, 1 at its peak, by time from the peak in decay times."""
    rise = np.clip(1 + 5 * decays, 0, 1)
    return np.asarray(np.where(decays < 0, rise, np.exp(-np.maximum(decays, 0))))


#: White-light flares of GJ 1243 in times of their full width at half maximum (Davenport et al.
#: 2014, ApJ 797, 122, equations 1 and 4): powers of the time before the peak, and two decays.
DAVENPORT_RISE = (1.0, 1.941, -0.175, -2.246, -1.125)
DAVENPORT_DECAY = ((0.6890, 1.600), (0.3030, 0.2783))
#: Widths after the peak beyond which less than a thousandth of a flare is left.
_FLARE_REACH = 25.0


def davenport_shape(widths: Floats) -> Floats:
    """Return the light of a flare, 1 at its peak, as Davenport et al. (2014) saw it.

    Parameters
    ----------
    widths : ndarray
        Times from the peak, in full widths at half maximum.

    Returns
    -------
    ndarray
        0 before the rise, which takes one width.

    Examples
    --------
    >>> davenport_shape(np.array([-2.0, 0.0])).round(2).tolist()
    [0.0, 0.99]
    """
    rise = np.polynomial.polynomial.polyval(np.clip(widths, -1, 0), DAVENPORT_RISE)
    after = np.maximum(widths, 0)
    decay = sum(share * np.exp(-rate * after) for share, rate in DAVENPORT_DECAY)
    return np.asarray(np.where(widths < 0, np.where(widths < -1, 0, rise), decay))


@dataclass(frozen=True, eq=False)
class WhiteLightFlares:
    """Flares of the shape that Davenport et al. (2014) saw.

    Parameters
    ----------
    peaks_d : ndarray, shape (n,)
        Times of the peaks, in the days in which times are given.
    amplitudes_ppm : ndarray, shape (n,)
        Added light at the peaks, in parts per million of the star's.
    widths_d : ndarray, shape (n,)
        Full widths at half maximum, in days.
    """

    peaks_d: Floats
    amplitudes_ppm: Floats
    widths_d: Floats


def white_light_flux(time_d: Floats, flares: WhiteLightFlares, exposure_d: float) -> Floats:
    """Return the light that flares add.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero, ascending.
    flares : WhiteLightFlares
        The flares.
    exposure_d : float
        Length of an exposure in days. It is sampled once a minute, since flares are short.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 or more.
    """
    light = np.zeros(len(time_d))
    n = max(5, round(exposure_d * 1440))
    within = ((np.arange(n) - (n - 1) / 2) / n * exposure_d)[:, np.newaxis]
    for peak, amplitude, width in zip(
        flares.peaks_d, flares.amplitudes_ppm, flares.widths_d, strict=True
    ):
        start, end = np.searchsorted(
            time_d, (peak - width - exposure_d, peak + _FLARE_REACH * width + exposure_d)
        )
        if start < end:
            shape = davenport_shape((time_d[start:end] + within - peak) / width)
            light[start:end] += 1e-6 * amplitude * shape.mean(axis=0)
    return light
