"""The rules that a candidate must keep, and what its single events say of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from preprocessing.analysis.box_series import BoxSeries
from preprocessing.analysis.chance import alarms_by_chance
from preprocessing.analysis.ephemeris import FEWEST_EVENTS, Box, single_events
from preprocessing.analysis.event_tests import (
    MOST_ALARMS,
    THRESHOLD,
    agreeing_events,
    is_sine,
    odd_even,
    secondary,
)
from preprocessing.analysis.period_search import SHORTEST_DURATION, sun_duration_d

__all__ = ["Candidate", "Rule", "broken_rules", "describe"]

#: A transit of a dwarf is shorter than this share of the period.
_LONGEST_DUTY = 0.12


class Rule(str, Enum):
    """What a candidate must keep to pass. Its signal may still be that of a binary."""

    #: The signal-to-noise ratio is at least 7.1.
    SNR = "snr"
    #: At least three events were observed, each for at least 40 % of its duration.
    EVENTS = "events"
    #: No single event makes most of the signal, or the others are one without it.
    BALANCE = "balance"
    #: The duration is less than 12 % of the period.
    DUTY = "duty"
    #: The duration is at least a fifth of that of a central transit of the Sun.
    DURATION = "duration"
    #: The light's other dips, put at random times, make a signal as strong in at most one of a
    #: hundred thousand stars.
    CHANCE = "chance"
    #: No stronger candidate has the same period: a secondary eclipse has.
    PERIOD = "period"
    #: No sine that keeps to its period fits better: that of a pulsating or spotted star does.
    SINE = "sine"

    __str__ = str.__str__


@dataclass(frozen=True)
class Candidate:
    """A loss of light that repeats: a transit, an eclipse, or a false alarm.

    Parameters
    ----------
    number : int
        1 for the strongest of those that pass, or, if none does, of all.
    period_d : float
        Days from one event to the next.
    epoch_d : float
        Middle of the event nearest to the middle of the light, in the light's days.
    duration_d : float
        Days from first to last contact.
    depth : float
        Relative loss of light at mid-transit.
    snr : float
        Signal-to-noise ratio of the best box, with the noise of boxes of its length.
    n_events : int
        Events of which at least 40 % was observed.
    balance : float
        Share of the strongest single event in the root of the sum of squares of all.
    odd_even : float
        Difference of the depths of odd and even events over their sum; NaN with less than two
        of each.
    odd_even_sigma : float
        The same difference over its uncertainty.
    broken : tuple of Rule
        The rules that it does not keep.
    white_snr : float
        Signal-to-noise ratio of the best box if the noise of points were independent.
    secondary, secondary_sigma, secondary_phase : float
        The most significant loss of light between the events: its depth over that of the box, its
        signal-to-noise ratio, and where it is, from 0 at one event to 1 at the next.
    period_sigma_d, epoch_sigma_d, depth_sigma : float
        Uncertainties, in noise as strong as that of boxes of the duration; NaN if nothing was
        fitted. Transits that do not keep to one period have more.
    shape : float
        By how much a V fits better than a box, as a share of what a transit explains: -1 to 1.
    """

    number: int
    period_d: float
    epoch_d: float
    duration_d: float
    depth: float
    snr: float
    n_events: int
    balance: float
    odd_even: float
    odd_even_sigma: float
    broken: tuple[Rule, ...]
    white_snr: float
    secondary: float
    secondary_sigma: float
    secondary_phase: float
    period_sigma_d: float = np.nan
    epoch_sigma_d: float = np.nan
    depth_sigma: float = np.nan
    shape: float = np.nan

    @property
    def passes(self) -> bool:
        """Whether it keeps every rule."""
        return not self.broken


def describe(
    number: int,
    box: Box,
    series: BoxSeries,
    known: Sequence[Candidate],
    threshold: float = THRESHOLD,
) -> Candidate:
    """Describe a box by its single events, and say which rules it breaks.

    Parameters
    ----------
    number : int
        Its number.
    box : Box
        What was found.
    series : BoxSeries
        The light in which it was found.
    known : sequence of Candidate
        Those found before.
    threshold : float
        The least signal-to-noise ratio.

    Returns
    -------
    Candidate
    """
    event, depth, snr = single_events(series, box)
    difference, sigma = odd_even(event, depth, snr)
    between = secondary(series, box)
    noise = np.interp(box.duration_d, series.durations_d, series.noise)
    return Candidate(
        number,
        box.period_d,
        box.epoch_d,
        box.duration_d,
        box.depth,
        box.snr,
        len(event),
        float(snr.max() / np.sqrt(np.sum(snr**2))) if len(event) else np.nan,
        difference,
        sigma,
        tuple(broken_rules(box, series, known, threshold)),
        float(box.snr * noise / series.white_noise),
        between.share,
        between.sigma,
        between.phase,
    )


def broken_rules(
    box: Box, series: BoxSeries, known: Sequence[Candidate], threshold: float = THRESHOLD
) -> Iterator[Rule]:
    """Yield the rules that a box breaks, those first that take the least time to look at.

    Parameters
    ----------
    box : Box
        What was found.
    series : BoxSeries
        The light in which it was found.
    known : sequence of Candidate
        Those found before.
    threshold : float
        The least signal-to-noise ratio.
    """
    _, _, snr = single_events(series, box)
    span_d = series.n_cells * series.step_d
    if not box.snr >= threshold:
        yield Rule.SNR
    if len(snr) < FEWEST_EVENTS:
        yield Rule.EVENTS
    if not box.duration_d < _LONGEST_DUTY * box.period_d:
        yield Rule.DUTY
    if box.duration_d < SHORTEST_DURATION * sun_duration_d(box.period_d):
        yield Rule.DURATION
    if any(
        abs(box.period_d - other.period_d) * span_d / box.period_d < box.duration_d
        for other in known
    ):
        yield Rule.PERIOD
    if is_sine(series, box):
        yield Rule.SINE
    events = agreeing_events(series, box)
    if not len(events):
        yield Rule.BALANCE
    if alarms_by_chance(series, box, events if len(events) else snr) > MOST_ALARMS:
        yield Rule.CHANCE
