"""Disks in front of disks: how much light of a limb-darkened star another body covers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from preprocessing.signals.exposures import Floats

__all__ = ["LIMB_DARKENING", "covered_share", "limb_brightness"]

#: Coefficients of quadratic limb darkening, roughly for a Sun-like star in Kepler's band (Claret &
#: Bloemen 2011, A&A 529, A75).
LIMB_DARKENING = (0.4, 0.25)

#: Rings of the star that are added up, and distances at which that is done: between them the
#: covered share is interpolated.
_N_RINGS, _N_DISTANCES = 48, 160


def limb_brightness(radius: Floats, limb_darkening: tuple[float, float] = LIMB_DARKENING) -> Floats:
    """Return the brightness of a star's disk, 1 in its middle.

    Parameters
    ----------
    radius : ndarray
        Distance from the middle, in the star's radii; beyond 1 it is taken as 1.
    limb_darkening : tuple of float
        The linear and the quadratic coefficient.

    Returns
    -------
    ndarray
    """
    linear, quadratic = limb_darkening
    slant = 1 - np.sqrt(1 - np.clip(radius, 0, 1) ** 2)
    return np.asarray(1 - linear * slant - quadratic * slant**2)


def covered_share(
    distance: Floats, ratio: float, limb_darkening: tuple[float, float] = LIMB_DARKENING
) -> Floats:
    """Return the share of a star's light that a dark disk covers.

    Rings of the star are added up, each with the arc that is covered, as for an arbitrary law of
    limb darkening (Mandel & Agol 2002, ApJ 580, L171).

    Parameters
    ----------
    distance : ndarray
        From the middle of the star to that of the disk, in the star's radii.
    ratio : float
        Radius of the disk over the star's; it may be the larger one.
    limb_darkening : tuple of float
        The linear and the quadratic coefficient.

    Returns
    -------
    ndarray
        From 0 to 1.

    Examples
    --------
    A small disk in front of a uniform star covers the square of its size; a larger one, all:

    >>> covered_share(np.array([0.0, 1.2]), 0.1, (0.0, 0.0)).round(6).tolist()
    [0.01, 0.0]
    >>> covered_share(np.array([0.5]), 2.0).round(6).tolist()
    [1.0]
    """
    nodes, shares = _table(ratio, limb_darkening)
    return np.asarray(np.interp(distance, nodes, shares, right=0.0))


@lru_cache(maxsize=64)
def _table(ratio: float, limb_darkening: tuple[float, float]) -> tuple[Floats, Floats]:
    """Return distances from 0 to where nothing is covered, and the covered shares there."""
    inner, outer = abs(1 - ratio), 1 + ratio
    # Close together near the contacts, where the share changes most.
    bent = (1 - np.cos(np.linspace(0, np.pi, _N_DISTANCES))) / 2
    nodes = np.concatenate((inner * bent[:-1], inner + (outer - inner) * bent))
    return nodes, _share_at(nodes, ratio, limb_darkening)


def _share_at(distance: Floats, ratio: float, limb_darkening: tuple[float, float]) -> Floats:
    """Return the covered share by adding up the rings."""
    linear, quadratic = limb_darkening
    whole = 1 - linear / 3 - quadratic / 6
    hidden = np.clip(ratio - distance, 0, 1)
    partly = np.clip(np.abs(distance - ratio), 0, 1), np.clip(distance + ratio, 0, 1)
    total = np.zeros(len(distance))
    for start, end, is_whole in ((np.zeros(len(distance)), hidden, True), (*partly, False)):
        radius, weight = _rings(start, end)
        arc = np.full_like(radius, np.pi)
        if not is_whole:
            over = radius**2 + distance[:, np.newaxis] ** 2 - ratio**2
            under = np.maximum(2 * radius * distance[:, np.newaxis], 1e-300)
            arc = np.arccos(np.clip(over / under, -1, 1))
        light = limb_brightness(radius, limb_darkening) * 2 * radius * arc
        total += np.sum(light * weight, axis=1)
    return total / (np.pi * whole)


def _rings(start: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Return radii between some bounds and their weights, dense at both ends."""
    points, shares = np.polynomial.legendre.leggauss(_N_RINGS)
    angle = np.pi * (points + 1) / 2
    middle, half = (start + end)[:, np.newaxis] / 2, (end - start)[:, np.newaxis] / 2
    return middle - half * np.cos(angle), half * np.sin(angle) * shares * np.pi / 2
