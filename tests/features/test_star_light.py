"""The forms of light that the domains of features start from."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.light import prepare_light
from preprocessing.features.star_light import star_light
from preprocessing.features.transit_search import TransitSearch

NOTHING_FOUND = TransitSearch((), np.nan)


def test_noise_of_a_point_ignores_what_is_slow() -> None:
    """The white noise is that which was put in, whatever varies slowly."""
    time_d = np.arange(0, 270, GRID_D)
    noise = np.random.default_rng(1).normal(0, 3e-4, len(time_d))
    light = prepare_light(time_d, 1 + 0.02 * np.sin(time_d / 5) + noise)
    star = star_light(light, NOTHING_FOUND)
    assert star.white_noise == pytest.approx(3e-4, rel=0.03)
    assert np.nanstd(star.flat) == pytest.approx(3e-4, rel=0.1)


def test_points_on_both_sides_of_a_gap_are_not_adjacent() -> None:
    """Points are not adjacent across a gap, or across the border between two files."""
    time_d = np.array([0.0, 0.02, 0.04, 0.2, 0.22, 0.24])
    sequence = [1, 1, 1, 1, 1, 2]
    star = star_light(prepare_light(time_d, np.ones(6), None, sequence), NOTHING_FOUND)
    assert star.is_adjacent.tolist() == [True, True, False, True, False]
