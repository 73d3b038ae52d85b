"""One pass of the search for transits: every period, coarsely, then the best ones exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import thread_time
from typing import TypeAlias

import numpy as np

from preprocessing.analysis.box_series import BoxSeries
from preprocessing.analysis.ephemeris import MOST_SIGMA, Box, best_box_near
from preprocessing.analysis.folding import BOX_WIDTHS, box_spectrum, trial_periods
from preprocessing.analysis.light import Floats

__all__ = [
    "SHORTEST_DURATION",
    "SHORTEST_PERIOD_D",
    "FoundBoxes",
    "OutOfTimeError",
    "SearchRange",
    "best_boxes",
    "coarse_peaks",
    "search_ranges",
    "sun_duration_d",
]

SHORTEST_PERIOD_D = 0.5
#: A planet with the period of the Earth crosses the middle of the Sun in this time, in days.
_SUN_DURATION_D = 13.0 / 24
_YEAR_D = 365.25
#: Transits shorter than this share of that time belong to no star: it would be 125 times as dense
#: as the Sun, more than twice as dense as TRAPPIST-1 (Agol et al. 2021, PSJ 2, 1).
SHORTEST_DURATION = 0.2
#: Length of a sample when folding, in transits of a Sun-like star at the period: boxes of 1, 2, 3
#: and 5 samples then span stars of 30 times to 0.3 times the Sun's density. Coarse boxes have 0.88
#: of the best box's ratio on average, at 3.8 samples 0.90, at 2.7 samples 0.80.
_SAMPLES_A_DURATION = 3.2
#: Each range of periods is this much longer than the one before.
_RANGE_RATIO = 1.7
#: A trend must be as flat as this many of the longest transits of a range.
_DURATIONS_A_WINDOW = 3.0
#: Boxes whose events together have less weight than this many whole events do not count.
_LEAST_EVENTS = 2.2
#: So many of the best periods of each range are looked at exactly, and at most so many that turn
#: out to have too few events. Of each range, since one deep dip leads at all long periods.
_PEAKS_A_RANGE = 4
_TRIED_A_RANGE = 12
#: What is less than this when folded coarsely is not worth it, since exactly it is 1.2 times as
#: much at most; but of every star so many are looked at.
_LEAST_PEAK = 5.0
_FEWEST_TRIED = 12
#: What is this share of the highest, or more, is looked at exactly before all else.
_STRONG = 0.5
#: Peaks closer than this share of a period are one.
_PEAK_WIDTH = 0.002
_BLOCK = 16


class OutOfTimeError(Exception):
    """The time for one star was used up before all periods were searched."""


@dataclass(frozen=True)
class SearchRange:
    """A range of periods that is searched with one sampling and one trend.

    Parameters
    ----------
    shortest_d, longest_d : float
        The periods, in days.
    step_d : float
        Length of a sample in days.
    series : BoxSeries
        The light, without a trend that suits the durations of this range.
    """

    shortest_d: float
    longest_d: float
    step_d: float
    series: BoxSeries

    @property
    def durations_d(self) -> Floats:
        """Durations of transits that are looked for, in days."""
        usual = sun_duration_d(np.sqrt(self.shortest_d * self.longest_d))
        shortest = max(self.series.step_d, SHORTEST_DURATION * usual)
        return np.geomspace(shortest, max(1.3 * usual, 1.5 * shortest), 7)


#: Boxes, and the range in which each was found.
FoundBoxes: TypeAlias = list[tuple[Box, SearchRange]]


def sun_duration_d(period_d: float) -> float:
    """Return how long a planet crosses the middle of the Sun.

    Parameters
    ----------
    period_d : float
        Its period, in days.
    """
    return float(_SUN_DURATION_D * np.cbrt(period_d / _YEAR_D))


def search_ranges(series_of: dict[float, BoxSeries], longest_d: float) -> list[SearchRange]:
    """Divide the periods to search into ranges, each with the trend that suits it best.

    Parameters
    ----------
    series_of : dict of float to BoxSeries
        The light without its trend, by the length of the trend's window in days.
    longest_d : float
        Longest period, in days.

    Returns
    -------
    list of SearchRange
    """
    ranges = []
    shortest = SHORTEST_PERIOD_D
    while shortest < longest_d:
        longest = min(shortest * _RANGE_RATIO, longest_d)
        usual = sun_duration_d(np.sqrt(shortest * longest))
        series = _quietest(series_of, usual)
        step_d = max(series.step_d, usual / _SAMPLES_A_DURATION)
        ranges.append(SearchRange(shortest, longest, step_d, series))
        shortest = longest
    return ranges


def _quietest(series_of: dict[float, BoxSeries], duration_d: float) -> BoxSeries:
    """Return the light in which a transit of a duration stands out most."""

    def noise(window_d: float) -> float:
        series = series_of[window_d]
        sigma = np.interp(duration_d, series.durations_d, series.noise)
        # A straight line through a window takes this share of a transit within it.
        kept = 1 - duration_d / window_d
        return float(sigma / np.sqrt(series.full_weight) / kept)

    suitable = [w for w in series_of if w >= _DURATIONS_A_WINDOW * duration_d] or [max(series_of)]
    return series_of[min(suitable, key=noise)]


def best_boxes(ranges: Sequence[SearchRange], deadline_s: float) -> Iterator[FoundBoxes]:
    """Yield the best boxes of all periods, those of the strongest periods first.

    Parameters
    ----------
    ranges : sequence of SearchRange
        What to search.
    deadline_s : float
        Processor time of this thread at which to give up.

    Yields
    ------
    list of (Box, SearchRange)
        First those that folding shows as at least half as strong as the strongest, then all
        others: who finds what they want need not look on.

    Raises
    ------
    OutOfTimeError
        If the deadline comes before all ranges are searched.
    """
    peaks = []
    for searched in ranges:
        if thread_time() > deadline_s:
            raise OutOfTimeError
        peaks.append(_distinct(*coarse_peaks(searched)))
    # What cannot be the best is not looked at exactly, except that every star has a best box.
    heights = sorted((snr for of_range in peaks for _, snr in of_range), reverse=True)
    if not heights:
        return
    least = min(_LEAST_PEAK, heights[min(_FEWEST_TRIED, len(heights)) - 1])
    strong = max(least, _STRONG * heights[0])
    left = dict.fromkeys(range(len(ranges)), _PEAKS_A_RANGE)
    for low, high in ((strong, np.inf), (least, strong)):
        found: FoundBoxes = []
        for k, (searched, of_range) in enumerate(zip(ranges, peaks, strict=True)):
            worth = [period for period, snr in of_range if low <= snr < high]
            boxes = _exact(searched, worth, left[k])
            left[k] -= len(boxes)
            found += [(box, searched) for box in boxes]
        yield found


def _exact(searched: SearchRange, periods: Sequence[float], most: int) -> list[Box]:
    """Return the best boxes near periods that have enough events."""
    boxes: list[Box] = []
    for period in periods:
        if len(boxes) == most:
            break
        box = best_box_near(searched.series, period, searched.step_d, searched.durations_d)
        if box.snr > 0:
            boxes.append(box)
    return boxes


def coarse_peaks(searched: SearchRange) -> tuple[Floats, Floats]:
    """Return the best of each few periods of a range, and their signal-to-noise ratios.

    Parameters
    ----------
    searched : SearchRange
        The range.
    """
    series, step_d = searched.series, searched.step_d
    loss, weight = series.resampled(step_d)
    widths = np.array(BOX_WIDTHS)
    noise = np.interp(widths * step_d, series.durations_d, series.noise)
    if np.isfinite(noise[0]):
        loss = np.minimum(loss, (MOST_SIGMA * noise[0] * np.sqrt(weight)).astype(np.float32))
    least = _LEAST_EVENTS * widths * step_d / series.step_d
    first = max(2, int(searched.shortest_d / step_d))
    last = max(first + 1, int(np.ceil(searched.longest_d / step_d)))
    spectrum = box_spectrum(
        loss,
        weight,
        first,
        last,
        noise.astype(np.float32),
        least.astype(np.float32),
    )
    period = trial_periods(len(loss), first, last) * step_d
    starts = np.arange(0, len(spectrum), _BLOCK)
    padded = np.pad(spectrum, (0, -len(spectrum) % _BLOCK)).reshape(-1, _BLOCK)
    return period[starts + padded.argmax(axis=1)], padded.max(axis=1).astype(np.float64)


def _distinct(period: Floats, snr: Floats) -> list[tuple[float, float]]:
    """Return the highest peaks at different periods: period and signal-to-noise ratio."""
    chosen: list[tuple[float, float]] = []
    for k in np.argsort(-snr, kind="stable"):
        if snr[k] <= 0 or len(chosen) == _TRIED_A_RANGE:
            break
        if all(abs(np.log(period[k] / other)) > _PEAK_WIDTH for other, _ in chosen):
            chosen.append((float(period[k]), float(snr[k])))
    return chosen
