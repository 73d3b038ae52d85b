"""Features of a light curve in which the events of known objects are hidden."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike

from preprocessing.analysis.light import Floats
from preprocessing.core.ephemerides import SAME_PERIOD, EventMask, harmonic_of
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.features.candidate import Candidate
from preprocessing.features.extraction import Record, extract

__all__ = ["extract_blind", "known_in"]

#: What is still seen is hidden in so many further passes: each hides one signal or more.
_MOST_PASSES = 8
#: What is hidden of an event on either side of its middle, in its durations.
_HALF_WIDTH = 0.75
#: Light is missing if it is so many times the noise below the level on both sides of the event,
#: which is taken from so many durations on either side, and from more points than these.
_MISSING, _LEVEL, _FEWEST_AROUND = 4.0, 2.0, 4
#: A median absolute deviation times this is the standard deviation of normal noise.
_SIGMA_PER_MAD = 1.4826
#: By how many half widths of what is hidden transits may drift from one end to the other.
_EARLY_AND_LATE = 4


def extract_blind(
    time_d: ArrayLike,
    flux: ArrayLike,
    flux_err: ArrayLike | None = None,
    sequence: ArrayLike | None = None,
    *,
    masks: Sequence[EventMask],
    lines: Sequence[InstrumentLine] = (),
) -> Record | None:
    """Describe a light curve without the events of known objects.

    Transits may come earlier or later than tables say, by a duration or so: an event of which
    light is missing on either side of what is hidden is hidden with a duration more. And planets
    have occultations: whatever candidate is found at a known period, or at 1/3, 1/2, 2 or 3 times
    that, is hidden too, until none is.

    Parameters
    ----------
    time_d, flux, flux_err, sequence, lines
        As in `extract`.
    masks : sequence of EventMask
        Events to hide, with epochs in the days of `time_d`.

    Returns
    -------
    Record or None
        None if a candidate at a known period is found however much is hidden.
    """
    times = np.asarray(time_d, dtype=np.float64)
    values = np.asarray(flux, dtype=np.float64)
    hidden = [*masks, *chain.from_iterable(_off_time(times, values, one) for one in masks)]
    baseline_d = float(np.ptp(times[np.isfinite(times)])) if np.isfinite(times).any() else 0.0
    for _ in range(_MOST_PASSES):
        is_masked = np.zeros(len(times), dtype=bool)
        for mask in hidden:
            is_masked |= mask.covers(times)
        record = extract(times, flux, flux_err, sequence, is_masked=is_masked, lines=lines)
        seen = list(known_in(record.candidates, masks, baseline_d))
        if not seen:
            return record
        hidden += seen
    return None


def _off_time(time_d: Floats, flux: Floats, mask: EventMask) -> Iterator[EventMask]:
    """Yield what hides each event of which light is missing beside what is hidden of it.

    Few transits that come at other times than the ephemeris says need not make a candidate.
    """
    if not mask.period_d > 0:
        return
    is_finite = np.isfinite(time_d) & np.isfinite(flux)
    order = np.argsort(time_d[is_finite], kind="stable")
    time, light = time_d[is_finite][order], flux[is_finite][order]
    if len(time) == 0:
        return
    length_d = mask.half_width_d / _HALF_WIDTH
    wide_d = mask.half_width_d + length_d
    ends = (time[[0, -1]] - mask.epoch_bjd) / mask.period_d
    for number in range(math.floor(ends[0]), math.ceil(ends[1]) + 1):
        middle = mask.epoch_bjd + number * mask.period_d
        reach = middle + np.array([-1, 1]) * (wide_d + _LEVEL * length_d)
        start, stop = np.searchsorted(time, reach)
        apart = np.abs(time[start:stop] - middle)
        beside = light[start:stop][(apart > mask.half_width_d) & (apart <= wide_d)]
        around = light[start:stop][apart > wide_d]
        if len(beside) > 1 and len(around) > _FEWEST_AROUND:
            level = np.median(around)
            noise = _SIGMA_PER_MAD * np.median(np.abs(around - level))
            deepest = level - np.min((beside[1:] + beside[:-1]) / 2)
            mean = level - np.mean(beside)
            if max(deepest * math.sqrt(2), mean * math.sqrt(len(beside))) > _MISSING * noise:
                yield EventMask(np.nan, middle, wide_d)


def known_in(
    candidates: Sequence[Candidate], masks: Sequence[EventMask], baseline_d: float
) -> Iterator[EventMask]:
    """Yield what would hide each candidate that has the period of a hidden object.

    Parameters
    ----------
    candidates : sequence of Candidate
        What was found.
    masks : sequence of EventMask
        The events that are hidden.
    baseline_d : float
        Time that the light covers. Transits that are late at its one end and early at the other
        seem to have another period.
    """
    for one in candidates:
        for mask in masks:
            share = max(
                SAME_PERIOD, _EARLY_AND_LATE * mask.half_width_d / max(baseline_d, one.period_d)
            )
            if harmonic_of(mask.period_d, one.period_d, share) is not None:
                yield EventMask(one.period_d, one.epoch_d, max(one.duration_d, mask.half_width_d))
                break
