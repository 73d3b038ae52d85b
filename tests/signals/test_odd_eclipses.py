"""Each eclipse has a time and a depth of its own."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.odd_eclipses import OddEclipses, odd_eclipses_flux


def test_each_eclipse_has_its_time_and_depth() -> None:
    """The depth is lost at each middle, half of it at 1.12 widths, and nothing far away."""
    middles = np.array([5.0, 9.0, 14.0])
    eclipses = OddEclipses(middles, np.array([1e4, 5e3, 2e3]), width_d=0.1, flatness=1.0)
    assert odd_eclipses_flux(middles, eclipses, 0.0) == pytest.approx([-0.01, -0.005, -0.002])
    half = 0.1 * np.arccosh(1 + np.log(2))
    assert odd_eclipses_flux(middles + half, eclipses, 0.0)[0] == pytest.approx(-0.005)
    assert not odd_eclipses_flux(middles + 1, eclipses, 0.02).any()


def test_a_flat_eclipse_has_a_floor() -> None:
    """The larger the flatness, the more is lost beside the middle."""
    lost = [
        -odd_eclipses_flux(
            np.array([5.05]), OddEclipses(np.array([5.0]), np.array([1e4]), 0.1, flatness), 0.0
        )[0]
        for flatness in (1.0, 2.0, 4.0)
    ]
    assert lost[0] < lost[1] < lost[2] < 0.01
