"""The rules that a candidate must keep, and what its single events say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np

from preprocessing.features.box_series import BoxSeries
from preprocessing.features.ephemeris import FEWEST_EVENTS, Box, single_events
from preprocessing.features.light import Floats

__all__ = ["THRESHOLD", "Candidate", "Rule", "describe"]

#: Signal-to-noise ratio from which on a box is a candidate: one false alarm is expected of all
#: the stars that Kepler searched (Jenkins et al. 2002, ApJ 564, 495).
THRESHOLD = 7.1
#: A transit of a dwarf is shorter than this share of the period.
_LONGEST_DUTY = 0.12
#: The strongest event may make half of the signal, or of few events this over the root of their
#: number, unless it stands out from the others by no more than noise can make.
#: The last of the three was chosen by looking at Kepler-90 d, WASP-47 d and a false candidate of
#: KIC 6462863, so that these stars are no evidence for it.
_LARGEST_SHARE = 0.5
_SHARE_OF_FEW = 1.2
_STANDS_OUT = 2.5


class Rule(str, Enum):
    """What a candidate must keep to pass. Its signal may still be that of a binary."""

    #: The signal-to-noise ratio is at least 7.1.
    SNR = "snr"
    #: At least three events were observed, each for at least 40 % of its duration.
    EVENTS = "events"
    #: No single event makes most of the signal.
    BALANCE = "balance"
    #: The duration is less than 12 % of the period.
    DUTY = "duty"
    #: No stronger candidate has the same period: a secondary eclipse has.
    PERIOD = "period"

    __str__ = str.__str__


@dataclass(frozen=True)
class Candidate:
    """A loss of light that repeats: a transit, an eclipse, or a false alarm.

    Parameters
    ----------
    number : int
        1 for the first that was found.
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

    @property
    def passes(self) -> bool:
        """Whether it keeps every rule."""
        return not self.broken


def describe(number: int, box: Box, series: BoxSeries, known: Sequence[Candidate]) -> Candidate:
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

    Returns
    -------
    Candidate
    """
    event, depth, snr = single_events(series, box)
    n = len(event)
    balance = float(snr.max() / np.sqrt(np.sum(snr**2))) if n else np.nan
    odd_even, odd_even_sigma = _odd_even(event, depth, snr)
    span_d = series.n_cells * series.step_d
    is_known = any(
        abs(box.period_d - other.period_d) * span_d / box.period_d < box.duration_d
        for other in known
    )
    keeps = {
        Rule.SNR: box.snr >= THRESHOLD,
        Rule.EVENTS: n >= FEWEST_EVENTS,
        Rule.BALANCE: _is_balanced(snr),
        Rule.DUTY: box.duration_d < _LONGEST_DUTY * box.period_d,
        Rule.PERIOD: not is_known,
    }
    return Candidate(
        number,
        box.period_d,
        box.epoch_d,
        box.duration_d,
        box.depth,
        box.snr,
        n,
        balance,
        odd_even,
        odd_even_sigma,
        tuple(rule for rule, is_kept in keeps.items() if not is_kept),
    )


def _odd_even(event: Floats, depth: Floats, snr: Floats) -> tuple[float, float]:
    """Return the relative difference of odd and even depths, and its significance."""
    is_odd = event % 2 == 1
    if min(is_odd.sum(), (~is_odd).sum()) < 2:
        return np.nan, np.nan
    weight = np.where(depth != 0, snr / np.where(depth != 0, depth, 1), 0) ** 2
    means, variances = [], []
    for chosen in (is_odd, ~is_odd):
        total = weight[chosen].sum()
        if not total > 0:
            return np.nan, np.nan
        means.append(np.sum(weight[chosen] * depth[chosen]) / total)
        variances.append(1 / total)
    difference = abs(means[0] - means[1])
    both = abs(means[0] + means[1])
    return (
        float(difference / both) if both > 0 else np.nan,
        float(difference / np.sqrt(sum(variances))),
    )


def _is_balanced(snr: Floats) -> bool:
    """Return whether no single event makes most of the signal.

    If one does, as a glitch on top of a transit does, the others must be a signal without it.
    """
    if _has_no_outlier(snr):
        return True
    others = np.delete(snr, snr.argmax())
    is_signal = others.sum() / np.sqrt(max(1, len(others))) >= THRESHOLD
    return bool(is_signal and _has_no_outlier(others))


def _has_no_outlier(snr: Floats) -> bool:
    n = len(snr)
    if n < FEWEST_EVENTS:
        return False
    share = snr.max() / np.sqrt(np.sum(snr**2))
    excess = snr.max() - (snr.sum() - snr.max()) / (n - 1)
    return bool(share < max(_LARGEST_SHARE, _SHARE_OF_FEW / np.sqrt(n)) or excess < _STANDS_OUT)
