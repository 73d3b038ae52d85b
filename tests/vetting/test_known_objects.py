"""Known objects are matched with what the light of their star shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from preprocessing.analysis.light import prepare_light
from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.vetting.known_objects import known_objects
from preprocessing.vetting.label import Evidence, Finding, Label, Undecided
from preprocessing.vetting.matching import Unmatched, match_objects
from preprocessing.vetting.star import Star

_REFERENCE = 2_454_833
_PLANET = KnownObject(7, "K1.01", ObjectKind.PLANET, "table", 10.0, _REFERENCE + 103.0, 4.8, 1000.0)
_BINARY = replace(_PLANET, name="", kind=ObjectKind.BINARY)


def _candidate(period: float, epoch: float, number: int = 1) -> Mapping[str, Evidence]:
    return {"number": number, "period_d": period, "epoch_d": epoch, "duration_d": 0.2}


def _star(
    *known: KnownObject, candidates: tuple[Mapping[str, Evidence], ...] = (), **features: float
) -> Star:
    time = np.arange(100, 190, 0.02)
    nothing = np.full(len(time), np.nan)
    about = {
        "transit_longest_period": 44.0,
        "baseline_d": 90.0,
        **{f"resid_noise_{hours}h": 2.0 for hours in (1, 3, 6, 12)},
        **features,
    }
    light = prepare_light(time, np.ones(len(time)))
    quality = np.zeros(len(time), dtype=np.int64)
    return Star(
        light, about, candidates, _REFERENCE, {}, quality, nothing, nothing, {}, known=known
    )


def _finding(star: Star, label: Label) -> Finding:
    return next(one for one in known_objects(star) if one.label is label)


@pytest.mark.parametrize(
    ("period", "epoch", "harmonic"),
    [(10.004, 123.05, 1), (5.0, 128.0, 0.5), (20.0, 143.0, 2), (10.0 / 3, 133.0, 1 / 3)],
)
def test_harmonics_match(period: float, epoch: float, harmonic: float) -> None:
    """A candidate at a harmonic of a known period is that object if events coincide."""
    (match,) = match_objects(_star(_PLANET, candidates=(_candidate(period, epoch),)))
    assert (match.candidate, match.unmatched) == (1, None)
    assert match.harmonic == pytest.approx(harmonic)


def test_the_period_itself_before_its_harmonics() -> None:
    """Of several candidates that match, the one at the period itself is taken."""
    candidates = (_candidate(20.0, 143.0, 1), _candidate(10.0, 113.0, 2))
    (match,) = match_objects(_star(_PLANET, candidates=candidates))
    assert match.signal == "candidate 2"
    assert abs(match.epoch_difference_d) < 1e-9


@pytest.mark.parametrize(
    ("known", "features", "why"),
    [
        (replace(_PLANET, period_d=np.nan), {}, Unmatched.NO_PERIOD),
        (replace(_PLANET, period_d=45.0), {}, Unmatched.TOO_LONG),
        (replace(_PLANET, period_d=0.4), {}, Unmatched.TOO_SHORT),
        (replace(_PLANET, period_d=44.0), {}, Unmatched.FEW_EVENTS),
        (replace(_PLANET, depth_ppm=200.0), {}, Unmatched.TOO_SHALLOW),
        (_PLANET, {}, Unmatched.NOT_FOUND),
        (_PLANET, {"transit_longest_period": np.nan}, Unmatched.NOT_SEARCHED),
    ],
)
def test_why_an_object_is_not_seen(
    known: KnownObject, features: dict[str, float], why: Unmatched
) -> None:
    """What does not match is long, short, rare, shallow, or should have been found."""
    (match,) = match_objects(_star(known, candidates=(), **features))
    assert match.unmatched is why
    if why is Unmatched.TOO_SHALLOW:
        assert match.expected_snr == pytest.approx(2 * 3, rel=0.01)


def test_an_object_of_unknown_depth() -> None:
    """Of an object of unknown depth, or in light of unknown noise, nobody knows what to expect."""
    (match,) = match_objects(_star(replace(_PLANET, depth_ppm=np.nan)))
    assert match.unmatched is Unmatched.NO_DEPTH
    star = _star(_PLANET)
    noise = {f"resid_noise_{hours}h": None for hours in (1, 3, 6, 12)}
    (match,) = match_objects(replace(star, features={**star.features, **noise}))
    assert match.unmatched is Unmatched.NO_DEPTH


def test_other_events_of_the_period() -> None:
    """Events at another phase are not a planet's, but may be a binary's other eclipse."""
    candidates = (_candidate(10.0, 117.0),)
    planet, binary = match_objects(_star(_PLANET, _BINARY, candidates=candidates))
    assert planet.unmatched is Unmatched.OTHER_EPOCH
    assert planet.epoch_difference_d == pytest.approx(4, abs=1e-6)
    assert binary.candidate == 1


def test_timing_variations_widen_the_match() -> None:
    """A planet whose transits are known to come late matches those that do."""
    candidates = (_candidate(10.0, 113.3),)
    late = replace(_PLANET, has_timing_variations=True)
    matches = match_objects(_star(_PLANET, late, candidates=candidates))
    assert [one.unmatched for one in matches] == [Unmatched.OTHER_EPOCH, None]


def test_a_rotator_by_its_main_period() -> None:
    """A rotator is matched with the main period of the light, also at twice that."""
    rotator = KnownObject(7, "", ObjectKind.ROTATOR, "table", 12.0)
    (match,) = match_objects(_star(rotator, temp_acf_period=float(np.log10(6.1))))
    assert (match.signal, match.harmonic) == ("temp_acf_period", 0.5)


def test_without_any_table() -> None:
    """Without tables, no label of known objects can be given or denied."""
    findings = known_objects(replace(_star(), known=None))
    assert [one.is_given for one in findings] == [None, None, None]
    assert {one.undecided for one in findings} == {Undecided.NO_CATALOG}


def test_tables_of_other_objects() -> None:
    """Tables of planets alone deny a star no binary, and tables of both do."""
    star = _star(_PLANET)
    binary = _finding(replace(star, known_kinds=frozenset({ObjectKind.PLANET})), Label.KNOWN_BINARY)
    assert (binary.is_given, binary.undecided) == (None, Undecided.NO_CATALOG)
    both = frozenset({ObjectKind.PLANET, ObjectKind.BINARY})
    assert _finding(replace(star, known_kinds=both), Label.KNOWN_BINARY).is_given is False
    none = replace(star, known=(), known_kinds=frozenset({ObjectKind.FALSE_POSITIVE}))
    assert _finding(none, Label.KNOWN_PLANET).is_given is False


def test_evidence() -> None:
    """The evidence names objects and tables, what matches, and what does not, and why."""
    other = replace(_PLANET, name="K1.02", kind=ObjectKind.CANDIDATE, period_d=45.0)
    false = replace(_PLANET, name="K1.03", kind=ObjectKind.FALSE_POSITIVE, period_d=3.0)
    star = _star(_PLANET, other, false, candidates=(_candidate(10.0, 113.0),))
    found = _finding(star, Label.KNOWN_PLANET)
    assert found.is_given
    assert found.evidence["known_planets"] == "K1.01 (planet) + K1.02 (candidate)"
    assert found.evidence["known_planet_matched"] == 1
    assert str(found.evidence["known_planet_matches"]).startswith("K1.01 (planet) = candidate 1")
    assert str(found.evidence["known_planet_missed"]).startswith("K1.02 (candidate): longer_than")
    assert str(found.evidence["known_false_positives"]).startswith("K1.03 (false_positive): not_f")
    assert not _finding(star, Label.KNOWN_BINARY).is_given


def test_a_binary_that_is_none() -> None:
    """A star with a confirmed planet is no binary if the period is the planet's, or unseen."""
    same = _finding(_star(_PLANET, _BINARY), Label.KNOWN_BINARY)
    unseen = _finding(_star(_PLANET, replace(_BINARY, period_d=842.4)), Label.KNOWN_BINARY)
    circumbinary = _star(
        _PLANET, replace(_BINARY, period_d=3.5), candidates=(_candidate(3.5, 103.0),)
    )
    assert not same.is_given and "same period" in str(same.evidence["known_binary_doubt"])
    assert not unseen.is_given and "no binary" in str(unseen.evidence["known_binary_doubt"])
    assert _finding(circumbinary, Label.KNOWN_BINARY).is_given
    assert _finding(_star(_BINARY), Label.KNOWN_BINARY).is_given


def test_a_flare_star_that_may_be_none() -> None:
    """What is listed as a flare star and as a pulsator gets the label, with the doubt."""
    kinds = (ObjectKind.FLARE_STAR, ObjectKind.PULSATOR)
    listed = [KnownObject(7, "", kind, "table", 0.5) for kind in kinds]
    found = _finding(_star(*listed), Label.KNOWN_VARIABLE)
    assert found.is_given
    assert found.evidence["known_variable_doubt"] == "listed as a flare star and as a pulsator"
