"""The light of one star in the forms that the domains of features start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D, binned
from preprocessing.analysis.box_noise import BoxNoise, box_noise
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.transit_fit import days_and_events
from preprocessing.analysis.trend import robust_trend
from preprocessing.analysis.waves import Waves, find_waves
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.features.transit_search import TransitSearch

__all__ = ["StarLight", "star_light"]

#: Window of the trend, in days, that is taken out before what is fast is described.
_WINDOW_D = 2.0
#: A median absolute deviation times this is the standard deviation of normal noise.
_SIGMA_PER_MAD = 1.4826
#: Points further apart than this, in steps of the grid, are not adjacent.
_ADJACENT = 1.5
#: The strongest candidate's events are left out to this many durations from their middle.
_MASK = 0.75


@dataclass(frozen=True, eq=False)
class StarLight:
    """One star's light on the common grid, and what the search for transits found in it.

    Made by `star_light`.

    Parameters
    ----------
    given : Light
        The light at the sampling at which it was observed.
    light : Light
        The same in bins of 30 minutes, where it was sampled faster.
    search : TransitSearch
        What the search for transits found.
    lines : tuple of InstrumentLine
        Frequencies at which the instrument varies.
    """

    given: Light = field(repr=False)
    light: Light = field(repr=False)
    search: TransitSearch
    lines: tuple[InstrumentLine, ...] = ()

    @cached_property
    def waves(self) -> Waves | Missing:
        """What is periodic in the light, or why nothing is."""
        return find_waves(self.light)

    @cached_property
    def flat(self) -> Floats:
        """The flux over its trend of 2 d, shape (n,); NaN where there is no trend."""
        trend = robust_trend(self.light, _WINDOW_D)
        return np.where(trend > 0, self.light.flux / np.where(trend > 0, trend, 1), np.nan)

    @cached_property
    def is_adjacent(self) -> NDArray[np.bool_]:
        """Whether each point but the first follows the one before it, shape (n - 1,)."""
        longest_d = _ADJACENT * max(GRID_D, self.light.cadence_d)
        is_near = np.diff(self.light.time_d) < longest_d
        return np.asarray(is_near & (np.diff(self.light.sequence) == 0))

    @cached_property
    def white_noise(self) -> float:
        """Noise of one point, from the differences of adjacent ones; NaN if there are none.

        The trend is taken out first, since the slopes of a spotted star exceed its noise.
        """
        differences = np.diff(self.flat)[self.is_adjacent]
        differences = differences[np.isfinite(differences)]
        if len(differences) == 0:
            return np.nan
        middle = np.median(differences)
        return float(_SIGMA_PER_MAD * np.median(np.abs(differences - middle)) / np.sqrt(2))

    @cached_property
    def is_in_transit(self) -> NDArray[np.bool_]:
        """Which points lie in events of the first candidate, if it passes, shape (n,)."""
        passing = [one for one in self.search.candidates[:1] if one.passes]
        inside = np.zeros(len(self.light), dtype=bool)
        for one in passing:
            days, _ = days_and_events(self.light.time_d, one.period_d, one.epoch_d)
            inside |= np.abs(days) < _MASK * one.duration_d + GRID_D
        return inside

    @cached_property
    def box_noise(self) -> BoxNoise:
        """Noise of boxes of some hours of the flat light outside of the events in transit."""
        return box_noise(self.light.time_d, np.where(self.is_in_transit, np.nan, self.flat - 1))


def star_light(
    given: Light, search: TransitSearch, lines: Sequence[InstrumentLine] = ()
) -> StarLight:
    """Bring light to the common grid of 30 minutes.

    Parameters
    ----------
    given : Light
        Light of any sampling.
    search : TransitSearch
        What the search for transits found in it.
    lines : sequence of InstrumentLine, optional
        Frequencies at which the instrument varies.

    Returns
    -------
    StarLight
    """
    return StarLight(given, binned(given, GRID_D), search, tuple(lines))
