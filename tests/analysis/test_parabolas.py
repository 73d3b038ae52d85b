"""Parabolas in a sliding window fit the used points best."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.parabolas import sliding_parabola


def test_each_point_has_its_own_best_parabola() -> None:
    """Every point gets what a least-squares parabola of its window says, also at the ends."""
    rng = np.random.default_rng(0)
    time = np.sort(rng.uniform(2_000, 2_012, 400))
    flux = 1 + rng.normal(0, 1e-3, 400)
    is_used = rng.uniform(size=400) > 0.2
    found = sliding_parabola(time, flux, is_used, 1.0)
    for i in (0, 3, 150, 398, 399):
        begin = np.clip(time[i] - 0.5, time[0], time[-1] - 1)
        inside = is_used & (time >= begin) & (time <= begin + 1)
        best = np.polyval(np.polyfit(time[inside] - time[i], flux[inside], 2), 0.0)
        assert found[i] == pytest.approx(best, abs=1e-9)


def test_few_points_have_none() -> None:
    """Less than five used points make no parabola."""
    time = np.arange(10.0)
    assert np.isnan(sliding_parabola(time, time, time < 4, 20.0)).all()
    assert sliding_parabola(time, time**2, time < 5, 20.0) == pytest.approx(time**2)
