"""The features of the flattened light tell white noise from red, and agree with the mission."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from scipy.signal import lfilter

from preprocessing.analysis.missing import Missing
from preprocessing.features.residual import FEATURES, residual
from tests.support.stars import noisy, real_star, star_of

TIME = np.arange(0, 180, 1 / 48)


def test_white_noise() -> None:
    """White noise falls as the root of the hours, has no memory, and no order."""
    found = residual(star_of(TIME, noisy(TIME)))
    for hours in (1, 3, 6, 12):
        expected = 2 - np.log10(np.sqrt(2 * hours))
        assert found[f"resid_noise_{hours}h"] == pytest.approx(expected, abs=0.03), hours
    assert found["resid_red"] == pytest.approx(0, abs=0.03)
    assert found["resid_acf"] == pytest.approx(0, abs=0.04)
    assert found["resid_complexity"] == pytest.approx(1, abs=5e-4)


def test_red_noise() -> None:
    """Noise with a memory of two hours is redder, has it in its autocorrelation, and an order."""
    decay = np.exp(-0.5 / 2)
    flux = 1 + lfilter([1], [1, -decay], noisy(TIME) - 1)
    found = residual(star_of(TIME, flux))
    # Twelve such points have 5.5 times the variance of independent ones, and s_w squared is
    # 1 - decay of it; the trend takes some.
    assert found["resid_red"] == pytest.approx(np.log10(np.sqrt(5.5 / (1 - decay))), abs=0.1)
    assert found["resid_acf"] == pytest.approx(decay, abs=0.06)
    complexity = found["resid_complexity"]
    assert isinstance(complexity, float)
    assert 0.9 < complexity < 0.99


def test_a_ramp_has_one_order() -> None:
    """Light that rises for days and falls at once has the order of rising alone."""
    flux = 1 + 0.01 * (TIME % 0.4)
    found = residual(star_of(TIME, flux))
    # Of 19.2 runs of four, three reach over a fall.
    complexity = found["resid_complexity"]
    assert isinstance(complexity, float)
    assert complexity < 0.35


def test_gaps_change_little() -> None:
    """Gaps, and files at other levels, leave the noise as it is."""
    whole = residual(star_of(TIME, noisy(TIME)))
    sequence = (TIME // 60).astype(int)
    is_seen = np.random.default_rng(5).uniform(size=len(TIME)) < 0.95
    is_seen &= TIME % 13.0 > 1.5
    flux = noisy(TIME) * (1000.0 + sequence)
    parts = residual(star_of(TIME[is_seen], flux[is_seen], sequence[is_seen]))
    for name, value in whole.items():
        assert parts[name] == pytest.approx(value, abs=0.04), name


def test_what_cannot_be_said_has_a_reason() -> None:
    """Light of eight days has no boxes, and flat light no noise."""
    short = residual(star_of(TIME[:400], noisy(TIME[:400])))
    assert short["resid_noise_3h"] is short["resid_complexity"] is Missing.TOO_SHORT
    assert short["resid_acf"] == pytest.approx(0, abs=0.15)
    assert set(residual(star_of(TIME, np.ones_like(TIME))).values()) == {Missing.FLAT}


def test_definitions_are_those_of_the_values() -> None:
    """Each value has a definition."""
    values = residual(star_of(TIME, noisy(TIME)))
    assert sorted(values) == sorted(one.name for one in FEATURES)
    assert len(FEATURES) == 7


@pytest.mark.slow
def test_noise_agrees_with_the_mission(real_files: Path) -> None:
    """The noise of real quarters is that which the mission states, in the median within 10 %."""
    paths = sorted((real_files / "kepler").glob("*/*_llc.fits"))
    if len(paths) < 20:
        pytest.skip(f"there are no quarters in {real_files / 'kepler'}")
    ratios: dict[int, list[float]] = {3: [], 6: [], 12: []}
    for path in paths:
        header = fits.getheader(path, 1)
        values = residual(real_star([path]))
        for hours, found in ratios.items():
            value, stated = values[f"resid_noise_{hours}h"], header.get(f"CDPP{hours}_0")
            if isinstance(value, float) and isinstance(stated, float):
                found.append(10**value / stated)
    for hours, found in ratios.items():
        assert len(found) > 20
        assert np.median(found) == pytest.approx(1, abs=0.1), hours
