"""Binaries, pulsators, rotators and flare stars are told from each other by their light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from preprocessing.analysis.light import Floats, prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.features.frequency import frequency_features
from preprocessing.features.star_light import star_light
from preprocessing.features.transit_search import TransitSearch
from preprocessing.signals.contact import Contact, contact_flux
from preprocessing.signals.eclipses import Eclipses, eclipse_flux
from preprocessing.signals.flares import davenport_shape
from preprocessing.signals.pulsation import Modes, RRLyrae, modes_flux, rr_lyrae_flux
from preprocessing.signals.transits import Transit, transit_flux
from preprocessing.vetting.binaries import binaries, outside_transits
from preprocessing.vetting.flare_light import changes_of_flares
from preprocessing.vetting.flares import find_flares, flares
from preprocessing.vetting.label import Evidence, Label, Undecided
from preprocessing.vetting.pulsators import pulsators
from preprocessing.vetting.rotation import rotation
from preprocessing.vetting.star import Star

pytestmark = pytest.mark.slow

_STEP = 29.4244 / 1440
_TIME = np.arange(0, 89, _STEP)[np.arange(0, 89, _STEP) % 31 > 1]
_PERIOD = 3.1


def _star(change: Floats, *candidates: Mapping[str, Evidence], sigma: float = 1e-4) -> Star:
    noise = np.random.default_rng(1).normal(0, sigma, len(_TIME))
    light = prepare_light(_TIME, 1 + change + noise)
    found = frequency_features(star_light(light, TransitSearch((), np.nan)))
    features: dict[str, Evidence] = {
        name: None if isinstance(value, Missing) else value for name, value in found.items()
    }
    features |= {"stat_white": np.log10(1e6 * sigma), "transit_shape": 0.0}
    nothing = np.full(len(light), np.nan)
    flags = np.zeros(len(light), dtype=np.int64)
    return Star(light, features, candidates, 0, {}, flags, nothing, nothing, {})


def _candidate(depth_ppm: float) -> Mapping[str, Evidence]:
    return {
        "number": 1,
        "period_d": _PERIOD,
        "epoch_d": 44.4,
        "duration_d": 0.15,
        "depth": depth_ppm,
        "snr": 300.0,
        "secondary_phase": 0.5,
        "secondary_sigma": 20.0,
        "passes": True,
        "broken_rules": "",
    }


def _transit(depth_ppm: float, epoch: float = 44.4) -> Transit:
    return Transit(_PERIOD, epoch, depth_ppm, 3.6, 0.3)


def _labels(star: Star) -> set[Label]:
    star = replace(star, events=find_flares(star))
    families = (pulsators, binaries, rotation, flares)
    return {found.label for family in families for found in family(star) if found.is_given}


_SPOTS = 5e-3 * (
    np.sin(2 * np.pi * _TIME / 7.3) * (1 + 0.5 * np.sin(_TIME / 13))
    + 0.4 * np.sin(4 * np.pi * _TIME / 7.3 + _TIME / 40)
)
_STEPS: Floats = np.arange(2.0, 8.0)
_RATIOS: Floats = np.asarray(0.45 * 0.72 ** (_STEPS - 2), dtype=np.float64)
_LEADS: Floats = np.asarray((_STEPS - 1) * 2.5, dtype=np.float64)
_RR_LYRAE = RRLyrae(0.56, 0.3, _RATIOS, _LEADS, 0.2, 0.2)
_PRESSURE = Modes(
    np.array([7.3, 9.1, 11.7, 31.2]), np.array([900.0, 700, 300, 400]), np.arange(4) / 4
)
_GRAVITY = Modes(
    np.array([1.31, 1.47, 1.12, 1.63, 1.9, 0.97]), np.linspace(2500, 900, 6), np.arange(6) / 6
)


@pytest.mark.parametrize(
    ("change", "label"),
    [
        (rr_lyrae_flux(_TIME, _RR_LYRAE, _STEP), Label.RR_LYRAE),
        (modes_flux(_TIME, _PRESSURE, _STEP), Label.DELTA_SCUTI),
        (modes_flux(_TIME, _GRAVITY, _STEP), Label.GAMMA_DORADUS),
        (contact_flux(_TIME, Contact(0.37, 0.1, 5e4, 0.2, 0.1, 0.02), _STEP), Label.CONTACT),
        (contact_flux(_TIME, Contact(2.1, 0.1, 3e3, 0.05, 0.1, 0.02), _STEP), Label.CONTACT),
        (contact_flux(_TIME, Contact(0.22, 0.1, 2e4, 0.2, 0.02, 0.0), _STEP), Label.CONTACT),
        (_SPOTS, Label.ROTATION),
        (np.zeros(len(_TIME)), None),
    ],
)
def test_kinds_are_told_apart(change: Floats, label: Label | None) -> None:
    """A star of each kind gets its own label, and no other."""
    assert _labels(_star(change)) == ({label} if label else set())


@pytest.mark.parametrize(
    ("primary", "secondary", "ellipsoidal", "sign"),
    [
        (30_000, 6_000, 0, "secondary"),
        (30_000, 0, 900, "ellipsoidal"),
        (80_000, 0, 0, "depth"),
        (20_000, 100, 40, ""),
    ],
)
def test_a_binary_has_a_sign_that_planets_have_not(
    primary: float, secondary: float, ellipsoidal: float, sign: str
) -> None:
    """Secondary, deformation or depth tell eclipses from the transits of a hot planet."""
    orbit = Eclipses(
        _transit(primary), _transit(max(secondary, 1e-3), 44.4 + _PERIOD / 2), ellipsoidal
    )
    found = binaries(_star(eclipse_flux(_TIME, orbit, _STEP), _candidate(primary)))[0]
    assert (found.is_given, found.evidence["eclipse_signs"]) == (bool(sign), sign)


def test_each_mode_beyond_half_the_sampling_is_told() -> None:
    """Times at the barycenter tell of every mode whether it is an image, and of which frequency."""
    even = np.arange(0, 500, _STEP)
    time = even + 190 / 86400 * np.sin(2 * np.pi * even / 372.5)
    true = np.array([31.2, 9.1, 51.3, 15.7])
    modes = Modes(true, np.array([6000.0, 900, 5000, 500]), np.arange(4) / 4)
    noise = np.random.default_rng(1).normal(0, 1e-4, len(time))
    evidence = pulsators(_pulsating(time, modes_flux(time, modes, _STEP) + noise))[0].evidence
    found = [float(one) for one in str(evidence["pulsation_modes"]).split("+")]
    told = dict(zip(found, str(evidence["pulsation_modes_reflected"]).split("+"), strict=True))
    for frequency in true:
        nearest = min(told, key=lambda one: abs(one - frequency))
        assert nearest == pytest.approx(frequency, abs=1e-3)
        assert told[nearest] == ("yes" if frequency > 24.47 else "no")


def test_modes_that_half_a_year_does_not_resolve_are_no_images() -> None:
    """Of two slow modes that are one in 200 d, the peak is found in all light, where it is."""
    time = np.arange(0, 1600, _STEP)
    modes = Modes(np.array([0.93, 0.933]), np.array([4000.0, 3900.0]), np.array([0.0, 0.3]))
    noise = np.random.default_rng(1).normal(0, 1e-4, len(time))
    evidence = pulsators(_pulsating(time, modes_flux(time, modes, _STEP) + noise))[0].evidence
    assert "yes" not in str(evidence["pulsation_modes_reflected"])
    assert evidence["pulsation_frequency"] == pytest.approx(0.93, abs=0.006)


def _pulsating(time: Floats, change: Floats) -> Star:
    """Return a star of which no more is known than that something varies."""
    light = prepare_light(time, 1 + change)
    features: dict[str, Evidence] = {"stat_white": 2.0, "freq_contrast": 2.0}
    nothing = np.full(len(light), np.nan)
    return Star(light, features, (), 0, {}, np.zeros(len(light), np.int64), nothing, nothing, {})


def test_odd_and_even_are_judged_relatively() -> None:
    """Odd events a twentieth shallower are no binary's, however sure; a third shallower are."""
    given = []
    for share in (0.95, 0.67):
        even, odd = (Transit(2 * _PERIOD, 44.4 + k * _PERIOD, 2e4, 3.6, 0.3) for k in (0, 1))
        change = transit_flux(_TIME, even, _STEP) + share * transit_flux(_TIME, odd, _STEP)
        found = binaries(_star(change, {**_candidate(2e4), "secondary_sigma": 0.0}))[0]
        given.append(found.is_given)
    assert given == [False, True]


@pytest.mark.parametrize(
    ("deeper", "found_d", "phase"),
    [
        # The search found every eclipse; the two kinds differ by far, or by little.
        (0.4, _PERIOD, 0.5),
        (0.93, _PERIOD, 0.5),
        # It found every second primary eclipse, between which is a third, and two secondary ones.
        (0.3, 4 * _PERIOD, 0.5),
        (0.3, 2 * _PERIOD, 0.5),
    ],
)
def test_the_orbit_is_told_from_half_of_it(deeper: float, found_d: float, phase: float) -> None:
    """Eclipses of two depths are those of one orbit, whose period, depths and epoch are given."""
    orbit_d = 2 * _PERIOD
    one, other = (
        Transit(orbit_d, 44.4 + k * _PERIOD, 1e5 * (1, deeper)[k], 3.6, 0.3) for k in (0, 1)
    )
    change = transit_flux(_TIME, one, _STEP) + transit_flux(_TIME, other, _STEP)
    row = {**_candidate(1e5), "period_d": found_d, "secondary_phase": phase}
    found = binaries(_star(change, row))[0]
    assert found.is_given
    evidence = found.evidence
    assert evidence["eclipse_period"] == pytest.approx(orbit_d, rel=1e-3)
    ratio = float(evidence["eclipse_secondary"] or 0) / float(evidence["eclipse_depth"] or 0)
    assert ratio == pytest.approx(deeper, abs=0.05)
    turns = (float(evidence["eclipse_epoch"] or 0) - 44.4) / orbit_d
    assert abs(turns - round(turns)) < 0.01


def test_a_wave_with_two_minima_is_an_orbit() -> None:
    """A close binary whose main sine has the orbit's own period is not given twice that."""
    orbit = Eclipses(_transit(1.6e5), _transit(3e4, 44.4 + _PERIOD / 2), 8_000)
    long = replace(orbit.primary, duration_h=14.0), replace(orbit.secondary, duration_h=14.0)
    change = eclipse_flux(_TIME, Eclipses(*long, 8_000), _STEP)
    found = binaries(_star(change))[0]
    assert found.is_given
    assert found.evidence["eclipse_period"] == pytest.approx(_PERIOD, rel=1e-3)


def _flares(sigma: float, n: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(3)
    peaks = 3 + np.arange(n) * 86 / n + rng.uniform(0, 0.5, n)
    light = np.zeros(len(_TIME))
    for peak in peaks:
        height = sigma * rng.uniform(12, 60)
        light += height * davenport_shape((_TIME - peak) / rng.uniform(0.02, 0.06))
    return light, peaks


_FAST_SPOTS = 8e-3 * (
    np.sin(2 * np.pi * _TIME / 0.59) * (1 + 0.4 * np.sin(_TIME / 9))
    + 0.3 * np.sin(4 * np.pi * _TIME / 0.59 + _TIME / 30)
)


@pytest.mark.parametrize("spots", [0 * _TIME, _SPOTS, _FAST_SPOTS])
def test_injected_flares_are_found(spots: Floats) -> None:
    """Nine of ten flares of three points and five sigma are found, also on fast rotators."""
    light, peaks = _flares(1e-4, 30)
    star = _star(light + spots)
    events = find_flares(star)
    seen = [
        peak
        for peak in peaks
        if np.sort(light[np.abs(_TIME - peak) < 0.3])[-3] > 1.5e-4
        and light[np.abs(_TIME - peak) < 0.3].max() > 5e-4
    ]
    found = [any(one.start_d - _STEP < peak < one.end_d + _STEP for one in events) for peak in seen]
    assert len(seen) > 15
    assert np.mean(found) >= 0.9
    assert Label.FLARES in _labels(star)
    first = events[0]
    assert 0 < first.equivalent_duration_sigma_s < first.equivalent_duration_s


def test_a_trend_goes_straight_on_below_a_high_rise() -> None:
    """Where a rise leaves no usual point to fit, it is measured from the light on both sides."""
    change, rise = 0.02 * (_TIME - 15) / 30, np.arange(300, 320)
    change[rise] += 0.03
    star = _star(change)
    rest = changes_of_flares(star, star.light)
    np.testing.assert_allclose(rest[rise], 0.03, rtol=0.05)
    assert np.abs(np.delete(rest, rise)).max() < 2e-3


def test_what_is_longer_than_a_transit_hides_no_flares() -> None:
    """A candidate that lasts a fifth of its period is no transit, and its light is looked at."""
    long = {**_candidate(500.0), "duration_d": 0.2 * _PERIOD}
    star = _star(_SPOTS, long)
    assert outside_transits(star, star.light) is star.light


def test_rises_of_one_day_are_no_flare_star() -> None:
    """What disturbs a spacecraft for some hours makes several rises, which are no flares."""
    given = []
    for peaks in ((40.1, 40.5), (40.1, 61.5)):
        light = sum(3e-3 * davenport_shape((_TIME - peak) / 0.03) for peak in peaks)
        star = _star(np.asarray(light))
        (found,) = flares(replace(star, events=find_flares(star)))
        assert found.evidence["flare_count"] == 2
        given.append(found.is_given)
    assert given == [False, True]


def test_flares_are_not_judged_of_pulsators() -> None:
    """What rises fast again and again is no flare, and the label says that it cannot be judged."""
    star = _star(rr_lyrae_flux(_TIME, _RR_LYRAE, _STEP))
    (found,) = flares(replace(star, events=find_flares(star)))
    assert (found.is_given, found.undecided) == (None, Undecided.HIDDEN)


def test_a_candidate_of_unknown_duration() -> None:
    """A candidate whose duration nobody knows hides nothing of the light of a rotator."""
    unknown = {**_candidate(500.0), "duration_d": None}
    star = _star(_SPOTS, unknown)
    assert len(outside_transits(star, star.light)) == len(star.light)
    known = {**_candidate(500.0), "number": 2}
    star = _star(_SPOTS, unknown, known)
    assert 0.9 * len(star.light) < len(outside_transits(star, star.light)) < len(star.light)
