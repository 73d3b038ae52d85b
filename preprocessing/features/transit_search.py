"""The search for transits of one star: passes over all periods, each without what is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import chain
from time import thread_time

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import SEARCH_GRID_D, binned
from preprocessing.analysis.box_series import BoxSeries, box_series
from preprocessing.analysis.coherent import without_fast_variations
from preprocessing.analysis.ephemeris import Box
from preprocessing.analysis.event_tests import THRESHOLD, agreeing_events, together
from preprocessing.analysis.light import Floats, Light, prepare_light
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.period_search import (
    SHORTEST_PERIOD_D,
    FoundBoxes,
    OutOfTimeError,
    SearchRange,
    best_boxes,
    search_ranges,
)
from preprocessing.analysis.transit_fit import days_and_events, fit_transit
from preprocessing.analysis.trend import robust_trend
from preprocessing.features.candidate import Candidate, broken_rules, describe

__all__ = ["MOST_CANDIDATES", "TransitSearch", "first_pass", "search_transits"]

MOST_CANDIDATES = 5
#: Longest period that is searched, in days.
LONGEST_PERIOD_D = 500.0
#: Three events must fit into the light.
_BASELINES_A_PERIOD = 2.01
#: Windows of the trends that are tried, in days. The longest is three of the longest transits.
_WINDOWS_D = (0.75, 1.5, 3.0)
#: Shorter light is not searched, in days of observed time.
_LEAST_OBSERVED_D = 6.0
_FEWEST_POINTS = 200
#: Events are masked out to this many durations from their middle.
_MASK = 0.75


@dataclass(frozen=True)
class TransitSearch:
    """What the search of one star found.

    Parameters
    ----------
    candidates : tuple of Candidate
        Those that pass first, then the strongest. The first is the best box even below the
        threshold; the others are above it.
    longest_period_d : float
        Longest period that was searched; NaN if none was.
    missing : Missing or None
        Why there is no candidate, or why there may be more.
    """

    candidates: tuple[Candidate, ...]
    longest_period_d: float
    missing: Missing | None = None


def search_transits(
    light: Light, time_limit_s: float = 8.0, threshold: float = THRESHOLD
) -> TransitSearch:
    """Search light for transits.

    Parameters
    ----------
    light : Light
        Light of any sampling; what is sampled faster is searched in bins of ten minutes, and
        fitted as it is.
    time_limit_s : float
        Processor time after which the search ends with what it has found.
    threshold : float
        The least signal-to-noise ratio of a candidate that passes; a lower one shows how false
        alarms are told.

    Returns
    -------
    TransitSearch
    """
    _compile()
    return _search(light, thread_time() + time_limit_s, threshold)


def first_pass(light: Light) -> FoundBoxes:
    """Return the best boxes of all periods, the highest signal-to-noise ratio first.

    Parameters
    ----------
    light : Light
        Light of ten minutes a point or more.
    """
    series = _steady(light).series()
    found = chain.from_iterable(best_boxes(search_ranges(series, _longest_period_d(light)), np.inf))
    return sorted(found, key=lambda pair: -pair[0].snr)


@cache
def _compile() -> None:
    """Let numba compile, which may take a minute once, before any star's time is counted."""
    time_d = np.arange(0, 20, 1 / 48)
    noise = np.random.default_rng(0).normal(0, 1e-4, len(time_d))
    transit = np.where(time_d % 3.1 < 0.1, 1e-3, 0)
    _search(prepare_light(time_d, 1 + noise - transit), np.inf, THRESHOLD)


def _search(light: Light, deadline_s: float, threshold: float) -> TransitSearch:
    searched = binned(light, SEARCH_GRID_D)
    longest = _longest_period_d(searched)
    observed_d = len(searched) * searched.cadence_d
    if len(searched) < _FEWEST_POINTS or observed_d < _LEAST_OBSERVED_D:
        return TransitSearch((), np.nan, Missing.TOO_SHORT)
    if longest <= SHORTEST_PERIOD_D:
        return TransitSearch((), np.nan, Missing.TOO_SHORT)
    rest = _steady(searched)
    series = rest.series()
    if not all(one.full_weight > 0 for one in series.values()):
        return TransitSearch((), np.nan, Missing.FLAT)
    candidates: list[Candidate] = []
    while len(candidates) < MOST_CANDIDATES:
        try:
            groups = best_boxes(search_ranges(series, longest), deadline_s)
            chosen = _choose(groups, candidates, threshold)
        except OutOfTimeError:
            return TransitSearch(_in_order(candidates), longest, Missing.TIME_OUT)
        if chosen is None or (candidates and chosen[0].snr < threshold):
            break
        box, where = chosen
        window = next(w for w, one in series.items() if one is where.series)
        found = describe(len(candidates) + 1, box, where.series, candidates, threshold)
        left = rest.without(box)
        candidates.append(_fitted(found, rest, left.trend(window), box))
        # Where nothing passes, what is below it does not pass either.
        if not found.passes:
            break
        # Without its events the trends are better, too: what is beside a deep one is not lifted.
        rest, series = left, left.series()
    missing = None if candidates else Missing.NO_EVENTS
    return TransitSearch(_in_order(candidates), longest, missing)


def _in_order(candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return candidates with those that pass first, then the strongest, and numbered so."""
    ordered = sorted(candidates, key=lambda one: (not one.passes, -one.snr))
    return tuple(replace(one, number=n) for n, one in enumerate(ordered, start=1))


def _longest_period_d(light: Light) -> float:
    return min(LONGEST_PERIOD_D, light.baseline_d / _BASELINES_A_PERIOD)


@dataclass(frozen=True, eq=False)
class _Rest:
    """Light, which of its points lie in known events, and its trends without them."""

    light: Light
    is_known: NDArray[np.bool_]
    trends: dict[float, Floats] = field(default_factory=dict)

    def trend(self, window_d: float) -> Floats:
        """Return the trend of what is not known, made when it is first asked for."""
        if window_d not in self.trends:
            self.trends[window_d] = robust_trend(self.light, window_d, ~self.is_known)
        return self.trends[window_d]

    def series(self) -> dict[float, BoxSeries]:
        """Return what is not known, without the trends of each window's length."""
        return {
            window: box_series(self.light, self.unknown(self.trend(window)), self.light.cadence_d)
            for window in _WINDOWS_D
        }

    def unknown(self, trend: Floats) -> Floats:
        """Return a trend that is NaN where events are known."""
        return np.where(self.is_known, np.nan, trend)

    def without(self, box: Box) -> _Rest:
        """Return the same light of which the events of a box are known, too."""
        is_new = _is_in_events(self.light.time_d, box, self.light.cadence_d)
        return _Rest(self.light, self.is_known | is_new)


def _steady(light: Light) -> _Rest:
    """Return light without what dominates it."""
    longest = _WINDOWS_D[-1]
    trend = robust_trend(light, longest)
    steady = without_fast_variations(light, trend)
    trends = {longest: trend} if steady is light else {}
    return _Rest(steady, np.zeros(len(steady), dtype=bool), trends)


def _fitted(found: Candidate, rest: _Rest, trend: Floats, box: Box) -> Candidate:
    """Return a candidate with the transit that fits best.

    The trend is that without the box's events: one through the transit would take some of it.
    """
    light = rest.light
    fit = fit_transit(light, rest.unknown(trend), box, light.cadence_d)
    # The fit knows the scatter of points alone.
    red = max(1.0, found.white_snr / found.snr) if found.snr > 0 else 1.0
    return replace(
        found,
        period_d=fit.period_d,
        epoch_d=fit.epoch_d,
        duration_d=fit.duration_d,
        depth=fit.depth,
        period_sigma_d=red * fit.period_sigma_d,
        epoch_sigma_d=red * fit.epoch_sigma_d,
        depth_sigma=red * fit.depth_sigma,
        shape=fit.shape,
    )


def _choose(
    groups: Iterable[FoundBoxes], known: Sequence[Candidate], threshold: float
) -> tuple[Box, SearchRange] | None:
    """Return the best box of the first group that has one which passes, or else of all groups."""
    strongest: tuple[Box, SearchRange] | None = None
    for boxes in groups:
        best, most = None, 0.0
        for box, where in boxes:
            if next(broken_rules(box, where.series, known, threshold), None) is None:
                # A glitch that happens to lie on a transit makes no other period better.
                agreeing = together(agreeing_events(where.series, box))
                if agreeing > most:
                    best, most = (box, where), agreeing
            if box.snr > (strongest[0].snr if strongest else 0.0):
                strongest = (box, where)
        if best is not None:
            return best
    return strongest


def _is_in_events(time_d: Floats, box: Box, margin_d: float) -> NDArray[np.bool_]:
    """Return which times lie in the events of a box, or just beside."""
    days, _ = days_and_events(time_d, box.period_d, box.epoch_d)
    return np.asarray(np.abs(days) < _MASK * box.duration_d + margin_d)
