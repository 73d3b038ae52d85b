"""Features of what is periodic, on light whose answer is known."""

from __future__ import annotations

from math import log10

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import spearmanr

from preprocessing.analysis.light import prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.features.definition import Value
from preprocessing.features.frequency import (
    COMPANIONS,
    FEATURES,
    frequency_companions,
    frequency_features,
)
from preprocessing.features.star_light import StarLight, star_light
from preprocessing.features.transit_search import TransitSearch

Floats = NDArray[np.float64]
NOTHING_FOUND = TransitSearch((), np.nan)
LONG_D = 29.4244 / 1440


def star_of(time_d: Floats, flux: Floats, file_d: float = 90.0) -> StarLight:
    """Return a star without transits, whose files last some days."""
    sequence = ((time_d - time_d[0]) / file_d).astype(int)
    return star_light(prepare_light(time_d, flux, None, sequence), NOTHING_FOUND)


def number(value: Value) -> float:
    assert isinstance(value, float)
    return value


def sine(time_d: Floats, per_d: float, amplitude: float) -> Floats:
    return np.asarray(amplitude * np.sin(2 * np.pi * per_d * time_d + 0.7))


def noise(n: int, sigma: float, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(0, sigma, n)


def red_noise(n: int, exponent: float, seed: int) -> Floats:
    """Return noise whose power falls with frequency as a power law."""
    frequency = np.fft.rfftfreq(4 * n)
    rng = np.random.default_rng(seed)
    spectrum = rng.normal(size=len(frequency)) + 1j * rng.normal(size=len(frequency))
    spectrum[1:] *= frequency[1:] ** (exponent / 2)
    spectrum[0] = 0
    made = np.fft.irfft(spectrum)[:n]
    return np.asarray(made / made.std())


@pytest.mark.parametrize("per_d", [0.0371, 0.4, 3.2199, 11.7, 23.2])
def test_a_sine_is_found(per_d: float) -> None:
    """A sine in noise has its frequency, power, contrast and phase found, and no harmonics."""
    time_d = np.arange(0, 360, LONG_D)
    values = frequency_features(
        star_of(time_d, 1 + sine(time_d, per_d, 1e-3) + noise(len(time_d), 5e-4))
    )
    assert 10 ** number(values["freq_main"]) == pytest.approx(per_d, abs=2e-4)
    assert values["freq_power"] == pytest.approx(2 / 3, abs=0.06)
    assert number(values["freq_harmonics"]) < 0.01
    assert number(values["freq_subharmonic"]) < 0.01
    assert number(values["freq_coherence"]) > 0.99
    assert values["freq_second"] is Missing.NO_PEAK
    # The median amplitude of noise is 0.83 of 2 sigma / sqrt(n), where n = 1296.
    expected = 1e-3 / (0.8326 * 2 * 5e-4 / np.sqrt(1296))
    assert values["freq_contrast"] == pytest.approx(log10(expected), abs=0.06)


def test_two_sines_are_told_apart() -> None:
    """The weaker of two sines is the second frequency."""
    time_d = np.arange(0, 90, LONG_D)
    flux = 1 + sine(time_d, 1.31, 1e-3) + sine(time_d, 7.77, 4e-4) + noise(len(time_d), 2e-4)
    values = frequency_features(star_of(time_d, flux))
    assert values["freq_second"] == pytest.approx(log10(7.77 / 1.31), abs=0.002)


def test_harmonics_and_alternate_cycles_are_shares_of_the_variance() -> None:
    """Harmonics count by their variance, and so does what differs between alternate cycles."""
    time_d = np.arange(0, 90, LONG_D)
    sines = sine(time_d, 1.2, 1e-3) + sine(time_d, 2.4, 5e-4) + noise(len(time_d), 1e-4)
    values = frequency_features(star_of(time_d, 1 + sines))
    assert values["freq_harmonics"] == pytest.approx(0.25 / 1.25, abs=0.01)
    assert number(values["freq_subharmonic"]) < 0.01
    with_half = frequency_features(star_of(time_d, 1 + sines + sine(time_d, 0.6, 3e-4)))
    assert with_half["freq_harmonics"] == pytest.approx(0.34 / 1.34, abs=0.01)
    assert with_half["freq_subharmonic"] == pytest.approx(0.09 / 0.11, abs=0.05)


def test_a_sine_that_loses_its_phase_is_not_coherent() -> None:
    """A variation that has another phase every 9 d is not coherent."""
    time_d = np.arange(0, 720, LONG_D)
    phase = np.random.default_rng(3).uniform(0, 2 * np.pi, 80)[(time_d / 9).astype(int)]
    flux = 1 + 1e-3 * np.sin(2 * np.pi * 0.7 * time_d + phase) + noise(len(time_d), 1e-4)
    values = frequency_features(star_of(time_d, flux))
    assert number(values["freq_coherence"]) < 0.3


@pytest.mark.parametrize("exponent", [0.0, -1.0, -2.0, -3.0])
def test_slope_is_that_of_the_noise(exponent: float) -> None:
    """The slope is that of the power law which was put in, also where there are gaps."""
    time_d = np.arange(0, 270, LONG_D)
    flux = 1 + 1e-3 * red_noise(len(time_d), exponent, 5)
    is_seen = (time_d % 13.5 > 1) & (np.random.default_rng(1).random(len(time_d)) > 0.02)
    values = frequency_features(star_of(time_d[is_seen], flux[is_seen]))
    assert values["freq_slope"] == pytest.approx(exponent, abs=0.3)


def test_entropy_is_low_of_a_sine_and_high_of_pink_noise() -> None:
    """Power at one frequency has little entropy, and power at all nearly as much as can be."""
    time_d = np.arange(0, 270, LONG_D)
    one = frequency_features(star_of(time_d, 1 + sine(time_d, 2.0, 1e-3)))
    all_ = frequency_features(star_of(time_d, 1 + 1e-3 * red_noise(len(time_d), -1, 2)))
    assert number(one["freq_entropy"]) < 0.2
    assert number(all_["freq_entropy"]) > 0.9


def scheduled(rng: np.random.Generator) -> tuple[StarLight, list[float]]:
    """Return one star, observed at any cadence in any of 20 sectors, with gaps."""
    cadence_d = rng.choice([10, 20, 29.4]) / 1440
    first_d = 28.0 * np.sort(rng.choice(20, rng.integers(1, 4), replace=False))
    time_d = np.concatenate([start + np.arange(0, 27, cadence_d) for start in first_d])
    is_seen = (rng.random(len(time_d)) < rng.uniform(0.95, 1)) & (
        np.abs(time_d % 28 - 13.5) > rng.uniform(0, 2)
    )
    time_d = time_d[is_seen]
    flux = 1 + rng.normal(0, 3e-4 * np.sqrt(LONG_D / cadence_d), len(time_d))
    for per_d, amplitude in ((1.3, 1e-3), (0.65, 4e-4), (5.1, 3e-4)):
        # What half an hour's exposure leaves of it.
        seen = np.sinc(per_d * LONG_D) / np.sinc(per_d * LONG_D * (cadence_d < LONG_D))
        flux += sine(time_d, per_d, amplitude * (seen if cadence_d >= LONG_D else 1))
    return star_of(time_d, flux, 28.0), [len(time_d), np.ptp(time_d), cadence_d]


@pytest.mark.slow
def test_no_feature_knows_the_schedule() -> None:
    """Of one star, no feature goes with points, baseline or cadence of its observation."""
    rng = np.random.default_rng(8)
    rows, schedules = [], []
    for _ in range(120):
        star, schedule = scheduled(rng)
        values = frequency_features(star)
        rows.append([v if isinstance(v, float) else np.nan for v in values.values()])
        schedules.append(schedule)
    for name, column in zip(values, np.array(rows).T, strict=True):
        known = np.isfinite(column)
        related = [spearmanr(column[known], s[known]).statistic for s in np.array(schedules).T]
        # What moves by less than 0.03 tells no stars apart, and so no schedules.
        assert max(np.abs(related)) < 0.2 or column[known].std() < 0.03, (name, related)


@pytest.mark.parametrize(
    ("time_d", "flux", "reason"),
    [
        (np.arange(3.0), np.array([1, 1.1, 0.9]), Missing.TOO_SHORT),
        (np.arange(0, 60, LONG_D), np.ones(2936), Missing.FLAT),
        (np.arange(0, 3, LONG_D), 1 + noise(147, 1e-3), Missing.TOO_SHORT),
        (np.arange(0, 60, LONG_D), 1 + noise(2936, 1e-3), Missing.NO_PEAK),
        (np.array([]), np.array([]), Missing.TOO_SHORT),
        (np.append(np.arange(0, 9, LONG_D), 3e4), 1 + noise(442, 1e-3), Missing.NO_PEAK),
    ],
)
def test_a_value_or_a_reason(time_d: Floats, flux: Floats, reason: Missing) -> None:
    """Light in which nothing can be found gets reasons, and never NaN."""
    star = star_light(prepare_light(time_d[: len(flux)], flux), NOTHING_FOUND)
    values = frequency_features(star)
    assert list(values) == [feature.name for feature in FEATURES]
    assert values["freq_main"] is reason
    assert all(isinstance(v, Missing) or np.isfinite(v) for v in values.values())
    assert frequency_companions(star)["freq_fast"] is None


def test_one_value_far_off_spoils_nothing() -> None:
    """One flux of 1e30 is left out, and one of 1e5 gives reasons or numbers, never NaN."""
    time_d = np.arange(0, 60, LONG_D)
    for far in (1e30, 1e5):
        flux = 1 + sine(time_d, 2.0, 1e-3)
        flux[1000] = far
        values = frequency_features(star_of(time_d, flux))
        assert all(isinstance(v, Missing) or np.isfinite(v) for v in values.values())


def test_what_stands_beside() -> None:
    """Pulsation beyond half the sampling is found in faster light, and its image is told."""
    time_d = np.arange(0, 27, 2 / 1440)
    flux = 1 + sine(time_d, 33.3, 2e-3) + noise(len(time_d), 5e-4)
    star = star_of(time_d, flux)
    beside = frequency_companions(star)
    assert list(beside) == [companion.name for companion in COMPANIONS]
    assert beside["freq_fast"] == pytest.approx(log10(33.3), abs=1e-4)
    assert 10 ** number(frequency_features(star)["freq_main"]) == pytest.approx(14.7, abs=0.01)
    assert beside["freq_reflected"] is True
    slow = star_of(time_d, 1 + sine(time_d, 0.8, 5e-3) + sine(time_d, 9.0, 1e-3))
    assert frequency_companions(slow)["freq_fast"] == pytest.approx(log10(9.0), abs=1e-4)


@pytest.mark.parametrize(("per_d", "is_image"), [(31.0, True), (17.9, False)])
def test_times_at_the_barycenter_tell_images(per_d: float, is_image: bool) -> None:
    """Over two years of even sampling, the frequency is told from its image."""
    even = np.arange(0, 730, LONG_D)
    time_d = even + 190 / 86400 * np.sin(2 * np.pi * even / 372.5)
    star = star_of(time_d, 1 + sine(time_d, per_d, 1e-3) + noise(len(time_d), 3e-4))
    assert frequency_companions(star)["freq_reflected"] is is_image


def test_lines_of_the_instrument_are_named() -> None:
    """A frequency within two resolutions of an instrument's line has the line's name."""
    time_d = np.arange(0, 80, LONG_D)
    light = prepare_light(time_d, 1 + sine(time_d, 4.08, 1e-3) + noise(len(time_d), 3e-4))
    lines = (InstrumentLine("dump", 0.3, 0.4), InstrumentLine("roll", 4.07, 4.09))
    assert frequency_companions(star_light(light, NOTHING_FOUND, lines))["freq_line"] == "roll"
    assert frequency_companions(star_light(light, NOTHING_FOUND, lines[:1]))["freq_line"] is None
