"""The features of the transit domain are those of the signal that was put in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from preprocessing.analysis.light import Floats, prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.features.definition import Values
from preprocessing.features.star_light import StarLight, star_light
from preprocessing.features.transit import (
    COMPANIONS,
    FEATURES,
    transit_companions,
    transit_features,
)
from preprocessing.features.transit_search import search_transits
from preprocessing.signals.transits import Transit, transit_flux

pytestmark = pytest.mark.slow

CADENCE_D = 29.4 / 1440
TIME = 100 + np.arange(0, 88, CADENCE_D)
NOISE = np.random.default_rng(5).normal(0, 1e-4, len(TIME))
PLANET = Transit(6.2137, 103.1, 1500, 4.2, 0.2)


def star_of(change: Floats) -> StarLight:
    """Return a star with some change of its light."""
    light = prepare_light(TIME, 1 + NOISE + change)
    return star_light(light, search_transits(light))


def dips(depth_ppm: float, epoch_d: float, period_d: float, *, is_v: bool = False) -> Floats:
    """Return dips 6 hours long: boxes, or Vs."""
    days = np.abs((TIME - epoch_d + period_d / 2) % period_d - period_d / 2)
    shape = np.clip(1 - days / 0.125, 0, 1) if is_v else days < 0.125
    return np.asarray(-1e-6 * depth_ppm * shape)


@pytest.fixture(scope="module")
def planet() -> StarLight:
    """Return a star with one planet."""
    return star_of(transit_flux(TIME, PLANET, CADENCE_D))


def numbers(values: Values) -> dict[str, float]:
    """Return the values that are numbers."""
    return {name: value for name, value in values.items() if not isinstance(value, Missing)}


def beside_of(star: StarLight) -> dict[str, Any]:
    """Return the companions of a star."""
    return dict(transit_companions(star))


class TestPlanet:
    def test_every_feature_has_its_value(self, planet: StarLight) -> None:
        """The features are those of the planet, each within its range."""
        found = numbers(transit_features(planet))
        assert set(found) == {feature.name for feature in FEATURES}
        assert len(FEATURES) == 8
        assert found["transit_period"] == pytest.approx(np.log10(6.2137), abs=1e-5)
        assert found["transit_depth"] == pytest.approx(np.log10(1500), abs=0.03)
        assert found["transit_duty"] == pytest.approx(np.log10(4.2 / 24 / 6.2137), abs=0.05)
        assert found["transit_odd_even"] < 0.05
        assert found["transit_secondary"] < 0.1
        assert found["transit_balance"] == pytest.approx(1 / np.sqrt(14), abs=0.05)
        assert found["transit_shape"] < 0
        for feature in FEATURES:
            assert feature.low <= found[feature.name] <= feature.high, feature.name

    def test_companions_tell_epoch_and_uncertainty(self, planet: StarLight) -> None:
        """The epoch is right within its uncertainty, which is that of the scatter of points."""
        beside = beside_of(planet)
        assert set(beside) == {companion.name for companion in COMPANIONS}
        turns = (beside["transit_t0"] - 103.1) / 6.2137
        assert abs(turns - round(turns)) * 6.2137 < 4 * beside["transit_t0_sigma"] < 0.01
        assert abs(10 ** numbers(transit_features(planet))["transit_period"] - 6.2137) < (
            4 * beside["transit_period_sigma"]
        )
        assert beside["transit_passes"] is True
        assert beside["transit_events"] == 14
        assert beside["transit_2_period"] is None

    def test_uncertainties_are_those_of_repeated_trials(self) -> None:
        """Over many noises, periods and epochs are off by about their uncertainties."""
        planet = Transit(6.2137, 103.1, 600, 4.2, 0.2)
        change = transit_flux(TIME, planet, CADENCE_D)
        off = []
        for seed in range(8):
            noise = np.random.default_rng(seed).normal(0, 1e-4, len(TIME))
            one = search_transits(prepare_light(TIME, 1 + noise + change)).candidates[0]
            turns = (one.epoch_d - planet.epoch_d) / planet.period_d
            off.append((one.period_d - planet.period_d) / one.period_sigma_d)
            off.append((turns - round(turns)) * planet.period_d / one.epoch_sigma_d)
        assert 0.5 < np.std(off) < 1.5


def test_a_v_is_told_from_a_box() -> None:
    """Dips with straight sides have a shape above zero, boxes one below."""
    v, box = (
        numbers(transit_features(star_of(dips(2000, 101, 4.7, is_v=is_v))))["transit_shape"]
        for is_v in (True, False)
    )
    assert v > 0.03
    assert box < -0.03


def test_eclipses_of_two_depths_are_told() -> None:
    """A secondary eclipse halfway between has its share of the depth and its phase."""
    star = star_of(dips(3000, 101, 7.3) + dips(900, 101 + 0.55 * 7.3, 7.3))
    found, beside = numbers(transit_features(star)), beside_of(star)
    assert found["transit_secondary"] == pytest.approx(0.3, abs=0.03)
    assert beside["transit_secondary_phase"] == pytest.approx(0.55, abs=0.01)
    assert beside["transit_secondary_sigma"] > 15


def test_alternating_eclipses_are_told() -> None:
    """Where odd and even eclipses differ by a fifth of their sum, so does the feature."""
    star = star_of(dips(3000, 101, 7.3) + dips(2000, 101 + 7.3 / 2, 7.3))
    found, beside = numbers(transit_features(star)), beside_of(star)
    if found["transit_period"] < np.log10(5):
        assert found["transit_odd_even"] == pytest.approx(0.2, abs=0.03)
        assert beside["transit_odd_even_sigma"] > 10
    else:
        assert found["transit_secondary"] == pytest.approx(0.67, abs=0.05)


def test_noise_has_no_shape() -> None:
    """Below the threshold there is a strongest signal, but no shape and no secondary."""
    found = transit_features(star_of(np.zeros(len(TIME))))
    assert found["transit_shape"] is found["transit_secondary"] is Missing.NO_EVENTS
    assert 0.5 < numbers(found)["transit_snr"] < np.log10(7.1)


def test_too_little_light_says_so() -> None:
    """Where nothing was searched, every feature has the reason of the search."""
    light = prepare_light(TIME[:50], 1 + NOISE[:50])
    star = star_light(light, search_transits(light))
    assert set(transit_features(star).values()) == {Missing.TOO_SHORT}
    assert transit_companions(star)["transit_candidates"] == 0
