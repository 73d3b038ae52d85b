"""Transits come at their own times, grazing or not."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.timed_transits import (
    TimedTransits,
    swinging_times,
    timed_transits_flux,
)
from preprocessing.signals.transits import Transit, transit_flux


def test_regular_transits_are_those_of_the_simple_model() -> None:
    """At regular times both models agree within some percent of the depth."""
    time = np.arange(0, 30, 0.02)
    transits = TimedTransits(np.array([5.0, 15.0, 25.0]), 0.05, 0.3, 6.0)
    flux = timed_transits_flux(time, transits, 0.02)
    simple = transit_flux(time, Transit(10.0, 5.0, -1e6 * flux.min(), 6.0, 0.3), 0.02)
    assert np.abs(flux - simple).max() < 0.06 * -flux.min()
    assert -flux.min() == pytest.approx(0.05**2 / 0.825 * 0.98, rel=0.03)


def test_a_single_grazing_transit() -> None:
    """A grazing planet loses less than its size would, once, in the shape of a V."""
    time = np.linspace(-0.2, 0.2, 401)
    flux = timed_transits_flux(time, TimedTransits(np.zeros(1), 0.1, 1.0, 4.0), 0.0)
    assert 0.001 < -flux.min() < 0.005
    assert not flux[np.abs(time) > 2 / 24 + 0.01].any()
    half = np.flatnonzero(flux < flux.min() / 2)
    assert np.ptp(time[half]) < 0.62 * 4 / 24


def test_times_swing() -> None:
    """Transits come early and late by what the swing says, and keep their mean period."""
    times = swinging_times(2.0, 1.0, 401.0, swing_d=0.05, cycle_d=50.0, phase=0.0)
    late = times - np.arange(1, 401, 2)
    assert late.max() == pytest.approx(0.05, rel=0.01)
    assert late.mean() == pytest.approx(0, abs=1e-3)
