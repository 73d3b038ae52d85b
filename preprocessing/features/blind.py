"""Features of a light curve in which the events of known objects are hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from preprocessing.core.ephemerides import SAME_PERIOD, EventMask, harmonic_of
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.features.candidate import Candidate
from preprocessing.features.extraction import Record, extract

__all__ = ["extract_blind", "known_in"]

#: What is still seen is hidden in so many further passes: each hides one signal or more.
_MOST_PASSES = 8
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

    Transits may come earlier or later than tables say, and planets have occultations. Whatever
    candidate is found at a known period, or at 1/3, 1/2, 2 or 3 times that, is hidden too, until
    none is.

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
    hidden = list(masks)
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
