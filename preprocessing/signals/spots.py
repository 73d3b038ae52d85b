"""Spots of finite life: groups that come, are carried round, and go."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from preprocessing.signals.exposures import Floats

__all__ = ["Spots", "draw_spots", "spots_flux"]

#: A spot's strength is a bell curve in time, of this width in its life; it counts within these
#: widths of its middle.
_WIDTH, _REACH = 0.7, 2.5


@dataclass(frozen=True, eq=False)
class Spots:
    """The spots of a star, each with a life of its own.

    Parameters
    ----------
    middles_d : ndarray, shape (n,)
        When each spot is largest, in the days in which times are given.
    life_d : float
        How long a spot lasts.
    strengths_ppm : ndarray, shape (n,)
        Loss of light at the largest, if the spot were in the middle of the disk.
    periods_d : ndarray, shape (n,)
        Time in which the star carries each round once: longer near the poles.
    phases : ndarray, shape (n,)
        Turns at time 0.
    latitudes_rad : ndarray, shape (n,)
        Latitude of each.
    inclination_rad : float
        Angle between the star's axis and the line of sight.
    """

    middles_d: Floats
    life_d: float
    strengths_ppm: Floats
    periods_d: Floats
    phases: Floats
    latitudes_rad: Floats
    inclination_rad: float


def spots_flux(time_d: Floats, spots: Spots) -> Floats:
    """Return the change of light by spots.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Times, in days since any zero, ascending.
    spots : Spots
        The spots.

    Returns
    -------
    ndarray, shape (n,)
        Change relative to the light without spots: 0 or less.
    """
    light = np.zeros(len(time_d))
    width = _WIDTH * spots.life_d
    starts = np.searchsorted(time_d, spots.middles_d - _REACH * width)
    ends = np.searchsorted(time_d, spots.middles_d + _REACH * width)
    for i in np.flatnonzero(starts < ends):
        time = time_d[starts[i] : ends[i]]
        strength = np.exp(-(((time - spots.middles_d[i]) / width) ** 2)) * spots.strengths_ppm[i]
        angle = 2 * np.pi * (time / spots.periods_d[i] + spots.phases[i])
        toward = np.cos(spots.inclination_rad) * np.sin(spots.latitudes_rad[i])
        around = np.sin(spots.inclination_rad) * np.cos(spots.latitudes_rad[i])
        light[starts[i] : ends[i]] -= strength * np.maximum(toward + around * np.cos(angle), 0)
    return 1e-6 * light


def draw_spots(
    rng: np.random.Generator,
    days: tuple[float, float],
    period_d: float,
    life_d: float,
    shear: float,
) -> Spots:
    """Return spots at random places and times, two to six of them at a time.

    Parameters
    ----------
    rng : Generator
        Of the spots.
    days : tuple of float
        First and last time at which the star is seen.
    period_d : float
        Rotation period at the equator.
    life_d : float
        How long a spot lasts.
    shear : float
        By which share the poles rotate slower.

    Returns
    -------
    Spots
        With strengths of 1 ppm on average.
    """
    first, last = days[0] - life_d, days[1] + life_d
    n = int(rng.uniform(2, 6) * (last - first) / life_d) + 1
    latitudes = np.arcsin(rng.uniform(-0.7, 0.7, n))
    return Spots(
        middles_d=rng.uniform(first, last, n),
        life_d=life_d,
        strengths_ppm=rng.exponential(size=n),
        periods_d=period_d / (1 - shear * np.sin(latitudes) ** 2),
        phases=rng.uniform(size=n),
        latitudes_rad=latitudes,
        inclination_rad=float(np.arccos(rng.uniform(0, 0.9))),
    )
