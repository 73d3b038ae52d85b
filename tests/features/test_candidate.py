"""Boxes break the rules that are made for what made them, and those of planets break none."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from preprocessing.analysis.box_series import BoxSeries, box_series
from preprocessing.analysis.chance import alarms_by_chance
from preprocessing.analysis.ephemeris import Box, best_box_near, single_events
from preprocessing.analysis.event_tests import agreeing_events, secondary
from preprocessing.analysis.light import prepare_light
from preprocessing.features.candidate import Rule, broken_rules

CADENCE_D = 29.4 / 1440
DAYS = np.arange(0, 88, CADENCE_D)
SIGMA = 2e-4
NOISE = np.random.default_rng(5).normal(0, SIGMA, len(DAYS))
PERIOD_D, EPOCH_D, DURATION_D = 29.3, 12.0, 0.25
TIMES = EPOCH_D + PERIOD_D * np.arange(3)


def series_of(times_d: Iterable[float], ratio: float, hours: float = 6.0) -> BoxSeries:
    """Return light with dips of a length, each of so many sigma, at some times."""
    depth = ratio * SIGMA / np.sqrt(hours / 24 / CADENCE_D)
    inside = np.zeros(len(DAYS), dtype=bool)
    for time in times_d:
        inside |= np.abs(DAYS - time) < hours / 48
    light = prepare_light(DAYS, 1 + NOISE - depth * inside)
    return box_series(light, np.ones(len(DAYS)), CADENCE_D)


def box_in(series: BoxSeries, hours: float = 6.0) -> Box:
    """Return the best box at the known period."""
    return best_box_near(series, PERIOD_D, 0.05, np.array([hours / 24]))


def test_three_transits() -> None:
    """A planet of three transits of 4.7 sigma each, alone in the light, breaks no rule."""
    series = series_of(TIMES, 4.7)
    assert list(broken_rules(box_in(series), series, ())) == []


def test_dips_at_random_times() -> None:
    """The same events among six other dips as deep are no planet: some three always agree."""
    others = [3.1, 21.7, 33.9, 52.4, 61.3, 80.2]
    series = series_of([*TIMES, *others], 4.7)
    assert list(broken_rules(box_in(series), series, ())) == [Rule.CHANCE]


def test_many_transits() -> None:
    """Events of 1.5 sigma each are no chance if there are many, among deep dips or not."""
    times = 1.0 + 1.7 * np.arange(51)
    deep = np.where(np.abs(DAYS[:, None] - [20.3, 47.7, 66.4]).min(axis=1) < 0.1, 0.005, 0)
    depth = 1.5 * SIGMA / np.sqrt(0.1 / CADENCE_D)
    inside = np.abs(DAYS[:, None] - times).min(axis=1) < 0.05
    for other in (0.0, deep):
        light = prepare_light(DAYS, 1 + NOISE - depth * inside - other)
        series = box_series(light, np.ones(len(DAYS)), CADENCE_D)
        box = best_box_near(series, 1.7, 0.01, np.array([0.1]))
        assert box.snr > 7.1
        assert alarms_by_chance(series, box, single_events(series, box)[2]) < 1e-5


def test_single_points() -> None:
    """Dips of one exposure at a long period are too short for any star."""
    series = series_of(TIMES, 9.0, 0.6)
    assert Rule.DURATION in broken_rules(box_in(series, 0.6), series, ())


@pytest.mark.parametrize(
    ("ratios", "agree"), [((15.1, 21.6, 16.6), 3), ((4.5, 12.0, 3.0), 0), ((5.0, 40.0, 6.0), 0)]
)
def test_unequal_events(ratios: tuple[float, ...], agree: int) -> None:
    """Clear events may differ by a half; what is twice as strong as the others agrees with none."""
    depth = np.zeros(len(DAYS))
    for time, ratio in zip(TIMES, ratios, strict=True):
        of_one = ratio * SIGMA / np.sqrt(DURATION_D / CADENCE_D)
        depth += np.where(np.abs(DAYS - time) < DURATION_D / 2, of_one, 0)
    light = prepare_light(DAYS, 1 - depth + NOISE)
    series = box_series(light, np.ones(len(DAYS)), CADENCE_D)
    found = agreeing_events(series, Box(PERIOD_D, EPOCH_D, DURATION_D, depth.max(), 10.0))
    assert len(found) == agree


def test_light_that_is_low_for_days() -> None:
    """At a short period, no event grows into the next one, however long the light is low."""
    low = np.where(np.abs(DAYS % 20 - 10) < 3, 30 * SIGMA, 0)
    light = prepare_light(DAYS, 1 + NOISE - low)
    series = box_series(light, np.ones(len(DAYS)), CADENCE_D)
    box = best_box_near(series, 0.57, 0.01, np.array([0.05]))
    assert 0 < box.duration_d <= 0.5 * box.period_d
    assert broken_rules(box, series, ())
    assert np.isfinite(secondary(series, box).share)
