"""All that the panels of one sheet are drawn from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D, binned
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import sigma_of_many
from preprocessing.analysis.transit_fit import days_and_events
from preprocessing.report.sheet.numbers import FluxUnit, flux_unit, is_number
from preprocessing.report.sheet.subject import FALSE_ALARMS, Kind, Subject
from preprocessing.report.sheet.time_axis import CutTime, cut_time
from preprocessing.report.star.light import TREND_D, ShownLight, trend_of
from preprocessing.report.star.record import StarRecord
from preprocessing.tables.curve_rows import Row

__all__ = ["Group", "Neighbor", "Page"]

#: Windows of trends for dips, in days: the shortest that is four times as long as they are.
_WINDOWS_D = (0.75, 1.5, 3.0)
_DURATIONS_A_WINDOW = 4.0
#: Points of events are left out of the trend to this many durations from their middle.
_MASK = 0.75
#: Where nobody measured how long dips last, this share of their period.
_USUAL_DUTY = 0.05
#: Candidates have the same period if it, its half or its double differs less than this.
_SAME = 0.01


@dataclass(frozen=True, eq=False)
class Neighbor:
    """A star that is alike.

    Parameters
    ----------
    name : str
        The star.
    shown : ShownLight or None
        Its light; None if it cannot be read.
    """

    name: str
    shown: ShownLight | None = field(repr=False)


@dataclass(frozen=True)
class Group:
    """Light of one orientation of the telescope, or of one campaign or sector.

    Parameters
    ----------
    label : str
        Its quarters, campaigns or sectors.
    crowdsap : float
        Mean share of the aperture's flux that is the star's; NaN if it is not known.
    rows : ndarray of bool
        Its points.
    """

    label: str
    crowdsap: float
    rows: NDArray[np.bool_] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Page:
    """A star, and the signal that its sheet shows.

    Parameters
    ----------
    record : StarRecord
        What the tables say.
    shown : ShownLight
        The light.
    subject : Subject
        The signal.
    neighbors : sequence of Neighbor
        The stars most like it.
    command : str
        What made the sheet.
    """

    record: StarRecord
    shown: ShownLight
    subject: Subject
    neighbors: Sequence[Neighbor] = ()
    command: str = ""

    @property
    def light(self) -> Light:
        """The light."""
        return self.shown.light

    @cached_property
    def time(self) -> CutTime:
        """Where times are on the page."""
        return cut_time(self.light.time_d)

    @cached_property
    def grid(self) -> Light:
        """The light in bins of 30 minutes."""
        return binned(self.light, GRID_D)

    @property
    def has_dips(self) -> bool:
        """Whether dips that repeat are shown, be they real or the strongest of the search."""
        return self.subject.kind is Kind.DIPS or bool(self.subject.candidate)

    @cached_property
    def window_d(self) -> float:
        """The window of `trend`."""
        if not self.has_dips:
            return TREND_D
        least = _DURATIONS_A_WINDOW * self.duration_d
        return next((one for one in _WINDOWS_D if one >= least), _WINDOWS_D[-1])

    @cached_property
    def trend(self) -> Floats:
        """The slow part of the light, without the events that repeat."""
        if not self.has_dips:
            return self.shown.trend
        return trend_of(self.light, self.window_d, ~(self.is_in_event | self.is_in_other))

    @cached_property
    def flat(self) -> Floats:
        """The light over its trend; NaN where there is none."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.trend > 0, self.light.flux / self.trend, np.nan)

    @cached_property
    def folded(self) -> Floats:
        """The light that is folded: over its trend, or as it is."""
        return self.dips if self.subject.is_flattened else self.light.flux

    @cached_property
    def dips(self) -> Floats:
        """The light over its trend, without the dips of other candidates."""
        return np.where(self.is_in_other, np.nan, self.flat)

    @cached_property
    def noise(self) -> float:
        """Noise of a point of `flat`, from the differences of adjacent ones."""
        steps = np.diff(self.flat)
        steps = steps[np.isfinite(steps)]
        return float(sigma_of_many(steps) / np.sqrt(2)) if len(steps) else np.nan

    @property
    def dips_period_d(self) -> float:
        """Period of the dips that are shown: of the candidate, or else of the orbit."""
        return number(self.subject.candidate, "period_d", self.subject.period_d)

    @property
    def dips_epoch_d(self) -> float:
        """Middle of such a dip."""
        return number(self.subject.candidate, "epoch_d", self.subject.epoch_d)

    @property
    def has_two_eclipses(self) -> bool:
        """Whether odd and even dips are the two eclipses of a binary's orbit."""
        return self.dips_period_d < 0.75 * self.subject.period_d

    @cached_property
    def duration_d(self) -> float:
        """How long dips last: as the search found, or else single events do."""
        found = number(self.subject.candidate, "duration_d")
        if found > 0:
            return found
        lengths = [
            number(one, "end_d") - number(one, "start_d")
            for one in self.record.events
            if one.get("kind") == "dip"
        ]
        usual = float(np.median(lengths)) if lengths else np.nan
        return usual if usual > 0 else _USUAL_DUTY * self.subject.period_d

    @cached_property
    def depth(self) -> float:
        """Relative loss of light in dips, as the tables have it; NaN if they do not."""
        ppm = number(self.subject.candidate, "depth")
        if not np.isfinite(ppm):
            ppm = number(self.record.vetting, "eclipse_depth")
        return ppm / 1e6

    @cached_property
    def days_and_event(self) -> tuple[Floats, NDArray[np.int64]]:
        """Days of each point from the middle of the nearest dip, and the dip's number."""
        days, event = days_and_events(self.light.time_d, self.dips_period_d, self.dips_epoch_d)
        return days, event.astype(np.int64)

    @cached_property
    def is_in_event(self) -> NDArray[np.bool_]:
        """Which points are in a dip that repeats."""
        days, _ = self.days_and_event
        return np.asarray(np.abs(days) < _MASK * self.duration_d + GRID_D)

    @cached_property
    def is_in_other(self) -> NDArray[np.bool_]:
        """Which points are in dips of other candidates that are no false alarms."""
        found = np.zeros(len(self.light), np.bool_)
        own = self.dips_period_d
        for row in self.record.candidates:
            kind = self.record.disposition_of(row).get("disposition")
            period, duration = number(row, "period_d"), number(row, "duration_d")
            is_same = any(abs(period / own / ratio - 1) < _SAME for ratio in (0.5, 1.0, 2.0))
            if kind in FALSE_ALARMS or is_same or not period > 0 or not duration > 0:
                continue
            days, _ = days_and_events(self.light.time_d, period, number(row, "epoch_d"))
            found |= np.abs(days) < _MASK * duration + GRID_D
        return found & ~self.is_in_event

    @cached_property
    def fold_unit(self) -> FluxUnit:
        """The unit of panels of dips."""
        return flux_unit(self.depth if self.depth > 0 else 5 * self.noise)

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The light by orientation of the telescope, or by campaign or sector."""
        found: dict[int, list[int]] = {}
        a_year = self.shown.mission.sequences_a_year
        for place, one in enumerate(self.shown.stretches):
            key = one.number % a_year if a_year else place
            found.setdefault(key, []).append(place)
        keys = sorted(found) if self.is_by_season else found
        return tuple(self._group(key, found[key]) for key in keys)

    @property
    def is_by_season(self) -> bool:
        """Whether `groups` are seasons: quarters of a year, after which the telescope turns."""
        return 0 < self.shown.mission.sequences_a_year <= 4

    def _group(self, key: int, places: list[int]) -> Group:
        stretches = [self.shown.stretches[place] for place in places]
        rows = np.zeros(len(self.light), np.bool_)
        for one in stretches:
            rows[one.rows] = True
        known = [one.crowdsap for one in stretches if np.isfinite(one.crowdsap)]
        label = stretches[0].label
        if self.is_by_season:
            label = f"{key}" if len(self.shown.stretches) > 1 else f"{key} ({label})"
        return Group(label, float(np.mean(known)) if known else np.nan, rows)


def number(row: Row, name: str, otherwise: float = np.nan) -> float:
    """Return a number of a row; another one where it is null or not there."""
    value = row.get(name)
    return float(value) if is_number(value) else otherwise  # type: ignore[arg-type]
