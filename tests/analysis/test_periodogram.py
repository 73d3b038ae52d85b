"""Sines that are looked at together are what they are one by one."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.periodogram import (
    fit_harmonics,
    refine,
    refine_images,
    wave_of,
    without_sine,
)

_STEP = 29.4244 / 1440
_RNG = np.random.default_rng(4)
_TIME = np.sort(_RNG.choice(np.arange(0, 400, _STEP), 15_000, replace=False))
# Times at the barycenter are not quite even.
_TIME += 2e-3 * np.sin(2 * np.pi * _TIME / 372.5)
_CHANGE = 1e-3 * np.sin(2 * np.pi * 36.2 * _TIME) + _RNG.normal(0, 1e-4, len(_TIME)) + 0.01


def test_images_of_a_frequency_are_those_that_are_looked_at_one_by_one() -> None:
    """Products of two waves give what single searches give, but for rounding."""
    sampling = 1 / _STEP
    frequency = sampling - 36.2
    found = refine_images(_TIME, _CHANGE, frequency, sampling, wave_of(_TIME, sampling))
    images = (frequency, sampling - frequency, sampling + frequency, 2 * sampling - frequency)
    single = [refine(_TIME, _CHANGE, image) for image in images]
    np.testing.assert_allclose(found, single, rtol=1e-8)
    assert max(found, key=lambda one: one[1]) == found[1]
    np.testing.assert_allclose(found[1], (36.2, 1e-3), rtol=0.02)


def test_nothing_is_left_of_a_sine() -> None:
    """A sine that is taken out leaves the noise, without a mean, as the fit of harmonics does."""
    rest = without_sine(_TIME, _CHANGE, 36.2)
    fit = fit_harmonics(_TIME, _CHANGE, 36.2, 1)
    np.testing.assert_allclose(rest, _CHANGE - fit.at(_TIME), atol=1e-14)
    assert abs(rest.mean()) < 1e-14
    assert rest.std() < 1.02e-4
