"""Whether the period of eclipses is that of the orbit, half of it, or twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Light
from preprocessing.analysis.medians import median, robust_sigma
from preprocessing.vetting.eclipses import Depths, Ephemeris, depths

__all__ = ["orbit_of"]

#: Odd and even events of a binary are primary and secondary eclipses if they differ by this share
#: and so many sigma: then alone the period is that of the orbit in simulated binaries.
_LEAST_DIFFERENCE, _LEAST_SIGMA = 0.02, 5.0
#: Eclipses half a period later are the same ones if they are as deep, to this share.
_ALIKE = 0.1
#: Then a dip between them that is this share as deep is the other eclipse.
_LEAST_OTHER = 0.01
#: Steps of the folded light.
_FEWEST_STEPS, _MOST_STEPS = 12, 400


def orbit_of(
    light: Light,
    ephemeris: Ephemeris,
    phase: float,
    primary: Depths,
    second: Depths | None,
    is_free: NDArray[np.bool_],
) -> tuple[Ephemeris, float]:
    """Return when primary eclipses happen, and the phase of the secondary ones.

    Parameters
    ----------
    light : Light
        The light.
    ephemeris : Ephemeris
        When events happen, as the search for transits has them.
    phase : float
        When the deepest others happen; NaN if there are none.
    primary, second : Depths
        The depths of both; None without others.
    is_free : ndarray of bool, shape (n,)
        The points outside of the events of other bodies.
    """
    if _differ(primary):
        later_d = ephemeris.period_d if primary.is_odd_deeper else 0.0
        epoch_d = ephemeris.epoch_d + later_d
        return Ephemeris(2 * ephemeris.period_d, epoch_d, ephemeris.duration_d), 0.5
    if second is None or not primary.mean > 0:
        return ephemeris, phase
    is_half = abs(phase - 0.5) * ephemeris.period_d < 0.5 * ephemeris.duration_d
    if is_half and abs(second.mean / primary.mean - 1) < _ALIKE:
        half = replace(ephemeris, period_d=ephemeris.period_d / 2)
        other = _phase_of_other(light, half, primary.mean, is_free)
        if np.isfinite(other) and not _differ(depths(light, half, is_free)):
            return half, other
    return ephemeris, phase


def _differ(events: Depths) -> bool:
    """Return whether odd and even events are of two kinds."""
    share, sigma = events.odd_even()
    return bool(share > _LEAST_DIFFERENCE and sigma > _LEAST_SIGMA)


def _phase_of_other(
    light: Light, ephemeris: Ephemeris, depth: float, is_free: NDArray[np.bool_]
) -> float:
    """Return the phase of the deepest dip between events; NaN if there is none."""
    days, _ = ephemeris.days_from(light.time_d)
    chosen = is_free & (np.abs(days) > ephemeris.duration_d)
    steps = int(2 * ephemeris.period_d / ephemeris.duration_d)
    steps = min(_MOST_STEPS, max(_FEWEST_STEPS, steps))
    phase = days[chosen] / ephemeris.period_d % 1
    step = np.minimum((phase * steps).astype(np.int64), steps - 1)
    count = np.bincount(step, minlength=steps)
    known = np.flatnonzero(count > 2)
    if len(known) < _FEWEST_STEPS // 2:
        return np.nan
    level = np.bincount(step, light.flux[chosen], steps)[known] / count[known]
    lowest = int(level.argmin())
    loss = median(level) - float(level[lowest])
    is_seen = loss > max(_LEAST_OTHER * depth, _LEAST_SIGMA * robust_sigma(level))
    if not is_seen:
        return np.nan
    near = np.abs(phase - (known[lowest] + 0.5) / steps) * ephemeris.period_d < ephemeris.duration_d
    losses = np.maximum(median(level) - light.flux[chosen][near], 0)
    return float(np.average(phase[near], weights=losses))
