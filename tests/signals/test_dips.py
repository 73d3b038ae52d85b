"""Dips fall and rise at their own rates, and are as deep as they say."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.dips import Dips, dips_flux


def test_a_dip_falls_faster_than_it_rises() -> None:
    """A dip is deepest at its middle, and far from it follows the two exponentials."""
    fall, rise = 0.1, 0.4
    dips = Dips(*(np.array([value]) for value in (10.0, 5_000.0, fall, rise)))
    time = np.linspace(8, 16, 8_001)
    lost = -dips_flux(time, dips, 0.0)
    assert time[np.argmax(lost)] == pytest.approx(10.0, abs=2e-3)
    assert lost.max() == pytest.approx(5e-3, rel=1e-6)
    before, after = np.interp([9.4, 9.5, 12.0, 12.4], time, lost).reshape(2, 2)
    assert before[1] / before[0] == pytest.approx(np.e, rel=0.01)
    assert after[0] / after[1] == pytest.approx(np.e, rel=0.01)


def test_a_symmetric_dip_is_half_as_deep_where_the_secant_is() -> None:
    """With equal rates the width at half depth is 2 arcosh(2) = 2.634 of them."""
    dips = Dips(*(np.array([value]) for value in (0.0, 1e5, 0.5, 0.5)))
    half = 0.5 * np.arccosh(2)
    assert dips_flux(np.array([-half, half]), dips, 0.0) == pytest.approx([-0.05, -0.05])


def test_overlapping_dips_leave_light() -> None:
    """Two dips of 80 % at once leave 4 % of the light."""
    dips = Dips(np.zeros(2), np.full(2, 8e5), np.ones(2), np.ones(2))
    assert dips_flux(np.zeros(1), dips, 0.0) == pytest.approx([-0.96])
