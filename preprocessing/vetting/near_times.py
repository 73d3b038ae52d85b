"""Whether events lie near some times more often than chance would have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from preprocessing.analysis.light import Floats

__all__ = ["NearTimes", "is_near", "near_times"]

#: Events that are less than this apart, in days, are pieces of one: a flagged row in a dip divides
#: it in two. Thrusters fire each 6 h.
_PIECES_D = 0.1


@dataclass(frozen=True)
class NearTimes:
    """How many events of a star lie near some times.

    Parameters
    ----------
    n_events : int
        How many do.
    share : float
        The share of the light's points that does; NaN if no event does.
    chance : float
        How likely as many events of the same number would lie there if they came at any time.
        Pieces of one event count as one.
    """

    n_events: int
    share: float
    chance: float


def is_near(start_d: Floats, end_d: Floats, spans_d: Floats, margin_d: float) -> NDArray[np.bool_]:
    """Return which stretches of time touch one of some spans.

    Parameters
    ----------
    start_d, end_d : ndarray, shape (n,)
        The stretches, in days.
    spans_d : ndarray, shape (k, 2)
        First and last time of each span, ascending; spans do not overlap.
    margin_d : float
        How far apart they may be.
    """
    n_over = np.searchsorted(spans_d[:, 1], start_d - margin_d)
    n_begun = np.searchsorted(spans_d[:, 0], end_d + margin_d, side="right")
    return np.asarray(n_begun > n_over)


def near_times(
    start_d: Floats, end_d: Floats, spans_d: Floats, margin_d: float, light_d: Floats
) -> NearTimes:
    """Return how many events lie near some times, and how likely that is by chance.

    Parameters
    ----------
    start_d, end_d : ndarray, shape (n,)
        First and last time of each event.
    spans_d, margin_d
        As in `is_near`.
    light_d : ndarray, shape (m,)
        The times of all points of the light.
    """
    n_near = int(np.count_nonzero(is_near(start_d, end_d, spans_d, margin_d)))
    if n_near == 0:
        return NearTimes(0, np.nan, 1.0)
    start_d, end_d = _whole(start_d, end_d)
    n_whole = int(np.count_nonzero(is_near(start_d, end_d, spans_d, margin_d)))
    # An event is as near as any of its points.
    half_d = float(np.median(end_d - start_d)) / 2
    share = _points_near(spans_d, margin_d + half_d, light_d) / len(light_d)
    if share >= 1:
        return NearTimes(n_near, share, 1.0)
    # The upper tail of the binomial distribution.
    chance = float(betainc(n_whole, len(start_d) - n_whole + 1, share))
    return NearTimes(n_near, share, chance)


def _whole(start_d: Floats, end_d: Floats) -> tuple[Floats, Floats]:
    """Return events of which the pieces are put together: they come at one time, not at several."""
    order = np.argsort(start_d, kind="stable")
    start_d, end_d = start_d[order], np.maximum.accumulate(end_d[order])
    is_new = np.append(True, start_d[1:] - end_d[:-1] > _PIECES_D)
    return start_d[is_new], end_d[np.append(is_new[1:], True)]


def _points_near(spans_d: Floats, margin_d: float, light_d: Floats) -> int:
    """Return how many points lie near some spans, each counted once; one at least."""
    firsts = np.searchsorted(light_d, spans_d[:, 0] - margin_d)
    ends = np.searchsorted(light_d, spans_d[:, 1] + margin_d, side="right")
    counted = np.append(0, np.maximum.accumulate(ends)[:-1])
    return max(1, int(np.maximum(0, ends - np.maximum(firsts, counted)).sum()))
