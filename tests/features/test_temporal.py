"""The features of time are what they must be for brightness whose course is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import lfilter

from preprocessing.analysis.missing import Missing
from preprocessing.features.temporal import FEATURES, temporal
from tests.support.stars import noisy, star_of

TIME = np.arange(0, 81, 1 / 48)
LAGS = {"1h": 1, "6h": 6, "1d": 24, "5d": 120}


def test_white_noise_has_no_memory() -> None:
    """White noise has nothing in common at any lag, and repeats at none."""
    found = temporal(star_of(TIME, noisy(TIME)))
    for name in LAGS:
        assert found[f"temp_acf_{name}"] == pytest.approx(0, abs=0.06)
    # Between lag 0 and 30 min, straight from 1 to 0.
    assert found["temp_decay"] == pytest.approx(np.log10((1 - np.exp(-1)) / 48), abs=0.03)
    assert found["temp_acf_peak"] is found["temp_acf_period"] is Missing.NO_PEAK
    assert found["temp_restless"] == pytest.approx(0, abs=0.08)


@pytest.mark.parametrize("period_d", [0.4, 2.7, 9.0])
def test_sine(period_d: float) -> None:
    """The autocorrelation of a sine is a cosine, and its period is found."""
    flux = noisy(TIME) + 0.01 * np.sin(2 * np.pi * TIME / period_d)
    found = temporal(star_of(TIME, flux))
    for name, hours in LAGS.items():
        expected = np.cos(2 * np.pi * hours / 24 / period_d)
        assert found[f"temp_acf_{name}"] == pytest.approx(expected, abs=0.08), name
    decay_d = period_d * np.arccos(np.exp(-1)) / (2 * np.pi)
    assert found["temp_decay"] == pytest.approx(np.log10(decay_d), abs=0.03)
    assert found["temp_acf_period"] == pytest.approx(np.log10(period_d), abs=0.01)
    height = found["temp_acf_peak"]
    assert isinstance(height, float)
    assert height > 0.75


def test_gaps_do_not_change_lags() -> None:
    """Points that are missing leave the autocorrelation at its lags in hours."""
    is_seen = (np.random.default_rng(3).uniform(size=len(TIME)) < 0.9) & (TIME % 13 > 1.2)
    flux = noisy(TIME) + 0.01 * np.sin(2 * np.pi * TIME / 2.7)
    whole = temporal(star_of(TIME, flux))
    found = temporal(star_of(TIME[is_seen], flux[is_seen]))
    for name in ("temp_acf_1h", "temp_acf_6h", "temp_acf_1d", "temp_decay", "temp_acf_period"):
        assert found[name] == pytest.approx(whole[name], abs=0.03), name


def test_spots_on_both_sides_do_not_halve_the_period() -> None:
    """The higher of the first two maxima is the period."""
    phase = 2 * np.pi * TIME / 8
    flux = noisy(TIME) + 0.01 * np.sin(phase) + 0.01 * np.sin(2 * phase)
    assert temporal(star_of(TIME, flux))["temp_acf_period"] == pytest.approx(np.log10(8), abs=0.01)


def test_memory_decays() -> None:
    """Noise with a memory of twelve hours has decayed after them."""
    time_d = np.arange(0, 540, 1 / 48)
    flux = 1 + lfilter([1], [1, -np.exp(-1 / 24)], noisy(time_d) - 1)
    found = temporal(star_of(time_d, flux))
    assert found["temp_acf_6h"] == pytest.approx(np.exp(-0.5), abs=0.06)
    assert found["temp_decay"] == pytest.approx(np.log10(0.5), abs=0.1)


@pytest.mark.parametrize("days", [27, 360])
def test_noise_with_a_memory_does_not_repeat(days: int) -> None:
    """Noise that forgets within a day has chance maxima, which count as none."""
    time_d = np.arange(0, days, 1 / 48)
    for seed in range(5):
        flux = 1 + lfilter([1], [1, -np.exp(-1 / 48)], noisy(time_d, seed=seed) - 1)
        found = temporal(star_of(time_d, flux, time_d // 90))
        assert found["temp_acf_peak"] is found["temp_acf_period"] is Missing.NO_PEAK


def test_months_between_sectors_do_not_change_the_period() -> None:
    """The period is right where no two points are as far apart as some lags."""
    time_d = np.concatenate([TIME[TIME < 27], TIME[TIME < 27] + 70])
    flux = noisy(time_d) + 0.01 * np.sin(2 * np.pi * time_d / 9)
    assert temporal(star_of(time_d, flux))["temp_acf_period"] == pytest.approx(0.954, abs=0.02)


def test_two_states_have_their_ratio() -> None:
    """A star that is ten times as active in half of its chunks has a restlessness of one."""
    time_d = np.arange(0, 540, 1 / 48)
    is_active = (time_d // 27) % 2 == 1
    flux = 1 + (noisy(time_d) - 1) * np.where(is_active, 10, 1)
    assert temporal(star_of(time_d, flux))["temp_restless"] == pytest.approx(1, abs=0.1)


def test_what_cannot_be_said_has_a_reason() -> None:
    """One chunk is not restless, twelve days say nothing of five, and flat light has no memory."""
    short = temporal(star_of(TIME[:600], noisy(TIME[:600])))
    assert short["temp_restless"] is short["temp_acf_5d"] is Missing.TOO_SHORT
    assert set(temporal(star_of(TIME, np.ones_like(TIME))).values()) == {Missing.FLAT}


def test_definitions_are_those_of_the_values() -> None:
    """Each value has a definition."""
    values = temporal(star_of(TIME, noisy(TIME)))
    assert sorted(values) == sorted(one.name for one in FEATURES)
    assert len(FEATURES) == 8
