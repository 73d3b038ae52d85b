"""Dips: irregular, asymmetric losses of light, as by clouds of dust and comets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats, sample_exposures

__all__ = ["Dips", "dips_flux"]

#: After this many times its scale a dip has faded below a hundred-thousandth of its depth.
_REACH = 12.0


@dataclass(frozen=True, eq=False)
class Dips:
    """Single losses of light: asymmetric hyperbolic secants.

    Parameters
    ----------
    middles_d : ndarray, shape (n,)
        When each is deepest, in the days in which times are given.
    depths_ppm : ndarray, shape (n,)
        Relative loss of light then, in parts per million.
    falls_d, rises_d : ndarray, shape (n,)
        Days in which the light falls, and rises, by a factor of e far from the middle.
    """

    middles_d: Floats
    depths_ppm: Floats
    falls_d: Floats
    rises_d: Floats


def dips_flux(time_d: Floats, dips: Dips, exposure_d: float) -> Floats:
    """Return the change of light by irregular dips.

    Each has the shape of Rappaport et al. (2014, ApJ 784, 40), equation 1. Where several overlap,
    each takes its share of the light that the others leave.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Middle of the exposures, in days since any zero, ascending.
    dips : Dips
        The dips.
    exposure_d : float
        Length of an exposure in days.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the star's light: 0 or less.
    """
    light = np.ones(len(time_d))
    for middle, depth, fall, rise in zip(
        dips.middles_d, dips.depths_ppm, dips.falls_d, dips.rises_d, strict=True
    ):
        start, end = np.searchsorted(
            time_d, (middle - _REACH * fall - exposure_d, middle + _REACH * rise + exposure_d)
        )
        if start < end:
            since = sample_exposures(time_d[start:end] - middle, exposure_d)
            light[start:end] *= 1 - 1e-6 * depth * _shape(since, fall, rise).mean(axis=0)
    return light - 1


def _shape(since_d: Floats, fall_d: float, rise_d: float) -> Floats:
    """Return the loss of light, 1 at the middle, by days from the middle."""
    # Where the two exponentials have opposite slopes, their sum is least.
    deepest = np.log(rise_d / fall_d) * fall_d * rise_d / (fall_d + rise_d)
    least = np.exp(-deepest / fall_d) + np.exp(deepest / rise_d)
    since = np.clip(since_d, -2 * _REACH * fall_d, 2 * _REACH * rise_d) + deepest
    return np.asarray(least / (np.exp(-since / fall_d) + np.exp(since / rise_d)))
