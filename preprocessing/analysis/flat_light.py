"""Light over its trend, how much it varies, and the runs of points far from the trend."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D, on_grid
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import sigma_of_many
from preprocessing.analysis.trend import robust_trend

__all__ = ["FlatLight", "flat_on_grid", "runs_of"]

_Flags = NDArray[np.bool_]

#: Points further apart than this, in steps of the grid, are not adjacent.
_ADJACENT = 1.5


@dataclass(frozen=True, eq=False)
class FlatLight:
    """Light on the grid of 30 minutes, over its trend.

    Parameters
    ----------
    light : Light
        The light.
    window_d : float
        Window of the trend in days.
    """

    light: Light = field(repr=False)
    window_d: float = 2.0

    @cached_property
    def flat(self) -> Floats:
        """The flux over its trend, shape (n,); NaN where there is no trend."""
        trend = robust_trend(self.light, self.window_d)
        return np.where(trend > 0, self.light.flux / np.where(trend > 0, trend, 1), np.nan)

    @cached_property
    def is_adjacent(self) -> _Flags:
        """Whether each point but the first follows the one before it, shape (n - 1,)."""
        longest_d = _ADJACENT * max(GRID_D, self.light.cadence_d)
        is_near = np.diff(self.light.time_d) < longest_d
        return np.asarray(is_near & (np.diff(self.light.sequence) == 0))

    @cached_property
    def is_inside(self) -> _Flags:
        """Which points are half a window from both ends of their segment, shape (n,).

        Near the ends the trend follows less well what varies, and a star that is seen in many
        short segments has many ends.
        """
        edges, time_d = self.light.segment_edges, self.light.time_d
        lengths = np.diff(edges)
        from_begin = time_d - np.repeat(time_d[edges[:-1]], lengths)
        to_end = np.repeat(time_d[edges[1:] - 1], lengths) - time_d
        return np.asarray(np.minimum(from_begin, to_end) >= self.window_d / 2)

    @cached_property
    def white_noise(self) -> float:
        """Noise of one point, from the differences of adjacent ones; NaN if there are none.

        The trend is taken out first, since the slopes of a spotted star exceed its noise.
        """
        differences = np.diff(self.flat)[self.is_adjacent]
        differences = differences[np.isfinite(differences)]
        if len(differences) == 0:
            return np.nan
        return float(sigma_of_many(differences) / np.sqrt(2))

    def sigma_of(self, flat: Floats) -> float:
        """Return the greater of the noise of a point and of how much some light varies.

        Parameters
        ----------
        flat : ndarray, shape (k,)
            The light; points that are NaN are left out.
        """
        known = flat[np.isfinite(flat)]
        if not len(known):
            return 0.0
        return max(self.white_noise, sigma_of_many(known))


@lru_cache(maxsize=1)
def flat_on_grid(light: Light) -> FlatLight:
    """Return light in bins of 30 minutes, over its trend of two days.

    Several families of labels ask for that of one star in turn, so that the last one is kept, and
    its trend and noise with it.

    Parameters
    ----------
    light : Light
        Light of any sampling.
    """
    return FlatLight(on_grid(light))


def runs_of(is_beyond: _Flags, is_adjacent: _Flags, fewest: int) -> list[slice]:
    """Return the runs of adjacent points that are beyond a level.

    Parameters
    ----------
    is_beyond : ndarray of bool, shape (n,)
        Which points are beyond.
    is_adjacent : ndarray of bool, shape (n - 1,)
        Whether each point but the first follows the one before it.
    fewest : int
        Shorter runs are left out.
    """
    goes_on = is_beyond[1:] & is_beyond[:-1] & is_adjacent
    starts = np.flatnonzero(is_beyond & ~np.append(False, goes_on))
    stops = np.flatnonzero(is_beyond & ~np.append(goes_on, False)) + 1
    is_long = stops - starts >= fewest
    return [
        slice(a, b) for a, b in zip(starts[is_long].tolist(), stops[is_long].tolist(), strict=True)
    ]
