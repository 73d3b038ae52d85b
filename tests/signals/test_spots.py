"""Spots come, are carried round by the star, and go."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.spots import Spots, draw_spots, spots_flux


def test_a_spot_is_seen_once_a_turn() -> None:
    """A spot at the equator is darkest when it faces us, and unseen for half a turn."""
    one = [np.array([value]) for value in (0.0, 5_000.0, 10.0, 0.0, 0.0)]
    middle, strength, period, phase, latitude = one
    spots = Spots(middle, 1e6, strength, period, phase, latitude, np.pi / 2)
    flux = spots_flux(np.array([-10.0, -5.0, 0.0, 10 / 6, 5.0]), spots)
    assert flux == pytest.approx([-0.005, 0, -0.005, -0.0025, 0], abs=1e-9)


def test_a_spot_goes_after_its_life() -> None:
    """After three lives nothing is left of the spots of a star."""
    spots = draw_spots(np.random.default_rng(0), (100.0, 200.0), 5.0, 20.0, 0.1)
    assert spots_flux(np.linspace(100, 200, 300), spots).min() < -1e-7
    assert not spots_flux(np.linspace(300, 400, 300), spots).any()
