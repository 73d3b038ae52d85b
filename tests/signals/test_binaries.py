"""Binaries eclipse when their orbit says so, as deep as their disks and light say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from preprocessing.signals.binaries import Binary, binary_flux

EDGE_ON = Binary(4.0, 1.0, (0.1, 0.05), 0.25, np.pi / 2)


def test_a_total_secondary_eclipse_hides_the_light_of_star_2() -> None:
    """Half a period after the epoch the smaller star is hidden, and a fifth of the light."""
    flux = binary_flux(np.array([1.0, 2.0, 3.0]), EDGE_ON, 0.0)
    assert flux[2] == pytest.approx(-0.2, abs=1e-6)
    assert flux[1] == 0
    # A quarter of the disk, in its bright middle.
    assert flux[0] == pytest.approx(-0.8 * 0.25 / 0.825, rel=0.06)


def test_an_eccentric_orbit_moves_the_secondary_eclipse() -> None:
    """The secondary eclipse is off half a period by 2 e cos(omega) / pi, to first order."""
    eccentric = replace(EDGE_ON, eccentricity=0.1, periastron_rad=np.pi)
    time = np.linspace(1.5, 4.5, 3_001)
    flux = binary_flux(time, eccentric, 0.0)
    middle = time[flux < flux.min() / 2].mean()
    assert (middle - 1.0) / 4.0 == pytest.approx(0.5 + 2 * 0.1 * np.cos(np.pi) / np.pi, abs=0.005)


def test_eclipses_vanish_when_the_orbit_turns() -> None:
    """As the inclination changes, eclipses become shallower until there are none."""
    turning = replace(EDGE_ON, turning_rad_d=0.002)
    depths = -binary_flux(1.0 + np.arange(0.0, 100.0, 24.0), turning, 0.0)
    assert (np.diff(depths) < 1e-9).all()
    assert depths[0] > 0.2
    assert depths[-1] == 0


def test_tides_have_half_the_period() -> None:
    """The light is least in conjunction, and most between."""
    tides = replace(EDGE_ON, inclination_rad=0.9, tides_ppm=1_000.0)
    flux = binary_flux(np.array([1.0, 2.0, 3.0, 4.0]), tides, 0.0)
    assert flux == pytest.approx(1e-3 * np.array([-1, 1, -1, 1]))


def test_a_third_star_makes_eclipses_late() -> None:
    """A quarter of the third star's orbit after the epoch eclipses are late by the swing."""
    swinging = replace(EDGE_ON, swing_d=0.1, cycle_d=160.0)
    time = np.linspace(40.5, 41.5, 1_001)
    flux = binary_flux(time, swinging, 0.0)
    assert time[flux < flux.min() / 2].mean() == pytest.approx(41.1, abs=0.005)
