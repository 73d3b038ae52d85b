"""All tests of one candidate, in the order in which they decide."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from preprocessing.vetting.candidate_light import CandidateLight
from preprocessing.vetting.centroid_judgment import centroid_judgment
from preprocessing.vetting.event_judgments import (
    balance_judgment,
    chance_judgment,
    chases_judgment,
    edges_judgment,
    events_judgment,
    flags_judgment,
    gaps_judgment,
    odd_even_judgment,
    season_judgment,
    snr_judgment,
)
from preprocessing.vetting.folded_judgments import (
    FoldedBoxes,
    asymmetry_judgment,
    folded_boxes,
    folded_noise_judgment,
    other_dip_judgment,
    other_rise_judgment,
    secondary_judgment,
    shoulders_judgment,
    sine_judgment,
)
from preprocessing.vetting.judgment import Judgment, Kind, VettingTest
from preprocessing.vetting.orbit_judgments import (
    depth_judgment,
    duration_judgment,
    duty_judgment,
    instrument_period_judgment,
    same_period_judgment,
    v_shape_judgment,
)

__all__ = ["TESTS", "CandidateRule", "judge"]


def _of_events(
    test: Callable[[CandidateLight], Judgment],
) -> Callable[[CandidateLight, FoldedBoxes | None], Judgment]:
    """Return a test that needs no folded light, as those are called that do."""
    return lambda candidate, _: test(candidate)


@dataclass(frozen=True)
class CandidateRule:
    """The definition of a test.

    Parameters
    ----------
    test : VettingTest
        The test.
    kind : Kind
        What a candidate is for which it is the first that fails.
    unit : str
        Of the value and of the limit.
    measures : str
        What the value is, in a sentence.
    fails : str
        When a candidate fails.
    judge : callable
        Makes the test of a candidate, given its folded light.
    has_sigma : bool
        Whether the value has a significance, too.
    """

    test: VettingTest
    kind: Kind
    unit: str
    measures: str
    fails: str
    judge: Callable[[CandidateLight, FoldedBoxes | None], Judgment]
    has_sigma: bool = False


def judge(candidate: CandidateLight) -> Mapping[VettingTest, Judgment]:
    """Return how each test of a candidate came out, in the order of `TESTS`.

    Parameters
    ----------
    candidate : CandidateLight
        The candidate, and the light in which it is judged.
    """
    boxes = folded_boxes(candidate)
    return {rule.test: rule.judge(candidate, boxes) for rule in TESTS}


#: Every test, in the order in which they decide.
TESTS: tuple[CandidateRule, ...] = (
    CandidateRule(
        VettingTest.SNR,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Signal-to-noise ratio that the search found.",
        "it is lower.",
        _of_events(snr_judgment),
    ),
    CandidateRule(
        VettingTest.EVENTS,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Events of which 40 % was observed.",
        "there are fewer.",
        _of_events(events_judgment),
    ),
    CandidateRule(
        VettingTest.CHANCE,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Signals as strong that the light's other dips would make, put at random times.",
        "it is more.",
        _of_events(chance_judgment),
    ),
    CandidateRule(
        VettingTest.FOLDED_NOISE,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Signal over the scatter of the folded light.",
        "it is lower.",
        folded_noise_judgment,
    ),
    CandidateRule(
        VettingTest.EDGES,
        Kind.INSTRUMENT,
        "",
        "Share of the depth that is left without events near the ends of segments.",
        "it is less, at 3 sigma.",
        _of_events(edges_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.FLAGS,
        Kind.INSTRUMENT,
        "",
        "Share of the depth that is left without events at flagged times.",
        "it is less, at 3 sigma.",
        _of_events(flags_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.GAPS,
        Kind.INSTRUMENT,
        "",
        "Share of the depth that is left without events beside gaps.",
        "it is less, at 3 sigma.",
        _of_events(gaps_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.INSTRUMENT_PERIOD,
        Kind.INSTRUMENT,
        "1/d",
        "Distance of the frequency from the nearest line of the instrument.",
        "it is less, and the signal is weaker than 12 sigma.",
        _of_events(instrument_period_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.SEASON,
        Kind.NEIGHBOR,
        "",
        "Difference of the depths at two places on the detector, over the depth.",
        "it is more, at 4 sigma.",
        _of_events(season_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.CENTROID,
        Kind.NEIGHBOR,
        "pixel",
        "Distance of the source of the dips from the center of light.",
        "it is more, at 5 sigma.",
        _of_events(centroid_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.SAME_PERIOD,
        Kind.ECLIPSE,
        "d",
        "The period, if a stronger candidate has the same.",
        "a stronger candidate has it.",
        _of_events(same_period_judgment),
    ),
    CandidateRule(
        VettingTest.ODD_EVEN,
        Kind.ECLIPSE,
        "",
        "Difference of odd and even depths over their sum.",
        "it is more, at 3 sigma.",
        _of_events(odd_even_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.SECONDARY,
        Kind.ECLIPSE,
        "",
        "Depth of the second dip over that of the events.",
        "it is more, at 3 sigma halfway, and more elsewhere.",
        secondary_judgment,
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.DEPTH,
        Kind.ECLIPSE,
        "",
        "Relative loss of light.",
        "it is more.",
        _of_events(depth_judgment),
    ),
    CandidateRule(
        VettingTest.V_SHAPE,
        Kind.ECLIPSE,
        "",
        "How much better than a box a V fits, as a share of what is explained.",
        "it is more, of dips deeper than 2 %.",
        _of_events(v_shape_judgment),
    ),
    CandidateRule(
        VettingTest.BALANCE,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Sigma by which the strongest event exceeds the others; 0 if its share is usual.",
        "it is higher, and no signal is left without that event.",
        _of_events(balance_judgment),
    ),
    CandidateRule(
        VettingTest.DURATION,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Duration over that of a central transit on a circular orbit.",
        "it is more, or the search says that it is too short.",
        _of_events(duration_judgment),
    ),
    CandidateRule(
        VettingTest.DUTY,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Duration over the period.",
        "it is more, or the search says so of its box.",
        _of_events(duty_judgment),
    ),
    CandidateRule(
        VettingTest.ASYMMETRY,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Difference of the losses before and after mid-event over their sum.",
        "it is more, at 4 sigma.",
        _of_events(asymmetry_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.SHOULDERS,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Loss of light just beside the events over their depth.",
        "it is more, at 3 sigma.",
        _of_events(shoulders_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.SINE,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Amplitude of a sine of the period, its half or its double, over the depth.",
        "it is more, at 50 sigma.",
        _of_events(sine_judgment),
        has_sigma=True,
    ),
    CandidateRule(
        VettingTest.OTHER_DIP,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Sigma by which the events exceed the third dip of the folded light.",
        "it is less.",
        other_dip_judgment,
    ),
    CandidateRule(
        VettingTest.OTHER_RISE,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Sigma by which the events exceed the strongest rise of the folded light.",
        "it is less.",
        other_rise_judgment,
    ),
    CandidateRule(
        VettingTest.CHASES,
        Kind.NOT_TRANSIT_LIKE,
        "",
        "Share of the signal in events that nothing near them in time equals.",
        "it is less.",
        _of_events(chases_judgment),
    ),
)
