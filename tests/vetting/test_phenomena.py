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
from preprocessing.vetting.binaries import binaries
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


def test_odd_and_even_are_judged_relatively() -> None:
    """Odd events a twentieth shallower are no binary's, however sure; a third shallower are."""
    given = []
    for share in (0.95, 0.67):
        even, odd = (Transit(2 * _PERIOD, 44.4 + k * _PERIOD, 2e4, 3.6, 0.3) for k in (0, 1))
        change = transit_flux(_TIME, even, _STEP) + share * transit_flux(_TIME, odd, _STEP)
        found = binaries(_star(change, {**_candidate(2e4), "secondary_sigma": 0.0}))[0]
        given.append(found.is_given)
    assert given == [False, True]


def _flares(sigma: float, n: int) -> tuple[Floats, Floats]:
    rng = np.random.default_rng(3)
    peaks = 3 + np.arange(n) * 86 / n + rng.uniform(0, 0.5, n)
    light = np.zeros(len(_TIME))
    for peak in peaks:
        height = sigma * rng.uniform(12, 60)
        light += height * davenport_shape((_TIME - peak) / rng.uniform(0.02, 0.06))
    return light, peaks


@pytest.mark.parametrize("spots", [0.0, 1.0])
def test_injected_flares_are_found(spots: float) -> None:
    """Nine of ten flares of three points and five sigma are found; of a spotted star, 85 %."""
    light, peaks = _flares(1e-4, 30)
    star = _star(light + spots * _SPOTS)
    events = find_flares(star)
    seen = [
        peak
        for peak in peaks
        if np.sort(light[np.abs(_TIME - peak) < 0.3])[-3] > 1.5e-4
        and light[np.abs(_TIME - peak) < 0.3].max() > 5e-4
    ]
    found = [any(one.start_d - _STEP < peak < one.end_d + _STEP for one in events) for peak in seen]
    assert len(seen) > 15
    assert np.mean(found) >= (0.85 if spots else 0.9)
    assert Label.FLARES in _labels(star)
    first = events[0]
    assert 0 < first.equivalent_duration_sigma_s < first.equivalent_duration_s


def test_flares_are_not_judged_of_pulsators() -> None:
    """What rises fast again and again is no flare, and the label says that it cannot be judged."""
    star = _star(rr_lyrae_flux(_TIME, _RR_LYRAE, _STEP))
    (found,) = flares(replace(star, events=find_flares(star)))
    assert (found.is_given, found.undecided) == (None, Undecided.HIDDEN)
