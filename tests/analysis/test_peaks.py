"""Peaks are those that scipy finds."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import find_peaks as expected_peaks

from preprocessing.analysis.peaks import find_peaks


@pytest.mark.slow
def test_same_as_scipy() -> None:
    """Maxima are the same ones, with plateaus, at ends, without any, and where values are NaN."""
    rng = np.random.default_rng(2)
    walks = [np.cumsum(rng.normal(0, 1, n)) for n in (3, 50, 400)]
    curves = [*walks, *(np.round(walk) for walk in walks), np.ones(9), np.arange(9.0), np.empty(0)]
    curves.append(np.where(rng.random(400) < 0.01, np.nan, walks[2]))
    n_peaks = 0
    for values in curves:
        for prominence, height in ((0.0, -np.inf), (0.5, -np.inf), (2.0, 1.0)):
            expected, _ = expected_peaks(values, prominence=prominence, height=height)
            found = find_peaks(values, prominence, height)
            np.testing.assert_array_equal(found, expected)
            n_peaks += len(found)
    assert n_peaks > 100
