"""The light of one star in the forms that the domains of features start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.autocorrelation import autocorrelation
from preprocessing.analysis.binning import GRID_D, binned
from preprocessing.analysis.box_noise import BoxNoise, box_noise
from preprocessing.analysis.flat_light import FlatLight
from preprocessing.analysis.light import Light
from preprocessing.analysis.medians import median_of_many
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.repetition import Repetition, find_repetition
from preprocessing.analysis.transit_fit import days_and_events
from preprocessing.analysis.waves import Waves, find_waves
from preprocessing.core.instrument_line import InstrumentLine
from preprocessing.features.transit_search import TransitSearch

__all__ = ["StarLight", "star_light"]

#: Longest lag of the search for a period, in days: rotation is hardly told from Kepler's own
#: trends beyond (McQuillan et al. 2014, ApJS 211, 24, end at 70 d).
_LONGEST_LAG_D = 45.0
_FEWEST_POINTS = 200
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
    def repetition(self) -> Repetition | Missing:
        """After which time the light repeats, certainly or not, or why it does not."""
        light = self.light
        if len(light) < _FEWEST_POINTS:
            return Missing.TOO_SHORT
        longest_d = min(_LONGEST_LAG_D, light.baseline_d / 2)
        found = autocorrelation(light.time_d, light.flux, longest_d)
        if found.is_flat:
            return Missing.FLAT
        return find_repetition(found) or Missing.NO_PEAK

    @cached_property
    def exposure_d(self) -> float:
        """How long a point was observed on average, in days; NaN if there are too few points.

        Some of the fast exposures in a point may be missing: its noise is higher then.
        """
        time_d, edges = self.given.time_d, pairwise(self.given.file_edges)
        files = [np.diff(time_d[start:stop]) for start, stop in edges if stop - start > 1]
        if not files or not len(self.light):
            return np.nan
        observed_d = sum((len(gaps) + 1) * median_of_many(gaps) for gaps in files)
        return observed_d / len(self.light)

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
