"""Dips and brightenings: short times at which a star is far from its trend."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.binning import on_grid
from preprocessing.analysis.flat_light import FlatLight, runs_of
from preprocessing.analysis.light import Floats
from preprocessing.vetting.event import Event, EventKind
from preprocessing.vetting.star import Star

__all__ = ["find_excursions"]

#: A run of points beyond the first of these, in standard deviations, whose extreme is beyond the
#: second. In 65,000 points of white noise, 1e-4 are beyond six.
_BEYOND, _EXTREME = 4.0, 6.0
#: Less light has no trend to be far from.
_FEWEST_POINTS = 50


def find_excursions(star: Star) -> tuple[Event, ...]:
    """Return the dips and brightenings of a star, dips first.

    Points count that are more than 4 sigma from the trend of 2 d and adjacent to each other, the
    most extreme 6; sigma is the greater of the noise of a point and of 1.4826 times the median
    absolute deviation, so that what always varies has no events.

    Parameters
    ----------
    star : Star
        The star.
    """
    if len(star.light) < _FEWEST_POINTS:
        return ()
    light = FlatLight(on_grid(star.light))
    sigma = light.sigma_of(light.flat)
    if not sigma > 0:
        return ()
    change = np.nan_to_num(light.flat - 1)
    dips = _events(EventKind.DIP, light, change, -change / sigma)
    return dips + _events(EventKind.BRIGHTENING, light, change, change / sigma)


def _events(
    kind: EventKind, light: FlatLight, change: Floats, significance: Floats
) -> tuple[Event, ...]:
    found = []
    for run in runs_of(significance > _BEYOND, light.is_adjacent, 1):
        peak = run.start + int(significance[run].argmax())
        if significance[peak] > _EXTREME:
            times = light.light.time_d
            found.append(
                Event(
                    kind,
                    float(times[run.start]),
                    float(times[peak]),
                    float(times[run.stop - 1]),
                    float(change[peak]),
                    float(significance[peak]),
                    int(light.light.sequence[peak]),
                )
            )
    return tuple(found)
