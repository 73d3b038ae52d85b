"""Settling: after a gap the light comes back to its level within days, as a focus drifts back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.flat_light import flat_on_grid
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import sigma_of_many
from preprocessing.vetting.star import Star

__all__ = ["settling_sigma"]

#: A telescope that turned to the Earth and back, or stood still, has to settle: in days.
_LEAST_GAP_D = 0.5
#: Points of the first half day; of the straight line from 2 to 5 d that says where they should
#: lie; and of the half day about a day after the start. On the grid of 30 minutes, a day has 48.
_FIRST, _LINE, _LATER = 24, (96, 240), (36, 60)
#: How far the first half day lies from the line over the scatter of that at all other times of the
#: star's own light: as of a step (`steps`), which is such a difference too.
_LEAST = 8.0
#: Share of this that is left a day later. Of decay times of 0.5 to 3 d 14 to 72 % are; a transit
#: leaves nothing, and a star's own trend nearly all.
_LEFT = 0.1, 0.8
#: Points of the first two hours, and of the last day of the line: the light fell or rose so far.
_BEGIN, _END = 4, 48


def settling_sigma(star: Star) -> float | None:
    """Return how far a star's light settles after a gap, in the noise of a point.

    After safe modes and downlinks, a telescope's temperature and focus, and with them the share of
    a star's light within its aperture, come back within some days (Kepler Data Characteristics
    Handbook, KSCI-19040-005, section 5.2).

    Parameters
    ----------
    star : Star
        The star.

    Returns
    -------
    float or None
        After the gap where that is the most; None if it settles after none of half a day.
    """
    grid = flat_on_grid(star.light)
    flux, n = grid.light.flux, _LINE[1]
    if len(flux) <= 2 * n or not grid.white_noise > 0:
        return None
    first, later = _differences(flux)
    edges = _edges(grid.light)
    # Nothing reaches across an edge.
    for edge in edges[1:]:
        first[max(0, edge - n + 1) : edge] = np.nan
    known = first[np.isfinite(first)]
    scatter = sigma_of_many(known) if len(known) else 0.0
    starts = edges[:-1][edges[:-1] < len(first)]
    sizes = [0.0]
    for start in starts:
        left = later[start] / first[start] if first[start] else 0.0
        size = flux[start : start + _BEGIN].mean() - flux[start + n - _END : start + n].mean()
        # What settles begins on the side from which it comes, and farther off than its mean.
        is_beyond = size * np.sign(first[start]) > abs(first[start])
        is_there = abs(first[start]) > _LEAST * scatter > 0
        if is_there and is_beyond and _LEFT[0] < left < _LEFT[1]:
            sizes.append(abs(size))
    return float(max(sizes) / grid.white_noise) if max(sizes) > 0 else None


def _edges(light: Light) -> NDArray[np.int64]:
    """Return where light begins after a gap, and where it ends."""
    is_gap = np.diff(light.time_d) > _LEAST_GAP_D
    starts = np.flatnonzero(is_gap | (np.diff(light.sequence) != 0)) + 1
    return np.concatenate([[0], starts, [len(light)]])


def _differences(flux: Floats) -> tuple[Floats, Floats]:
    """Return how far two half days lie from the line through days two to five behind each point."""
    begin, end = _LINE
    n, width = len(flux) - end + 1, end - begin
    place = np.arange(len(flux))
    sums = np.append(0.0, np.cumsum(flux - 1))
    moments = np.append(0.0, np.cumsum(place * (flux - 1)))

    def mean(first: int, last: int) -> Floats:
        total = sums[last : last + n] - sums[first : first + n]
        return np.asarray(total / (last - first), np.float64)

    level = mean(begin, end)
    middle = place[:n] + begin + (width - 1) / 2
    about = moments[end : end + n] - moments[begin : begin + n] - middle * level * width
    slope = about / (width * (width**2 - 1) / 12)

    def beyond(first: int, last: int) -> Floats:
        away = (first + last - 1) / 2 - begin - (width - 1) / 2
        return np.asarray(mean(first, last) - level - slope * away, np.float64)

    return beyond(0, _FIRST), beyond(*_LATER)
