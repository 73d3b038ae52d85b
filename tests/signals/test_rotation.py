"""Spots keep within their amplitude."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.signals.rotation import Rotation, rotation_flux


@pytest.mark.slow
@given(st.floats(0.5, 40), st.floats(10, 50_000), st.floats(0, 1), st.floats(0.01, 0.08))
def test_spots_stay_within_their_amplitude(
    period_d: float, amplitude_ppm: float, phase: float, shear: float
) -> None:
    """The light departs from the mean by most of the amplitude, and never by more."""
    time = np.arange(120, 1_600, period_d / 20)
    flux = 1e6 * rotation_flux(time, Rotation(period_d, amplitude_ppm, phase, shear))
    assert 0.5 * amplitude_ppm < np.abs(flux).max() <= amplitude_ppm * (1 + 1e-9)
