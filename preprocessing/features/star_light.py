"""The light of one star in the forms that the domains of features start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D, binned
from preprocessing.analysis.box_noise import BoxNoise, box_noise
from preprocessing.analysis.flat_light import FlatLight
from preprocessing.analysis.light import Light
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.transit_fit import days_and_events
from preprocessing.analysis.waves import Waves, find_waves
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.features.transit_search import TransitSearch

__all__ = ["StarLight", "star_light"]

#: The strongest candidate's events are left out to this many durations from their middle.
_MASK = 0.75


@dataclass(frozen=True, eq=False, kw_only=True)
class StarLight(FlatLight):
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
    search: TransitSearch
    lines: tuple[InstrumentLine, ...] = ()

    @cached_property
    def waves(self) -> Waves | Missing:
        """What is periodic in the light, or why nothing is."""
        return find_waves(self.light)

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
    return StarLight(light=binned(given, GRID_D), given=given, search=search, lines=tuple(lines))
