"""Tests of a candidate by its single events: how many, how equal, and where they lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.chance import alarms_by_chance
from preprocessing.analysis.ephemeris import FEWEST_EVENTS
from preprocessing.analysis.event_tests import (
    MOST_ALARMS,
    MOST_IMBALANCE,
    THRESHOLD,
    agreeing_events,
    imbalance,
    odd_even,
)
from preprocessing.analysis.light import Floats
from preprocessing.vetting.candidate_light import CandidateLight
from preprocessing.vetting.judgment import Judgment, Outcome, judged, not_judged

__all__ = [
    "balance_judgment",
    "chance_judgment",
    "chases_judgment",
    "edges_judgment",
    "events_judgment",
    "flags_judgment",
    "gaps_judgment",
    "odd_even_judgment",
    "season_judgment",
    "snr_judgment",
]

#: An event is at an edge if its middle is at most this far from it, in days, beyond its half.
_EDGE_D = 0.5
#: An event has a gap if less than this share of its length on each side was observed.
_OBSERVED_SHARE = 0.75
#: Without suspicious events, at least this share of the depth must be left, unless noise alone may
#: have taken it: by so many sigma.
_LEAST_LEFT, _LEFT_SIGMA = 0.5, 3.0
#: Odd and even events of planets differ less than this, relatively, or by fewer sigma: variations
#: of transit times alone give 11 sigma (Kepler-18 d).
_MOST_DIFFERENCE, _DIFFERENCE_SIGMA = 0.1, 3.0
#: A neighbor's light in the aperture changes by a factor as the star moves to other detectors; a
#: planet's depth, corrected for crowding, by some per cent (Van Eylen et al. 2013, ApJ 774, L19).
_MOST_BY_SEASON, _SEASON_SIGMA = 0.3, 4.0
#: Of so few events each must stand out in the light near it (Thompson et al. 2018, ApJS 235, 38,
#: section A.3.3.5, "chases", asks this of up to five).
_MOST_CHASED = 10
#: How near, in periods and at most in days.
_CHASE_PERIODS, _CHASE_D = 0.25, 5.0


def snr_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the signal-to-noise ratio is high enough."""
    snr = candidate.number("snr")
    return judged(not snr >= THRESHOLD, snr, THRESHOLD)


def events_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether three events were observed, each for 40 % of its duration."""
    n = candidate.number("events")
    return judged(candidate.breaks("events"), n, FEWEST_EVENTS)


def balance_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether no single event makes the signal, in this light and in the search's."""
    if len(candidate.events[2]) < FEWEST_EVENTS:
        return not_judged(Outcome.TOO_FEW_EVENTS)
    alike = agreeing_events(candidate.series, candidate.box)
    is_one_event = candidate.breaks("balance") or not len(alike)
    return judged(is_one_event, imbalance(*candidate.events[1:]), MOST_IMBALANCE)


def chance_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether dips as those elsewhere in the light, at random times, make no such signal."""
    snr = candidate.events[2]
    if len(snr) < FEWEST_EVENTS:
        return not_judged(Outcome.TOO_FEW_EVENTS)
    alike = agreeing_events(candidate.series, candidate.box)
    expected = alarms_by_chance(candidate.series, candidate.box, alike if len(alike) else snr)
    return judged(candidate.breaks("chance") or expected > MOST_ALARMS, expected, MOST_ALARMS)


def odd_even_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether odd and even events are alike."""
    difference, sigma = odd_even(*candidate.events)
    if not np.isfinite(difference):
        return not_judged(Outcome.TOO_FEW_EVENTS)
    is_odd = candidate.events[0] % 2 == 1
    sigma /= _scatter(candidate, [is_odd, ~is_odd])
    is_binary = difference > _MOST_DIFFERENCE and sigma > _DIFFERENCE_SIGMA
    return judged(is_binary, difference, _MOST_DIFFERENCE, sigma)


def edges_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the depth is there without events at the edges of segments."""
    light = candidate.star.light
    starts = light.time_d[light.segment_edges[:-1]]
    ends = light.time_d[light.segment_edges[1:] - 1]
    near_d = _EDGE_D + candidate.box.duration_d / 2
    middles = candidate.middles_d
    is_near = np.zeros(len(middles), dtype=bool)
    for edges in (starts, ends):
        place = np.searchsorted(edges, middles)
        for beside in (place - 1, place):
            known = edges[np.clip(beside, 0, len(edges) - 1)]
            is_near |= np.abs(middles - known) < near_d
    if is_near.all() and len(is_near):
        return judged(True, 0.0, _LEAST_LEFT)
    return _without(candidate, is_near)


def flags_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the depth is there without events at flagged times."""
    if not candidate.star.flagged_d:
        has_flags = candidate.star.has_flags
        return not_judged(Outcome.NO_CONTRAST if has_flags else Outcome.NOT_RECORDED)
    flagged = np.sort(np.concatenate(list(candidate.star.flagged_d.values())))
    reach_d = candidate.box.duration_d / 2 + candidate.steady.cadence_d
    first, last = (
        np.searchsorted(flagged, candidate.middles_d + side * reach_d) for side in (-1, 1)
    )
    return _without(candidate, last > first)


def gaps_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the depth is there without events of which a part is missing."""
    width, light = candidate.box.duration_d, candidate.steady
    # A point covers its exposure: without one more, a box between two points would be too thin.
    least = _OBSERVED_SHARE * width / light.cadence_d - 1
    has_gap = np.zeros(len(candidate.middles_d), dtype=bool)
    for side in (-1, 0, 1):
        begins = candidate.middles_d + (side - 0.5) * width
        points = np.searchsorted(light.time_d, begins + width)
        has_gap |= points - np.searchsorted(light.time_d, begins) < least
    return _without(candidate, has_gap)


def season_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether events are equally deep wherever the star was on the detector."""
    if not candidate.star.place:
        return not_judged(Outcome.NOT_RECORDED)
    if len(set(candidate.star.place.values())) < 2:
        return not_judged(Outcome.ONE_PLACE)
    light = candidate.star.light
    at = np.clip(np.searchsorted(light.time_d, candidate.middles_d), 0, len(light) - 1)
    places = np.array([candidate.star.place.get(int(s), "") for s in light.sequence[at]])
    groups = [places == place for place in sorted(set(places) - {""})]
    depths, sigmas = [], []
    for chosen in groups:
        depth, sigma = _mean_depth(candidate, chosen)
        if np.isfinite(sigma):
            depths.append(depth)
            sigmas.append(sigma)
    if len(depths) < 2:
        return not_judged(Outcome.TOO_FEW_EVENTS)
    low, high = int(np.argmin(depths)), int(np.argmax(depths))
    difference = depths[high] - depths[low]
    sigma = difference / np.hypot(sigmas[high], sigmas[low]) / _scatter(candidate, groups)
    share = difference / candidate.box.depth if candidate.box.depth > 0 else np.inf
    has_failed = share > _MOST_BY_SEASON and sigma > _SEASON_SIGMA
    return judged(has_failed, share, _MOST_BY_SEASON, sigma)


def chases_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether most of few events have no equal near them, of either sign."""
    snr = candidate.events[2]
    if not FEWEST_EVENTS <= len(snr) <= _MOST_CHASED:
        return not_judged(Outcome.TOO_FEW_EVENTS if len(snr) < 3 else Outcome.OTHER_PERIODS)
    width = candidate.box.duration_d
    reach = min(_CHASE_PERIODS * candidate.box.period_d, _CHASE_D + 1.5 * width)
    shifts = np.arange(1.5 * width, reach, width / 4)
    shifts = np.concatenate([-shifts[::-1], shifts])
    loss, weight = candidate.depth_at(candidate.middles_d[:, None] + shifts, width)
    full = candidate.series.full_weight * width / candidate.series.step_d
    is_observed = weight > 0.5 * full
    others = np.where(is_observed, loss / np.sqrt(np.where(is_observed, weight, 1)), 0)
    strongest = np.abs(others / candidate.noise).max(axis=1, initial=0)
    share = float(np.sum(snr**2 * (snr > strongest)) / np.sum(snr**2))
    return judged(share < 0.5, share, 0.5)


def _scatter(candidate: CandidateLight, groups: list[NDArray[np.bool_]]) -> float:
    """Return by how much events scatter within groups, in units of their noise: 1 or more.

    Times of transits that vary, glitches and correlated noise make it larger than 1.
    """
    _, depth, snr = candidate.events
    weight = _weights(depth, snr)
    squares, freedom = 0.0, 0
    for chosen in groups:
        if weight[chosen].sum() > 0:
            mean = np.average(depth[chosen], weights=weight[chosen])
            squares += float(np.sum(weight[chosen] * (depth[chosen] - mean) ** 2))
            freedom += int(chosen.sum()) - 1
    return max(1.0, float(np.sqrt(squares / max(1, freedom))))


def _without(candidate: CandidateLight, is_suspicious: NDArray[np.bool_]) -> Judgment:
    """Return whether the depth is there without some events."""
    if not is_suspicious.any() or is_suspicious.all() or not candidate.box.depth > 0:
        return not_judged(Outcome.NO_CONTRAST)
    depth, sigma = _mean_depth(candidate, ~is_suspicious)
    left = depth / candidate.box.depth
    missing = (candidate.box.depth - depth) / sigma
    has_failed = left < _LEAST_LEFT and missing > _LEFT_SIGMA
    return judged(has_failed, left, _LEAST_LEFT, missing)


def _mean_depth(candidate: CandidateLight, chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the mean depth of some events, and its uncertainty; NaN of none."""
    _, depth, snr = candidate.events
    weight = _weights(depth[chosen], snr[chosen])
    if not weight.sum() > 0:
        return np.nan, np.nan
    return float(np.average(depth[chosen], weights=weight)), float(weight.sum() ** -0.5)


def _weights(depth: Floats, snr: Floats) -> Floats:
    return np.asarray(np.where(depth != 0, snr / np.where(depth != 0, depth, 1), 0) ** 2)
