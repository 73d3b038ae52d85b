"""Eclipses that do not repeat: each with its own time and depth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["OddEclipses", "odd_eclipses_flux"]

#: Widths from the middle beyond which nothing is lost: cosh(4) - 1 is 26.
_REACH = 4.0


@dataclass(frozen=True, eq=False)
class OddEclipses:
    """Eclipses with times and depths of their own, as in a system of three stars.

    Parameters
    ----------
    middles_d : ndarray, shape (n,)
        Middle of each eclipse, in the days in which times are given.
    depths_ppm : ndarray, shape (n,)
        Relative loss of light then, in parts per million.
    width_d : float
        Days from the middle after which 58 % of the depth is left, if the eclipse is pointed.
    flatness : float
        1 for a pointed eclipse; the larger, the flatter is its floor.
    """

    middles_d: Floats
    depths_ppm: Floats
    width_d: float
    flatness: float


def odd_eclipses_flux(time_d: Floats, eclipses: OddEclipses, exposure_d: float) -> Floats:
    """Return the change of light by eclipses with times and depths of their own.

    The shape is that of Mikulasek (2015, A&A 584, A8), which describes eclipses by width and
    flatness alone.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero, ascending.
    eclipses : OddEclipses
        The eclipses.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the light between eclipses: 0 or less.
    """
    light = np.zeros(len(time_d))
    reach = _REACH * eclipses.width_d + exposure_d
    for middle, depth in zip(eclipses.middles_d, eclipses.depths_ppm, strict=True):
        start, end = np.searchsorted(time_d, (middle - reach, middle + reach))
        if start < end:
            widths = sample_exposures(time_d[start:end] - middle, exposure_d) / eclipses.width_d
            pointed = np.exp(1 - np.cosh(np.clip(widths, -_REACH, _REACH)))
            lost = 1 - (1 - pointed) ** eclipses.flatness
            light[start:end] -= 1e-6 * depth * lost.mean(axis=0)
    return light
