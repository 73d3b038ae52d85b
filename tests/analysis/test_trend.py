"""The trend follows the star and leaves its transits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.trend import robust_trend

TIME = np.arange(0, 30, 1 / 48)
RNG = np.random.default_rng(5)
NOISE = RNG.normal(0, 1e-4, len(TIME))


def light_of(flux: Floats, sequence: NDArray[np.int64] | None = None) -> Light:
    """Return light of a flux whose median is one."""
    return prepare_light(TIME, flux, None, sequence)


def test_a_slope_leaves_no_dip_at_the_ends() -> None:
    """A star that brightens steadily is flat afterwards, at its first and last points too."""
    light = light_of(1 + 0.01 * TIME)
    assert light.flux / robust_trend(light, 1.5) == pytest.approx(np.ones(len(TIME)), abs=1e-9)


@pytest.mark.parametrize(("depth", "kept"), [(0.01, 0.98), (1e-4, 0.8)])
def test_transits_are_kept(depth: float, kept: float) -> None:
    """A deep transit keeps its depth, and one within the noise most of it."""
    is_in = TIME % 3 < 0.15
    light = light_of(1 + NOISE - depth * is_in)
    flat = light.flux / robust_trend(light, 1.5)
    assert flat[~is_in].mean() - flat[is_in].mean() > kept * depth - 1e-5


def test_masked_transits_are_kept_whole() -> None:
    """A trend through the other points takes nothing of a transit."""
    is_in = TIME % 3 < 0.15
    light = light_of(1 + NOISE - 1e-4 * is_in)
    flat = light.flux / robust_trend(light, 1.5, ~is_in)
    assert flat[~is_in].mean() - flat[is_in].mean() == pytest.approx(1e-4, abs=2e-5)


def test_a_step_between_files_is_no_event() -> None:
    """No window reaches into another file, so that a step between two leaves no trace."""
    sequence = np.where(TIME < 15, 1, 2)
    light = light_of(1 + NOISE + 0.001 * np.sin(TIME) * (sequence == 2), sequence)
    residual = light.flux / robust_trend(light, 1.5) - 1
    assert np.abs(residual).max() < 6e-4


@pytest.mark.parametrize("n", [0, 1, 4, 5, 12])
def test_few_points_are_no_error(n: int) -> None:
    """A segment of fewer than five points has no trend, and one of a few has a line."""
    light = prepare_light(TIME[:n], np.ones(n))
    assert np.isnan(robust_trend(light, 1.5)).all() == (n < 5)
