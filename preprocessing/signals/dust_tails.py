"""Tails of dust: clouds with a head and an exponential tail that pass in front of a star."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.disks import limb_brightness
from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["DustTails", "dust_tails_flux"]

#: Samples of a cloud's light curve within the crossing of its head, and lengths of the tail after
#: which less than a ten-thousandth is left.
_N_SAMPLES, _REACH = 60, 10.0
_LONGEST_SHARE = 40.0


@dataclass(frozen=True, eq=False)
class DustTails:
    """Clouds of dust that pass in front of a star, each once.

    Parameters
    ----------
    middles_d : ndarray, shape (n,)
        When each head passes the middle of its chord, in the days in which times are given.
    depths_ppm : ndarray, shape (n,)
        Largest relative loss of light, in parts per million.
    crossings_d : ndarray, shape (n,)
        Days which a head takes from limb to limb.
    tails_d : ndarray, shape (n,)
        Days in which the dust behind the head thins out by a factor of e; below 0 it is ahead.
    impacts : ndarray, shape (n,)
        Distance of each chord from the star's middle, in its radii: 0 to 1.
    """

    middles_d: Floats
    depths_ppm: Floats
    crossings_d: Floats
    tails_d: Floats
    impacts: Floats


def dust_tails_flux(time_d: Floats, clouds: DustTails, exposure_d: float) -> Floats:
    """Return the change of light by clouds of dust.

    The loss is the brightness along the chord, smeared by the tail: Lecavelier des Etangs et al.
    (1999, A&A 343, 916) for comets, Brogi et al. (2012, A&A 545, L5) for a tail that thins out
    exponentially.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero, ascending.
    clouds : DustTails
        The clouds.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 or less.
    """
    light = np.ones(len(time_d))
    for middle, depth, crossing, tail, impact in zip(
        clouds.middles_d,
        clouds.depths_ppm,
        clouds.crossings_d,
        clouds.tails_d,
        clouds.impacts,
        strict=True,
    ):
        since, lost = _passage(float(crossing), abs(float(tail)), float(impact))
        ahead = np.sign(tail) if tail != 0 else 1.0
        first, last = sorted((ahead * since[0], ahead * since[-1]))
        start, end = np.searchsorted(
            time_d, (middle + first - exposure_d, middle + last + exposure_d)
        )
        if start < end:
            times = ahead * sample_exposures(time_d[start:end] - middle, exposure_d)
            seen = np.interp(times, since, lost, left=0.0, right=0.0)
            light[start:end] *= 1 - 1e-6 * depth * seen.mean(axis=0)
    return light - 1


def _passage(crossing_d: float, tail_d: float, impact: float) -> tuple[Floats, Floats]:
    """Return days from the middle, and the loss of light then, at most 1."""
    step = crossing_d / _N_SAMPLES
    tail = min(tail_d, _LONGEST_SHARE * crossing_d)
    # One sample before the head reaches the star, and more after it has left.
    sample = np.arange(-1, _N_SAMPLES + int(_REACH * tail / step) + 2)
    since = -crossing_d / 2 + step * sample
    along = since / (crossing_d / 2) * np.sqrt(1 - impact**2)
    is_in_front = (sample >= 0) & (sample <= _N_SAMPLES)
    chord = np.where(is_in_front, limb_brightness(np.hypot(along, impact)), 0)
    behind = np.exp(-step * (sample + 1) / max(tail, 1e-3 * step))
    lost = np.convolve(chord, behind)[: len(since)]
    return np.asarray(since, np.float64), np.asarray(lost / lost.max())
