"""Statistical, temporal and residual features describe the star, and not how it was observed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import lfilter

from preprocessing.analysis.light import Floats
from preprocessing.analysis.missing import Missing
from preprocessing.features.definition import Value
from preprocessing.features.frequency import frequency_features
from preprocessing.features.residual import residual
from preprocessing.features.shape import shape_features
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


def of_all_domains(star: StarLight) -> dict[str, Value]:
    """Return the values of all domains but that of transits, which takes seconds."""
    return {**values_of(star), **frequency_features(star), **shape_features(star)}


def white(time_d: Floats, rng: np.random.Generator) -> Floats:
    return np.zeros_like(time_d)


def red(time_d: Floats, rng: np.random.Generator) -> Floats:
    """Return noise that forgets within a day."""
    return np.asarray(lfilter([1.0], [1, -np.exp(-1 / 48)], rng.normal(0, 1e-4, len(time_d))))


def spotted(time_d: Floats, rng: np.random.Generator) -> Floats:
    """Return a rotation of 6 d, whose spots last a month."""
    pole = np.exp(-1 / 48 / 30 + 2j * np.pi / 6 / 48)
    return np.asarray(2e-4 * lfilter([1.0], [1, -pole], rng.normal(size=len(time_d))).real)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [white, red, spotted])
def test_schedule_is_not_in_the_values(
    kind: Callable[[Floats, np.random.Generator], Floats],
) -> None:
    """No value of a star is higher or lower because it was seen in 4 quarters, not in a sector.

    `scripts/benchmark schedule` has more stars, schedules and cadences.
    """
    rng = np.random.default_rng(2)
    found: dict[str, tuple[list[float], list[float]]] = {}
    for _ in range(10):
        for which, (days, file_d) in enumerate([(27, 27.0), (360, 90.0)]):
            time_d = np.arange(0, days, 1 / 48)
            is_seen = (time_d % file_d % (13.7 if which == 0 else 31) > 1) & (
                rng.random(len(time_d)) > 0.02
            )
            flux = 1 + kind(time_d, rng) + rng.normal(0, 2e-4, len(time_d))
            star = star_of(time_d[is_seen], flux[is_seen], time_d[is_seen] // file_d)
            for name, value in of_all_domains(star).items():
                numbers = found.setdefault(name, ([], []))[which]
                numbers += [] if isinstance(value, Missing) else [value]
    share = {
        name: float(np.mean(np.less.outer(short, long)) + np.mean(np.equal.outer(short, long)) / 2)
        for name, (short, long) in found.items()
        if min(len(short), len(long)) >= 8
    }
    assert len(share) >= 20
    # Half but for chance, whose standard deviation is 0.13, of 25 to 35 features.
    assert {name: one for name, one in share.items() if not 0.05 < one < 0.95} == {}


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
