"""Candidates of known nature get the disposition of their kind, each for the right reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.features.candidate import Rule
from preprocessing.vetting.candidate_tests import TESTS
from preprocessing.vetting.disposition import COLUMNS, Disposition, vet_candidates
from preprocessing.vetting.judgment import Kind, Outcome, VettingTest
from tests.support.candidate_stars import CADENCE_D, days_of, dips, row_of, star_of

DAYS = days_of(4)
PERIOD_D, DEPTH = 11.3, 1e-3
ONE_PLACE = {0: "7"}


def only(disposition: tuple[Disposition, ...]) -> Disposition:
    """Return the one disposition."""
    (one,) = disposition
    return one


def judged(change: Any, row: Any = None, **known: Any) -> Disposition:
    """Return what the first candidate of a star is."""
    rows = [row_of(PERIOD_D, DEPTH) if row is None else row]
    return only(vet_candidates(star_of(DAYS, change, rows, **known)))


@pytest.mark.parametrize("depth", [5e-4, 1e-3, 1.5e-2])
def test_planet(depth: float) -> None:
    """A planet fails no test, whether its transits are shallow or deep."""
    one = judged(dips(DAYS, PERIOD_D, depth), row_of(PERIOD_D, depth))
    assert one.failed == ()
    assert one.kind is Kind.PLANET_CANDIDATE


def test_weak_planet() -> None:
    """A planet of three transits at a signal-to-noise ratio of 9 passes."""
    days, depth = days_of(4), 9 * 1e-4 / np.sqrt(3 * 5 / 24 / CADENCE_D)
    row = row_of(110.0, depth, 20.0, snr=9.0, events=3)
    assert only(vet_candidates(star_of(days, dips(days, 110.0, depth, 20.0), [row]))).failed == ()


def test_planets_in_resonance() -> None:
    """Planets whose periods are as 1 to 2 do not count as each other's secondary eclipses."""
    change = dips(DAYS, 10.0, 1e-3) + dips(DAYS, 20.0, 8e-4, 6.0)
    rows = [row_of(10.0, 1e-3), row_of(20.0, 8e-4, 6.0, number=2, snr=20.0)]
    found = vet_candidates(star_of(DAYS, change, rows))
    assert [one.kind for one in found] == [Kind.PLANET_CANDIDATE] * 2


def test_variations_of_transit_times() -> None:
    """Transits that come an hour early and late by turns are those of a planet."""
    change = dips(DAYS, 2 * PERIOD_D, 5e-3, 1.02) + dips(DAYS, 2 * PERIOD_D, 5e-3, 0.98 + PERIOD_D)
    assert judged(change, row_of(PERIOD_D, 5e-3)).failed == ()


_SECOND = dips(DAYS, PERIOD_D, 4e-4, 1.0 + 0.4 * PERIOD_D)
_ODD = dips(DAYS, 2 * PERIOD_D, 1e-3) + dips(DAYS, 2 * PERIOD_D, 6e-4, 1.0 + PERIOD_D)
_WAVE = 3e-3 * np.cos(2 * np.pi * (DAYS - 1.0) / 2.5)
_SINCE = (DAYS - 1.0 + 0.1) % PERIOD_D


@pytest.mark.parametrize(
    ("change", "row", "test", "kind"),
    [
        (dips(DAYS, PERIOD_D, DEPTH) + _SECOND, {}, VettingTest.SECONDARY, Kind.ECLIPSE),
        (_ODD, {}, VettingTest.ODD_EVEN, Kind.ECLIPSE),
        (dips(DAYS, PERIOD_D, 0.08), {"depth": 8e4}, VettingTest.DEPTH, Kind.ECLIPSE),
        (
            dips(DAYS, PERIOD_D, DEPTH),
            {"broken_rules": "period", "passes": False},
            VettingTest.SAME_PERIOD,
            Kind.ECLIPSE,
        ),
        (-np.abs(_WAVE), {"period_d": 2.5}, VettingTest.OTHER_DIP, Kind.NOT_TRANSIT_LIKE),
        (_WAVE, {"period_d": 2.5, "depth": 1e3}, VettingTest.SINE, Kind.NOT_TRANSIT_LIKE),
        (
            -1e-3 * np.exp(-_SINCE / 0.15),
            {"epoch_d": 1.05},
            VettingTest.ASYMMETRY,
            Kind.NOT_TRANSIT_LIKE,
        ),
        (0 * DAYS, {"snr": 6.0}, VettingTest.SNR, Kind.NOT_TRANSIT_LIKE),
        (
            np.where(np.abs(DAYS - 1.0 - PERIOD_D * 5) < 0.1, -3e-3, 0.0),
            {},
            VettingTest.BALANCE,
            Kind.NOT_TRANSIT_LIKE,
        ),
        (
            dips(DAYS, PERIOD_D, DEPTH),
            {"duration_d": 1.5},
            VettingTest.DURATION,
            Kind.NOT_TRANSIT_LIKE,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, (VettingTest, Kind)) else "",
)
def test_false_positive(change: Any, row: Any, test: VettingTest, kind: Kind) -> None:
    """Whatever is no planet fails the test that is made for it, and is called what it is."""
    one = judged(change, row_of(PERIOD_D, DEPTH) | row)
    assert test in one.failed
    assert one.kind is kind


def test_events_at_edges() -> None:
    """What only happens where segments end is the instrument's."""
    quarter = (DAYS // 90).astype(int)
    ramp = np.where(DAYS % 90 < 0.5, -2e-3, 0.0)
    one = only(
        vet_candidates(star_of(DAYS, ramp * (quarter >= 0), [row_of(90.0, 2e-3, 0.25, events=4)]))
    )
    assert VettingTest.EDGES in one.failed
    assert one.kind is not Kind.PLANET_CANDIDATE


def test_flagged_times() -> None:
    """Dips that are deep at flagged times alone are the instrument's."""
    event = np.rint((DAYS - 1.0) / PERIOD_D)
    inside = np.abs(DAYS - 1.0 - event * PERIOD_D) < 0.1
    often = event % 3 == 0
    change = np.where(inside, np.where(often, -2e-3, -1e-4), 0.0)
    row = row_of(PERIOD_D, 7e-4)
    dumps = {"momentum dump": DAYS[inside & often]}
    assert VettingTest.FLAGS in judged(change, row, flagged_d=dumps).failed
    alone = judged(change, row, flagged_d={"momentum dump": np.empty(0)})
    assert alone.judgments[VettingTest.FLAGS].outcome is Outcome.NO_CONTRAST
    unknown = judged(change, row)
    assert unknown.judgments[VettingTest.FLAGS].outcome is Outcome.NOT_RECORDED


def test_depth_by_place() -> None:
    """Eclipses that are deep on one detector and shallow on another are a neighbor's."""
    places = {k: str(k % 4) for k in range(4)}
    deep = dips(DAYS, 5.1, 2e-3)
    change = np.where((DAYS // 90) % 2 == 1, deep, deep / 4)
    one = judged(change, row_of(5.1, 1.2e-3), place=places)
    assert VettingTest.SEASON in one.failed
    assert one.kind is Kind.NEIGHBOR
    alone = judged(deep, row_of(5.1, 2e-3), place=ONE_PLACE)
    assert alone.judgments[VettingTest.SEASON].outcome is Outcome.ONE_PLACE


@pytest.mark.parametrize(("distance_px", "kind"), [(3.0, Kind.NEIGHBOR), (0.1, None)])
def test_centroid(distance_px: float, kind: Kind | None) -> None:
    """Light that is lost three pixels from the star is a neighbor's, that at the star is not."""
    change = dips(DAYS, PERIOD_D, 5e-3)
    noise = np.random.default_rng(1).normal(0, 1e-3, (2, len(DAYS)))
    drift = 0.05 * np.sin(DAYS / 20)
    one = judged(
        change,
        row_of(PERIOD_D, 5e-3),
        centroid_col=500 + drift + noise[0] + distance_px * change,
        centroid_row=300 - drift + noise[1],
    )
    assert one.kind is (kind or Kind.PLANET_CANDIDATE)
    measured = one.judgments[VettingTest.CENTROID]
    assert measured.value == pytest.approx(distance_px, abs=0.3)


def test_instrument_period() -> None:
    """A weak signal at a line of the instrument is not trusted, a strong one is."""
    line = InstrumentLine.of_periods("desaturation", PERIOD_D, PERIOD_D)
    change = dips(DAYS, PERIOD_D, DEPTH)
    assert judged(change, row_of(PERIOD_D, DEPTH, snr=9.0), lines=[line]).kind is Kind.INSTRUMENT
    assert judged(change, row_of(PERIOD_D, DEPTH, snr=90.0), lines=[line]).failed == ()
    weak, flagged = row_of(PERIOD_D, DEPTH, snr=9.0), {"desaturation": DAYS[:1]}
    assert judged(change, weak, flagged_lines=[line]).failed == ()
    both = judged(change, weak, flagged_lines=[line], flagged_d=flagged)
    assert both.kind is Kind.INSTRUMENT


def test_star_parameters() -> None:
    """A giant's long transits are a planet's, and a deep dip of a giant is a star's."""
    giant = {"logg": 2.9, "radius": 6.0}
    change = dips(DAYS, 6.2, 4e-4)
    row = row_of(6.2, 4e-4, duration_d=11 / 24)
    assert VettingTest.DURATION in judged(change, row).failed
    assert VettingTest.DURATION not in judged(change, row, parameters=giant).failed
    deep = judged(dips(DAYS, 6.2, 1e-2), row_of(6.2, 1e-2), parameters=giant)
    assert VettingTest.DEPTH in deep.failed


def test_values() -> None:
    """Each column has a value or is null, and each test an outcome."""
    values = judged(dips(DAYS, PERIOD_D, DEPTH)).values
    assert list(values) == [column.name for column in COLUMNS]
    assert values["disposition"] == "planet_candidate"
    assert values["failed_tests"] == ""
    outcomes = {values[f"{rule.test}_outcome"] for rule in TESTS}
    assert outcomes <= {str(one) for one in Outcome}
    assert values["centroid"] is None
    assert values["centroid_outcome"] == "not_recorded"
    assert [rule.test for rule in TESTS] == list(VettingTest)


@pytest.mark.parametrize("rule", Rule)
def test_rules_of_the_search(rule: Rule) -> None:
    """A candidate that breaks a rule of the search does not pass."""
    row = row_of(PERIOD_D, DEPTH, broken_rules=f"{rule}", passes=False)
    low: dict[Rule, dict[str, Any]] = {Rule.SNR: {"snr": 6.0}, Rule.EVENTS: {"events": 2}}
    one = judged(dips(DAYS, PERIOD_D, DEPTH), {**row, **low.get(rule, {})})
    assert one.kind is not Kind.PLANET_CANDIDATE


def test_same_values_twice() -> None:
    """Vetting a star twice gives the same to the last bit."""
    star = star_of(DAYS, dips(DAYS, PERIOD_D, DEPTH), [row_of(PERIOD_D, DEPTH)])
    assert only(vet_candidates(star)).values == only(vet_candidates(star)).values


@pytest.mark.parametrize(
    "row",
    [
        {**row_of(PERIOD_D, DEPTH), "depth": None, "duration_d": None},
        row_of(400.0, DEPTH, 20.0, events=1),
        row_of(0.5, DEPTH, duration_d=0.3),
        row_of(1000.0, DEPTH, 500.0, events=0),
        row_of(PERIOD_D, -DEPTH),
    ],
    ids=["nothing fitted", "one event", "longer than half its period", "no event", "a brightening"],
)
def test_odd_rows(row: Any) -> None:
    """A candidate of which little is known is judged as far as that goes, and does not pass."""
    places = {"centroid_col": 500 + 0 * DAYS, "centroid_row": 300 + 0 * DAYS}
    one = judged(0 * DAYS, row, **places, place={k: str(k) for k in range(4)})
    assert one.kind is not Kind.PLANET_CANDIDATE


def test_little_light() -> None:
    """Light of a few points gives a disposition, too, and a star without candidates none."""
    star = star_of(DAYS[:300], 0 * DAYS[:300], [row_of(1.5, DEPTH)])
    assert only(vet_candidates(star)).kind is not Kind.PLANET_CANDIDATE
    assert vet_candidates(replace(star, candidates=())) == ()


def test_events_of_a_stronger_candidate() -> None:
    """A deep candidate all of whose events are a stronger one's has no shape that can be told."""
    days = days_of(1)
    stronger = row_of(3.0, 0.2, snr=900.0)
    weaker = row_of(12.0, 0.2, number=2, snr=400.0)
    star = star_of(days, dips(days, 3.0, 0.2), [stronger, weaker])
    outcomes = [one.judgments[VettingTest.V_SHAPE].outcome for one in vet_candidates(star)]
    assert outcomes == [Outcome.PASSED, Outcome.TOO_FEW_EVENTS]


def test_flags_that_say_nothing() -> None:
    """Where flags are recorded and none is set, there is no contrast; without flags, no record."""
    for has_flags, outcome in ((True, Outcome.NO_CONTRAST), (False, Outcome.NOT_RECORDED)):
        one = judged(dips(DAYS, PERIOD_D, DEPTH), has_flags=has_flags)
        assert one.judgments[VettingTest.FLAGS].outcome is outcome
