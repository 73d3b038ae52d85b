"""What vetting measured of a star's candidates, as far as it tells planets from pairs of stars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.star_table import Booleans, Floats

__all__ = [
    "CIRCULAR_D",
    "LONGEST_TO_CIRCULAR",
    "SURE_SIGMA",
    "Candidates",
    "Verdicts",
    "reflected_share",
    "verdicts",
]

#: Orbits of planets with shorter periods are nearly circular: tides make those of two stars
#: circular up to 10 d (Meibom & Mathieu 2005, ApJ 620, 970), and the most eccentric planets below
#: have 0.5 (HAT-P-2 b: Pal et al. 2010, MNRAS 401, 2665).
CIRCULAR_D = 10.0
#: A transit lasts at most so many times as long as a central one on a circular orbit, sqrt((1 + e)
#: / (1 - e)) at the apastron of an orbit of eccentricity 0.6. Two like stars that pass as one
#: planet of half the period last two and a half times as long.
LONGEST_TO_CIRCULAR = 2.0
#: A second dip of so many sigma is none of noise, in whichever of some hundred boxes.
SURE_SIGMA = 5.0
#: Surface gravity (cgs) and radius of a dwarf of a tenth of the Sun's density, where the star's are
#: not known.
_DWARF_LOGG, _DWARF_RADIUS = 3.81, 2.35
_SOLAR_RADIUS_CM, _DAY_S, _PPM = 6.957e10, 86_400.0, 1e6
#: Of vetting: a candidate that passed all tests, and one that is two stars.
_PLANET, _ECLIPSE = "planet_candidate", "eclipse"


@dataclass(frozen=True, eq=False)
class Candidates:
    """Candidates of many stars.

    Parameters
    ----------
    star : ndarray of int64, shape (n,)
        Row of the star of each.
    number : ndarray of int64, shape (n,)
        Its number among those of its star, from 1, the strongest.
    kind : ndarray of str, shape (n,)
        What vetting says that it is.
    period_d, depth : ndarray of float64, shape (n,)
        Its period, and the relative loss of light; NaN where they were not measured, as all below.
    secondary, secondary_sigma : ndarray of float64, shape (n,)
        Depth of the second dip over that of the first, and how sure it is.
    duration, duration_limit : ndarray of float64, shape (n,)
        Duration over that of a central transit on a circular orbit, and the most that vetting
        allows: 1 where the star's density is not known.
    duty, duty_limit : ndarray of float64, shape (n,)
        Duration over the period, and the most that vetting allows.
    """

    star: NDArray[np.int64]
    number: NDArray[np.int64]
    kind: NDArray[np.str_]
    period_d: Floats
    depth: Floats
    secondary: Floats
    secondary_sigma: Floats
    duration: Floats
    duration_limit: Floats
    duty: Floats
    duty_limit: Floats


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What their candidates say of many stars.

    Parameters
    ----------
    judged_eclipse : ndarray of bool, shape (n,)
        Whether vetting judged a candidate to be eclipses of two stars.
    unlike_planet : ndarray of bool, shape (n,)
        Whether the strongest candidate is none of a planet: its events are too long, or its second
        dip is too deep.
    planet_ppm : ndarray of float64, shape (n,)
        Depth, in parts per million, of the deepest candidate that passed all tests; 0 without any.
    """

    judged_eclipse: Booleans
    unlike_planet: Booleans
    planet_ppm: Floats


def verdicts(candidates: Candidates, logg: Floats, radius_rsun: Floats) -> Verdicts:
    """Return what their candidates say of stars.

    Parameters
    ----------
    candidates : Candidates
        All of them.
    logg, radius_rsun : ndarray of float64, shape (n,)
        Decimal logarithm of the surface gravity (cgs) and radius of each star, in solar radii; NaN
        where not known.

    Returns
    -------
    Verdicts
    """
    one, n = candidates, len(logg)
    is_known = np.isfinite(one.duration_limit) & (one.duration_limit > 1)
    is_near = is_known & (one.period_d < CIRCULAR_D)
    limit = np.where(is_near, np.fmin(LONGEST_TO_CIRCULAR, one.duration_limit), one.duration_limit)
    too_long = (one.duration > limit) | (one.duty > one.duty_limit)
    most = reflected_share(one.period_d, logg[one.star], radius_rsun[one.star])
    shines = (one.secondary > most) & (one.secondary_sigma > SURE_SIGMA)
    unlike = (one.number == 1) & (too_long | shines)
    is_planet = one.kind == _PLANET
    deepest = np.zeros(n)
    np.maximum.at(deepest, one.star[is_planet], _PPM * np.nan_to_num(one.depth[is_planet]))
    is_eclipse = one.kind == _ECLIPSE
    return Verdicts(_any(one.star[is_eclipse], n), _any(one.star[unlike], n), deepest)


def reflected_share(period_d: Floats, logg: Floats, radius_rsun: Floats) -> Floats:
    """Return how deep a planet's second eclipse is at most, over the depth of its transit.

    As if its day side reflected all light: the squared ratio of the star's radius and the radius of
    the orbit, by Kepler's third law with the star's mass derived from its surface gravity. No known
    planet comes near to it, with its own glow (Wong et al. 2020, AJ 160, 155).

    Parameters
    ----------
    period_d : ndarray of float64, shape (n,)
        Period of the orbit in days.
    logg, radius_rsun : ndarray of float64, shape (n,)
        Of the stars, as in `verdicts`.

    Examples
    --------
    >>> sun = np.array([4.438]), np.array([1.0])
    >>> reflected_share(np.array([3.0]), *sun).round(3)
    array([0.013])
    """
    is_known = np.isfinite(logg) & np.isfinite(radius_rsun)
    gravity = 10 ** np.where(is_known, logg, _DWARF_LOGG)
    radius_cm = _SOLAR_RADIUS_CM * np.where(is_known, radius_rsun, _DWARF_RADIUS)
    cubed = 4 * np.pi**2 * radius_cm / (gravity * (period_d * _DAY_S) ** 2)
    return np.asarray(cubed ** (2 / 3))


def _any(stars: NDArray[np.int64], n: int) -> Booleans:
    found = np.zeros(n, np.bool_)
    found[stars] = True
    return found
