"""The fit recovers what was put in, from a start that is off."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.ephemeris import Box
from preprocessing.analysis.light import prepare_light
from preprocessing.analysis.transit_fit import days_and_events, fit_transit
from preprocessing.signals.transits import Transit, transit_flux

CADENCE_D = 29.4 / 1440
TIME = np.arange(0, 400, CADENCE_D)


@pytest.mark.parametrize("impact", [0.0, 0.6])
@pytest.mark.parametrize(("period", "duration", "depth"), [(1.7, 1.9, 8000), (31.3, 7, 900)])
def test_a_transit_is_recovered(
    period: float, duration: float, depth: float, impact: float
) -> None:
    """Period, epoch, depth and duration are right although the box was off in each of them."""
    planet = Transit(period, 200.4, depth, duration, impact)
    noise = np.random.default_rng(1).normal(0, 5e-5, len(TIME))
    light = prepare_light(TIME, 1 + noise + transit_flux(TIME, planet, CADENCE_D))
    box = Box(
        period + 0.1 * duration / 24 * period / 400, 200.41, 0.8 * duration / 24, 0.7e-6 * depth, 50
    )
    fit = fit_transit(light, np.ones(len(light)), box, CADENCE_D)
    assert fit.period_d == pytest.approx(period, rel=1e-5)
    assert abs(fit.epoch_d - 200.4) * 1440 < 2
    assert 1e6 * fit.depth == pytest.approx(depth, rel=0.05)
    assert 24 * fit.duration_d == pytest.approx(duration, rel=0.1)


def test_a_slope_beside_the_transit_costs_nothing() -> None:
    """The line through the points around an event takes a slope away, and no depth."""
    planet = Transit(20, 10, 1000, 6, 0.2)
    wave = 0.002 * np.sin(2 * np.pi * TIME / 7)
    light = prepare_light(TIME, 1 + wave + transit_flux(TIME, planet, CADENCE_D))
    fit = fit_transit(light, np.ones(len(light)), Box(20, 10, 0.25, 8e-4, 50), CADENCE_D)
    assert 1e6 * fit.depth == pytest.approx(1000, rel=0.1)


def test_without_points_the_box_stays() -> None:
    """Where no event has points on both sides, the box is the answer."""
    light = prepare_light(TIME[:50], np.ones(50))
    box = Box(300.0, 900.0, 0.2, 1e-3, 8.0)
    fit = fit_transit(light, np.ones(50), box, CADENCE_D)
    assert (fit.period_d, fit.epoch_d, fit.depth) == pytest.approx((300.0, 900.0, 1e-3))


def test_events_are_numbered_from_the_epoch() -> None:
    """Days count from the nearest event, and events from that of the epoch."""
    days, event = days_and_events(np.array([9.0, 10.5, 12.1]), 2.0, 10.0)
    assert days == pytest.approx([-1.0, 0.5, 0.1]) or days == pytest.approx([1.0, 0.5, 0.1])
    assert event.tolist()[1:] == [0, 1]
