"""Transits are found where they are, with their shape, and what cannot be searched says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import process_time

import numpy as np
import pytest
from astropy.timeseries import BoxLeastSquares

from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.features.candidate import Rule
from preprocessing.features.transit_search import TransitSearch, search_transits
from preprocessing.signals.transits import Transit, transit_flux

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
CADENCE_D = 29.4 / 1440
TIME = 100 + np.arange(0, 88, CADENCE_D)
NOISE = np.random.default_rng(11).normal(0, 2e-4, len(TIME))
INNER = Transit(3.7412, 101.3, 900, 2.6, 0.3)
OUTER = Transit(17.93, 104.9, 2500, 5.1, 0.5)


def light_with(*transits: Transit, noise: Floats = NOISE) -> Light:
    """Return light of one quarter with planets in it."""
    change = sum((transit_flux(TIME, one, CADENCE_D) for one in transits), np.zeros(len(TIME)))
    return prepare_light(TIME, 1 + noise + change, np.full(len(TIME), 2e-4))


def minutes_off(epoch_d: float, transit: Transit) -> float:
    """Return by how many minutes an epoch is off that of the nearest event."""
    turns = (epoch_d - transit.epoch_d) / transit.period_d
    return float(abs(turns - round(turns)) * transit.period_d * 1440)


@pytest.fixture(scope="module")
def two_planets() -> TransitSearch:
    """Search a star with two planets."""
    return search_transits(light_with(INNER, OUTER))


@pytest.mark.slow
class TestPlanets:
    def test_each_is_found(self, two_planets: TransitSearch) -> None:
        """Two planets are the two candidates, the stronger signal first, and both pass."""
        assert two_planets.missing is None
        assert len(two_planets.candidates) == 2
        for found, planet in zip(two_planets.candidates, (OUTER, INNER), strict=True):
            assert found.period_d == pytest.approx(planet.period_d, rel=1e-4)
            assert minutes_off(found.epoch_d, planet) < 5
            assert 1e6 * found.depth == pytest.approx(planet.depth_ppm, rel=0.1)
            assert 24 * found.duration_d == pytest.approx(planet.duration_h, rel=0.15)
            assert found.passes
            assert found.n_events == round((TIME[-1] - planet.epoch_d) / planet.period_d + 0.5)

    def test_the_ratio_is_that_of_the_true_box(self, two_planets: TransitSearch) -> None:
        """The signal-to-noise ratio is that of the known events in independent noise."""
        change = transit_flux(TIME, OUTER, CADENCE_D)
        expected = np.sqrt(np.sum(change**2)) / 2e-4
        assert 0.8 * expected < two_planets.candidates[0].snr < 1.05 * expected

    def test_astropy_agrees(self, two_planets: TransitSearch) -> None:
        """The highest peak of the box least squares of astropy is at the same period."""
        light = light_with(INNER, OUTER)
        found = two_planets.candidates[0]
        periods = found.period_d * (1 + np.linspace(-0.01, 0.01, 401))
        power = BoxLeastSquares(light.time_d, light.flux).power(periods, found.duration_d)
        assert periods[power.power.argmax()] == pytest.approx(found.period_d, rel=5e-4)

    def test_the_same_light_gives_the_same_bits(self, two_planets: TransitSearch) -> None:
        """A second search gives exactly what the first gave."""
        assert repr(search_transits(light_with(INNER, OUTER))) == repr(two_planets)


@pytest.mark.slow
class TestWhatIsNoPlanet:
    def test_noise_has_a_best_box_below_the_threshold(self) -> None:
        """Noise has one candidate, which does not pass, so that every star has a value."""
        found = search_transits(light_with())
        assert len(found.candidates) == 1
        assert 3 < found.candidates[0].snr < 7.1
        assert Rule.SNR in found.candidates[0].broken

    def test_one_deep_dip_does_not_pass(self) -> None:
        """A single dip, however deep, makes no candidate that passes."""
        dip = np.where(np.abs(TIME - 131) < 0.15, -0.02, 0)
        found = search_transits(light_with(noise=NOISE + dip))
        assert not any(one.passes for one in found.candidates)
        assert any(Rule.BALANCE in one.broken for one in found.candidates)

    def test_a_dip_hides_no_planet(self) -> None:
        """A planet is found although one deep dip leads at every long period."""
        dip = np.where(np.abs(TIME - 131) < 0.2, -0.004, 0)
        found = search_transits(light_with(INNER, noise=NOISE + dip))
        passing = [one for one in found.candidates if one.passes]
        assert [round(one.period_d, 2) for one in passing] == [3.74]

    def test_a_sine_is_no_planet_and_hides_none(self) -> None:
        """A faint sine breaks a rule, whatever multiple of its period leads; a planet does not."""
        wave = 1.2e-4 * np.sin(2 * np.pi * TIME / 0.3045)
        alone = search_transits(light_with(noise=NOISE + wave)).candidates
        assert alone[0].snr > 7.1
        assert not alone[0].passes
        assert Rule.SINE in alone[0].broken
        beside = search_transits(light_with(INNER, noise=NOISE + wave)).candidates
        assert [round(one.period_d, 2) for one in beside if one.passes] == [3.74]

    def test_alternating_depths_are_told(self) -> None:
        """Eclipses of two depths differ between odd and even events, those of a planet do not."""
        second = Transit(2 * OUTER.period_d, OUTER.epoch_d, 2000, OUTER.duration_h, 0.5)
        time = np.arange(0, 88 * 3, CADENCE_D)
        noise = np.random.default_rng(12).normal(0, 2e-4, len(time))
        flux = [
            1 + noise + sum(transit_flux(time, one, CADENCE_D) for one in transits)
            for transits in ((OUTER,), (OUTER, second))
        ]
        planet, binary = (search_transits(prepare_light(time, f)).candidates[0] for f in flux)
        assert planet.odd_even_sigma < 4
        assert binary.odd_even > 0.1 or binary.period_d == pytest.approx(second.period_d, rel=1e-3)


class TestWhatCannotBeSearched:
    @pytest.mark.parametrize("n", [0, 3, 150])
    def test_too_few_points(self, n: int) -> None:
        """Light of a few points is too short, and nothing was searched."""
        found = search_transits(prepare_light(TIME[:n], 1 + NOISE[:n]))
        assert found.missing is Missing.TOO_SHORT
        assert found.candidates == ()
        assert np.isnan(found.longest_period_d)

    def test_flat_light(self) -> None:
        """Light that is all equal has no noise to compare with."""
        assert search_transits(prepare_light(TIME, np.ones_like(TIME))).missing is Missing.FLAT

    def test_no_time(self) -> None:
        """A search without time left says so, and is not mistaken for one that found nothing."""
        found = search_transits(light_with(INNER), time_limit_s=-1)
        assert found.missing is Missing.TIME_OUT
        assert found.candidates == ()

    def test_two_times_far_apart(self) -> None:
        """Light that lasts for decades, nearly all of it missing, is searched in bounded time."""
        time = np.concatenate([TIME, TIME + 20_000])
        flux = 1 + np.tile(NOISE, 2)
        started = process_time()
        found = search_transits(prepare_light(time, flux), time_limit_s=0.1)
        assert process_time() - started < 5
        assert found.missing is Missing.TIME_OUT


def test_compiled_code_works_from_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Where neither the package nor the home can be written, functions compile all the same."""
    program = (
        "from preprocessing.analysis.compiled import compiled\n"
        "def double(x): return 2 * x\n"
        "print(compiled(double)(21))"
    )
    environment = {
        **os.environ,
        "NUMBA_CACHE_DIR": "",
        "HOME": "/proc/nowhere",
        "XDG_CACHE_HOME": "/proc/nowhere",
        "PYTHONPATH": str(ROOT),
    }
    script = tmp_path / "script.py"
    script.write_text(program)
    tmp_path.chmod(0o500)
    result = subprocess.run(
        [sys.executable, str(script)], env=environment, capture_output=True, text=True, check=False
    )
    tmp_path.chmod(0o700)
    assert result.stdout == "42\n", result.stderr
