"""Ripples come and go, and their frequency drifts."""

from __future__ import annotations

import numpy as np

from preprocessing.signals.ripples import Ripples, ripples_flux


def test_ripples_have_as_many_waves_as_their_frequency_says() -> None:
    """A frequency that grows by half makes a quarter more waves, and none outside of its time."""
    time = np.linspace(0, 30, 30_001)
    flux = ripples_flux(time, Ripples(10.0, 20.0, 1_000.0, 0.5, 0.5, 0.1))
    assert not flux[(time <= 10) | (time >= 20)].any()
    inside = flux[(time > 10) & (time < 20)]
    assert np.sum(np.diff(np.sign(inside)) > 0) == 25
    assert 0.9e-3 < inside.max() <= 1e-3
