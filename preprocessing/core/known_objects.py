"""What tables say of a mission's stars: known objects, and where each came from."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

from preprocessing.core.ephemerides import SAME_PERIOD
from preprocessing.core.known_object import TRANSITING, KnownObject

__all__ = ["KnownObjects", "KnownSource", "Remark", "combine"]

#: Events of one period are one object if they are less than this share of it apart.
_SAME_PHASE = 0.02


class Remark(str, Enum):
    """What is wrong with some rows of a table, or was done with them."""

    #: Dropped: nothing in it is a star's number in the mission's catalog.
    NO_NUMBER = "without a star's number"
    #: Dropped: the number is of another catalog.
    OTHER_CATALOG = "of another catalog"
    #: Dropped: the word for the object's kind is not known.
    UNKNOWN_KIND = "of an unknown kind"
    #: Dropped: another row of the object is the one that counts.
    NOT_DEFAULT = "that are not the default of their object"
    #: Dropped: the period is a negative number.
    NEGATIVE_PERIOD = "with a negative period"
    #: Kept without the period, since nothing known, and nothing that a mission sees, has it.
    IMPOSSIBLE_PERIOD = "with an impossible period (kept without it)"
    #: Kept: it was seen once, or its period is not known, or no number.
    NO_PERIOD = "with an epoch and no period (kept)"
    #: Dropped: the object would need a period or an epoch and has neither.
    NO_EPHEMERIS = "with neither period nor epoch"
    #: Dropped: another row or table has the same star, period and epoch.
    DUPLICATE = "repeating an ephemeris"
    #: Kept, but only its period can be compared, and nothing masked by it alone.
    NO_EPOCH = "with a period and no epoch (kept)"
    #: Kept without the epoch, since it lies before or after all missions.
    IMPOSSIBLE_EPOCH = "with an impossible epoch (kept without it)"
    #: Kept without the duration or depth: events last less than their period, transits half of
    #: it, and no more than all light is lost.
    IMPOSSIBLE_DURATION = "with an impossible duration (kept without it)"
    IMPOSSIBLE_DEPTH = "with an impossible depth (kept without it)"
    #: Kept: dates of the mission only if they count from there.
    SHORT_DATE = "with an epoch that counts from BJD 2,450,000, as its size tells (kept)"
    #: Kept as pulsators.
    RANGE_TOO_LARGE = "of rotators that vary more than spots make a star vary (taken as pulsators)"

    __str__ = str.__str__


@dataclass(frozen=True)
class KnownSource:
    """A table of known objects as it was read.

    Parameters
    ----------
    name : str
        What the table is.
    place : str
        File or address.
    asked : str
        When it was read or requested: ISO 8601, UTC; empty if it could not be had.
    rows : int
        Its rows.
    used : int
        Those that became objects.
    digest : str
        SHA-256 of what was read; empty if it could not be had.
    note : str
        Why it could not be had; empty if it could.
    remarks : mapping of str to int
        How many of its rows were dropped or changed, by `Remark`.
    """

    name: str
    place: str
    asked: str
    rows: int
    used: int
    digest: str
    note: str = ""
    remarks: Mapping[str, int] = field(default_factory=dict)

    def describe(self) -> str:
        """Return a line about the table for a person."""
        if self.note:
            return f"{self.name}: {self.note}"
        told = "; ".join(f"{count} {remark}" for remark, count in self.remarks.items() if count)
        rows = f"{self.rows} row{'s' if self.rows != 1 else ''}"
        return f"{self.name}: {self.used} objects of {rows}{f' ({told})' if told else ''}"


@dataclass(frozen=True, eq=False)
class KnownObjects:
    """The known objects of a mission's stars.

    Parameters
    ----------
    mission : str
        The mission's name.
    objects : tuple of KnownObject
        The objects, by the number of the star.
    sources : tuple of KnownSource
        The tables that they are from, also those that could not be had.
    is_synthetic : bool
        Whether the stars are a program's.
    """

    mission: str
    objects: tuple[KnownObject, ...] = field(repr=False)
    sources: tuple[KnownSource, ...]
    is_synthetic: bool = False

    @cached_property
    def by_star(self) -> Mapping[int, tuple[KnownObject, ...]]:
        """The objects of each star, by its number."""
        stars: dict[int, list[KnownObject]] = {}
        for one in self.objects:
            stars.setdefault(one.star, []).append(one)
        return {star: tuple(objects) for star, objects in stars.items()}

    def of_star(self, number: int) -> tuple[KnownObject, ...]:
        """Return the objects of one star; empty if the tables have none.

        Parameters
        ----------
        number : int
            Its number in the mission's catalog.
        """
        return self.by_star.get(number, ())


def combine(parts: Sequence[KnownObjects]) -> KnownObjects:
    """Return the objects of several tables as one, each ephemeris once.

    Parameters
    ----------
    parts : sequence of KnownObjects
        What was read of each table of one mission, the one to be preferred first; one at least.
    """
    found: dict[int, list[KnownObject]] = {}
    sources: list[KnownSource] = []
    for part in parts:
        repeated = Counter(
            one.source for one in part.objects if not _merge(found.setdefault(one.star, []), one)
        )
        sources += _counting(part.sources, repeated)
    ordered = tuple(one for star in sorted(found) for one in found[star])
    is_synthetic = any(part.is_synthetic for part in parts)
    return KnownObjects(parts[0].mission, ordered, tuple(sources), is_synthetic)


def _counting(sources: Sequence[KnownSource], repeated: Counter[str]) -> Iterator[KnownSource]:
    """Yield the sources of one part, with what each repeats of others.

    A table may name another source for each row; of a part with one table, all rows are its.
    """
    for source in sources:
        n_repeated = repeated[source.name] if len(sources) > 1 else repeated.total()
        if n_repeated:
            n_all = source.remarks.get(Remark.DUPLICATE, 0) + n_repeated
            remarks = {**source.remarks, str(Remark.DUPLICATE): n_all}
            source = replace(source, used=source.used - n_repeated, remarks=remarks)
        yield source


def _merge(present: list[KnownObject], new: KnownObject) -> bool:
    """Add an object to those of its star; return whether none of them is the same."""
    for n, old in enumerate(present):
        if _is_same(old, new):
            timed = old if math.isfinite(old.epoch_bjd) or math.isnan(new.epoch_bjd) else new
            present[n] = replace(
                old,
                name=old.name or new.name,
                period_d=timed.period_d,
                epoch_bjd=timed.epoch_bjd,
                duration_h=_first(timed.duration_h, new.duration_h, old.duration_h),
                depth_ppm=_first(timed.depth_ppm, new.depth_ppm, old.depth_ppm),
                has_timing_variations=old.has_timing_variations or new.has_timing_variations,
            )
            return False
    present.append(new)
    return True


def _is_same(one: KnownObject, other: KnownObject) -> bool:
    # A planet and a binary of one period are two statements, of which one is wrong.
    if one.kind != other.kind and not {one.kind, other.kind} <= TRANSITING:
        return False
    if math.isnan(one.period_d) or math.isnan(other.period_d):
        has_neither = math.isnan(one.period_d) and math.isnan(other.period_d)
        return has_neither and _is_near(one.epoch_bjd, other.epoch_bjd)
    difference_d = abs(one.period_d - other.period_d)
    if difference_d > SAME_PERIOD * min(one.period_d, other.period_d):
        return False
    apart_d = other.epoch_bjd - one.epoch_bjd
    if math.isnan(apart_d):
        return True
    n_periods = round(apart_d / one.period_d)
    # Where the periods differ, the epochs may, the more the further they are apart.
    allowed_d = _SAME_PHASE * one.period_d + abs(n_periods) * difference_d
    return abs(apart_d - n_periods * one.period_d) <= allowed_d


def _is_near(one_bjd: float, other_bjd: float) -> bool:
    """Tell whether two single events, or two objects without any, are the same."""
    return math.isnan(one_bjd) == math.isnan(other_bjd) and not abs(one_bjd - other_bjd) > 1


def _first(*values: float) -> float:
    return next((value for value in values if math.isfinite(value)), math.nan)
