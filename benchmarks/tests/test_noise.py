"""Noise that is fitted to light varies as the light does, and has nothing else of it."""

from __future__ import annotations

import numpy as np

from benchmarks.noise import CADENCE_D, noise_by_frequency
from preprocessing.analysis.light import Floats, prepare_light
from preprocessing.validation.noise import correlated_noise

_STEPS = (1, 12, 48, 240)


def _spread(flux: Floats, step: int) -> float:
    return float(np.median(np.abs(flux[step:] - flux[:-step])))


def test_noise_by_frequency() -> None:
    """Noise is as strong as the light from half an hour to five days, without its dips."""
    rng = np.random.default_rng(1)
    days = 131.5 + CADENCE_D * np.arange(4400)
    flux = 1 + rng.normal(0, 1e-4, 4400) + 2e-4 * correlated_noise(rng, 4400, 6.0)
    flux[2000:2012] -= 0.02
    light = prepare_light(days, flux, None, np.zeros(4400, np.int64))
    noise = noise_by_frequency(rng, light).flux
    for step in _STEPS:
        assert 0.85 < _spread(noise, step) / _spread(flux, step) < 1.15
    assert np.abs(noise - 1).max() < 2e-3
    assert abs(np.corrcoef(noise, flux)[0, 1]) < 0.3
