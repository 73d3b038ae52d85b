"""What the instrument does to light: steps, flagged times, edges, lines, and the clock of gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from preprocessing.analysis.light import prepare_light
from preprocessing.missions import MISSIONS
from preprocessing.vetting.dump_clock import dump_clock
from preprocessing.vetting.event import EventKind
from preprocessing.vetting.instrument import around, instrument
from preprocessing.vetting.label import Finding, Label, Undecided
from preprocessing.vetting.star import Star
from preprocessing.vetting.vetting import vet

_Floats = NDArray[np.float64]
_CADENCE_D = 29.424 / 1440
_NO_GAPS = np.empty((0, 2))


def _star(
    change: NDArray[Any] | float = 0.0, n: int = 4000, *, absent: _Floats = _NO_GAPS, **given: Any
) -> Star:
    """Return a star of 100 ppm of noise, and what was added to it."""
    noise = np.random.default_rng(3).normal(0, 1e-4, n)
    light = prepare_light(100 + _CADENCE_D * np.arange(n), 1 + noise + change)
    nothing = np.full(n, np.nan)
    star = Star(
        light, {}, (), 2_454_833, {}, np.zeros(n, np.int64), nothing, nothing, {}, absent_d=absent
    )
    return replace(star, **given)


def _findings(star: Star) -> Mapping[Label, Finding]:
    return vet(star).findings


def test_quiet() -> None:
    """Noise alone has no event and no label of the instrument."""
    vetted = vet(_star(absent=np.array([[103.0, 103.0], [140.2, 141.0]])))
    assert vetted.events == ()
    for label in (Label.FLAGGED_TIMES, Label.EDGES, Label.STEPS):
        assert vetted.findings[label].is_given is False


def test_steps_stay() -> None:
    """A level that changes within an hour and stays is a step; transits, flares, spots are not."""
    row = np.arange(4000)
    time = row * _CADENCE_D
    step = -1e-3 * (row >= 2000) * (0.7 + 0.3 * np.exp(-(row - 2000.0).clip(0) / 50))
    transits = -5e-3 * (time % 9.1 < 0.5)
    flare = 2e-2 * np.exp(-(row - 2500.0).clip(0) / 4) * (row >= 2500)
    spots = 5e-3 * np.sin(2 * np.pi * time / 3.0)
    (event,) = (one for one in vet(_star(step)).events if one.kind is EventKind.STEP)
    assert event.peak_d == pytest.approx(100 + 2000 * _CADENCE_D, abs=2 * _CADENCE_D)
    assert event.amplitude == pytest.approx(-1e-3, rel=0.2)
    for other in (transits, flare, spots, transits + spots):
        assert _findings(_star(other))[Label.STEPS].is_given is False


def test_events_at_flagged_times() -> None:
    """Dips at flagged rows are labeled by the flag; the same dips elsewhere are not."""
    row = np.arange(4000)
    dips = -2e-3 * (row % 500 == 250)
    at = 100 + _CADENCE_D * np.arange(250, 4000, 500)
    flagged = _findings(_star(dips, flagged_d={"coarse_point": at}))[Label.FLAGGED_TIMES]
    assert flagged.is_given
    assert flagged.evidence["instrument_flags"] == "coarse_point"
    assert flagged.evidence["instrument_flagged_events"] == 8
    elsewhere = _star(dips, flagged_d={"coarse_point": at + 3})
    assert _findings(elsewhere)[Label.FLAGGED_TIMES].is_given is False
    gaps = np.stack([at + _CADENCE_D, at + 2 * _CADENCE_D], axis=1)
    absent = _star(dips, absent=gaps)
    assert _findings(absent)[Label.FLAGGED_TIMES].evidence["instrument_flags"] == "absent"
    assert around(absent, vet(absent).events)[1] == ["absent"] * 8
    unrecorded = _findings(_star(dips))[Label.FLAGGED_TIMES]
    assert (unrecorded.is_given, unrecorded.undecided) == (None, Undecided.NOT_RECORDED)


def test_events_at_edges() -> None:
    """Ramps at the edges of segments are labeled; as many dips far from them are not."""
    row = np.arange(4000)
    ramps, dips = -3e-3 * (row % 1000 < 4), -3e-3 * (row % 1000 // 4 == 125)
    sequence = row // 1000
    for change, is_given in ((ramps, True), (dips, False)):
        star = _star(change)
        light = prepare_light(star.light.time_d, star.light.flux, None, sequence)
        assert _findings(replace(star, light=light))[Label.EDGES].is_given is is_given


@pytest.mark.parametrize("sign", [-1, 1])
def test_light_that_settles(sign: int) -> None:
    """A ramp of days after a gap is at an edge; a transit there, a trend and spots are not."""
    time = _CADENCE_D * np.arange(4000)
    sequence = np.arange(4000) // 2000
    since = time - time[2000] * sequence
    ramp = sign * 1e-3 * np.exp(-since / 1.5) * sequence
    transit = sign * 5e-3 * (since < 0.4) * sequence
    spots = 5e-3 * np.sin(2 * np.pi * time / 7.3)
    for change, size in ((ramp, 10), (transit, None), (sign * 1e-4 * since, None), (spots, None)):
        star = _star(change)
        light = prepare_light(star.light.time_d, star.light.flux, None, sequence)
        edges = _findings(replace(star, light=light))[Label.EDGES]
        assert edges.is_given is (size is not None)
        assert edges.evidence["instrument_settling"] == (size and pytest.approx(size, rel=0.3))


def test_light_that_is_noisy_while_a_flag_is_set() -> None:
    """Waves under a flag are the instrument's, and the same waves all the time are the star's."""
    time = _CADENCE_D * np.arange(4000)
    band = (time > 30) & (time < 40)
    flagged = {"rolling_band": 100 + time[band]}
    waves = 1e-3 * np.sin(2 * np.pi * time / 0.4)
    for change, is_given in ((waves * band, True), (waves, False), (0.0, False)):
        found = _findings(_star(change, flagged_d=flagged))[Label.FLAGGED_TIMES]
        assert found.is_given is is_given
        assert found.evidence["instrument_restless"] == (
            pytest.approx(12, abs=4) if is_given else None
        )


def test_light_without_noise_is_not_restless() -> None:
    """Over no noise, nothing has a size: the label is not given for it."""
    time = _CADENCE_D * np.arange(4000)
    band = (time > 30) & (time < 40)
    star = _star(0.0, flagged_d={"rolling_band": 100 + time[band]})
    flux = 1 + 1e-3 * np.sin(2 * np.pi * time / 0.4) * band
    light = prepare_light(star.light.time_d, flux, None, np.zeros(4000))
    found = _findings(replace(star, light=light))[Label.FLAGGED_TIMES]
    assert found.evidence["instrument_restless"] is None


def test_pieces_of_an_event_are_one() -> None:
    """A dip that is in pieces is at a flag once, which chance allows."""
    row = np.arange(4000)
    dip = -2e-3 * ((row > 2000) & (row < 2020) & (row % 6 != 0))
    flags = {"argabrightening": 100 + _CADENCE_D * np.arange(110, 4000, 500)}
    found = _findings(_star(dip, flagged_d=flags))[Label.FLAGGED_TIMES]
    assert found.evidence["instrument_flagged_events"] == 0
    at_dip = {"argabrightening": 100 + _CADENCE_D * np.arange(10, 4000, 250)}
    found = _findings(_star(dip, flagged_d=at_dip))[Label.FLAGGED_TIMES]
    assert found.evidence["instrument_flagged_events"] == 2
    assert found.is_given is False


@pytest.mark.parametrize(("period_d", "n_random"), [(1.96, 5), (2.98, 10), (0.2452, 40)])
def test_clock_of_gaps(period_d: float, n_random: int) -> None:
    """The time between regular gaps is measured among others, and others alone have none."""
    rng = np.random.default_rng(5)
    light = _star(n=4300).light
    others = rng.uniform(light.time_d[0], light.time_d[-1], n_random)
    regular = np.arange(light.time_d[0] + 0.4, light.time_d[-1], period_d)

    def clock(times: _Floats) -> Any:
        begins = np.sort(times)
        return dump_clock(light, np.stack([begins, begins], axis=1))

    assert clock(np.concatenate([others, regular])).frequency_per_d == pytest.approx(
        1 / period_d, abs=1 / light.baseline_d
    )
    assert clock(rng.uniform(light.time_d[0], light.time_d[-1], 60)) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("star", "times", "bitmask", "period_d"),
    [
        # Thrusters, which fire at multiples of the roll's 5.885 h.
        ("k2/EPIC206103150", "*_llc.fits", 1_130_799, 0.2452),
        # Desaturations every 2.98 d, among others.
        ("kepler/KIC8644288", "*_llc.fits", 1_130_799, 2.983),
        # The mask has so many other gaps that the four dumps are not told from them.
        ("tess/TIC162494287", "*s0023*_lc.fits", 17_087, None),
    ],
)
def test_clock_of_real_files(
    real_files: Path, star: str, times: str, bitmask: int, period_d: float | None
) -> None:
    """The clock of the gaps of real files is that of the spacecraft, or none."""
    columns: list[list[_Floats]] = [[], [], []]
    spans = []
    for number, path in enumerate(sorted((real_files / star).glob(times))):
        with fits.open(path) as units:
            rows = units[1].data
            flags = rows["SAP_QUALITY" if "SAP_QUALITY" in rows.names else "QUALITY"]
            kept = rows[((flags & bitmask) == 0) & np.isfinite(rows["TIME"])]
        time, cadence = kept["TIME"].astype(float), kept["CADENCENO"].astype(np.int64)
        gap = np.flatnonzero(np.diff(cadence) > 1)
        spans.append(np.stack([time[gap], time[gap + 1]], axis=1))
        for column, values in zip(
            columns, (time, np.ones(len(time)), np.full(len(time), number)), strict=True
        ):
            column.append(values)
    if not spans:
        pytest.skip(f"there is no {real_files / star}")
    all_time, flux, sequence = (np.concatenate(column) for column in columns)
    clock = dump_clock(prepare_light(all_time, flux, None, sequence), np.concatenate(spans))
    assert (clock is None) == (period_d is None)
    if clock is not None and period_d is not None:
        assert 1 / clock.frequency_per_d == pytest.approx(period_d, rel=0.005)


def _line_of(mission: str, baseline_d: float, period_d: float) -> Finding:
    n = round(baseline_d / _CADENCE_D)
    features = {"freq_main": float(np.log10(1 / period_d)), "freq_contrast": 1.0}
    star = _star(n=n, features=features, lines=MISSIONS[mission].instrument_lines)
    return _findings(star)[Label.INSTRUMENT_LINE]


@pytest.mark.parametrize(
    ("mission", "baseline_d", "period_d", "is_given"),
    [
        ("K2", 80, 5.88 / 24, True),
        ("K2", 80, 0.2475, False),
        ("K2", 80, 2 * 5.88 / 24, True),
        # No date of a desaturation is known: only a star's own gaps tell.
        ("Kepler", 1400, 3.05, False),
        ("Kepler", 90, 2.963, False),
        ("Kepler", 1400, 93.0, True),
        # Not resolved: four periods are needed.
        ("TESS", 27, 13.0, False),
        ("TESS", 80, 13.7, True),
    ],
)
def test_lines(mission: str, baseline_d: float, period_d: float, is_given: bool) -> None:
    """A main period is the instrument's if it lies within 2/baseline of a line that is resolved."""
    assert _line_of(mission, baseline_d, period_d).is_given is is_given


@pytest.mark.parametrize(
    ("wave_d", "n", "is_given"),
    [(2.9, 4000, True), (2.96, 4000, False), (2.8, 4000, False), (2.96, 16_000, False)],
)
def test_own_gaps(wave_d: float, n: int, is_given: bool) -> None:
    """What comes with a star's own gaps is the instrument's; what drifts from them is a star's."""
    begins = np.arange(101.0, 100 + n * _CADENCE_D - 1, 2.9)
    begins[1::3] += 0.05
    days = 100 + _CADENCE_D * np.arange(n)
    absent = np.stack([begins, begins + 2 * _CADENCE_D], axis=1)
    ramp = np.exp(-(days[:, None] - begins).clip(0) / 0.8) * (days[:, None] > begins)
    wave = np.sin(2 * np.pi * days / wave_d) if wave_d != 2.9 else ramp.max(axis=1)
    features = {"freq_main": float(np.log10(1 / wave_d)), "freq_contrast": 1.0}
    found = _findings(_star(2e-3 * wave, n, absent=absent, features=features))
    assert found[Label.INSTRUMENT_LINE].is_given is is_given
    assert found[Label.INSTRUMENT_LINE].evidence["instrument_clock_d"] == pytest.approx(2.9, 0.01)


def test_kepler_year() -> None:
    """A candidate of a year in orbit is the instrument's only where rows have rolling bands."""
    star = _star(
        flagged_lines=MISSIONS["Kepler"].flagged_lines,
        candidates=({"number": 1, "period_d": 372.0},),
    )
    assert instrument(star)[0].is_given is None
    rolling = replace(star, flagged_d={"rolling_band": np.array([120.0])})
    assert instrument(rolling)[0].evidence["instrument_line"] == "rolling_band"


@pytest.mark.parametrize("n", [0, 1, 3])
def test_hardly_any_light(n: int) -> None:
    """A star with up to three points has no events, and no label."""
    vetted = vet(_star(n=n))
    assert vetted.events == ()
    assert not any(finding.is_given for finding in vetted.findings.values())
