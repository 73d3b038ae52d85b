"""Medians, and the scatter about them, are those of numpy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from preprocessing.analysis.medians import (
    median,
    median_of_many,
    medians_of_steps,
    robust_sigma,
    sigma_of_many,
)
from preprocessing.analysis.running_median import repeated_ends, running_median


@pytest.mark.parametrize("n", [1, 2, 3, 10, 1001, 1302])
def test_medians_are_those_of_numpy_to_the_last_bit(n: int) -> None:
    """Medians, robust scatter and medians of steps are what numpy returns, also of ties."""
    values = np.random.default_rng(n).normal(size=n)
    values[n // 3 : n // 2] = values[0]
    assert median(values) == median_of_many(values) == np.median(values)
    expected = 1.4826 * np.median(np.abs(values - np.median(values)))
    assert robust_sigma(values) == sigma_of_many(values) == expected
    steps = medians_of_steps(values, np.array([0, n // 2, n]))
    assert n < 4 or steps[1] == np.median(np.diff(values[n // 2 :]))


def test_nothing_has_no_median() -> None:
    """The median of no number, and of the steps of one, is NaN."""
    assert np.isnan([median(np.empty(0)), median_of_many(np.empty(0))]).all()
    assert np.isnan(medians_of_steps(np.array([1.0]), np.array([0, 1]))).all()


def test_a_running_median_looks_at_one_segment_only() -> None:
    """Each point has the median of its window, and no window reaches into another segment."""
    values = np.concatenate([np.arange(20.0), [100.0], np.full(3, 7.0), 50 - np.arange(9.0)])
    edges = np.array([0, 20, 21, 24, 33])
    found = running_median(values, edges, 5, repeated_ends)
    for start, stop in pairwise(edges):
        own = values[start:stop]
        half = min(5, (len(own) - 1) // 2 * 2 + 1) // 2
        padded = np.concatenate([np.full(half, own[0]), own, np.full(half, own[-1])])
        windows = [np.median(padded[k : k + 2 * half + 1]) for k in range(len(own))]
        np.testing.assert_array_equal(found[start:stop], windows)
