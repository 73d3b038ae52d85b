"""The features of the distribution are what they must be for brightness that is known."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.analysis.missing import Missing
from preprocessing.features.statistical import FEATURES, statistical
from tests.support.stars import noisy, star_of

TIME = np.arange(0, 81, 1 / 48)


def test_white_noise() -> None:
    """White noise has its own amplitude, no tails, no excess, and the extremes of a chunk."""
    found = statistical(star_of(TIME, noisy(TIME, 1e-4)))
    # P95 - P5 of a normal distribution is 3.29 sigma.
    assert found["stat_amplitude"] == pytest.approx(np.log10(329), abs=0.02)
    assert found["stat_white"] == pytest.approx(2.0, abs=0.02)
    for name in ("stat_excess", "stat_skew", "stat_tail"):
        assert found[name] == pytest.approx(0, abs=0.03), name
    for name in ("stat_dip", "stat_peak"):
        assert found[name] == pytest.approx(0.33, abs=0.1), name


def test_slow_sine() -> None:
    """A sine has its own amplitude and the tails of a sine, and its noise is not its slope."""
    found = statistical(star_of(TIME, noisy(TIME, 1e-4) + 1e-2 * np.sin(2 * np.pi * TIME / 9)))
    assert found["stat_amplitude"] == pytest.approx(np.log10(2e4 * np.sin(0.45 * np.pi)), abs=0.01)
    assert found["stat_tail"] == pytest.approx(np.log10(2 / np.sqrt(2) / 3.449), abs=0.03)
    assert found["stat_white"] == pytest.approx(2.0, abs=0.03)
    # MAD of a sine is its amplitude over the root of 2.
    assert found["stat_excess"] == pytest.approx(np.log10(1.4826e-2 / np.sqrt(2) / 1e-4), abs=0.03)
    assert found["stat_dip"] == pytest.approx(2, abs=0.03)


def test_eclipses_make_light_skewed() -> None:
    """Eclipses give negative skewness, heavy tails, deep dips, and little above the trend."""
    flux = noisy(TIME) - np.where(TIME % 3.0 < 0.15, 0.01, 0)
    found = statistical(star_of(TIME, flux))
    assert found["stat_skew"] == pytest.approx(-0.93, abs=0.05)
    assert found["stat_tail"] == pytest.approx(np.log10(1.02e-2 / 1.4e-4 / 3.449), abs=0.1)
    assert found["stat_dip"] == pytest.approx(2.0, abs=0.02)
    assert found["stat_peak"] == pytest.approx(0.33, abs=0.1)
    assert found["stat_imbalance"] == pytest.approx(1, abs=0.1)


def test_flares_are_the_mirror_image() -> None:
    """A star turned upside down has the opposite skewness and balance, and dips for peaks."""
    change = noisy(TIME) - 1 - np.where(TIME % 3.0 < 0.15, 0.01, 0)
    down, up = (statistical(star_of(TIME, 1 + sign * change)) for sign in (1, -1))
    assert up["stat_peak"] == pytest.approx(down["stat_dip"], abs=1e-3)
    for name in ("stat_skew", "stat_imbalance"):
        value = down[name]
        assert isinstance(value, float)
        assert up[name] == pytest.approx(-value, abs=1e-2)


def test_one_dip_in_years_is_seen() -> None:
    """The one chunk of fifty that has a deep dip makes the value, and noise of fifty does not."""
    time_d = np.arange(0, 1350, 1 / 48)
    flux = noisy(time_d)
    assert statistical(star_of(time_d, flux))["stat_dip"] == pytest.approx(0.33, abs=0.03)
    flux[(time_d > 700) & (time_d < 700.5)] -= 0.01
    assert statistical(star_of(time_d, flux))["stat_dip"] == pytest.approx(2, abs=0.02)


def test_what_cannot_be_said_has_a_reason() -> None:
    """Three days have no percentiles, flat light has no noise, and quiet light no far points."""
    short = statistical(star_of(TIME[:150], noisy(TIME[:150])))
    assert short["stat_amplitude"] is Missing.TOO_SHORT
    assert short["stat_white"] == pytest.approx(2, abs=0.1)
    assert set(statistical(star_of(TIME, np.ones_like(TIME))).values()) == {Missing.FLAT}
    bounded = 1 + 1e-4 * np.random.default_rng(0).uniform(-1, 1, len(TIME))
    assert statistical(star_of(TIME, bounded))["stat_imbalance"] is Missing.NO_EVENTS


def test_definitions_are_those_of_the_values() -> None:
    """Each value has a definition, in the same order."""
    values = statistical(star_of(TIME, noisy(TIME)))
    assert sorted(values) == sorted(one.name for one in FEATURES)
    assert len(FEATURES) == 8
