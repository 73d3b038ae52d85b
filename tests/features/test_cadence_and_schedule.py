"""Statistical, temporal and residual features describe the star, and not how it was observed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from preprocessing.analysis.light import Floats
from preprocessing.analysis.missing import Missing
from preprocessing.features.definition import Value
from preprocessing.features.residual import residual
from preprocessing.features.star_light import StarLight
from preprocessing.features.statistical import statistical
from preprocessing.features.temporal import temporal
from tests.support.stars import noisy, real_star, star_of

#: What these features are logarithms of may differ by a tenth of a dex; other numbers by 0.05.
PLAIN = ("stat_skew", "stat_imbalance", "temp_acf", "resid_acf", "resid_complexity")
#: Kepler's long cadence in minutes, TESS's full frames, and the fast ones, as shares of 20 s.
CADENCES_MIN = (1 / 3, 2, 10, 29.4244, 30)
TIME = np.arange(2000) / 48
NOISE = noisy(TIME)


def values_of(star: StarLight) -> dict[str, Value]:
    """Return the values of the three domains."""
    return {**statistical(star), **temporal(star), **residual(star)}


def averaged(time_d: Floats, flux: Floats, minutes: float) -> tuple[Floats, Floats]:
    """Return light as an exposure of some minutes has it."""
    exposure = np.floor(time_d * 1440 / minutes + 1e-6).astype(int)
    n = np.bincount(exposure)
    whole = n >= 0.9 * n.max()
    middles = (np.arange(len(n)) + 0.5) * minutes / 1440
    return middles[whole], np.bincount(exposure, flux)[whole] / n[whole]


def assert_alike(values: dict[str, Value], others: dict[str, Value], label: str) -> None:
    """Check that values differ by less than 0.1 dex, or 0.05."""
    for name, value in values.items():
        other = others[name]
        if Missing.NO_PEAK in (value, other):
            continue  # One that is hardly above the noise may be seen at one cadence alone.
        if isinstance(value, Missing) or isinstance(other, Missing):
            assert value == other, (label, name)
        else:
            is_plain = name.startswith(PLAIN) and name != "temp_acf_period"
            assert abs(value - other) < (0.05 if is_plain else 0.1), (label, name, value, other)


@pytest.mark.slow
@pytest.mark.parametrize("amplitude", [0, 3e-3])
def test_cadence_does_not_matter(amplitude: float) -> None:
    """One star seen every 20 s, 2, 10 and 30 min has the same values."""
    time_d = np.arange(0, 54, 1 / 4320)
    rng = np.random.default_rng(8)
    flux = 1 + rng.normal(0, 2e-4 * np.sqrt(90), len(time_d))
    flux += amplitude * np.sin(2 * np.pi * time_d / 3.1)
    flux -= np.where(time_d % 4.7 < 0.15, 3e-3, 0)
    found = {
        minutes: values_of(star_of(*averaged(time_d, flux, minutes))) for minutes in CADENCES_MIN
    }
    for minutes in CADENCES_MIN[:-1]:
        assert_alike(found[minutes], found[30], f"{minutes:g} min")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("long", "short"),
    [
        ("2013131215648_llc", "2013121191144_slc"),
        ("2013098041711_llc", "2013017113907_slc"),
    ],
)
def test_real_cadences_agree(real_files: Path, long: str, short: str) -> None:
    """A real star has the same values at long and short cadence over the same days.

    The flux is that before the mission removed trends, which it does for each cadence in its own
    way: of the other, the amplitudes differ by 0.3 dex in the light itself.
    """
    paths = [
        real_files / "kepler" / "KIC6462863" / f"kplr006462863-{name}.fits"
        for name in (long, short)
    ]
    if not all(path.is_file() for path in paths):
        pytest.skip(f"there are no files of both cadences in {paths[0].parent}")
    times = [real_star([path]).given.time_d for path in paths]
    days = (max(one[0] for one in times), min(one[-1] for one in times))
    of_long, of_short = (values_of(real_star([path], days, "SAP_FLUX")) for path in paths)
    assert_alike(of_short, of_long, long)


def simulated(rng: np.random.Generator, amplitude: float) -> tuple[StarLight, tuple[float, ...]]:
    """Return a star as some schedule shows it, with points, baseline and cadence of that."""
    n_files = int(rng.choice([1, 2, 4]))
    minutes = float(rng.choice([10.0, 30.0]))
    time_d = np.arange(0, 27.0 * n_files, minutes / 1440)
    for _ in range(n_files):
        start_d = rng.uniform(0, 27 * n_files)
        length_d = rng.uniform(0, 8)
        time_d = time_d[(time_d < start_d) | (time_d > start_d + length_d)]
    flux = 1 + rng.normal(0, 2e-4 * np.sqrt(30 / minutes), len(time_d))
    flux += amplitude * np.sin(2 * np.pi * (time_d / 3.1 + rng.uniform()))
    star = star_of(time_d, flux, time_d // 27)
    return star, (len(time_d), float(time_d[-1] - time_d[0]), minutes)


@pytest.mark.slow
@pytest.mark.parametrize("amplitude", [0, 1e-3])
def test_schedule_is_not_in_the_values(amplitude: float) -> None:
    """No value of identical stars is correlated with their points, baseline or cadence."""
    rng = np.random.default_rng(1)
    stars, schedules = zip(*(simulated(rng, amplitude) for _ in range(120)), strict=True)
    rows = [values_of(star) for star in stars]
    found = {}
    for name in rows[0]:
        numbers = np.array(
            [np.nan if isinstance(row[name], Missing) else row[name] for row in rows]
        )
        is_known = np.isfinite(numbers)
        if is_known.sum() > 100:
            of_known = np.array(schedules)[is_known]
            found[name] = [float(spearmanr(numbers[is_known], of_known[:, k])[0]) for k in range(3)]
    assert len(found) >= 18
    assert {name: one for name, one in found.items() if max(map(abs, one)) >= 0.2} == {}


@pytest.mark.parametrize(
    ("time_d", "flux"),
    [
        (np.array([]), np.array([])),
        (np.arange(3.0), np.array([1.0, 2.0, 3.0])),
        (np.arange(2000) * 1e-7, NOISE),
        (TIME, np.ones(2000)),
        (TIME, np.where(np.arange(2000) == 900, 1e30, NOISE)),
        (TIME, np.where(np.arange(2000) == 900, 1e5, NOISE)),
        (TIME, np.where(np.arange(2000) < 1999, 1, 1.1)),
        (TIME[:600], NOISE[:600]),
        (TIME + 4000.0 * (np.arange(2000) > 800), NOISE),
        (np.arange(2000) * 1.7, NOISE),
        (TIME, np.where(np.arange(2000) % 2, 1.0, 2.0)),
    ],
)
def test_any_light_has_values_or_reasons(time_d: Floats, flux: Floats) -> None:
    """Each feature of any light is a finite number, as Python has it, or a reason."""
    for name, value in values_of(star_of(time_d, flux)).items():
        assert isinstance(value, Missing) or (type(value) is float and np.isfinite(value)), name
