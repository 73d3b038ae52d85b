"""Planets put into light before its trend is removed, with a known ratio of signal to noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.noise import CADENCE_D
from preprocessing.analysis.box_series import box_series
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.trend import robust_trend
from preprocessing.signals.transits import Transit, transit_duration_h, transit_flux

__all__ = ["BaseLight", "Planet", "planet_in"]

#: Light without planets, from a generator.
BaseLight = Callable[[np.random.Generator], Light]

_LOGG_OF_SUN = 4.438
_SHORTEST_PERIOD_D, _LONGEST_PERIOD_D = 0.5, 300.0
_FEWEST_EVENTS = 3
#: Window of the trend on which the noise of a planet's duration is known, in days.
_WINDOW_D = 3.0
#: An event counts if this share of its points is there.
_LEAST_COVERAGE = 0.5


@dataclass(frozen=True)
class Planet:
    """A planet in light: its true ratio of signal to noise, and what says of it is right."""

    light: Light
    period_d: float
    duration_h: float
    ratio: float

    def is_at(self, period_d: float) -> bool:
        """Return whether transits at a period stay within two durations over the light."""
        off_d = abs(period_d / self.period_d - 1) * self.light.baseline_d
        return bool(off_d < self.duration_h / 12)


def planet_in(base: BaseLight, seed: int, ratios: tuple[float, float]) -> Planet:
    """Return one planet in light, with a ratio of signal to noise in a range.

    Parameters
    ----------
    base : callable
        Makes the light.
    seed : int
        Of the light, and of the planet.
    ratios : tuple of float
        Least and largest ratio of signal to noise, in the noise of boxes of its duration.
    """
    rng = np.random.default_rng(seed)
    light = base(rng)
    longest_d = min(_LONGEST_PERIOD_D, light.baseline_d / _FEWEST_EVENTS)
    while True:
        period = np.exp(rng.uniform(np.log(_SHORTEST_PERIOD_D), np.log(longest_d)))
        impact = rng.uniform(0, 0.8)
        duration_h = transit_duration_h(period, _LOGG_OF_SUN, 1.0, 0.02, impact)
        epoch = light.time_d[0] + rng.uniform(0, period)
        planet = Transit(period, epoch, 100.0, duration_h, impact)
        change = transit_flux(light.time_d, planet, CADENCE_D)
        if _n_events(light, planet, change) >= _FEWEST_EVENTS:
            break
    ratio = rng.uniform(*ratios)
    scaled = change * ratio / _ratio_of(light, change, duration_h / 24)
    changed = prepare_light(light.time_d, light.flux * (1 + scaled), None, light.sequence)
    return Planet(changed, period, duration_h, ratio)


def _n_events(light: Light, planet: Transit, change: Floats) -> int:
    """Return of how many events half of the points are there."""
    event = np.rint((light.time_d[change < 0] - planet.epoch_d) / planet.period_d)
    _, counts = np.unique(event, return_counts=True)
    expected = planet.duration_h / 24 / CADENCE_D
    return int(np.sum(counts >= _LEAST_COVERAGE * expected))


def _ratio_of(light: Light, change: Floats, duration_d: float) -> float:
    """Return the ratio of signal to the noise of boxes of the transit's duration."""
    series = box_series(light, robust_trend(light, _WINDOW_D), light.cadence_d)
    noise = np.interp(duration_d, series.durations_d, series.noise) / np.sqrt(series.full_weight)
    inside = change < 0
    return float(-change[inside].mean() * np.sqrt(inside.sum()) / noise)
