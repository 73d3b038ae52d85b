"""What to hide of a star's light, so that nothing of its known planets is seen."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from preprocessing.core.ephemerides import EventMask, epoch_difference_d, harmonic_of
from preprocessing.core.known_object import KnownObject, ObjectKind
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.matching import duration_d, overlaps, timing_margin_d

__all__ = ["event_masks"]

#: What is hidden is 1.5 durations wide.
_MASK = 0.75
_HIDDEN = (ObjectKind.PLANET, ObjectKind.CANDIDATE)


def event_masks(
    known: Sequence[KnownObject],
    candidates: Sequence[Mapping[str, Evidence]],
    bjd_reference: int,
) -> tuple[EventMask, ...]:
    """Return the events to hide: 1.5 durations, and what transits come early or late.

    Published ephemerides grow old, and transits that come early and late lose count of them. Where
    a candidate has the period of a known object, its own events are hidden as well, whenever they
    are; at a harmonic of that period, only where the epoch agrees.

    Parameters
    ----------
    known : sequence of KnownObject
        What tables say of the star. Only planets and candidates are hidden.
    candidates : sequence of mapping
        The star's rows of ``candidates.parquet``.
    bjd_reference : int
        Barycentric Julian Date at which their times are 0.

    Returns
    -------
    tuple of EventMask
        Empty if there is nothing to hide, or nobody knows when it happens.
    """
    hidden = [one for one in known if one.kind in _HIDDEN]
    masks: list[EventMask] = []
    for one in hidden:
        if math.isfinite(one.epoch_bjd):
            width = _MASK * duration_d(one) + timing_margin_d(one)
            masks.append(EventMask(one.period_d, one.epoch_bjd, width))
        masks += _of_candidates(one, candidates, bjd_reference)
    return tuple(masks)


def _of_candidates(
    known: KnownObject, candidates: Sequence[Mapping[str, Evidence]], bjd_reference: int
) -> Iterator[EventMask]:
    for row in candidates:
        period, epoch, length = (row.get(n) for n in ("period_d", "epoch_d", "duration_d"))
        if not (isinstance(period, float) and isinstance(epoch, float)):
            continue
        length_d = length if isinstance(length, float) else 0.0
        harmonic = harmonic_of(known.period_d, period)
        if harmonic is None:
            continue
        epoch_bjd = epoch + bjd_reference
        late_d = epoch_difference_d(known.period_d, known.epoch_bjd, epoch_bjd, harmonic)
        if harmonic == 1 or overlaps(known, late_d, length_d):
            width = _MASK * max(length_d, duration_d(known)) + timing_margin_d(known)
            yield EventMask(period / harmonic, epoch_bjd, width)
