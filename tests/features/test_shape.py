"""Dips and flares are described on light whose answer is known."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.analysis.light import prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.features.shape import FEATURES, shape_features
from preprocessing.features.star_light import StarLight, star_light
from preprocessing.features.transit_search import TransitSearch, search_transits

Floats = NDArray[np.float64]
NOTHING_FOUND = TransitSearch((), np.nan)
LONG_D = 29.4244 / 1440
TIME_D = np.arange(0, 80, LONG_D)


def star_of(change: Floats, time_d: Floats = TIME_D, sigma: float = 2e-4) -> StarLight:
    noise = np.random.default_rng(4).normal(0, sigma, len(time_d))
    return star_light(prepare_light(time_d, 1 + change + noise), NOTHING_FOUND)


def flare(time_d: Floats, peak_d: float, width_d: float) -> Floats:
    """Return the flare of unit height of Davenport et al. 2014, equations 1 and 4."""
    t = (time_d - peak_d) / width_d
    after = np.maximum(t, 0)
    rise = 1 + 1.941 * t - 0.175 * t**2 - 2.246 * t**3 - 1.125 * t**4
    fall = 0.6890 * np.exp(-1.600 * after) + 0.3030 * np.exp(-0.2783 * after)
    return np.where((t >= -1) & (t <= 0), rise, np.where(t > 0, fall, 0))


def test_dips_are_counted_and_measured() -> None:
    """The strongest of three dips has its significance, length and skew, and all are counted."""
    change = np.zeros_like(TIME_D)
    for middle, depth in ((12.3, 0.004), (40.1, 0.01), (61.7, 0.006)):
        rise = np.where(middle > TIME_D, 0.1, 0.3)
        change -= depth * np.clip(1 - np.abs(TIME_D - middle) / rise, 0, 1)
    values = shape_features(star_of(change))
    assert values["shape_dip_rate"] == pytest.approx(3 / 80, rel=0.01)
    assert values["shape_dip_hours"] == pytest.approx(log10(24 * 0.2), abs=0.08)
    assert values["shape_dip_skew"] == pytest.approx(0.5, abs=0.15)
    sigma = values["shape_dip_sigma"]
    assert isinstance(sigma, float) and 1.8 < sigma < 2.5
    assert values["shape_flare_rate"] == 0


@pytest.mark.slow
def test_transits_are_regular_dips() -> None:
    """Dips at the times of transits are regular, and others are not."""
    change = np.where(np.abs((TIME_D / 4.1) % 1 - 0.5) < 0.02, -0.004, 0.0)
    change[(TIME_D > 31.0) & (TIME_D < 31.3)] = -0.006
    light = star_of(change).light
    values = shape_features(star_light(light, search_transits(light)))
    regular = values["shape_dip_regular"]
    assert isinstance(regular, float) and 0.9 < regular < 1


def test_flares_are_counted_on_a_rotating_star() -> None:
    """Flares that rise faster than they decay are found, and their mirror images are not."""
    peaks = np.arange(3.3, 75, 6.1)
    spots = 0.01 * np.sin(2 * np.pi * TIME_D / 0.59)
    flares = 0.02 * np.sum([flare(TIME_D, peak, 0.04) for peak in peaks], axis=0)
    found = shape_features(star_of(spots + flares))
    rate = found["shape_flare_rate"]
    assert isinstance(rate, float)
    assert 80 * rate == pytest.approx(len(peaks), abs=3)
    assert found["shape_flare_amplitude"] == pytest.approx(log10(2e4), abs=0.15)
    mirrored = shape_features(star_of(spots + flares[::-1]))["shape_flare_rate"]
    assert isinstance(mirrored, float) and 80 * mirrored <= 2


def test_pulsators_and_binaries_have_no_flares() -> None:
    """No flare is found on an RR Lyrae star or on an eclipsing binary."""
    phase = (TIME_D / 0.55) % 1
    pulsator = 0.3 * np.where(phase < 0.15, phase / 0.15, (1 - phase) / 0.85)
    assert shape_features(star_of(pulsator))["shape_flare_rate"] is Missing.NOT_SEARCHED
    for period_d in (0.9, 3.3):
        eclipses = -0.2 * np.clip(1 - np.abs((TIME_D / period_d) % 1 - 0.5) * period_d / 0.1, 0, 1)
        assert shape_features(star_of(eclipses))["shape_flare_rate"] in (0, Missing.NOT_SEARCHED)


def test_noise_has_no_events_however_long() -> None:
    """White noise of one month and of four years has no dips and no flares."""
    for days in (27, 1460):
        time_d = np.arange(0, days, LONG_D)
        values = shape_features(star_of(np.zeros_like(time_d), time_d))
        assert values["shape_dip_rate"] == values["shape_flare_rate"] == 0
        assert values["shape_dip_sigma"] is Missing.NO_EVENTS


@pytest.mark.parametrize(
    ("flux", "reason"),
    [
        (np.array([1, 1.1, 0.9]), Missing.TOO_SHORT),
        (np.ones(3000), Missing.FLAT),
        (np.array([]), Missing.TOO_SHORT),
    ],
)
def test_a_value_or_a_reason(flux: Floats, reason: Missing) -> None:
    """Light that shows nothing gets a reason for each feature."""
    values = shape_features(
        star_light(prepare_light(LONG_D * np.arange(len(flux)), flux), NOTHING_FOUND)
    )
    assert set(values) == {feature.name for feature in FEATURES}
    assert set(values.values()) == {reason}


def test_one_value_far_off_spoils_nothing() -> None:
    """One flux that is far off gives numbers or reasons, never NaN."""
    for far in (1e30, 1e5, -1e5):
        change = np.zeros_like(TIME_D)
        change[1000] = far
        values = shape_features(star_of(change))
        assert all(isinstance(v, Missing) or np.isfinite(v) for v in values.values())
