"""The light of one star as every computation takes it, and how it is divided in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from preprocessing.analysis.medians import median, median_of_many

__all__ = ["CHUNK_D", "LONGEST_GAP_D", "Floats", "LeftOut", "Light", "prepare_light"]

Floats = NDArray[np.float64]
_Rows = NDArray[np.int64]

#: About how long a chunk is, in days: one TESS sector, two orbits of 13.7 d (TESS Instrument
#: Handbook, section 3.1).
CHUNK_D = 27.0
#: A longer gap, in days, ends a segment. Kepler's monthly downlinks took about a day (Kepler
#: Archive Manual, KDMC-10008-006, section 2.1), its desaturations half an hour.
LONGEST_GAP_D = 0.75
#: Points further than this from the median time, in days, are left out: no mission lasted as long.
_LONGEST_MISSION_D = 36_525.0
#: Points brighter or darker than this times a file's median are left out: the brightest outburst
#: of a nova is a factor of 1e6 (Warner 1995, Cataclysmic Variable Stars, section 5.2).
_BRIGHTEST = 1e6


class LeftOut(str, Enum):
    """Why a point is not in the light that is computed with."""

    #: Its time or its flux is NaN or infinite.
    NOT_FINITE = "not_finite"
    #: It was to be hidden, since it lies in an event that is known.
    MASKED = "masked"
    #: Its time is more than a century from the others.
    FAR_IN_TIME = "far_in_time"
    #: The median flux of its file is zero or negative, so that there is no relative flux.
    NO_LEVEL = "no_level"
    #: It is more than a million times as bright, or as negative, as its file's median.
    NOT_PHYSICAL = "not_physical"
    #: An earlier point has the same time.
    SAME_TIME = "same_time"
    #: Less than half of the time bin that it would belong to was observed.
    THIN_BIN = "thin_bin"

    __str__ = str.__str__


@dataclass(frozen=True, eq=False)
class Light:
    """The relative flux of one star: finite, in strictly ascending time.

    Made by `prepare_light`.

    Parameters
    ----------
    time_d : ndarray of float64, shape (n,)
        Times in days since any zero.
    flux : ndarray of float64, shape (n,)
        Flux divided by the median of its file, so that 1 is the usual brightness.
    flux_err : ndarray of float64, shape (n,)
        Uncertainty of the flux; NaN where there is none.
    sequence : ndarray of int64, shape (n,)
        The file (quarter, campaign, sector) that each point comes from.
    left_out : mapping of LeftOut to int
        How many of the points that were given are not here, by reason; no zeros.
    n_reordered : int
        How many points stood after a later one where they were given.
    rows : ndarray of int64, shape (n,)
        Where each point stood in the arrays that were given; empty for light that was made of
        other light.
    """

    time_d: Floats = field(repr=False)
    flux: Floats = field(repr=False)
    flux_err: Floats = field(repr=False)
    sequence: _Rows = field(repr=False)
    left_out: Mapping[LeftOut, int]
    n_reordered: int = 0
    rows: _Rows = field(default_factory=lambda: np.empty(0, np.int64), repr=False)

    def __len__(self) -> int:
        return len(self.time_d)

    @cached_property
    def cadence_d(self) -> float:
        """Median time between two points in days; NaN if there are fewer than two."""
        return median_of_many(np.diff(self.time_d))

    @cached_property
    def baseline_d(self) -> float:
        """Time from the first to the last point in days."""
        return float(self.time_d[-1] - self.time_d[0]) if len(self) else 0.0

    @cached_property
    def file_edges(self) -> _Rows:
        """Where each file begins, and the number of points: file ``i`` is ``edges[i:i+2]``."""
        return self._edges(np.diff(self.sequence) != 0)

    @cached_property
    def segment_edges(self) -> _Rows:
        """Where each segment begins: at a file's start, or after a gap of more than 0.75 d."""
        is_new_file = np.diff(self.sequence) != 0
        return self._edges(is_new_file | (np.diff(self.time_d) > LONGEST_GAP_D))

    @cached_property
    def chunk_edges(self) -> _Rows:
        """Where each chunk begins: a file is divided into equal times of about 27 d."""
        edges = [np.array([0], dtype=np.int64)]
        for start, stop in pairwise(self.file_edges):
            first, last = self.time_d[start], self.time_d[stop - 1]
            n_chunks = max(1, round((last - first) / CHUNK_D))
            ends = first + (last - first) * np.arange(1, n_chunks) / n_chunks
            edges.append(start + np.searchsorted(self.time_d[start:stop], ends))
            edges.append(np.array([stop]))
        # A chunk without any point is none.
        return np.unique(np.concatenate(edges))

    def _edges(self, is_boundary: NDArray[np.bool_]) -> _Rows:
        """Return the edges of the parts that boundaries between adjacent points make."""
        if len(self) == 0:
            return np.zeros(1, dtype=np.int64)
        inner = np.flatnonzero(is_boundary) + 1
        return np.concatenate([[0], inner, [len(self)]]).astype(np.int64)


def prepare_light(
    time_d: ArrayLike,
    flux: ArrayLike,
    flux_err: ArrayLike | None = None,
    sequence: ArrayLike | None = None,
    is_masked: ArrayLike | None = None,
) -> Light:
    """Turn arrays of any kind into the light that every computation takes.

    Parameters
    ----------
    time_d : array_like, shape (n,)
        Times in days since any zero, in any order and byte order.
    flux : array_like, shape (n,)
        Flux in any unit.
    flux_err : array_like, shape (n,), optional
        Its uncertainty, in the same unit.
    sequence : array_like of int, shape (n,), optional
        The file (quarter, campaign, sector) that each point comes from; one file if not given.
    is_masked : array_like of bool, shape (n,), optional
        Points that are left out although nothing is wrong with them.

    Returns
    -------
    Light

    Raises
    ------
    ValueError
        If the arrays differ in length or have more than one dimension.

    Examples
    --------
    >>> light = prepare_light([3.0, 1.0, 2.0, 2.5], [5.0, 5.0, 10.0, float("nan")])
    >>> light.time_d.tolist(), light.flux.tolist(), dict(light.left_out)
    ([1.0, 2.0, 3.0], [1.0, 2.0, 1.0], {<LeftOut.NOT_FINITE: 'not_finite'>: 1})
    """
    time = _native(time_d)
    values = _native(flux)
    errors = np.full_like(values, np.nan) if flux_err is None else _native(flux_err)
    files = np.zeros(len(time), np.int64) if sequence is None else np.asarray(sequence, np.int64)
    if not time.shape == values.shape == errors.shape == files.shape or time.ndim != 1:
        shapes = ", ".join(str(array.shape) for array in (time, values, errors, files))
        raise ValueError(f"time, flux, flux_err and sequence must be of one length, not {shapes}")
    left_out: dict[LeftOut, int] = {}
    rows = np.arange(len(time))

    def keep(is_wanted: NDArray[np.bool_], otherwise: LeftOut) -> None:
        nonlocal rows
        if not is_wanted.all():
            left_out[otherwise] = int(np.sum(~is_wanted))
            rows = rows[is_wanted]

    keep(np.isfinite(time) & np.isfinite(values), LeftOut.NOT_FINITE)
    if is_masked is not None:
        keep(~np.asarray(is_masked, dtype=bool)[rows], LeftOut.MASKED)
    if len(rows) and np.ptp(time[rows]) > _LONGEST_MISSION_D:
        from_others_d = np.abs(time[rows] - np.median(time[rows]))
        keep(from_others_d <= _LONGEST_MISSION_D, LeftOut.FAR_IN_TIME)
    n_reordered = int(np.sum(time[rows] < np.maximum.accumulate(time[rows])))
    rows = rows[np.argsort(time[rows], kind="stable")]
    keep(np.diff(time[rows], prepend=-np.inf) > 0, LeftOut.SAME_TIME)
    level = np.empty_like(values)
    level[rows] = _median_of_file(values[rows], files[rows])
    keep(level[rows] > 0, LeftOut.NO_LEVEL)
    keep(np.abs(values[rows]) <= _BRIGHTEST * level[rows], LeftOut.NOT_PHYSICAL)
    relative, error = values[rows] / level[rows], errors[rows] / level[rows]
    return Light(time[rows], relative, error, files[rows], left_out, n_reordered, rows)


def _native(array: ArrayLike) -> Floats:
    """Return an array as contiguous float64 in this machine's byte order; NaN where masked."""
    numbers = np.ma.asanyarray(array).astype(np.float64)
    return np.ascontiguousarray(np.ma.filled(numbers, np.nan))


def _median_of_file(values: Floats, files: _Rows) -> Floats:
    """Return for each point the median of the values that its file has."""
    order = np.argsort(files, kind="stable")
    ends = np.flatnonzero(np.diff(files[order], append=files.max(initial=0) + 1)) + 1
    medians = np.empty_like(values)
    for own in np.split(order, ends[:-1]):
        medians[own] = median(values[own])
    return medians
