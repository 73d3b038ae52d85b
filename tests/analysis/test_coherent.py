"""Fast variations that dominate are removed, and transits are not among them."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.coherent import without_fast_variations
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.features.transit_search import search_transits

TIME = np.arange(0, 80, 1 / 48)
NOISE = np.random.default_rng(8).normal(0, 2e-4, len(TIME))
#: A spotted star that turns in 0.69 d, with two spots that grow and shrink.
SPOTS = 0.01 * np.sin(2 * np.pi * TIME / 0.69) * (1 + 0.3 * np.sin(TIME / 9))
SPOTS += 0.004 * np.sin(4 * np.pi * TIME / 0.69 + 1)
IS_IN = (TIME + 3) % 8.7 < 0.15


def light_of(change: Floats) -> Light:
    """Return light that changes about its usual level."""
    return prepare_light(TIME, 1 + NOISE + change)


def test_spots_are_removed_and_dips_stay() -> None:
    """What remains of fast spots is a few times the noise, and a dip keeps its depth."""
    light = light_of(SPOTS - 0.004 * IS_IN)
    steady = without_fast_variations(light, np.ones(len(light)))
    depth = np.median(steady.flux[~IS_IN]) - np.median(steady.flux[IS_IN])
    assert steady.flux[~IS_IN].std() < 0.1 * light.flux.std()
    assert depth == pytest.approx(0.004, rel=0.1)


@pytest.mark.parametrize(("period", "depth"), [(0.9, 0.02), (3.1, 0.3)])
def test_eclipses_alone_are_no_variation(period: float, depth: float) -> None:
    """Light of a quiet star with deep eclipses stays as it is."""
    light = light_of(np.where(TIME % period < 0.1, -depth, 0))
    assert without_fast_variations(light, np.ones(len(light))) is light


@pytest.mark.slow
def test_a_planet_of_a_spotted_star_is_found() -> None:
    """The planet is the first candidate, although the spots are three times as deep."""
    found = search_transits(light_of(SPOTS - 0.004 * IS_IN)).candidates[0]
    assert found.period_d == pytest.approx(8.7, rel=1e-3)
    assert found.passes
