"""What the spacecraft and its correction leave in light."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from preprocessing.signals.ripples import Ripples, ripples_flux
from preprocessing.signals.sawtooth import Sawtooth, sawtooth_flux
from preprocessing.signals.steps import Step, step_flux
from preprocessing.validation.sight import Drawn, Sight, log_uniform, n_seen

__all__ = [
    "draw_dumps",
    "draw_glitch",
    "draw_ramp",
    "draw_rolling_band",
    "draw_sawtooth",
    "draw_step",
]

Rng = np.random.Generator

#: After a longer gap, in days, the telescope has to settle.
_GAP_D = 0.6
#: A jump is seen if the light of so many days before and after it is there; within a gap, one level
#: follows another, and each file is normalized by itself.
_SEEN_D = 1.5


def draw_sawtooth(rng: Rng, sight: Sight) -> Drawn:
    """Draw the roll of K2, 5.88 h, as it is left in badly corrected light."""
    days = float(sight.time_d[0]), float(sight.time_d[-1])
    curvature = rng.uniform(-0.5, 0.5)
    change = sawtooth_flux(sight.time_d, Sawtooth(*days, 1e3, curvature), sight.exposure_d)
    return Drawn(change, {"curvature": curvature})


def draw_step(rng: Rng, sight: Sight) -> Drawn:
    """Draw a drop that recovers in part within 0.5 to 5 days."""
    start = sight.moment(rng)
    drawn = _steps(sight, [Step(start, -1e3, rng.uniform(0.3, 0.9), log_uniform(rng, 0.5, 5))])
    beside = start + _SEEN_D / 2 * np.array([-1.0, 1.0])
    return replace(drawn, is_seen=n_seen(sight, beside, _SEEN_D) == len(beside))


def draw_ramp(rng: Rng, sight: Sight) -> Drawn:
    """Draw the settling after a safe mode: a jump after a gap that decays within 1 to 3 days."""
    is_start = np.diff(sight.time_d, prepend=-np.inf) > _GAP_D
    start = float(rng.choice(sight.time_d[is_start])) - sight.exposure_d / 2
    sign = float(rng.choice((-1, 1)))
    return _steps(sight, [Step(start, 1e3 * sign, 1.0, rng.uniform(1, 3))])


def draw_glitch(rng: Rng, sight: Sight) -> Drawn:
    """Draw a jump that decays within hours, as all stars of a channel may have at one time."""
    sign = float(rng.choice((-1, 1)))
    return _steps(sight, [Step(sight.moment(rng), 1e3 * sign, 1.0, log_uniform(rng, 0.05, 0.4))])


def draw_dumps(rng: Rng, sight: Sight) -> Drawn:
    """Draw spikes at momentum dumps, each 2.5 to 3.1 days."""
    every_d, first = rng.uniform(2.5, 3.1), sight.time_d[0] + rng.uniform(0, 2.5)
    times = np.arange(first, sight.time_d[-1], every_d)
    sizes = 1e3 * float(rng.choice((-1, 1))) * rng.uniform(0.5, 1.0, len(times))
    decay_d = rng.uniform(0.02, 0.1)
    drawn = _steps(sight, [Step(t, s, 1.0, decay_d) for t, s in zip(times, sizes, strict=True)])
    return Drawn(drawn.change, {"every_d": every_d, "start_d": float(first)})


def draw_rolling_band(rng: Rng, sight: Sight) -> Drawn:
    """Draw waves of hours to a day that last for 5 to 20 days."""
    start, length = sight.moment(rng), rng.uniform(5, 20)
    ripples = Ripples(
        start, start + length, 1e3, rng.uniform(0.25, 1.2), rng.uniform(-0.5, 0.5), rng.uniform()
    )
    is_seen = start + length <= sight.time_d[-1]
    truth = {"start_d": start, "end_d": start + length, "period_d": ripples.period_d}
    return Drawn(ripples_flux(sight.time_d, ripples), truth, is_seen)


def _steps(sight: Sight, steps: list[Step]) -> Drawn:
    change = np.zeros(len(sight.time_d))
    for step in steps:
        change += step_flux(sight.time_d, step)
    first = steps[0]
    return Drawn(change, {"start_d": first.start_d, "recovery_d": first.recovery_d})
