"""Red noise is correlated within its memory and not beyond."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.signals.noise import red_noise


def test_red_noise_remembers_for_as_long_as_told() -> None:
    """Red noise has unit variance and is correlated only within its memory."""
    noise = red_noise(np.random.default_rng(1), 200_000, 20)
    assert noise.std() == pytest.approx(1, rel=0.05)
    assert np.mean(noise[1:] * noise[:-1]) == pytest.approx(0.95, abs=0.05)
    assert np.mean(noise[40:] * noise[:-40]) == pytest.approx(0, abs=0.05)
