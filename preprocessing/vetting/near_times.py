"""Whether events lie near some times more often than chance would have it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from preprocessing.analysis.light import Floats

__all__ = ["NearTimes", "is_near", "near_times"]


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
    # An event is as near as any of its points.
    half_d = float(np.median(end_d - start_d)) / 2
    share = _points_near(spans_d, margin_d + half_d, light_d) / len(light_d)
    if share >= 1:
        return NearTimes(n_near, share, 1.0)
    # The upper tail of the binomial distribution.
    return NearTimes(n_near, share, float(betainc(n_near, len(start_d) - n_near + 1, share)))


def _points_near(spans_d: Floats, margin_d: float, light_d: Floats) -> int:
    """Return how many points lie near some spans, each counted once; one at least."""
    firsts = np.searchsorted(light_d, spans_d[:, 0] - margin_d)
    ends = np.searchsorted(light_d, spans_d[:, 1] + margin_d, side="right")
    counted = np.append(0, np.maximum.accumulate(ends)[:-1])
    return max(1, int(np.maximum(0, ends - np.maximum(firsts, counted)).sum()))
