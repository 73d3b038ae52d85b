"""The noise of boxes is that of the light, whatever its gaps and cadence."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.box_noise import box_noise

NOISE = np.random.default_rng(3).normal(0, 1e-4, 48 * 180)


@pytest.mark.parametrize("minutes", [29.42, 30.0])
@pytest.mark.parametrize("hours", [1, 3, 6, 12])
def test_white_noise_falls_as_the_root(minutes: float, hours: float) -> None:
    """The noise of independent points falls as the root of their number in a box."""
    time_d = 100.1 + np.arange(len(NOISE)) * minutes / 1440
    found = box_noise(time_d, NOISE).of(hours)
    assert found == pytest.approx(1e-4 / np.sqrt(hours * 60 / minutes), rel=0.05)


def test_gaps_and_unknown_points_change_nothing() -> None:
    """Boxes that were hardly observed do not count, and the others as without the gap."""
    time_d = np.arange(len(NOISE)) / 48
    values = NOISE.copy()
    values[::50] = np.nan
    time_d[4000:] += 731.3
    assert box_noise(time_d, values).of(6) == pytest.approx(1e-4 / np.sqrt(12), rel=0.1)


@pytest.mark.parametrize("n_points", [0, 1, 400])
def test_few_boxes_say_nothing(n_points: int) -> None:
    """The noise is NaN where fewer than 500 boxes were observed."""
    assert np.isnan(box_noise(np.arange(n_points) / 48, NOISE[:n_points]).of(3))
