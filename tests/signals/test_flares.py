"""Flares rise fast, decay, and end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.signals.flares import FlareTrain, WhiteLightFlares, flare_flux, white_light_flux

INSTANT = 0.0
LONG_EXPOSURE_D = 0.0204


@pytest.mark.slow
@given(st.floats(130, 140), st.floats(1_000, 100_000), st.floats(0.02, 0.2))
def test_a_flare_rises_fast_and_decays(peak: float, amplitude: float, decay: float) -> None:
    """A flare starts a fifth of a decay time before its peak and falls to 1/e after one."""
    flares = FlareTrain(np.array([peak]), np.array([amplitude]), np.array([decay]))
    time = peak + decay * np.array([-0.3, -0.1, 0.0, 1.0])
    flux = flare_flux(time, flares, INSTANT)
    expected = 1e-6 * amplitude * np.array([0, 0.5, 1, np.exp(-1)])
    assert flux == pytest.approx(expected, rel=1e-6)


def test_flares_of_other_quarters_leave_no_trace() -> None:
    """A flare outside the times given adds nothing."""
    flares = FlareTrain(np.array([50.0, 500.0]), np.array([1e5, 1e5]), np.array([0.1, 0.1]))
    assert not flare_flux(np.linspace(100, 200, 50), flares, LONG_EXPOSURE_D).any()


def test_a_white_light_flare_has_its_width() -> None:
    """It is above half its peak for one full width, and short exposures keep its light."""
    width, time = 0.05, np.linspace(9.5, 12.5, 30_001)
    flares = WhiteLightFlares(np.array([10.0]), np.array([1e4]), np.array([width]))
    instant = white_light_flux(time, flares, 0.0)
    assert np.ptp(time[instant > instant.max() / 2]) == pytest.approx(width, rel=0.1)
    coarse = np.arange(9.5, 12.5, LONG_EXPOSURE_D)
    smeared = white_light_flux(coarse, flares, LONG_EXPOSURE_D)
    assert smeared.sum() * LONG_EXPOSURE_D == pytest.approx(instant.sum() * 1e-4, rel=0.02)
