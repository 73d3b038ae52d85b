"""The period of a binary is told from its half."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from preprocessing.analysis.light import prepare_light
from preprocessing.features.frequency import frequency_companions, frequency_features
from preprocessing.features.star_light import star_light
from preprocessing.features.transit_search import TransitSearch, search_transits
from tests.support.real_light import light_of

Floats = NDArray[np.float64]
NOTHING_FOUND = TransitSearch((), np.nan)
LONG_D = 29.4244 / 1440


def eclipse(time_d: Floats, period_d: float, phase: float, width_d: float) -> Floats:
    """Return a smooth dip of unit depth at a phase of each period."""
    days = (time_d / period_d - phase + 0.5) % 1 - 0.5
    return np.asarray(np.exp(-0.5 * (days * period_d / (width_d / 3)) ** 4))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("period_d", "primary", "secondary", "ellipsoidal"),
    [
        (5.3, 0.2, 0.0, 0.0),
        (5.3, 0.2, 0.17, 0.0),
        (3.1, 0.02, 0.005, 0.001),
        (0.41, 0.0, 0.0, 0.08),
        (1.9, 0.0, 0.0, 0.005),
    ],
)
def test_period_is_told_from_its_half(
    period_d: float, primary: float, secondary: float, ellipsoidal: float
) -> None:
    """Binaries with one eclipse, two unlike eclipses and none have the period of their orbit."""
    time_d = np.arange(0, 90, LONG_D)
    flux = 1 - primary * eclipse(time_d, period_d, 0.1, 0.2)
    flux -= secondary * eclipse(time_d, period_d, 0.6, 0.2)
    flux -= ellipsoidal * np.cos(4 * np.pi * (time_d / period_d - 0.1))
    flux += np.random.default_rng(1).normal(0, 2e-4, len(time_d))
    light = prepare_light(time_d, flux)
    beside = frequency_companions(star_light(light, search_transits(light)))
    assert beside["binary_period"] == pytest.approx(period_d, rel=2e-3)


@pytest.mark.slow
def test_periods_of_known_binaries(real_files: Path) -> None:
    """Of every third known binary, the period, its half or twice is found, mostly itself."""
    labeled = real_files.parent / "labeled"
    if not (labeled / "truth.csv").is_file():
        pytest.skip(f"there is no {labeled / 'truth.csv'}")
    with (labeled / "truth.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["kind"] == "eclipsing binary"]
    rows = [row for row in rows if (labeled / "kepler" / row["target"]).is_dir()][::3]
    is_related, is_exact = [], []
    for row in rows:
        folder, known_d = labeled / "kepler" / row["target"], float(row["period_d"])
        if folder.is_dir() and known_d < 45:
            light = light_of(folder)
            star = star_light(light, search_transits(light))
            main = frequency_features(star)["freq_main"]
            found = [10**-main] if isinstance(main, float) else []
            found += [one.period_d for one in star.search.candidates[:1]]
            ratios = np.outer(found, [0.5, 1, 2]) / known_d
            is_related.append(bool(np.any(np.abs(ratios - 1) < 0.01)))
            period_d = frequency_companions(star)["binary_period"]
            is_exact.append(isinstance(period_d, float) and abs(period_d / known_d - 1) < 0.01)
    assert np.mean(is_related) >= 0.95
    assert np.mean(is_exact) >= 0.80
