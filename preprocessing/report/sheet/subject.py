"""What a sheet is about: the signal whose panels it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import Enum

import numpy as np

from preprocessing.core.errors import UsageError
from preprocessing.features.schema import CANDIDATES
from preprocessing.report.sheet.numbers import is_number
from preprocessing.report.star.record import StarRecord
from preprocessing.tables.curve_rows import Row
from preprocessing.vetting.schema import DISPOSITIONS, VETTING

__all__ = ["FALSE_ALARMS", "Kind", "Subject", "strongest_events", "subject_of"]

#: Dispositions of what the search found and vetting took for nothing of the sky's.
FALSE_ALARMS = frozenset({"not_transit_like", "instrument", None})
#: Labels of stars that vary without end, which are folded as they are, with words for them.
_WAVES = {
    "rr_lyrae": "RR Lyrae star",
    "delta_scuti": "delta Scuti star",
    "gamma_doradus": "gamma Doradus star",
}
#: How much the period of a candidate may differ from the orbit's, or its half or double.
_SAME = 0.01
#: Binaries above this morphology vary all the time (Matijevič et al. 2012, AJ 143, 123: 0.5 where
#: detached ones end).
_DETACHED = 0.5


class Kind(str, Enum):
    """What kind of signal a sheet shows."""

    #: Dips that repeat: a transit, or eclipses.
    DIPS = "dips"
    #: A wave without end: pulsation, rotation, stars in contact.
    WAVE = "wave"
    #: Events that do not repeat.
    EVENTS = "events"
    #: Nothing that stands out.
    QUIET = "quiet"

    __str__ = str.__str__


@dataclass(frozen=True)
class Subject:
    """The signal that a sheet shows. Its numbers are those of the tables.

    Parameters
    ----------
    kind : Kind
        Its kind.
    words : str
        What it is, for a person.
    period_d, epoch_d : float
        Ephemeris at which light is folded; NaN if there is none.
    candidate : mapping
        The row of ``candidates.parquet`` whose dips are shown; empty if none is.
    disposition : mapping
        How vetting judged it; empty if it did not.
    is_flattened : bool
        Whether the folded light is that over its trend.
    """

    kind: Kind
    words: str
    period_d: float = np.nan
    epoch_d: float = np.nan
    candidate: Row = field(default_factory=dict, repr=False)
    disposition: Row = field(default_factory=dict, repr=False)
    is_flattened: bool = True


def subject_of(record: StarRecord, candidate: int | None = None) -> Subject:
    """Return what the sheet of a star is about.

    Parameters
    ----------
    record : StarRecord
        All that is known of the star.
    candidate : int, optional
        Number of the candidate to show. By default vetting's labels decide: eclipses, then
        pulsation and contact, then the first candidate that is no false alarm, flares, rotation,
        and single events.

    Raises
    ------
    UsageError
        There is no such candidate.
    """
    if candidate is not None:
        return _of_candidate(record, _numbered(record, candidate))
    return (
        _eclipses(record)
        or _pulsation(record)
        or _candidate(record)
        or _flares(record)
        or _rotation(record)
        or _events(record)
        or _quiet(record)
    )


def strongest_events(record: StarRecord, n: int, kinds: Sequence[str] = ()) -> list[Row]:
    """Return the events of the highest significance, the strongest first.

    Parameters
    ----------
    record : StarRecord
        The star.
    n : int
        How many.
    kinds : sequence of str
        Only of these kinds; all if empty.
    """
    chosen = [one for one in record.events if not kinds or one.get("kind") in kinds]
    return sorted(chosen, key=lambda one: -_number(one, "significance", 0.0))[:n]


def _numbered(record: StarRecord, number: int) -> Row:
    for one in record.candidates:
        if one.get("number") == number:
            return one
    there = ", ".join(str(one.get("number")) for one in record.candidates) or "none"
    raise UsageError(f"{record.name} has no candidate {number}: there is {there}")


def _of_candidate(record: StarRecord, row: Row) -> Subject:
    disposition = record.disposition_of(row)
    kind = str(disposition.get("disposition") or "not vetted").replace("_", " ")
    words = f"candidate {row.get('number')} of {len(record.candidates)}: {kind}"
    period, epoch = _number(row, "period_d"), _number(row, "epoch_d")
    return Subject(Kind.DIPS, words, period, epoch, row, disposition)


def _candidate(record: StarRecord) -> Subject | None:
    for row in record.candidates:
        # Before vetting, nobody can say which are false alarms.
        is_vetted = DISPOSITIONS not in record.missing
        if not is_vetted or record.disposition_of(row).get("disposition") not in FALSE_ALARMS:
            return _of_candidate(record, row)
    return None


def _eclipses(record: StarRecord) -> Subject | None:
    period = _number(record.vetting, "eclipse_period")
    epoch = _number(record.vetting, "eclipse_epoch")
    if "eclipses" not in record.labels or not period > 0 or not np.isfinite(epoch):
        return None
    row = next((one for one in record.candidates if _is_of_orbit(one, period)), {})
    is_detached = not _number(record.vetting, "eclipse_morphology") > _DETACHED
    own = record.disposition_of(row) if row else {}
    of = f" (candidate {row.get('number')} of {len(record.candidates)})" if row else ""
    return Subject(Kind.DIPS, f"eclipsing binary{of}", period, epoch, row, own, is_detached)


def _is_of_orbit(row: Row, period_d: float) -> bool:
    ratio = _number(row, "period_d") / period_d
    return any(abs(ratio / one - 1) < _SAME for one in (0.5, 1.0, 2.0))


def _pulsation(record: StarRecord) -> Subject | None:
    frequency = _number(record.vetting, "pulsation_frequency")
    for label, words in _WAVES.items():
        if label in record.labels and frequency > 0:
            return Subject(Kind.WAVE, words, 1 / frequency, is_flattened=False)
    if "contact" not in record.labels:
        return None
    period = _number(record.vetting, "eclipse_period")
    if not period > 0:
        period = _number(record.features, "binary_period")
    return Subject(Kind.WAVE, "contact binary", period, is_flattened=False) if period > 0 else None


def _rotation(record: StarRecord) -> Subject | None:
    period = _number(record.vetting, "rotation_period")
    if "rotation" not in record.labels or not period > 0:
        return None
    return Subject(Kind.WAVE, "rotation", period, is_flattened=False)


def _flares(record: StarRecord) -> Subject | None:
    if "flares" not in record.labels or not record.events:
        return None
    return Subject(Kind.EVENTS, "flare star", *_strongest_wave(record), is_flattened=False)


def _events(record: StarRecord) -> Subject | None:
    if all(_is_one_bright_point(one) for one in record.events):
        return None
    return Subject(Kind.EVENTS, "single events", *_strongest_wave(record), is_flattened=False)


def _is_one_bright_point(event: Row) -> bool:
    """Tell whether an event is what a cosmic ray makes, in most light curves."""
    return event.get("kind") == "brightening" and event.get("start_d") == event.get("end_d")


def _quiet(record: StarRecord) -> Subject:
    """Return the strongest signal of the search, or else of sines, for what it is worth."""
    words = "nothing stands out"
    # Where nobody looked, nothing can stand out.
    if VETTING in record.missing:
        words = "not vetted: run xenoscan vet"
    if CANDIDATES in record.missing:
        words = "not searched: run xenoscan features"
    if not record.candidates:
        return Subject(Kind.QUIET, words, *_strongest_wave(record), is_flattened=False)
    return replace(
        _of_candidate(record, record.candidates[0]),
        kind=Kind.QUIET,
        words=f"{words}; the strongest of the search is shown",
    )


def _strongest_wave(record: StarRecord) -> tuple[float]:
    """Return the period of the rotation, or else of the strongest sine; NaN if there is none."""
    period = _number(record.vetting, "rotation_period")
    if period > 0:
        return (period,)
    frequency = _number(record.features, "freq_main")
    return (float(10.0**-frequency) if np.isfinite(frequency) else np.nan,)


def _number(row: Row, name: str, otherwise: float = np.nan) -> float:
    value = row.get(name)
    return float(value) if is_number(value) else otherwise  # type: ignore[arg-type]
