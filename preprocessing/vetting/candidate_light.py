"""The light in which a candidate is judged: flat, on a regular clock, without other candidates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import SEARCH_GRID_D, binned
from preprocessing.analysis.box_series import BoxSeries, box_series
from preprocessing.analysis.coherent import without_fast_variations
from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.ephemeris import Box, single_events
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.transit_fit import days_and_events
from preprocessing.analysis.trend import robust_trend
from preprocessing.vetting.label import Evidence
from preprocessing.vetting.star import Star

__all__ = ["CandidateLight", "StarInTrends"]

#: Windows of the trends, in days, as in the search. The shortest that is long enough is used: four
#: durations keep 95 % of the depth.
_WINDOWS_D = (0.75, 1.5, 3.0)
_DURATIONS_A_WINDOW = 4.0
#: The trend is fitted to light in bins of this length, in days: a window has nine of them or more.
_TREND_BIN_D = 2 / 24
#: A star whose strongest sine has this share of the variance is searched without it.
_DOMINATES = 0.25
#: Other candidates' events are left out to this many durations from their middle.
_MASK = 0.75
#: Lengths of the box that are tried, in durations from first to last contact.
_WIDTHS = (0.4, 0.55, 0.7, 0.85, 1.0)


@dataclass(frozen=True, eq=False)
class CandidateLight:
    """One candidate, and the light in which it is judged.

    Parameters
    ----------
    star : Star
        All that is known of the star.
    row : mapping of str to (float, int, str, bool or None)
        The candidate's row of ``candidates.parquet``.
    series : BoxSeries
        Losses of light, without the events of other candidates.
    box : Box
        The box of the highest signal-to-noise ratio at the candidate's ephemeris.
    steady : Light
        The star's light without fast variations that dominate it, as the search had it.
    trend : ndarray
        Its trend.
    """

    star: Star = field(repr=False)
    row: Mapping[str, Evidence] = field(repr=False)
    series: BoxSeries = field(repr=False)
    box: Box
    steady: Light = field(repr=False)
    trend: Floats = field(repr=False)

    def number(self, name: str) -> float:
        """Return a number of the candidate's row; NaN if it is null."""
        return number_in(self.row, name)

    def breaks(self, rule: str) -> bool:
        """Return whether the candidate breaks a rule of the search."""
        return rule in str(self.row["broken_rules"] or "").split("+")

    @property
    def duration_d(self) -> float:
        """Days from first to last contact."""
        return _ephemeris(self.row, self.series.step_d)[2]

    @property
    def depth(self) -> float:
        """Relative loss of light at mid-transit."""
        return self.number("depth") / 1e6

    @cached_property
    def noise(self) -> float:
        """Noise of boxes as long as `box`, as a multiple of that of independent points."""
        return float(np.interp(self.box.duration_d, self.series.durations_d, self.series.noise))

    @cached_property
    def events(self) -> tuple[Floats, Floats, Floats]:
        """Number, depth and signal-to-noise ratio of each event that was observed."""
        return single_events(self.series, self.box)

    @cached_property
    def middles_d(self) -> Floats:
        """Middle of each of `events`."""
        return np.asarray(self.box.epoch_d + self.events[0] * self.box.period_d)

    def depth_at(self, middles_d: Floats, width_d: float) -> tuple[Floats, Floats]:
        """Return weighted losses and weights of boxes at some times.

        Parameters
        ----------
        middles_d : ndarray
            Their middles.
        width_d : float
            Their length in days.
        """
        series = self.series
        begin = (middles_d - width_d / 2 - series.start_d) / series.step_d
        end = begin + width_d / series.step_d
        last = float(series.n_cells)
        loss_b, weight_b = series.sums_before(np.clip(end, 0, last))
        loss_a, weight_a = series.sums_before(np.clip(begin, 0, last))
        return loss_b - loss_a, weight_b - weight_a


class StarInTrends:
    """The light of a star without trends, each of which is removed once at most.

    Parameters
    ----------
    star : Star
        The star.
    """

    def __init__(self, star: Star) -> None:
        self._star = star
        self._light = binned(star.light, SEARCH_GRID_D)
        self._coarse = binned(self._light, _TREND_BIN_D)
        self._trends: dict[float, Floats] = {}
        self._flat: dict[float, tuple[Floats, BoxSeries]] = {}
        if _may_be_dominated(star):
            steady = without_fast_variations(self._light, self._trend(_WINDOWS_D[-1]))
            if steady is not self._light:
                self._light, self._coarse = steady, binned(steady, _TREND_BIN_D)
                self._trends.clear()

    def candidate(self, row: Mapping[str, Evidence]) -> CandidateLight:
        """Return a candidate, and the light in which it is judged.

        Parameters
        ----------
        row : mapping
            Its row of ``candidates.parquet``.
        """
        duration_d = _ephemeris(row, self._light.cadence_d)[2]
        trend, series = self._without_trend(_DURATIONS_A_WINDOW * duration_d)
        is_masked = self._of_others(row, series)
        if is_masked.any():
            series = series.without(is_masked)
        box = _best_box(series, row)
        return CandidateLight(self._star, row, series, box, self._light, trend)

    def _of_others(self, row: Mapping[str, Evidence], series: BoxSeries) -> NDArray[np.bool_]:
        """Return the cells of other candidates' events; where two meet, the stronger has them."""
        is_masked = np.zeros(series.n_cells, dtype=bool)
        own = None
        for other in self._star.candidates:
            if other["number"] == row["number"] or not other["passes"]:
                continue
            of_other = _is_in_events(series.middles_d, other, series.step_d)
            if number_in(other, "snr") < number_in(row, "snr"):
                if own is None:
                    own = _is_in_events(series.middles_d, row, series.step_d)
                of_other &= ~own
            is_masked |= of_other
        return is_masked

    def _without_trend(self, least_d: float) -> tuple[Floats, BoxSeries]:
        window = next((w for w in _WINDOWS_D if w >= least_d), _WINDOWS_D[-1])
        if window not in self._flat:
            trend = self._trend(window)
            series = box_series(self._light, trend, self._light.cadence_d)
            self._flat[window] = trend, series
        return self._flat[window]

    def _trend(self, window: float) -> Floats:
        if window not in self._trends:
            self._trends[window] = _trend(self._light, self._coarse, window)
        return self._trends[window]


def number_in(row: Mapping[str, Evidence], name: str) -> float:
    """Return a number of a row; NaN if it is null.

    Parameters
    ----------
    row : mapping
        The row.
    name : str
        The column.
    """
    value = row.get(name)
    return np.nan if value is None else float(value)


def _may_be_dominated(star: Star) -> bool:
    """Return whether fast variations may dominate a star's light, as far as features say."""
    share = star.features.get("freq_power")
    return share is None or not float(share) < _DOMINATES


def _trend(light: Light, coarse: Light, window_d: float) -> Floats:
    """Return the trend of light in coarse bins, at each point of the light."""
    trend = robust_trend(coarse, window_d)
    edges = light.segment_edges
    inner = np.searchsorted(coarse.time_d, light.time_d[edges[:-1]] - light.cadence_d)
    inner = np.append(inner, len(coarse))
    return _interpolated(light.time_d, edges, coarse.time_d, trend, inner)


@compiled
def _interpolated(
    at: Floats,
    edges: NDArray[np.int64],
    time: Floats,
    value: Floats,
    inner: NDArray[np.int64],
) -> Floats:
    """Return values between known ones, and on straight lines beyond the first and the last.

    Part ``k`` is ``edges[k:k + 2]`` of what is asked, and ``inner[k:k + 2]`` of what is known.
    """
    found = np.full(len(at), np.nan)
    for k in range(len(edges) - 1):
        known = np.isfinite(value[inner[k] : inner[k + 1]])
        x, y = time[inner[k] : inner[k + 1]][known], value[inner[k] : inner[k + 1]][known]
        if len(x) == 0:
            continue
        own = at[edges[k] : edges[k + 1]]
        part = np.interp(own, x, y)
        if len(x) > 1:
            first, last = (y[1] - y[0]) / (x[1] - x[0]), (y[-1] - y[-2]) / (x[-1] - x[-2])
            part += np.minimum(own - x[0], 0) * first + np.maximum(own - x[-1], 0) * last
        found[edges[k] : edges[k + 1]] = part
    return found


def _ephemeris(row: Mapping[str, Evidence], shortest_d: float) -> tuple[float, float, float]:
    """Return period, epoch and duration in days; where no duration is known, the shortest."""
    period, epoch, duration = (number_in(row, n) for n in ("period_d", "epoch_d", "duration_d"))
    return period, epoch, duration if duration > 0 else shortest_d


def _is_in_events(
    time_d: Floats, row: Mapping[str, Evidence], margin_d: float
) -> NDArray[np.bool_]:
    period, epoch, duration = _ephemeris(row, margin_d)
    days, _ = days_and_events(time_d, period, epoch)
    return np.asarray(np.abs(days) < _MASK * duration + margin_d)


def _best_box(series: BoxSeries, row: Mapping[str, Evidence]) -> Box:
    """Return the box of the candidate's ephemeris whose length suits its events best."""
    best: Box | None = None
    period, epoch, duration = _ephemeris(row, series.step_d)
    for width in _WIDTHS:
        tried = Box(period, epoch, max(series.step_d, width * duration), 0.0, 0.0)
        _, depth, snr = single_events(series, tried)
        with np.errstate(divide="ignore", invalid="ignore"):
            weight = np.where(depth != 0, snr / depth, 0) ** 2
        total = float(weight.sum())
        if total > 0:
            mean = float(np.sum(weight * depth)) / total
            found = Box(period, epoch, tried.duration_d, mean, mean * np.sqrt(total))
            if best is None or found.snr > best.snr:
                best = found
    return best if best is not None else Box(period, epoch, duration, 0.0, 0.0)
