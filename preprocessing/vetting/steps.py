"""Steps: the light stays at another level, as where a cosmic ray makes a pixel less sensitive."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import maximum_filter1d

from preprocessing.analysis.binning import on_grid
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.medians import median, sigma_of_many
from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.star import Star

__all__ = ["find_steps"]

#: Points of the two straight lines before and after a step: 1.5 d. The light of a transit or of a
#: flare comes back sooner.
_POINTS = 72
#: Jump from one line to the other over the scatter of such jumps in the star's own light, which
#: spots and pulsations raise: of 65,000 points of normal noise none reaches it.
_LEAST_JUMP = 8.0
#: Share of the jump that single points make within an hour: medians of three before and after.
_LEAST_SUDDEN = 0.6
#: Share of the jump that is left in the second half of that time: a transit leaves nothing.
_LEAST_LEFT = 0.5


def find_steps(star: Star) -> tuple[Event, ...]:
    """Return the times at which a star's light goes to another level within an hour, and stays.

    Such steps are called sudden pixel sensitivity dropouts where a cosmic ray makes them (Smith
    et al. 2012, PASP 124, 1000; Jenkins et al. 2010, Proc. SPIE 7740, 77400D). At each point, the
    straight line through the 1.5 d before is compared with that through the 1.5 d after; nothing
    reaches across gaps that end a segment.

    Parameters
    ----------
    star : Star
        The star.
    """
    light = on_grid(star.light)
    jumps = _jumps(light)
    known = jumps[np.isfinite(jumps)]
    if not len(known):
        return ()
    scatter = sigma_of_many(known)
    if not scatter > 0:
        return ()
    size = np.nan_to_num(np.abs(jumps)) / scatter
    found = []
    highest = maximum_filter1d(size, 2 * _POINTS + 1, mode="constant")
    for row in np.flatnonzero((size > _LEAST_JUMP) & (size == highest)):
        if _is_step(light.flux, int(row), float(jumps[row])):
            found.append(_step(light, int(row), float(jumps[row]), float(size[row])))
    return tuple(found)


def _step(light: Light, row: int, jump: float, significance: float) -> Event:
    before, after = float(light.time_d[row - 1]), float(light.time_d[row])
    sequence = int(light.sequence[row])
    return Event(EventKind.STEP, before, after, after, jump, significance, sequence)


def _is_step(flux: Floats, row: int, jump: float) -> bool:
    """Return whether the light jumps within an hour, and stays where it is."""
    half = _POINTS // 2
    near = median(flux[row : row + 3]) - median(flux[row - 3 : row])
    if near / jump < _LEAST_SUDDEN:
        return False
    far = median(flux[row + half : row + _POINTS]) - median(flux[row - _POINTS : row - half])
    return bool(far / jump >= _LEAST_LEFT)


def _jumps(light: Light) -> Floats:
    """Return how far the line behind each point's start lies above that before it.

    NaN where one of the two would reach beyond the segment.
    """
    jumps = np.full(len(light), np.nan)
    if len(light) >= 2 * _POINTS:
        ends, begins = _line_ends(light.flux - 1)
        # Window k has the points k to k + _POINTS - 1.
        jumps[_POINTS : len(light) - _POINTS + 1] = begins[_POINTS:] - ends[:-_POINTS]
    for edge in light.segment_edges:
        jumps[max(0, edge - _POINTS + 1) : edge + _POINTS] = np.nan
    return jumps


def _line_ends(level: Floats) -> tuple[Floats, Floats]:
    """Return the line through each window of points: half a step behind it, and before it."""
    n = _POINTS
    place = np.arange(len(level))
    sums = np.append(0.0, np.cumsum(level))
    moments = np.append(0.0, np.cumsum(place * level))
    total = sums[n:] - sums[:-n]
    middle = place[: len(total)] + (n - 1) / 2
    slope = (moments[n:] - moments[:-n] - middle * total) / (n * (n**2 - 1) / 12)
    return total / n + slope * n / 2, total / n - slope * n / 2
