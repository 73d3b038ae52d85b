"""The sawtooth of K2 jumps each 5.88 hours and changes its sense."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.sawtooth import ROLL_D, Sawtooth, sawtooth_flux


def test_the_light_jumps_each_5_88_hours() -> None:
    """Jumps are 5.88 h apart; they are down in the first half and up in the second."""
    time = np.arange(0, 80, 0.002)
    flux = sawtooth_flux(time, Sawtooth(0.0, 80.0, 1_000.0, 0.0), 0.0)
    jumps = np.flatnonzero(np.abs(np.diff(flux)) > 3e-4)
    assert np.diff(time[jumps])[:50] == pytest.approx(ROLL_D, abs=0.0021)
    assert pytest.approx(5.88, abs=0.01) == ROLL_D * 24
    assert (np.diff(flux)[jumps[time[jumps] < 30]] < 0).all()
    assert (np.diff(flux)[jumps[time[jumps] > 50]] > 0).all()
    assert np.abs(flux).max() == pytest.approx(1e-3, rel=0.01)
