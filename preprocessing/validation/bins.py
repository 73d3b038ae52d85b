"""Bins of periods, depths and magnitudes, in which trials are counted."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

__all__ = ["DEPTHS_PPM", "MAGNITUDES", "PERIODS_D", "Bin", "bin_of"]

#: Two a decade of periods, two of depths, and steps of two magnitudes.
PERIODS_D = (0.0, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0, 10_000.0)
DEPTHS_PPM = (0.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4, 3e4, 1e5, 1e6, 1e9)
MAGNITUDES = (-5.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 30.0)

#: From where to where; None for both if the number is not known.
Bin = tuple[float | None, float | None]


def bin_of(value: object, edges: Sequence[float]) -> Bin:
    """Return the bin that a number is in; the last one has its upper edge too.

    Parameters
    ----------
    value : object
        The number, or None.
    edges : sequence of float
        Ascending.

    Examples
    --------
    >>> bin_of(4.5, PERIODS_D), bin_of(None, PERIODS_D)
    ((3.0, 10.0), (None, None))
    """
    if not isinstance(value, (int, float)):
        return None, None
    place = min(max(bisect_right(edges, value), 1), len(edges) - 1)
    return edges[place - 1], edges[place]
