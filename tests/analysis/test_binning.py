"""Light of every cadence is averaged onto the same bins, and nothing reaches across a gap."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.binning import GRID_D, SEARCH_GRID_D, binned, cell_of
from preprocessing.analysis.light import LeftOut, Light, prepare_light

MINUTE_D = 1 / 1440


def light_at(cadence_min: float, days: float = 3.0) -> Light:
    """Return a smooth star at a cadence, with uncertainties that shrink as the square root."""
    time = 100 + np.arange(0, days, cadence_min * MINUTE_D)
    flux = 1 + 0.01 * np.sin(2 * np.pi * time)
    return prepare_light(time, flux, np.full_like(time, 0.01 / np.sqrt(cadence_min)))


@pytest.mark.parametrize("cadence_min", [1 / 3, 2, 10])
def test_every_fast_cadence_gets_the_common_sampling(cadence_min: float) -> None:
    """Whatever is sampled faster has one point in 30 min, with the error of the mean."""
    light = binned(light_at(cadence_min), GRID_D)
    assert len(light) == pytest.approx(144, abs=1)
    assert light.cadence_d == pytest.approx(GRID_D, rel=1e-6)
    expected = 1 + 0.01 * np.sin(2 * np.pi * light.time_d)
    assert light.flux == pytest.approx(expected / np.median(expected), abs=3e-5)
    assert np.median(light.flux_err) == pytest.approx(0.01 / np.sqrt(30), rel=0.01)


@pytest.mark.parametrize(("cadence_min", "step_d"), [(29.42, GRID_D), (10, SEARCH_GRID_D)])
def test_what_is_slow_enough_stays(cadence_min: float, step_d: float) -> None:
    """Light that is sampled as slowly as the bins is returned as it is."""
    light = light_at(cadence_min)
    assert binned(light, step_d) is light


def test_bins_end_at_gaps_and_files() -> None:
    """No bin has points of two files or of both sides of a gap."""
    time = np.concatenate([np.arange(0, 0.5, MINUTE_D), np.arange(1.51, 2, MINUTE_D)])
    sequence = np.where(time < 0.25, 1, 2)
    light = binned(prepare_light(time, 1 + time, None, sequence), GRID_D)
    assert np.diff(light.time_d).max() > 1
    edges = light.segment_edges
    assert len(edges) == 4
    assert set(light.sequence) == {1, 2}


def test_thin_bins_are_left_out_and_counted() -> None:
    """A bin that was observed for less than half of its time is left out, with its points."""
    time = np.arange(0, 1, MINUTE_D)
    observed = np.ones(len(time), dtype=bool)
    observed[5:28] = False
    light = binned(prepare_light(time[observed], np.ones(observed.sum())), GRID_D)
    assert light.left_out == {LeftOut.THIN_BIN: 7}
    assert light.time_d[0] > GRID_D


def test_slow_segments_stay_beside_fast_ones() -> None:
    """Of a star seen at 2 min and at 30 min, only the former is averaged."""
    fast = np.arange(0, 10, 2 * MINUTE_D)
    slow = np.arange(20, 30, GRID_D)
    time = np.concatenate([fast, slow])
    light = binned(prepare_light(time, np.ones_like(time)), GRID_D)
    assert light.time_d[light.time_d > 15].tolist() == slow.tolist()
    assert np.sum(light.time_d < 15) == pytest.approx(480, abs=1)


def test_nothing_is_binned_to_nothing() -> None:
    """Light without points stays without points."""
    assert len(binned(prepare_light([], []), GRID_D)) == 0


def test_times_at_the_start_of_a_bin_belong_to_it() -> None:
    """Bins of a regular clock have equally many points, although its times are rounded."""
    time_d = np.arange(0, 27, 10 / 1440)
    number = cell_of(time_d, GRID_D)
    assert set(np.bincount(number)) == {3}
