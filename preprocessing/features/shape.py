"""Features of the shape domain: single dips and flares of the light."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import log10

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.box_noise import BoxNoise, box_noise
from preprocessing.analysis.flat_light import runs_of
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import median_of_many
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.trend import robust_trend
from preprocessing.features.definition import Feature, Value
from preprocessing.features.measured import median_over_chunks, medians_of_three
from preprocessing.features.star_light import StarLight

__all__ = ["FEATURES", "shape_features"]

_Flags = NDArray[np.bool_]

_SHORT = "fewer than 200 points, or no variation"
_NO_DIP = "as shape_dip_rate, or no dip above 6"
_DAVENPORT = "Davenport et al. 2014, ApJ 797, 122"

FEATURES = (
    Feature(
        "shape_dip_rate",
        "How often the star dims for an hour or more.",
        "dips per observed day: at least two adjacent points more than 4 sigma below the trend of"
        " 2 d, the lowest 6; sigma is the greater of the noise of a point and of 1.4826 MAD, so"
        " that what always varies has no dips",
        "1/d",
        0.0,
        5.0,
        _SHORT,
        "Boyajian et al. 2016, MNRAS 457, 3988",
    ),
    Feature(
        "shape_dip_sigma",
        "How far the strongest dip of about a month stands above the noise.",
        "lg of the largest depth/s(d) of boxes of d = 1, 2, 4, 8, 16, 32 h below the trend of 5 d;"
        " of the chunks that have one above 6 the median, so that more light has no stronger ones",
        "lg",
        0.8,
        4.0,
        _NO_DIP,
        "Jenkins et al. 2002, ApJ 575, 493 (single-event statistic)",
    ),
    Feature(
        "shape_dip_hours",
        "How long that dip lasts.",
        "lg of its full width at half depth, in medians of three points; the median as"
        " shape_dip_sigma",
        "lg h",
        -0.3,
        2.5,
        _NO_DIP,
        "Boyajian et al. 2016, MNRAS 457, 3988",
    ),
    Feature(
        "shape_dip_skew",
        "Whether it begins faster than it ends, as that of a comet does.",
        "(egress - ingress) / (egress + ingress), the times between 10 and 90 % of its depth; the"
        " median as shape_dip_sigma",
        "",
        -1.0,
        1.0,
        "as shape_dip_sigma; its lowest point is less than 10 sigma deep; fewer than 6 points",
        "Rappaport et al. 2018, MNRAS 474, 1453",
    ),
    Feature(
        "shape_dip_regular",
        "Whether the dips keep the time of the strongest transits.",
        "share of the dips within 1.5 durations of an event of candidate 1",
        "",
        0.0,
        1.0,
        "fewer than three dips; no candidate",
        "this feature set",
    ),
    Feature(
        "shape_flare_rate",
        "How often the star flares.",
        "flares per observed day: at least three adjacent points more than 3 sigma above the trend"
        " of 0.5 d, the highest 5, that rise faster than they decay, not within 0.5 d of a dip;"
        " without eight harmonics of half the main frequency",
        "1/d",
        0.0,
        2.0,
        "as shape_dip_rate; freq_harmonics > 0.2 where eight harmonics of half the main frequency"
        " explain more than half of the variance: pulsators and binaries",
        _DAVENPORT,
    ),
    Feature(
        "shape_flare_amplitude",
        "How bright its flares become.",
        "lg of the highest flare's peak, of the chunks of 27 d that have flares the median",
        "lg ppm",
        1.5,
        6.0,
        "as shape_flare_rate; no flare",
        _DAVENPORT,
    ),
)

_FEWEST_POINTS = 200
_DIP, _LOWEST, _DIP_POINTS = 4.0, 6.0, 2
_FLARE, _HIGHEST, _FLARE_POINTS = 3.0, 5.0, 3
_BOXES_H = (1, 2, 4, 8, 16, 32)
_LONG_TREND_D, _FLARE_TREND_D = 5.0, 0.5
#: A dip counts if it is this deep. Four years have some 400,000 boxes of six lengths: one of white
#: noise is deeper than 6 in one of 2,500 stars, and than 5 in one of nine.
_LEAST_DIP_SIGMA = 6.0
#: A box counts if at least this share of it was observed.
_FULL_BOX = 0.6
_FLANKS_SIGMA = 10.0
_FEWEST_OF_DIP = 6
_NEAR_EVENT = 1.5
_FEWEST_DIPS = 3
_MANY_HARMONICS, _STRONG_WAVE = 0.2, 0.5


def shape_features(star: StarLight) -> dict[str, Value]:
    """Return the features of this domain, or why there are none.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    reason = _why_none(star)
    if reason:
        return {feature.name: reason for feature in FEATURES}
    dips = _dips(star)
    return _rate_and_order(star, dips) | _strongest_dips(star) | _flares(star, dips)


def _why_none(star: StarLight) -> Missing | None:
    if len(star.light) < _FEWEST_POINTS or not np.isfinite(star.flat).sum() >= _FEWEST_POINTS:
        return Missing.TOO_SHORT
    if not np.isfinite(star.white_noise):
        return Missing.TOO_SHORT
    return None if star.sigma_of(star.flat) > 0 else Missing.FLAT


def _dips(star: StarLight) -> list[int]:
    """Return the lowest point of each dip."""
    change = np.nan_to_num(star.flat - 1)
    sigma = star.sigma_of(star.flat)
    runs = runs_of(change < -_DIP * sigma, star.is_adjacent, _DIP_POINTS)
    lowest = [run.start + int(change[run].argmin()) for run in runs]
    return [one for one in lowest if change[one] < -_LOWEST * sigma]


def _observed_d(light: Light) -> float:
    return len(light) * light.cadence_d


def _rate_and_order(star: StarLight, dips: list[int]) -> dict[str, Value]:
    """Return how many dips there are, and how many of them at times of transits."""
    values: dict[str, Value] = {"shape_dip_rate": len(dips) / _observed_d(star.light)}
    if len(dips) < _FEWEST_DIPS:
        return values | {"shape_dip_regular": Missing.NO_EVENTS}
    if not star.search.candidates:
        return values | {"shape_dip_regular": star.search.missing or Missing.NO_EVENTS}
    first = star.search.candidates[0]
    turns = (star.light.time_d[dips] - first.epoch_d) / first.period_d
    off_d = np.abs(turns - np.rint(turns)) * first.period_d
    return values | {"shape_dip_regular": float(np.mean(off_d < _NEAR_EVENT * first.duration_d))}


@dataclass(frozen=True, eq=False)
class _Dip:
    """One dip: the loss of light at each point, the lowest point, and the segment it lies in."""

    time_d: Floats
    loss: Floats
    lowest: int

    @cached_property
    def depth(self) -> float:
        return float(self.loss[self.lowest])

    def crossing_d(self, share: float, step: int) -> float:
        """Return when, before or after the lowest point, the loss falls to a share of it."""
        level, here = share * self.depth, self.lowest
        while 0 <= here + step < len(self.loss) and self.loss[here] > level:
            here += step
        back = here - step
        if self.loss[here] > level or not 0 <= back < len(self.loss):
            return float(self.time_d[here])
        part = (self.loss[back] - level) / (self.loss[back] - self.loss[here])
        return float(self.time_d[back] + part * (self.time_d[here] - self.time_d[back]))


def _strongest_dips(star: StarLight) -> dict[str, Value]:
    """Return significance, length and skew of the strongest dip of a usual chunk that has one."""
    names = ("shape_dip_sigma", "shape_dip_hours", "shape_dip_skew")
    light = star.light
    trend = robust_trend(light, _LONG_TREND_D)
    loss = np.where(trend > 0, 1 - light.flux / np.where(trend > 0, trend, 1), np.nan)
    if not np.isfinite(loss).any():
        return dict.fromkeys(names, Missing.TOO_SHORT)
    boxes, smooth = box_noise(light.time_d, loss), _smooth(loss, light.segment_edges)
    first_d = np.floor(light.time_d[np.isfinite(loss)][0] / GRID_D) * GRID_D
    significances = [_significances(boxes, hours) for hours in _BOXES_H]
    sigmas: list[Value] = []
    hours: list[Value] = []
    skews: list[Value] = []
    for start, stop in pairwise(light.chunk_edges):
        cells = (light.time_d[[start, stop - 1]] - first_d) / GRID_D
        sigma, middle, length_h = max(
            (_strongest_box(*one, cells) for one in zip(significances, _BOXES_H, strict=True)),
            key=lambda one: one[0],
        )
        if not sigma > _LEAST_DIP_SIGMA:
            continue
        sigmas.append(log10(sigma))
        dip = _dip_at(light, smooth, first_d + middle * GRID_D, length_h / 24)
        if dip is not None and dip.depth > 0:
            width_d = dip.crossing_d(0.5, 1) - dip.crossing_d(0.5, -1)
            hours.append(log10(24 * max(width_d, GRID_D)))
            skews.append(_skew(dip, star.white_noise))
    return {
        name: median_over_chunks(values or [Missing.NO_EVENTS])
        for name, values in zip(names, (sigmas, hours, skews), strict=True)
    }


def _significances(boxes: BoxNoise, hours: int) -> Floats:
    """Return depth over noise of the box that begins at each cell; -inf where none was observed."""
    noise = boxes.of(hours)
    width = round(hours / 24 / GRID_D)
    if not noise > 0:
        return np.empty(0)
    points = boxes.points[width:] - boxes.points[:-width]
    is_full = boxes.filled[width:] - boxes.filled[:-width] >= _FULL_BOX * width
    means = (boxes.sums[width:] - boxes.sums[:-width]) / np.maximum(1, points)
    return np.where(is_full, (means - median_of_many(means[is_full])) / noise, -np.inf)


def _strongest_box(significances: Floats, hours: int, cells: Floats) -> tuple[float, float, int]:
    """Return the highest significance among boxes whose middle is between two cells, and where."""
    half = round(hours / 24 / GRID_D) / 2
    first, last = np.clip(np.rint(cells - half), 0, len(significances)).astype(int)
    if not last > first:
        return -np.inf, 0.0, hours
    best = first + int(significances[first:last].argmax())
    return float(significances[best]), best + half, hours


def _smooth(loss: Floats, edges: NDArray[np.int64]) -> Floats:
    """Return medians of three points of a segment; 0 for what is not known."""
    known: Floats = np.nan_to_num(loss)
    smooth: Floats = known.copy()
    smooth[1:-1] = medians_of_three(known)
    ends = np.concatenate([edges[:-1], edges[1:] - 1])
    smooth[ends] = known[ends]
    return smooth


def _dip_at(light: Light, smooth: Floats, middle_d: float, length_d: float) -> _Dip | None:
    """Return the dip in a box, of the segment that is nearest to its middle."""
    time, edges = light.time_d, light.segment_edges
    after = min(max(1, int(np.searchsorted(time, middle_d))), len(time) - 1)
    nearest = after - int(middle_d - time[after - 1] <= time[after] - middle_d)
    segment = int(np.searchsorted(edges, nearest, side="right")) - 1
    part = slice(edges[segment], edges[segment + 1])
    inside = np.flatnonzero(np.abs(time[part] - middle_d) <= length_d / 2 + GRID_D)
    if not len(inside):
        return None
    return _Dip(time[part], smooth[part], int(inside[smooth[part][inside].argmax()]))


def _skew(dip: _Dip, sigma: float) -> Value:
    """Return whether a dip begins faster than it ends."""
    if dip.depth < _FLANKS_SIGMA * sigma:
        return Missing.NO_EVENTS
    begin, end = dip.crossing_d(0.1, -1), dip.crossing_d(0.1, 1)
    if np.sum((dip.time_d >= begin) & (dip.time_d <= end)) < _FEWEST_OF_DIP:
        return Missing.TOO_SHORT
    ingress = dip.crossing_d(0.9, -1) - begin
    egress = end - dip.crossing_d(0.9, 1)
    return (egress - ingress) / (egress + ingress) if egress + ingress > 0 else Missing.TOO_SHORT


def _flares(star: StarLight, dips: list[int]) -> dict[str, Value]:
    """Return how often the star flares, and how brightly."""
    names = ("shape_flare_rate", "shape_flare_amplitude")
    if _is_pulsator_or_binary(star):
        return dict.fromkeys(names, Missing.NOT_SEARCHED)
    light = _without_wave(star)
    is_far = _is_far(light.time_d, light.time_d[dips])
    trend = robust_trend(light, _FLARE_TREND_D, is_far)
    change = np.nan_to_num(light.flux / np.where(trend > 0, trend, np.nan) - 1)
    sigma = star.sigma_of(change[is_far])
    peaks = [
        run.start + int(change[run].argmax())
        for run in runs_of((change > _FLARE * sigma) & is_far, star.is_adjacent, _FLARE_POINTS)
        if _is_flare(light.time_d[run], change[run], sigma)
    ]
    rate = len(peaks) / _observed_d(light)
    if not peaks:
        return {names[0]: rate, names[1]: Missing.NO_EVENTS}
    chunk = np.searchsorted(light.chunk_edges, peaks, side="right")
    highest = [float(change[peaks][chunk == one].max()) for one in np.unique(chunk)]
    return {names[0]: rate, names[1]: log10(1e6 * float(np.median(highest)))}


def _is_pulsator_or_binary(star: StarLight) -> bool:
    waves = star.waves
    if isinstance(waves, Missing):
        return False
    return waves.share_of_harmonics > _MANY_HARMONICS and waves.halves.power > _STRONG_WAVE


def _without_wave(star: StarLight) -> Light:
    """Return the light without what is periodic, which would rise and fall as flares do."""
    light = star.light
    if isinstance(star.waves, Missing):
        return light
    flux = light.flux - star.waves.halves.at(light.time_d)
    columns = (light.time_d, flux, light.flux_err, light.sequence)
    return Light(*columns, light.left_out, light.n_reordered)


def _is_far(time_d: Floats, events_d: Floats) -> _Flags:
    """Return which times lie further than the window of the trend from all events."""
    if not len(events_d):
        return np.ones(len(time_d), dtype=bool)
    after = np.searchsorted(events_d, time_d)
    before = np.abs(time_d - events_d[np.maximum(after - 1, 0)])
    behind = np.abs(time_d - events_d[np.minimum(after, len(events_d) - 1)])
    return np.asarray(np.minimum(before, behind) > _FLARE_TREND_D)


def _is_flare(time_d: Floats, change: Floats, sigma: float) -> bool:
    """Return whether a run of bright points has a high peak and rises faster than it decays."""
    peak = int(change.argmax())
    is_fast = time_d[peak] - time_d[0] < time_d[-1] - time_d[peak]
    return bool(change[peak] > _HIGHEST * sigma and is_fast)
