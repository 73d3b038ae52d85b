"""The strongest event of a star, and the strongest that nothing explains.

Labels explain events, and so does how an event looks: what the detector does is sudden, a cosmic
ray within one exposure, and what a gap does is near its edge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from preprocessing.anomalies.star_table import Booleans, Floats

__all__ = ["EDGE_D", "Ephemeris", "Events", "Strongest", "explained_by_labels", "strongest"]

#: An event this near to an edge of a segment belongs to it, as vetting has it: after a gap the
#: telescope's focus drifts for about a day (Kepler Data Characteristics Handbook, KSCI-19040-005,
#: section 5.2).
EDGE_D = 1.0
#: A pixel that a cosmic ray made less sensitive, and a flare, are at their extreme at once, at most
#: in the second exposure if they begin within the first, and take longer to come back, as far as
#: they do (Jenkins et al. 2010, Proc. SPIE 7740, 77400D). In exposures.
_SUDDEN, _SLOW = 1.5, 2.5
#: Before and after a step, the detector's sensitivity recovers (Jenkins et al. 2010, ApJ 713, L87).
_NEAR_STEP_D = 1.5
#: Eclipses and transits last no shorter than this share of a period in a folded light curve,
#: since light was summed for half an hour.
_LEAST_WIDTH = 0.02
#: Depths that differ by less than these shares, a single one and those of all eclipses, differ by
#: spots, or by the trend beside them.
_SAME_DEPTH, _SAME_DEPTHS = 0.25, 0.1
#: Eclipses vary if their differences together are so many times the noise of one, beyond what noise
#: makes; it makes none in 2,000 simulated stars with 10 to 100 eclipses of 7 times the noise.
_LEAST_VARIATION = 3.0
#: Days from one point to the next: events are found in light of 30 min, or summed to it.
_POINT_D = 0.5 / 24
#: A minimum falls between two points, and of a single eclipse one of these may be missing. A
#: pointed eclipse has lost so many points over its length there.
_MISSED_POINTS, _MISSED_BY_ALL = 2.0, 1.0
#: Eclipses earlier or later by less than this share of their length keep their time.
_SAME_TIME = 0.5
#: So many dips at one phase are no chance; nor are so many that differ from the others.
_SEVERAL = 3
#: The trend bends where the light jumps: what touches that is of one piece with it. In exposures.
_TOUCHES = 2.5
_TINY = 1e-30
#: Whatever these stars do, pulsation does it.
_PULSATION = ("rr_lyrae", "delta_scuti", "gamma_doradus")
_PERIODIC = ("known_planet", "planet_candidate", "known_binary", "eclipses", "contact")


@dataclass(frozen=True, eq=False)
class Events:
    """Events of one star.

    Parameters
    ----------
    kind : ndarray of str, shape (n,)
        ``dip``, ``brightening``, ``flare`` or ``step``.
    start_d, peak_d, end_d : ndarray of float64, shape (n,)
        Times of the first, of the most extreme, and of the last point.
    amplitude, sigma, to_edge_d : ndarray of float64, shape (n,)
        Relative change, size over the noise, and time to the nearest edge.
    is_flagged, is_coincident : ndarray of bool, shape (n,)
        Whether the file flags the time, and whether neighbors have an event then.
    """

    kind: NDArray[np.str_]
    start_d: Floats
    peak_d: Floats
    end_d: Floats
    amplitude: Floats
    sigma: Floats
    to_edge_d: Floats
    is_flagged: Booleans
    is_coincident: Booleans


@dataclass(frozen=True)
class Ephemeris:
    """When the events of one object are expected.

    Parameters
    ----------
    period_d, epoch_d, duration_d : float
        Period, time of one event, and how long it lasts.
    """

    period_d: float
    epoch_d: float
    duration_d: float


@dataclass(frozen=True)
class Strongest:
    """The strongest events of a star.

    Parameters
    ----------
    observed, left : float
        Size over the noise of its duration of the strongest event, and of the strongest that
        nothing explains; zero without any.
    has_dips_explained, has_rises_explained : bool
        Whether it has dips, or rises, and all of them are explained by the instrument.
    is_odd : bool
        Whether events that should repeat vary in depth or time.
    """

    observed: float = 0.0
    left: float = 0.0
    has_dips_explained: bool = False
    has_rises_explained: bool = False
    is_odd: bool = False


def strongest(events: Events, labels: Mapping[str, bool], ephemeris: Ephemeris | None) -> Strongest:
    """Return the strongest events of a star. What lasts for one exposure is none.

    Parameters
    ----------
    events : Events
        The events of a star.
    labels : mapping of str to bool
        Its labels.
    ephemeris : Ephemeris, optional
        Of what eclipses or transits, if a label says so.
    """
    events = _lasting(events)
    if not len(events.sigma):
        return Strongest()
    by_instrument = _of_instrument(events, labels)
    left = events.sigma.copy()
    left[by_instrument | _of_star(events, labels)] = 0.0
    variation = 0.0
    if ephemeris is not None and any(labels.get(name) for name in _PERIODIC):
        unlike, variation = _unlike_usual(events, ephemeris)
        left = np.minimum(left, unlike)
    is_rise = np.where(events.kind == "step", events.amplitude > 0, _is_rise(events))
    dips, rises = (
        bool(is_own.any() and by_instrument[is_own].all()) for is_own in (~is_rise, is_rise)
    )
    is_odd = variation > _LEAST_VARIATION
    surer = _surer(events)
    observed, largest_left = float((surer * events.sigma).max()), float((surer * left).max())
    return Strongest(observed, max(largest_left, variation), dips, rises, is_odd)


def _lasting(events: Events) -> Events:
    """Return the events without those of one exposure: the light of no star changes as fast."""
    lasts = events.end_d - events.start_d > 0.5 * _POINT_D
    is_kept = lasts | (events.kind == "step")
    return Events(**{one.name: getattr(events, one.name)[is_kept] for one in fields(events)})


def _surer(events: Events) -> Floats:
    """Return by how much an event is surer than its extreme point alone.

    The mean over a pointed event is half as far off as its extreme, and its noise is less by the
    root of the number of points.
    """
    n_points = (events.end_d - events.start_d) / _POINT_D + 1
    return np.where(events.kind == "step", 1.0, np.maximum(np.sqrt(n_points) / 2, 1.0))


def _is_rise(events: Events) -> Booleans:
    return np.isin(events.kind, ("flare", "brightening"))


def _is_sudden(events: Events) -> Booleans:
    """Return which events are at their extreme at once, and come back slowly."""
    rise_d, fall_d = events.peak_d - events.start_d, events.end_d - events.peak_d
    return np.asarray((rise_d < _SUDDEN * _POINT_D) & (fall_d > _SLOW * _POINT_D))


def _of_instrument(events: Events, labels: Mapping[str, bool]) -> Booleans:
    """Return which events the instrument explains, by its labels or by how they look."""
    is_sudden = _is_sudden(events) & ~_is_rise(events)
    by_looks = is_sudden | _touches(events, is_sudden) | (events.to_edge_d < EDGE_D)
    return explained_by_labels(events, labels) | by_looks


def explained_by_labels(events: Events, labels: Mapping[str, bool]) -> Booleans:
    """Return which events coincide with those of neighbors, or are what a label is about.

    Parameters
    ----------
    events : Events
        The events of a star.
    labels : mapping of str to bool
        Its labels.
    """
    found: Booleans = events.is_coincident.copy()
    if labels.get("flagged_times"):
        found |= events.is_flagged
    if labels.get("steps"):
        steps = events.peak_d[events.kind == "step"]
        away = np.abs(events.peak_d[:, None] - steps[None, :])
        found |= np.any(away < _NEAR_STEP_D, axis=1)
    return found


def _touches(events: Events, chosen: Booleans) -> Booleans:
    """Return which events begin where a chosen one ends, or end where one begins."""
    before = np.abs(events.start_d[:, None] - events.end_d[None, chosen])
    after = np.abs(events.end_d[:, None] - events.start_d[None, chosen])
    return np.asarray(np.any(np.minimum(before, after) < _TOUCHES * _POINT_D, axis=1))


def _of_star(events: Events, labels: Mapping[str, bool]) -> Booleans:
    """Return which events are of a kind that is known, by a label or by how they look."""
    if any(labels.get(name) for name in _PULSATION):
        return np.ones(len(events.sigma), np.bool_)
    is_rise = _is_rise(events)
    return is_rise if labels.get("flares") else is_rise & _is_sudden(events)


def _unlike_usual(events: Events, ephemeris: Ephemeris) -> tuple[Floats, float]:
    """Return by how much events are unlike those of their phase, over the noise, and all together.

    A dip at a phase of its own keeps its size. One at a phase where dips recur keeps what it is
    deeper than they are. All together vary if more of them than a few, which lack points, are
    shallower or deeper, or come at other times. The same holds of brightenings.
    """
    turns = (events.peak_d - ephemeris.epoch_d) / ephemeris.period_d
    width = max(ephemeris.duration_d / ephemeris.period_d, _LEAST_WIDTH)
    found: Floats = events.sigma.copy()
    variation = 0.0
    for kind in ("dip", "brightening"):
        rows = np.flatnonzero(events.kind == kind)
        for own in _recurring(turns[rows] % 1, width):
            found[rows[own]] = 0.0
            chosen, length = _whole(events, rows[own], turns[rows[own]])
            # Two eclipses that differ follow each other if the period is half of that of the orbit.
            number = np.rint(turns[chosen] - turns[chosen[0]])
            for is_own in (number % 2 == 0, number % 2 == 1):
                if is_own.sum() >= _SEVERAL:
                    eclipses = chosen[is_own]
                    found[eclipses], varies = _unlike_others(
                        events, eclipses, length[is_own], turns[eclipses]
                    )
                    variation = max(variation, varies)
    return found, variation


def _unlike_others(
    events: Events, chosen: NDArray[np.int64], length: Floats, turns: Floats
) -> tuple[Floats, float]:
    """Return how much deeper each of some eclipses is than usual, and how much all vary."""
    depth, sigma = np.abs(events.amplitude[chosen]), events.sigma[chosen]
    usual = float(np.median(depth))
    point = min(_POINT_D / float(np.median(length)), 1.0)
    same = max(_SAME_DEPTH, _MISSED_POINTS * point)
    deeper = (depth - usual * (1 + same)) / np.maximum(depth, _TINY)
    differs = np.abs(depth - usual) - usual * max(_SAME_DEPTHS, _MISSED_BY_ALL * point)
    off = sigma * np.maximum(differs, 0.0) / np.maximum(depth, _TINY)
    is_late = _off_time(events.peak_d[chosen], turns) > _SAME_TIME * length
    return sigma * np.maximum(deeper, 0.0), max(_of_all(off), _of_all(sigma * is_late))


def _whole(
    events: Events, rows: NDArray[np.int64], turns: Floats
) -> tuple[NDArray[np.int64], Floats]:
    """Return the strongest event of each turn, and how long it lasts with its parts.

    Where points are missing, an eclipse is found as two.
    """
    number = np.rint(turns - turns[0])
    lasts = events.end_d[rows] - events.start_d[rows] + _POINT_D
    found, lengths = [], []
    for one in np.unique(number):
        own = rows[number == one]
        while len(own):
            strongest_of_all = own[np.argmax(events.sigma[own])]
            away = np.abs(events.peak_d[own] - events.peak_d[strongest_of_all])
            is_part = away <= float(np.median(lasts))
            parts, own = own[is_part], own[~is_part]
            found.append(strongest_of_all)
            lengths.append(events.end_d[parts].max() - events.start_d[parts].min() + _POINT_D)
    return np.array(found), np.array(lengths)


def _of_all(sizes: Floats) -> float:
    """Return how far sizes are off together, without the largest few, and without noise."""
    total = float(np.sum(np.sort(sizes)[: 1 - _SEVERAL] ** 2))
    return float(np.sqrt(max(total - len(sizes), 0.0)))


def _off_time(peak_d: Floats, turns: Floats) -> Floats:
    """Return by how many days events are off the straight line of their times."""
    first = turns.min()
    number = np.rint(turns - first)
    if np.ptp(number) == 0:
        return np.zeros(len(peak_d))
    is_usual = np.ones(len(peak_d), np.bool_)
    off = np.zeros(len(peak_d))
    # A second time without the half that is farthest off, as single ones may be.
    for _ in range(2):
        line = np.polyfit(number[is_usual], peak_d[is_usual], 1)
        off = np.abs(peak_d - np.polyval(line, number))
        is_usual = off <= np.median(off)
        if np.ptp(number[is_usual]) == 0:
            break
    return off


def _recurring(phase: Floats, width: float) -> list[NDArray[np.int64]]:
    """Return the rows of events at each phase where there are several, or that is expected."""
    if not len(phase):
        return []
    order = np.argsort(phase, kind="stable")
    ends = np.flatnonzero(np.diff(phase[order]) > width) + 1
    groups = np.split(order, ends)
    if len(groups) > 1 and phase[groups[0][0]] + 1 - phase[groups[-1][-1]] <= width:
        groups = [np.concatenate([groups[-1], groups[0]]), *groups[1:-1]]
    away = np.minimum(phase, 1 - phase)
    return [one for one in groups if len(one) >= _SEVERAL or away[one].min() < width]
