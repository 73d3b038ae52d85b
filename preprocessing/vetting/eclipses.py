"""What the single events of an ephemeris, and the light between them, say of a binary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.transit_fit import days_and_events

__all__ = [
    "Depths",
    "Dip",
    "Ephemeris",
    "OutOfEclipse",
    "deep_dips",
    "depths",
    "half_width_share",
    "out_of_eclipse",
    "share_of_minimum",
]

#: The middle of an event and its surroundings, in durations from mid-event.
_CORE, _BESIDE, _FAR = 0.25, 0.65, 1.6
#: A chunk with fewer points between eclipses says nothing of tides.
_FEWEST_POINTS = 60
#: Depths this many robust sigma from the median do not count.
_OUTLIER = 4.0
#: Steps of the folded light in which the length of a minimum is measured.
_STEPS = 100
#: Light around a dip, in days.
_DIP_REACH_D = 3.0


@dataclass(frozen=True)
class Ephemeris:
    """When events happen.

    Parameters
    ----------
    period_d, epoch_d, duration_d : float
        Days from one to the next; middle of one; days from first to last contact.
    """

    period_d: float
    epoch_d: float
    duration_d: float

    def days_from(self, time_d: Floats) -> tuple[Floats, Floats]:
        """Return days from the middle of the nearest event, and that event's number."""
        days, event = days_and_events(time_d, self.period_d, self.epoch_d)
        return days, event

    def later(self, phase: float) -> Ephemeris:
        """Return the ephemeris of events at a phase of this one."""
        return Ephemeris(self.period_d, self.epoch_d + phase * self.period_d, self.duration_d)


@dataclass(frozen=True, eq=False)
class Depths:
    """The depth of each event that was observed on both sides and in the middle.

    Parameters
    ----------
    event : ndarray, shape (n,)
        Its number.
    depth : ndarray of float64, shape (n,)
        Light before and after it less that of its middle, relative to the star's.
    sequence : ndarray of int64, shape (n,)
        The file it was observed in.
    """

    event: NDArray[np.int64]
    depth: Floats
    sequence: NDArray[np.int64]

    @property
    def mean(self) -> float:
        """Median of the depths; NaN if there are none."""
        return float(np.median(self.depth)) if len(self.depth) else np.nan

    @property
    def sigma(self) -> float:
        """Uncertainty of the mean from the scatter of the depths; NaN of fewer than three."""
        return _error(self.depth)

    @property
    def clarity(self) -> float:
        """The mean over its uncertainty, of all events or of one kind, odd or even; 0 of few.

        Events that alternate between two depths scatter as one, though each kind is clear.
        """
        is_odd = self.event % 2 == 1
        kinds = (self.depth, self.depth[is_odd], self.depth[~is_odd])
        clear = [float(np.median(one)) / _error(one) for one in kinds if len(one) > 2]
        return max(clear, default=0.0)

    @property
    def deepest(self) -> float:
        """The greater of the medians of odd and even events; NaN if there are none."""
        return max(self._medians(), default=np.nan)

    @property
    def is_odd_deeper(self) -> bool:
        """Whether odd events are deeper than even ones."""
        found = self._medians()
        return len(found) > 1 and found[0] > found[1]

    def _medians(self) -> list[float]:
        is_odd = self.event % 2 == 1
        kinds = [self.depth[kind] for kind in (is_odd, ~is_odd) if kind.any()]
        return [float(np.median(kind)) for kind in kinds]

    @property
    def contrast(self) -> float:
        """The mean over the scatter of the depths: how clearly each event is seen."""
        return self.mean / float(max(self.depth.std(ddof=1), 1e-9)) if len(self.depth) > 2 else 0.0

    def odd_even(self) -> tuple[float, float]:
        """Return the difference of odd and even events over the deeper, and over its uncertainty.

        The uncertainty is that of the scatter of events of one kind, so that transits that come
        early or late, or spots, do not make a difference of many sigma.
        """
        is_odd = self.event % 2 == 1
        return _difference(self.depth[is_odd], self.depth[~is_odd])

    def by_place(self, place: Mapping[int, str]) -> tuple[float, float]:
        """Return the greatest difference between places on the detector, as `odd_even` does.

        Parameters
        ----------
        place : mapping of int to str
            The place by the number of the file.
        """
        names = np.array([place.get(int(one), "") for one in self.sequence])
        groups = [self.depth[names == name] for name in np.unique(names[names != ""])]
        groups = sorted((g for g in groups if len(g) > 1), key=np.median)
        return _difference(groups[0], groups[-1]) if len(groups) > 1 else (np.nan, np.nan)


def _error(depth: Floats) -> float:
    if len(depth) < 3:
        return np.nan
    scatter = float(depth.std(ddof=1))
    # The median of few is uncertain by more than the scatter over the root of their number.
    return max(scatter, 1e-9) * 1.2533 / float(np.sqrt(len(depth)))


def _usual(depth: Floats) -> Floats:
    """Return the depths without those that are far from the others, as of flares in eclipse."""
    middle = np.median(depth)
    scatter = 1.4826 * np.median(np.abs(depth - middle))
    return depth[np.abs(depth - middle) <= _OUTLIER * scatter] if scatter > 0 else depth


def _mean(depth: Floats) -> float:
    return float(_usual(depth).mean())


def _spread(depth: Floats) -> float:
    usual = _usual(depth)
    return float(usual.std(ddof=1)) if len(usual) > 1 else float(depth.std())


def _difference(one: Floats, other: Floats) -> tuple[float, float]:
    if min(len(one), len(other)) < 2:
        return np.nan, np.nan
    means = _mean(one), _mean(other)
    scatter = float(np.sqrt((_spread(one) ** 2 + _spread(other) ** 2) / 2))
    error = max(scatter, 1e-9) * float(np.sqrt(1 / len(one) + 1 / len(other)))
    deeper = max(means)
    difference = abs(means[0] - means[1])
    return (difference / deeper if deeper > 0 else np.nan), difference / error


def depths(light: Light, ephemeris: Ephemeris, is_used: NDArray[np.bool_]) -> Depths:
    """Return the depth of each event.

    Parameters
    ----------
    light : Light
        The light.
    ephemeris : Ephemeris
        When the events happen.
    is_used : ndarray of bool, shape (n,)
        The points outside of the events of other bodies.
    """
    days, event = ephemeris.days_from(light.time_d)
    duration = max(ephemeris.duration_d, 2 * light.cadence_d)
    reach = min(_FAR * duration, max(0.45 * ephemeris.period_d, duration))
    away = np.abs(days)
    near = is_used & (away <= reach)
    days, event, away = days[near], event[near], away[near]
    flux, sequence = light.flux[near], light.sequence[near]
    if not len(event):
        return Depths(event.astype(np.int64), flux, sequence)
    numbers, index = np.unique(event, return_inverse=True)
    n = len(numbers)
    is_core = away <= max(_CORE * duration, 0.6 * light.cadence_d)
    before, after = (days < -_BESIDE * duration), (days > _BESIDE * duration)

    def mean(chosen: NDArray[np.bool_]) -> tuple[Floats, Floats]:
        count = np.bincount(index[chosen], minlength=n).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.bincount(index[chosen], flux[chosen], n) / count, count

    (core, n_core), (left, n_left), (right, n_right) = mean(is_core), mean(before), mean(after)
    is_seen = (n_core > 0) & (n_left > 1) & (n_right > 1)
    level = (left + right) / 2
    first = np.searchsorted(index, np.arange(n)) if (np.diff(index) >= 0).all() else None
    files = sequence[first] if first is not None else np.zeros(n, np.int64)
    with np.errstate(divide="ignore", invalid="ignore"):
        loss = 1 - core / level
    is_seen &= np.isfinite(loss)
    return Depths(numbers[is_seen].astype(np.int64), np.asarray(loss[is_seen]), files[is_seen])


@dataclass(frozen=True)
class OutOfEclipse:
    """How the light between eclipses varies with the orbit.

    Parameters
    ----------
    ellipsoidal, ellipsoidal_sigma : float
        Semi-amplitude of the cosine at half the period, positive if the star is darkest at both
        conjunctions, relative to the star's light; and over its uncertainty.
    reflection, reflection_sigma : float
        The same of the cosine at the period, positive if it is darkest at mid-event.
    asymmetry : float
        Semi-amplitude of the sine at half the period, which tides do not make.
    """

    ellipsoidal: float
    ellipsoidal_sigma: float
    reflection: float
    reflection_sigma: float
    asymmetry: float


def out_of_eclipse(light: Light, ephemeris: Ephemeris, is_used: NDArray[np.bool_]) -> OutOfEclipse:
    """Measure ellipsoidal variation and reflection, chunk by chunk.

    Parameters
    ----------
    light : Light
        The light.
    ephemeris : Ephemeris
        When the events happen.
    is_used : ndarray of bool, shape (n,)
        The points outside of all events.
    """
    days, _ = ephemeris.days_from(light.time_d)
    angle = 2 * np.pi * days / ephemeris.period_d
    waves = np.stack(
        [np.ones_like(angle), np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)]
    )
    found = []
    for start, stop in pairwise(light.chunk_edges):
        used = np.flatnonzero(is_used[start:stop]) + start
        span_d = light.time_d[stop - 1] - light.time_d[start]
        if len(used) < _FEWEST_POINTS or span_d < 1.5 * ephemeris.period_d:
            continue
        columns = waves[:, used]
        # What changes over the chunk is no matter of the orbit.
        x = (light.time_d[used] - light.time_d[used].mean()) / max(span_d, 1e-9)
        columns = np.concatenate([columns, [x, x**2]])
        normal = columns @ columns.T
        found.append(np.linalg.lstsq(normal, columns @ light.flux[used], rcond=1e-9)[0])
    if not found:
        return OutOfEclipse(np.nan, np.nan, np.nan, np.nan, np.nan)
    values = np.array(found)
    mean = values.mean(axis=0)
    n = len(values)
    error = values.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else np.full(7, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        sigma = np.abs(mean) / error
    return OutOfEclipse(
        float(-mean[3]), float(sigma[3]), float(-mean[1]), float(sigma[1]), float(abs(mean[4]))
    )


def half_width_share(light: Light, ephemeris: Ephemeris) -> float:
    """Return the time that the light is below half of an event's depth, over the period.

    Parameters
    ----------
    light : Light
        The light.
    ephemeris : Ephemeris
        When the events happen.
    """
    days, _ = ephemeris.days_from(light.time_d)
    reach = min(1.5 * ephemeris.duration_d, ephemeris.period_d / 2)
    away = np.abs(days)
    near = away <= reach
    steps = 24
    step = np.minimum((away[near] / reach * steps).astype(int), steps - 1)
    count = np.bincount(step, minlength=steps)
    known = np.flatnonzero(count > 0)
    if len(known) < 4:
        return np.nan
    profile = np.bincount(step, light.flux[near], steps)[known] / count[known]
    level, lowest = float(np.median(profile[-4:])), float(profile[:2].min())
    above = np.flatnonzero(profile > (level + lowest) / 2)
    half = known[above[0]] / steps * reach if len(above) else reach
    return float(2 * half / ephemeris.period_d)


def share_of_minimum(light: Light, period_d: float, epoch_d: float) -> float:
    """Return the share of an orbit in which light without a level is below its middle.

    Parameters
    ----------
    light : Light
        The light.
    period_d, epoch_d : float
        The orbit's period, and the middle of its darkest minimum, of which the share is.
    """
    phase = (light.time_d - epoch_d) / period_d % 1
    step = np.minimum((phase * _STEPS).astype(np.int64), _STEPS - 1)
    count = np.bincount(step, minlength=_STEPS)
    known = np.flatnonzero(count)
    mean = np.bincount(step, light.flux, _STEPS)[known] / count[known]
    orbit = np.interp(np.arange(_STEPS), known, mean, period=_STEPS)
    is_above = orbit > (orbit.min() + orbit.max()) / 2
    return float(int(is_above.argmax()) + int(is_above[::-1].argmax())) / _STEPS


@dataclass(frozen=True)
class Dip:
    """One deep dip.

    Parameters
    ----------
    middle_d, width_d : float
        Middle and length of the time below half of its depth, in days.
    depth : float
        Loss of light at its deepest, relative to the star's.
    skew : float
        How far the mean time of the loss is from the middle, as a share of the width.
    """

    middle_d: float
    width_d: float
    depth: float
    skew: float


def deep_dips(light: Light, least: float, most: int) -> list[Dip]:
    """Return the dips of at least two points that are deeper than a share of the light.

    Parameters
    ----------
    light : Light
        The light.
    least : float
        The share.
    most : int
        Where there are more, only so many and one more are returned.
    """
    loss = 1 - light.flux
    is_deep = loss > least
    starts = np.flatnonzero(is_deep & ~np.append(False, is_deep[:-1]))
    found: list[Dip] = []
    for start in starts:
        if len(found) > most:
            break
        reach = light.time_d[start] + np.array([-_DIP_REACH_D, _DIP_REACH_D])
        near = slice(*np.searchsorted(light.time_d, reach, side="right").tolist())
        time, part = light.time_d[near], loss[near]
        first = int(start) - near.start
        stop = first
        while stop < len(part) and part[stop] > least:
            stop += 1
        if stop - first < 2:
            continue
        depth = float(part[first:stop].max())
        low = high = first + int(part[first:stop].argmax())
        while low > 0 and part[low - 1] > depth / 2:
            low -= 1
        while high < len(part) - 1 and part[high + 1] > depth / 2:
            high += 1
        width = float(time[high] - time[low]) + light.cadence_d
        middle = float(time[low] + time[high]) / 2
        inside = slice(low, high + 1)
        mean = float(np.average(time[inside], weights=part[inside]))
        found.append(Dip(middle, width, depth, abs(mean - middle) / width))
    return found
