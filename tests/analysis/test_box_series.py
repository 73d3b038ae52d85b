"""The noise of boxes is that of the light, whatever its color, gaps and units."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from preprocessing.analysis.box_series import BoxSeries, box_series
from preprocessing.analysis.light import Floats, prepare_light

STEP_D = 1 / 48
TIME = np.arange(0, 120, STEP_D)


def series_of(noise: Floats, sequence: NDArray[np.int64] | None = None) -> BoxSeries:
    """Return the series of a star without a trend."""
    light = prepare_light(TIME, 1 + noise, None, sequence)
    return box_series(light, np.ones(len(light)), STEP_D)


@pytest.mark.slow
def test_white_noise_falls_as_the_root() -> None:
    """The noise of independent points is that of independent points, at every length of box."""
    series = series_of(np.random.default_rng(0).normal(0, 1e-4, len(TIME)))
    assert 1 / np.sqrt(series.full_weight) == pytest.approx(1e-4, rel=0.07)
    assert series.noise[series.durations_d < 0.5] == pytest.approx(1.0, abs=0.15)


def test_red_noise_is_seen() -> None:
    """Noise that is correlated over ten hours has as much noise in boxes of ten hours."""
    white = np.random.default_rng(1).normal(0, 1e-4, len(TIME))
    red = lfilter([1.0], [1.0, -0.95], white)
    series = series_of(red)
    means = np.convolve(red, np.ones(20) / 20, "valid")
    sigma = series.noise_of(20 * STEP_D) / np.sqrt(20 * series.full_weight)
    assert sigma == pytest.approx(means.std(), rel=0.2)


def test_each_file_counts_by_its_noise() -> None:
    """A file with three times the noise has a ninth of the weight."""
    sequence = np.where(TIME < 60, 1, 2)
    noise = np.random.default_rng(2).normal(0, 1e-4, len(TIME)) * np.where(sequence == 1, 1, 3)
    weight = np.diff(series_of(noise, sequence).weight)
    assert weight[:2800].mean() / weight[3000:].mean() == pytest.approx(9, rel=0.25)


def test_lone_spikes_are_left_out_and_dips_are_not() -> None:
    """One high point alone is left out; a flare, and a dip of one point, stay."""
    noise = np.random.default_rng(4).normal(0, 1e-4, len(TIME))
    noise[100] = 0.01
    noise[200:203] = 0.01
    noise[300] = -0.01
    series = series_of(noise)
    assert np.diff(series.weight)[[100, 200, 300]].astype(bool).tolist() == [False, True, True]


def test_longer_cells_hold_the_same_light() -> None:
    """Resampling keeps sums of losses and of weights."""
    series = series_of(np.random.default_rng(7).normal(0, 1e-4, len(TIME)))
    loss, weight = series.resampled(0.07)
    assert loss.dtype == weight.dtype == np.float32
    assert weight.sum() * series.full_weight == pytest.approx(series.weight[-1], rel=1e-4)
    assert loss.sum() * np.sqrt(series.full_weight) == pytest.approx(series.loss[-1], rel=1e-2)
