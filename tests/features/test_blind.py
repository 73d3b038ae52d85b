"""Blind features see nothing of the planets that are known."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from preprocessing.core.ephemerides import EventMask, harmonic_of
from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.features.blind import extract_blind
from preprocessing.features.extraction import Record, extract
from preprocessing.lists.known_objects import read_labels
from preprocessing.missions import MISSIONS
from preprocessing.signals.transits import Transit, transit_flux
from preprocessing.vetting.blinding import event_masks
from tests.support.real_light import light_of

pytestmark = pytest.mark.slow

_PERIOD, _EPOCH, _HOURS = 5.3, 2.1, 4.0
_KNOWN = KnownObject(1, "a b", ObjectKind.PLANET, "table", _PERIOD, _EPOCH, _HOURS, 4000.0)
_TIME = np.arange(0, 60, 1 / 48)
_NOISE = np.random.default_rng(1).normal(0, 2e-4, len(_TIME))


def _flux(late_d: float = 0.0) -> np.ndarray:
    """Return light with transits of which every other one is late, and the others early."""
    event = np.rint((_TIME - _EPOCH) / _PERIOD)
    transit = Transit(_PERIOD, _EPOCH, 4000.0, _HOURS, 0.2)
    times = _TIME - np.where(event % 2 == 0, late_d, -late_d)
    return 1 + transit_flux(times, transit, 0.02) + _NOISE


def _periods(record: Record) -> set[float | None]:
    return {harmonic_of(_PERIOD, one.period_d) for one in record.candidates}


@pytest.mark.parametrize("late_d", [0.0, 0.15])
def test_an_injected_planet_is_hidden(late_d: float) -> None:
    """No candidate at the period, or a harmonic, is left, also if transits are early and late."""
    flux = _flux(late_d)
    masks = event_masks([_KNOWN], (), 0)
    assert 1 in _periods(extract(_TIME, flux))
    record = extract_blind(_TIME, flux, masks=masks)
    assert record is not None
    assert _periods(record) <= {None}
    hidden = masks[0].covers(_TIME)
    assert record.companions["left_out_masked"] >= hidden.sum() > 0
    without = extract(_TIME, 1 + _NOISE)
    for feature in ("stat_dip", "transit_snr"):
        assert record[feature] == pytest.approx(without[feature], abs=0.1)


def test_what_is_not_masked_stays() -> None:
    """Where nothing is hidden, blind features are the features."""
    flux = _flux()
    one, other = extract(_TIME, flux), extract_blind(_TIME, flux, masks=())
    assert other is not None
    assert dict(one.values) == dict(other.values)
    assert one.companions["left_out_masked"] == 0


def test_an_old_ephemeris() -> None:
    """Where a candidate is the known planet, its own events are hidden, where they are."""
    row = {"period_d": _PERIOD, "epoch_d": _EPOCH + 0.2, "duration_d": 0.2}
    other = {"period_d": 7.7, "epoch_d": 3.0, "duration_d": 0.2}
    known, found = event_masks([_KNOWN], (row, other), 0)
    assert known == EventMask(_PERIOD, _EPOCH, 0.75 * _HOURS / 24)
    assert found == EventMask(_PERIOD, _EPOCH + 0.2, 0.75 * 0.2)
    # Of TOI-1130 b, whose transits are hours off, the table's epoch is that of other years.
    far = {**row, "epoch_d": _EPOCH + 2.0}
    assert event_masks([_KNOWN], (far,), 0)[1] == EventMask(_PERIOD, _EPOCH + 2.0, 0.75 * 0.2)
    multiple = {**far, "period_d": 2 * _PERIOD}
    assert len(event_masks([_KNOWN], (multiple,), 0)) == 1


def test_only_planets_and_candidates_are_hidden() -> None:
    """Binaries and false positives are seen, and what has no epoch where it was found only."""
    kinds = (ObjectKind.BINARY, ObjectKind.FALSE_POSITIVE, ObjectKind.ROTATOR)
    assert event_masks([dataclasses.replace(_KNOWN, kind=kind) for kind in kinds], (), 0) == ()
    no_epoch = dataclasses.replace(_KNOWN, epoch_bjd=np.nan)
    row = {"period_d": 2 * _PERIOD, "epoch_d": 3.0, "duration_d": 0.2}
    assert event_masks([no_epoch], (), 0) == ()
    assert event_masks([no_epoch], (row,), 100)[0].epoch_bjd == 103.0
    assert event_masks([no_epoch], (row,), 100)[0].period_d == _PERIOD


def test_a_margin_for_late_transits() -> None:
    """A planet with known timing variations is hidden for a duration more on either side."""
    varying = dataclasses.replace(_KNOWN, has_timing_variations=True)
    (mask,) = event_masks([varying], (), 0)
    assert mask.half_width_d == pytest.approx(1.75 * _HOURS / 24)


@pytest.mark.parametrize("star", ["KIC10874614", "KIC11442793"])
def test_real_hosts(real_files: Path, star: str) -> None:
    """In the light of real hosts, no candidate is left at a period of a known planet."""
    labels = real_files.parent / "labeled" / "truth.csv"
    if not labels.is_file():
        pytest.skip("what is known of the real stars is not beside their files")
    mission = MISSIONS["Kepler"]
    known = read_labels(labels, mission).of_star(int(star.removeprefix("KIC")))
    light = light_of(real_files / "kepler" / star)
    masks = [
        dataclasses.replace(one, epoch_bjd=one.epoch_bjd - mission.bjd_reference)
        for one in event_masks(known, (), mission.bjd_reference)
    ]
    record = extract_blind(light.time_d, light.flux, None, light.sequence, masks=masks)
    assert record is not None
    planets = [one for one in known if one.kind in (ObjectKind.PLANET, ObjectKind.CANDIDATE)]
    assert planets
    for one in record.candidates:
        assert not any(harmonic_of(planet.period_d, one.period_d) for planet in planets)
