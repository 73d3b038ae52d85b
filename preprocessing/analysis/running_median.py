"""The running median of light, segment by segment, in one call of the filter for all of them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import median_filter

from preprocessing.analysis.light import Floats

__all__ = ["mirrored_ends", "repeated_ends", "running_median"]


def running_median(
    values: Floats,
    edges: NDArray[np.int64],
    size: int,
    beyond: Callable[[Floats, int], tuple[Floats, Floats]],
) -> Floats:
    """Return the median in a window about each point of a segment.

    Parameters
    ----------
    values : ndarray, shape (n,)
        The values.
    edges : ndarray of int64, shape (k + 1,)
        Where each segment begins, and the last one ends.
    size : int
        Points of a window, an odd number; of a shorter segment, as many as fit.
    beyond : callable
        Returns as many values as are asked for before a segment's begin, and after its end.

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    level = np.empty(len(values))
    parts: list[Floats] = []
    places: list[tuple[slice, int]] = []
    n_padded = 0
    for start, stop in pairwise(edges.tolist()):
        own = values[start:stop]
        if len(own) < size:
            level[start:stop] = _of_short(own, beyond)
            continue
        before, after = beyond(own, size // 2)
        parts += [before, own, after]
        places.append((slice(start, stop), n_padded + size // 2))
        n_padded += len(own) + 2 * (size // 2)
    if parts:
        # No window of a segment's own points reaches beyond what was put before and behind it.
        filtered = median_filter(np.concatenate(parts), size)
        for own_slice, at in places:
            level[own_slice] = filtered[at : at + own_slice.stop - own_slice.start]
    return level


def repeated_ends(own: Floats, n: int) -> tuple[Floats, Floats]:
    """Return the first and the last value of a segment, as often as needed.

    Parameters
    ----------
    own : ndarray, shape (k,)
        The segment's values; at least one.
    n : int
        How often.
    """
    return np.full(n, own[0]), np.full(n, own[-1])


def mirrored_ends(own: Floats, n: int) -> tuple[Floats, Floats]:
    """Return the values before and behind a segment as if mirrored at its ends.

    Parameters
    ----------
    own : ndarray, shape (k,)
        The segment's values; more than ``n``.
    n : int
        How many.
    """
    return own[1 : n + 1][::-1], own[-n - 1 : -1][::-1]


def _of_short(own: Floats, beyond: Callable[[Floats, int], tuple[Floats, Floats]]) -> Floats:
    size = max(1, (len(own) - 1) // 2 * 2 + 1)
    reach = size // 2
    if reach < 1:
        return own
    before, after = beyond(own, reach)
    filtered = median_filter(np.concatenate([before, own, after]), size)
    return np.asarray(filtered[reach : reach + len(own)])
