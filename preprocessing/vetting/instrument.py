"""Labels of what the instrument did to a star's light: lines, flagged times, edges, steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.flat_light import flat_on_grid
from preprocessing.analysis.light import Floats
from preprocessing.analysis.medians import sigma_of_many
from preprocessing.analysis.periodogram import fit_harmonics
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.dump_clock import DumpClock, dump_clock, turns_of_gaps
from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.label import Evidence, Finding, Label, LabelRule, Undecided
from preprocessing.vetting.near_times import NearTimes, is_near, near_times
from preprocessing.vetting.settling import settling_sigma
from preprocessing.vetting.star import Star

__all__ = ["RULES", "around", "instrument"]

#: Events this close to an edge, in days: after a gap the telescope's focus drifts for about a day
#: (Kepler Data Characteristics Handbook, KSCI-19040-005, section 5.2).
_EDGE_D = 1.0
#: Events within this many cadences of a time happen at it.
_NEAR_CADENCES = 1.5
#: As many events at such times come by chance in one star of a thousand.
_CHANCE = 1e-3
#: While a flag is set, light scatters by this factor more than otherwise; it is set for at least so
#: many points of 30 minutes, and is not for as many.
_RESTLESS, _FEWEST_RESTLESS = 2.0, 48
#: A frequency is resolved from zero if the light covers this many periods: then it is twice the
#: tolerance of 2 / baseline away.
_FEWEST_PERIODS = 4
#: Amplitude over that of the noise nearby of a frequency that is there (Breger et al. 1993, A&A
#: 271, 482).
_LEAST_CONTRAST = 4.0
#: A line of the star's own gaps. What they cause comes with them: of the variance of the main
#: wave, a sine in turns of the gaps has this share. That of a star, which drifts by half a turn
#: over the light, has sinc(0.5) squared, 0.4.
_GAPS, _LEAST_SHARE = "gaps", 0.5
#: Rows masked by flags that are not recorded.
_ABSENT = "absent"

RULES = (
    LabelRule(
        Label.INSTRUMENT_LINE,
        "The main period is one at which the instrument varies.",
        "freq_main lies within 2/baseline of a line of the mission, or of the clock of the gaps in"
        " the star's own files, with which the wave comes (a sine in turns of the gaps has half of"
        " its variance); the baseline covers four periods of the line; freq_contrast is at"
        " least lg 4 (Breger et al. 1993). Or a candidate has the period of a line of periods"
        " whose flag the light curve has",
        (
            ValueColumn("instrument_line", str, "", "The line; null if none is hit."),
            ValueColumn("instrument_line_per_d", float, "1/d", "Its frequency."),
            ValueColumn("instrument_clock_d", float, "d", "Regular time between gaps of files."),
            ValueColumn("instrument_clock_chance", float, "", "Chance that they are as regular."),
        ),
    ),
    LabelRule(
        Label.FLAGGED_TIMES,
        "Events lie where the spacecraft or the detector did something.",
        "more events than chance allows (p < 0.001 over the number of flags; binomial) lie within"
        " 1.5 cadences of rows that a flag marks, or of rows that are not in the light curve."
        " Pieces of one event count once. Or the light over its trend scatters twice as much while"
        " a flag is set, for a day at least, as at other times",
        (
            ValueColumn("instrument_flags", str, "", "What happened at them, with + between."),
            ValueColumn("instrument_flagged_events", int, "", "Events there."),
            ValueColumn("instrument_flagged_share", float, "", "Share of the light there."),
            ValueColumn("instrument_flagged_chance", float, "", "Chance of as many events there."),
            ValueColumn(
                "instrument_restless",
                float,
                "",
                "Most extreme point, over the noise of a point, while the light scatters as a flag"
                " is set; null if it does not.",
            ),
        ),
    ),
    LabelRule(
        Label.EDGES,
        "Events lie at the edges of segments.",
        "more events than chance allows (p < 0.001; binomial) lie within 1 d of the first or last"
        " point of a file, or of a gap of more than 0.75 d. Or the light settles after 0.5 d: the"
        " first half day lies 8 times the scatter of such differences from the straight line"
        " through days 2 to 5, and 10 to 80 % of that is left a day later",
        (
            ValueColumn("instrument_edge_events", int, "", "Events there."),
            ValueColumn("instrument_edge_share", float, "", "Share of the light there."),
            ValueColumn("instrument_edge_chance", float, "", "Chance of as many events there."),
            ValueColumn(
                "instrument_settling",
                float,
                "",
                "How far the light settles after a gap, over the noise of a point; null if it does"
                " not.",
            ),
        ),
    ),
    LabelRule(
        Label.STEPS,
        "The light jumps to another level within an hour, and stays.",
        "at least one step: the straight lines through the 1.5 d before and after lie 8 times the"
        " scatter of such jumps apart, 60 % of it within an hour, and half of it is left after"
        " 0.75 to 1.5 d",
        (
            ValueColumn("instrument_steps", int, "", "Steps."),
            ValueColumn("instrument_largest_step", float, "ppm", "The largest; < 0 if it falls."),
        ),
    ),
)


def instrument(star: Star) -> tuple[Finding, ...]:
    """Return what the instrument did to a star's light.

    Parameters
    ----------
    star : Star
        The star, whose events are known.
    """
    if len(star.light) < 2:
        return tuple(Finding(rule.label, None, Undecided.TOO_SHORT, {}) for rule in RULES)
    return _line(star), _flagged(star), _edges(star), _steps(star)


def around(star: Star, events: Sequence[Event]) -> tuple[list[float | None], list[str | None]]:
    """Return how far from an edge each event is, in days, and what happened at its time.

    Parameters
    ----------
    star : Star
        The star.
    events : sequence of Event
        Its events.
    """
    if not events:
        return [], []
    peaks = np.array([event.peak_d for event in events])
    edges = _edges_d(star)[:, 0]
    after = np.clip(np.searchsorted(edges, peaks), 1, len(edges) - 1)
    distance = np.minimum(np.abs(peaks - edges[after - 1]), np.abs(edges[after] - peaks))
    starts, ends = _spans_of(star, events)
    names = ["" for _ in events]
    for name, spans in _happenings(star):
        for at in np.flatnonzero(is_near(starts, ends, spans, _margin_d(star))):
            names[at] += f"+{name}"
    return distance.tolist(), [text[1:] or None for text in names]


def _margin_d(star: Star) -> float:
    """Return how near, in days, an event is to a time at which it happens."""
    return _NEAR_CADENCES * star.light.cadence_d


def _edges_d(star: Star) -> Floats:
    """Return the first and last times of segments, as spans of no length."""
    edges = star.light.segment_edges
    ends = np.sort(star.light.time_d[np.concatenate([edges[:-1], edges[1:] - 1])])
    return np.stack([ends, ends], axis=1)


def _happenings(star: Star) -> Iterator[tuple[str, Floats]]:
    """Yield what happened, with the times at which it did, as spans."""
    for name, times in star.flagged_d.items():
        yield name, np.stack([times, times], axis=1)
    if len(star.absent_d):
        yield _ABSENT, star.absent_d


def _spans_of(star: Star, events: Sequence[Event]) -> tuple[Floats, Floats]:
    """Return when events begin and end."""
    # On the grid, times are the middles of bins.
    half_d = GRID_D / 2 if star.light.cadence_d < GRID_D / 2 else 0.0
    starts = np.array([event.start_d for event in events]) - half_d
    return starts, np.array([event.end_d for event in events]) + half_d


def _line(star: Star) -> Finding:
    clock = dump_clock(star.light, star.absent_d)
    evidence: dict[str, Evidence] = {
        "instrument_clock_d": None if clock is None else 1 / clock.frequency_per_d,
        "instrument_clock_chance": None if clock is None else clock.chance,
    }
    year = _flagged_line(star)
    if year is not None:
        evidence |= {"instrument_line": year.name, "instrument_line_per_d": year.low_per_d}
        return Finding(Label.INSTRUMENT_LINE, True, None, evidence)
    main, contrast = star.features.get("freq_main"), star.features.get("freq_contrast")
    if not isinstance(main, float) or not isinstance(contrast, float):
        return Finding(Label.INSTRUMENT_LINE, None, Undecided.NO_FEATURE, evidence)
    hit = _line_at(10**main, star, clock)
    if clock is not None and hit is not None and hit.name == _GAPS:
        hit = hit if _is_at_gaps(star, clock, 10**main) else None
    if hit is None:
        return Finding(Label.INSTRUMENT_LINE, False, None, evidence)
    nearest = float(np.clip(10**main, hit.low_per_d, hit.high_per_d))
    evidence |= {"instrument_line": hit.name, "instrument_line_per_d": nearest}
    is_there = 10**contrast >= _LEAST_CONTRAST
    return Finding(Label.INSTRUMENT_LINE, is_there, None, evidence)


def _flagged_line(star: Star) -> InstrumentLine | None:
    """Return the range of false candidates that has a candidate, and whose flag rows have."""
    periods = [one.get("period_d") for one in star.candidates]
    per_d = [1 / period for period in periods if isinstance(period, float) and period > 0]
    for line in star.flagged_lines:
        if line.name in star.flagged_d and any(
            line.low_per_d <= one <= line.high_per_d for one in per_d
        ):
            return line
    return None


def _line_at(frequency_per_d: float, star: Star, clock: DumpClock | None) -> InstrumentLine | None:
    """Return the line of the instrument at a frequency; None if there is none."""
    baseline_d = star.light.baseline_d
    lines = [*star.lines]
    if clock is not None:
        lines.append(InstrumentLine(_GAPS, clock.frequency_per_d, clock.frequency_per_d))
    tolerance = 2 / baseline_d
    for line in lines:
        is_resolved = baseline_d * line.low_per_d >= _FEWEST_PERIODS
        if is_resolved and (
            line.low_per_d - tolerance <= frequency_per_d <= line.high_per_d + tolerance
        ):
            return line
    return None


def _is_at_gaps(star: Star, clock: DumpClock, frequency_per_d: float) -> bool:
    """Return whether the wave comes with the gaps: it drifts from them if it is a star's."""
    change = star.light.flux - 1
    turns = turns_of_gaps(star.light, star.absent_d, clock)
    with_gaps = fit_harmonics(turns, change, 1.0, 1).power
    return (
        with_gaps
        >= _LEAST_SHARE * fit_harmonics(star.light.time_d, change, frequency_per_d, 1).power
    )


def _flagged(star: Star) -> Finding:
    names = ("instrument_flags", "instrument_flagged_events")
    if not star.flagged_d and not len(star.absent_d):
        is_given, undecided = (False, None) if not star.events else (None, Undecided.NOT_RECORDED)
        return Finding(Label.FLAGGED_TIMES, is_given, undecided, dict.fromkeys(names))
    spans = dict(_happenings(star))
    found = {name: _near(star, one, _margin_d(star)) for name, one in spans.items()}
    likeliest = min(found.values(), key=lambda one: one.chance)
    restless = _restless(star)
    at = [
        name for name, one in found.items() if one.chance < _CHANCE / len(found) or name in restless
    ]
    return Finding(
        Label.FLAGGED_TIMES,
        bool(at),
        None,
        {
            "instrument_flags": "+".join(at) or None,
            "instrument_flagged_events": likeliest.n_events,
            "instrument_flagged_share": likeliest.share,
            "instrument_flagged_chance": likeliest.chance,
            "instrument_restless": max(restless.values(), default=None),
        },
    )


def _restless(star: Star) -> dict[str, float]:
    """Return the most extreme point, over the noise, under each flag that makes light noisy."""
    if not star.flagged_d:
        return {}
    grid = flat_on_grid(star.light)
    if not grid.white_noise > 0:
        return {}
    change = grid.flat - 1
    is_known = np.isfinite(change)
    time_d, change = grid.light.time_d[is_known], change[is_known]
    found = {}
    for name, times in star.flagged_d.items():
        inside = is_near(time_d, time_d, np.stack([times, times], axis=1), _margin_d(star))
        n_inside = int(inside.sum())
        if not _FEWEST_RESTLESS <= n_inside <= len(inside) - _FEWEST_RESTLESS:
            continue
        # By noise alone, the scatter of so many points differs by a seventh at most.
        if sigma_of_many(change[inside]) > _RESTLESS * sigma_of_many(change[~inside]):
            found[name] = float(np.abs(change[inside]).max() / grid.white_noise)
    return found


def _edges(star: Star) -> Finding:
    near = _near(star, _edges_d(star), _EDGE_D)
    settling = settling_sigma(star)
    return Finding(
        Label.EDGES,
        near.chance < _CHANCE or settling is not None,
        None,
        {
            "instrument_edge_events": near.n_events,
            "instrument_edge_share": near.share,
            "instrument_edge_chance": near.chance,
            "instrument_settling": settling,
        },
    )


def _near(star: Star, spans_d: Floats, within_d: float) -> NearTimes:
    return near_times(*_spans_of(star, star.events), spans_d, within_d, star.light.time_d)


def _steps(star: Star) -> Finding:
    steps = [event for event in star.events if event.kind is EventKind.STEP]
    largest = max(steps, key=lambda step: abs(step.amplitude), default=None)
    evidence: Mapping[str, Evidence] = {
        "instrument_steps": len(steps),
        "instrument_largest_step": None if largest is None else 1e6 * largest.amplitude,
    }
    return Finding(Label.STEPS, bool(steps), None, evidence)
