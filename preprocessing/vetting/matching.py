"""Whether the light of a star shows an object that a table has, and if not, why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

import numpy as np

from preprocessing.analysis.ephemeris import FEWEST_EVENTS, LEAST_COVERAGE
from preprocessing.analysis.event_tests import THRESHOLD
from preprocessing.analysis.light import Light
from preprocessing.analysis.period_search import SHORTEST_PERIOD_D
from preprocessing.analysis.transit_fit import days_and_events
from preprocessing.core.ephemerides import (
    HARMONICS,
    SAME_PERIOD,
    epoch_difference_d,
    harmonic_of,
)
from preprocessing.core.known_object import TRANSITING, KnownObject, ObjectKind
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.star import Star

__all__ = ["Match", "Unmatched", "duration_d", "match_objects", "overlaps", "timing_margin_d"]

#: Periods of spots agree so well where two teams find one (Santos et al. 2021, ApJS 255, 17).
_SAME_ROTATION = 0.15
#: Two cadences of half an hour: no epoch is known better from few events.
_EPOCH_D = 0.04
#: Hours of the features resid_noise, between which the noise of an event is interpolated.
_HOURS = (1, 3, 6, 12)
#: A planet of a small orbit crosses the Sun in so many hours once a year (Winn 2010,
#: arXiv:1001.2010, equation 19).
_SOLAR_TRANSIT_H, _YEAR_D = 13.0, 365.25
#: The features that are periods or frequencies, as decimal logarithms, and the sign of these.
_PERIODS = {"freq_main": -1, "temp_acf_period": 1}


class Unmatched(str, Enum):
    """Why the light does not show a known object."""

    #: The table has no period.
    NO_PERIOD = "no_period"
    #: Light of so little time is not searched, or the search found nothing at all.
    NOT_SEARCHED = "not_searched"
    #: The period is longer than those that were searched.
    TOO_LONG = "longer_than_searched"
    #: The period is shorter than those that were searched.
    TOO_SHORT = "shorter_than_searched"
    #: Fewer than three events were observed.
    FEW_EVENTS = "few_events"
    #: The signal-to-noise ratio to be expected is below the threshold of the search.
    TOO_SHALLOW = "too_shallow"
    #: A candidate has the period, but its events come at other times.
    OTHER_EPOCH = "other_epoch"
    #: The table has no depth, or the light no noise, so that nobody knows whether it can be seen.
    NO_DEPTH = "no_depth"
    #: It should have been found.
    NOT_FOUND = "not_found"

    __str__ = str.__str__


@dataclass(frozen=True)
class Match:
    """A known object, and what the light shows of it.

    Parameters
    ----------
    known : KnownObject
        The object.
    signal : str
        What matches: ``candidate 2``, or the name of a feature; empty if nothing does.
    candidate : int or None
        The candidate's number, if it is one.
    harmonic : float
        The signal's period over the known one, one of `HARMONICS`; NaN if nothing matches.
    epoch_difference_d : float
        The signal's epoch minus the known one, as far as it is no multiple of the period; NaN if
        either has none.
    unmatched : Unmatched or None
        Why nothing matches.
    expected_snr : float
        Signal-to-noise ratio to be expected of its events in this light; NaN if depth or noise
        is not known.
    """

    known: KnownObject
    signal: str = ""
    candidate: int | None = None
    harmonic: float = np.nan
    epoch_difference_d: float = np.nan
    unmatched: Unmatched | None = None
    expected_snr: float = np.nan


def match_objects(star: Star) -> tuple[Match, ...]:
    """Match each known object of a star with the star's candidates and main periods.

    Parameters
    ----------
    star : Star
        The star; its ``known`` may be None.
    """
    return tuple(_match(star, known) for known in star.known or ())


def duration_d(known: KnownObject) -> float:
    """Return the duration of an object's events; without one, that of a planet of the Sun.

    Parameters
    ----------
    known : KnownObject
        The object.
    """
    if known.duration_h > 0:
        return known.duration_h / 24
    if not known.period_d > 0:
        return _SOLAR_TRANSIT_H / 24
    return float(_SOLAR_TRANSIT_H / 24 * (known.period_d / _YEAR_D) ** (1 / 3))


def timing_margin_d(known: KnownObject) -> float:
    """Return by how much an object's events may be early or late, in days.

    Parameters
    ----------
    known : KnownObject
        The object. Tables say whether its events vary in time, and not by how much: one duration
        is more than most of them do (Holczer et al. 2016, ApJS 225, 9, figure 4).
    """
    return duration_d(known) if known.has_timing_variations else 0.0


def overlaps(known: KnownObject, difference_d: float, length_d: float) -> bool:
    """Tell whether events are those of an object, as far as both epochs are known.

    Parameters
    ----------
    known : KnownObject
        The object.
    difference_d : float
        How much later than its own they come; NaN if that is not known.
    length_d : float
        Their duration; NaN if it is not known.
    """
    both_d = duration_d(known) + (length_d if length_d > 0 else 0.0)
    return not abs(difference_d) > both_d / 2 + timing_margin_d(known) + _EPOCH_D


def _match(star: Star, known: KnownObject) -> Match:
    snr, n_events = _expected(star, known)
    found = [
        one
        for candidate in star.candidates
        if (one := _of_candidate(known, candidate, star.bjd_reference, snr)) is not None
    ]
    same = [one for one in found if one.unmatched is None]
    if same:
        # The period itself before its harmonics, and the nearest event.
        return min(same, key=lambda one: (HARMONICS.index(one.harmonic), _size(one)))
    if known.kind not in TRANSITING:
        of_feature = _of_features(star, known, snr)
        if of_feature is not None:
            return of_feature
    if found:
        return found[0]
    return Match(known, unmatched=_why(star, known, snr, n_events), expected_snr=snr)


def _size(one: Match) -> float:
    return abs(one.epoch_difference_d) if math.isfinite(one.epoch_difference_d) else math.inf


def _of_candidate(
    known: KnownObject, candidate: Mapping[str, Evidence], reference: int, snr: float
) -> Match | None:
    """Return the match with one candidate; None if the periods differ."""
    period, epoch, length = (_number(candidate, k) for k in ("period_d", "epoch_d", "duration_d"))
    harmonic = harmonic_of(known.period_d, period)
    if harmonic is None:
        return None
    number = int(_number(candidate, "number"))
    found_bjd = epoch + reference
    difference = epoch_difference_d(known.period_d, known.epoch_bjd, found_bjd, harmonic)
    # What eclipses a binary at another phase is its other star.
    is_same = known.kind not in TRANSITING or overlaps(known, difference, length)
    if not is_same:
        other = Unmatched.OTHER_EPOCH
        return Match(known, "", None, math.nan, difference, other, snr)
    return Match(known, f"candidate {number}", number, harmonic, difference, None, snr)


def _of_features(star: Star, known: KnownObject, snr: float) -> Match | None:
    """Return the match with the main period of the light, or None."""
    baseline_d = _number(star.features, "baseline_d")
    for name, sign in _PERIODS.items():
        found_d = 10 ** (sign * _number(star.features, name))
        if not (found_d > 0 and known.period_d > 0 and baseline_d > 0):
            continue
        is_rotation = known.kind in (ObjectKind.ROTATOR, ObjectKind.FLARE_STAR)
        # Frequencies of light of time T are known to some 1/(2 T).
        share = _SAME_ROTATION if is_rotation else 0.5 * found_d / baseline_d
        for harmonic in HARMONICS:
            if abs(found_d / known.period_d / harmonic - 1) < max(share, SAME_PERIOD):
                return Match(known, name, None, harmonic, math.nan, None, snr)
    return None


def _why(star: Star, known: KnownObject, snr: float, n_events: float) -> Unmatched:
    longest_d = _number(star.features, "transit_longest_period")
    if not known.period_d > 0:
        return Unmatched.NO_PERIOD
    if not longest_d > 0:
        return Unmatched.NOT_SEARCHED
    if known.period_d > longest_d:
        return Unmatched.TOO_LONG
    if known.period_d < SHORTEST_PERIOD_D:
        return Unmatched.TOO_SHORT
    if n_events < FEWEST_EVENTS:
        return Unmatched.FEW_EVENTS
    if not math.isfinite(snr):
        return Unmatched.NO_DEPTH
    return Unmatched.TOO_SHALLOW if snr < THRESHOLD else Unmatched.NOT_FOUND


def _expected(star: Star, known: KnownObject) -> tuple[float, float]:
    """Return the signal-to-noise ratio to be expected, and how many events were observed."""
    if not known.period_d > 0:
        return math.nan, math.nan
    length_d = duration_d(known)
    n_events = _events(star.light, known, length_d, star.bjd_reference)
    noise = [_number(star.features, f"resid_noise_{hours}h") for hours in _HOURS]
    is_known = np.isfinite(noise)
    if not is_known.any() or not n_events:
        return math.nan, n_events
    hours = np.log10(np.array(_HOURS))[is_known]
    lg_noise = np.interp(math.log10(24 * length_d), hours, np.array(noise)[is_known])
    return known.depth_ppm / 10 ** float(lg_noise) * math.sqrt(n_events), n_events


def _events(light: Light, known: KnownObject, length_d: float, reference: int) -> float:
    """Return how many events of an object were observed; about how many, without an epoch."""
    if len(light) < FEWEST_EVENTS:
        return 0.0
    if not math.isfinite(known.epoch_bjd):
        return len(light) * light.cadence_d / known.period_d
    days, event = days_and_events(light.time_d, known.period_d, known.epoch_bjd - reference)
    inside = event[np.abs(days) < length_d / 2]
    counts = np.unique(inside, return_counts=True)[1]
    return float(np.sum(counts >= max(1.0, LEAST_COVERAGE * length_d / light.cadence_d)))


def _number(row: Mapping[str, Evidence], name: str) -> float:
    value = row.get(name)
    return float(value) if isinstance(value, (int, float)) else math.nan
