"""The mission's clock: when each cadence was exposed, before light's travel time is added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.clock_key import ClockKey

__all__ = ["MOST_CADENCES", "Clock", "ClockReading", "Clocks", "extended", "merged"]

#: Cadences that one clock may cover. The longest real ones have 130,000: three months of Kepler
#: at one a minute, or a sector of TESS at one every 20 s.
MOST_CADENCES = 2**20


@dataclass(frozen=True, eq=False)
class Clock:
    """The times of consecutive cadences at the spacecraft.

    Parameters
    ----------
    first : int
        The first cadence number.
    times : ndarray of float64, shape (n,)
        Days since the mission's reference: barycentric time less the correction that the
        mission's files state. NaN where unknown; infinite where files of two stars disagree.
    """

    first: int
    times: NDArray[np.float64]

    @property
    def n_disputed(self) -> int:
        """How many cadences files disagree about."""
        return int(np.isinf(self.times).sum())

    def known(self) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        """Return the cadence numbers whose times are known, and these times."""
        places = np.flatnonzero(np.isfinite(self.times))
        return (places + self.first).astype(np.int32), self.times[places]

    def at(self, cadences: NDArray[np.int32]) -> NDArray[np.float64]:
        """Return the times of some cadences; NaN where they are not known.

        Parameters
        ----------
        cadences : ndarray of int32, shape (n,)
            Their numbers, in any order.

        Examples
        --------
        >>> Clock(7, np.array([1.5, np.inf])).at(np.array([8, 7, 9], np.int32))
        array([nan, 1.5, nan])
        """
        places = cadences.astype(np.int64) - self.first
        is_inside = (places >= 0) & (places < len(self.times))
        if is_inside.all():
            times = self.times[places]
        else:
            times = np.full(len(places), np.nan)
            times[is_inside] = self.times[places[is_inside]]
        times[np.isinf(times)] = np.nan
        return times


@dataclass(frozen=True)
class ClockReading:
    """What one file says of the mission's clock.

    Parameters
    ----------
    mission : str
        The mission's name.
    exposure_s : float
        Time between two rows, in seconds.
    sequence_number : int
        The quarter, campaign or sector.
    detector : tuple of int or None
        Where the star was on the detectors: `FileRecord.detector`.
    clock : Clock
        The times of the file's cadences.
    """

    mission: str
    exposure_s: float
    sequence_number: int
    detector: tuple[int | None, ...]
    clock: Clock


class Clocks(Protocol):
    """Clocks, by their keys."""

    def clock_keys(self) -> Iterable[ClockKey]:
        """Return the keys of all that are known."""

    def clock(self, key: ClockKey) -> Clock | None:
        """Return a clock; None if it is not known."""


def extended(known: Clock | None, read: Clock | None) -> Clock | None:
    """Return a clock with the cadences that only another knows; no known time changes.

    Parameters
    ----------
    known, read : Clock or None
        The clock, and the other.

    Returns
    -------
    Clock or None
        `known` itself if the other adds nothing.
    """
    if known is None or read is None:
        return known or read
    cadences, _ = read.known()
    cadences = cadences[np.isnan(known.at(cadences))]
    if not len(cadences):
        return known
    own, times = known.known()
    first = min(int(found[0]) for found in (own, cadences) if len(found))
    last = max(int(found[-1]) for found in (own, cadences) if len(found))
    together = np.full(last - first + 1, np.nan)
    together[own - first] = times
    together[cadences - first] = read.at(cadences)
    return Clock(first, together)


def merged(known: Clock, read: Clock) -> Clock:
    """Return what two clocks say together.

    A cadence about which they disagree, be it in the last bit, stays disputed for good.

    Parameters
    ----------
    known : Clock
        What is known already.
    read : Clock
        What another file says.

    Returns
    -------
    Clock
        `known` itself if `read` adds nothing, or if both together would cover more than
        `MOST_CADENCES`.
    """
    start = read.first - known.first
    covered = known.times[start : start + len(read.times)] if start >= 0 else known.times[:0]
    # As nearly all files of a data set: no time is new, nor another than is known. NaN differs too.
    if len(covered) == len(read.times):
        places = np.flatnonzero(covered != read.times)
        if (np.isnan(read.times[places]) | np.isinf(covered[places])).all():
            return known
    first = min(known.first, read.first)
    end = max(known.first + len(known.times), read.first + len(read.times))
    if end - first > MOST_CADENCES:
        return known
    times = np.full(end - first, np.nan)
    times[known.first - first :][: len(known.times)] = known.times
    here = times[read.first - first :][: len(read.times)]
    is_new = np.isnan(here) & ~np.isnan(read.times)
    is_disputed = np.isfinite(here) & ~np.isnan(read.times) & (here != read.times)
    if not (is_new.any() or is_disputed.any()):
        return known
    here[is_new] = read.times[is_new]
    here[is_disputed] = np.inf
    return Clock(first, times)
