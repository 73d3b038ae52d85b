"""Events that many stars of one place on the detectors have at the same time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc

from preprocessing.analysis.binning import GRID_D, cell_of
from preprocessing.analysis.light import Floats
from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.label import Label, LabelRule

__all__ = ["FEWEST_STARS", "RULES", "Coverage", "Crowd", "crowd_of", "merged_runs", "observed_runs"]

_Ints = NDArray[np.int64]

#: A coincidence has at least so many stars, and at least this share of those observed.
FEWEST_STARS, _LEAST_SHARE = 5, 0.03
#: As many stars have events within three bins by chance in one bin of a million; stars that
#: always vary make events at any time.
_CHANCE = 1e-6

RULES = (
    LabelRule(
        Label.COINCIDENCE,
        "Some events happen in many stars of the same place on the detectors at the same time.",
        "within 30 minutes of at least one event, 5 stars and 3 % of those observed on its channel,"
        " or camera and CCD, have an event too; and so many have by chance in one bin of a million"
        " (Poisson), given how many have on average in that quarter, campaign or sector",
        (
            ValueColumn("coincidence_events", int, "", "Such events of the star."),
            ValueColumn(
                "coincidence_judged", int, "", "Events where at least 5 stars were observed."
            ),
            ValueColumn(
                "coincidence_share", float, "", "Largest share of stars with an event near one."
            ),
        ),
    ),
)


def observed_runs(time_d: Floats) -> tuple[_Ints, _Ints]:
    """Return the runs of 30-minute bins in which a star was observed: first, and end.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Ascending times of its points in days.

    Examples
    --------
    >>> observed_runs(np.array([0.01, 0.02, 0.03, 0.07]))
    (array([0, 3]), array([2, 4]))
    """
    cells = cell_of(time_d, GRID_D).astype(np.int64)
    cells = cells[np.append(True, np.diff(cells) > 0)] if len(cells) else cells
    is_new = np.append(True, np.diff(cells) > 1)[: len(cells)]
    is_last = np.append(np.diff(cells) > 1, True)[-len(cells) :] if len(cells) else is_new
    return cells[is_new], cells[is_last] + 1


def merged_runs(firsts: _Ints, ends: _Ints) -> tuple[_Ints, _Ints]:
    """Return runs of bins as one where they meet, as those of several light curves of a star do.

    Parameters
    ----------
    firsts, ends : ndarray of int64, shape (n,)
        As `observed_runs` returns them, in any order.

    Examples
    --------
    >>> merged_runs(np.array([0, 5, 1]), np.array([2, 7, 4]))
    (array([0, 5]), array([4, 7]))
    """
    order = np.argsort(firsts, kind="stable")
    firsts, ends = firsts[order], np.maximum.accumulate(ends[order])
    is_new = np.append(True, firsts[1:] > ends[:-1])[: len(firsts)]
    is_last = np.append(is_new[1:], True)[: len(firsts)]
    return firsts[is_new], ends[is_last]


class Coverage:
    """How many stars were observed at one place, in each bin of 30 minutes."""

    def __init__(self) -> None:
        self._start = 0
        # How many stars more are observed in each bin than in the one before.
        self._changes = np.zeros(0, np.int64)

    def add(self, firsts: _Ints, ends: _Ints) -> None:
        """Add the runs of a star, or of several.

        Parameters
        ----------
        firsts, ends : ndarray of int64, shape (n,)
            As `observed_runs` returns them.
        """
        if not len(firsts):
            return
        start, size = int(firsts.min()), len(self._changes)
        if size:
            start = min(start, self._start)
        stop = max(int(ends.max()) + 1, self._start + size)
        changes = np.bincount(firsts - start, minlength=stop - start)
        changes -= np.bincount(ends - start, minlength=stop - start)
        changes[self._start - start :][:size] += self._changes
        self._start, self._changes = start, changes

    def n_observed(self, cells: _Ints) -> _Ints:
        """Return how many stars were observed in some bins.

        Parameters
        ----------
        cells : ndarray of int64, shape (k,)
            The bins.
        """
        counts = np.append(np.cumsum(self._changes), 0)
        places = cells - self._start
        is_inside = (places >= 0) & (places < len(counts))
        return counts[np.where(is_inside, places, -1)]

    @property
    def n_bins(self) -> int:
        """Over all stars, the bins in which they were observed."""
        return int(np.cumsum(self._changes).sum())


@dataclass(frozen=True, eq=False)
class Crowd:
    """The bins of one place, in one file's time, in which stars have events.

    Parameters
    ----------
    cells : ndarray of int64, shape (n,)
        The bins, ascending, counted in 30 minutes.
    n_stars, n_near, n_observed : ndarray of int64, shape (n,)
        Stars with an event in it, in it or next to it, and the most that were observed in it or
        next to it.
    expected : ndarray of float64, shape (n,)
        How many have by chance an event in it or next to it.
    is_coincidence : ndarray of bool, shape (n,)
        Whether there are more than chance makes.
    """

    cells: _Ints
    n_stars: _Ints
    n_near: _Ints
    n_observed: _Ints
    expected: Floats
    is_coincidence: NDArray[np.bool_]

    def at(self, peak_d: Floats) -> _Ints:
        """Return where in the arrays the bins of events stand.

        Parameters
        ----------
        peak_d : ndarray, shape (k,)
            Times of events that the crowd was made of.
        """
        return np.searchsorted(self.cells, cell_of(peak_d, GRID_D).astype(np.int64))


def crowd_of(peak_d: Floats, star: _Ints, coverage: Coverage) -> Crowd:
    """Count the stars with events at one place, in one file's time.

    Parameters
    ----------
    peak_d : ndarray, shape (k,)
        When the events are.
    star : ndarray of int64, shape (k,)
        Which star each is of.
    coverage : Coverage
        When how many stars were observed there.
    """
    cells = cell_of(peak_d, GRID_D).astype(np.int64)
    own, n_stars = _stars_in(cells, star)
    beside = np.concatenate([cells - 1, cells, cells + 1])
    any_cell, any_near = _stars_in(beside, np.tile(star, 3))
    n_near = any_near[np.searchsorted(any_cell, own)]
    # At the edge of a gap, stars are observed in one of these bins, and not in the others.
    beside_own = (coverage.n_observed(own + step) for step in (-1, 0, 1))
    n_observed = np.maximum.reduce([*beside_own, n_stars])
    # Coincidences are part of the mean. They are rare, and make it too high, not too low.
    mean_share = any_near.sum() / max(1, coverage.n_bins)
    expected = mean_share * n_observed
    fewest = np.maximum(FEWEST_STARS, _LEAST_SHARE * n_observed)
    is_rare = gammainc(n_near, np.maximum(expected, np.finfo(float).tiny)) < _CHANCE
    return Crowd(own, n_stars, n_near, n_observed, expected, (n_near >= fewest) & is_rare)


def _stars_in(cells: _Ints, star: _Ints) -> tuple[_Ints, _Ints]:
    """Return the bins that have events, and how many stars have one in each."""
    order = np.lexsort((star, cells))
    cells, star = cells[order], star[order]
    is_new = np.append(True, (np.diff(cells) > 0) | (np.diff(star) != 0))[: len(cells)]
    found, counts = np.unique(cells[is_new], return_counts=True)
    return found, counts.astype(np.int64)
