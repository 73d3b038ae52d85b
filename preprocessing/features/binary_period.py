"""The period of a star's orbit, if it is a binary: told from its half."""

from __future__ import annotations

from preprocessing.analysis.waves import Waves
from preprocessing.features.candidate import Candidate
from preprocessing.features.transit_search import TransitSearch

__all__ = ["binary_period_d"]

#: Dips that are shallower than this share of the wave's amplitude are what the wave's removal
#: left, since that is done to some percent.
_LEAST_OF_WAVE = 0.1
#: Primary and secondary eclipses differ by more than this, relative to their sum, and in units of
#: the uncertainty. Depths of one kind of eclipse differ by about a hundredth, through spots.
_LEAST_ODD_EVEN = 0.02
_LEAST_ODD_EVEN_SIGMA = 5.0


def binary_period_d(search: TransitSearch, waves: Waves | None) -> float | None:
    """Return the period of the orbit, if the star is a binary.

    Eclipses repeat with the orbit, or twice in it: then odd ones differ from even ones, as far as
    the two stars do. Without eclipses a binary varies by its stars' shapes, twice in an orbit
    (Morris 1985, ApJ 295, 143).

    Parameters
    ----------
    search : TransitSearch
        What the search for transits found.
    waves : Waves, optional
        What is periodic in the light.

    Returns
    -------
    float or None
        In days; None if nothing repeats.
    """
    first = search.candidates[0] if search.candidates else None
    if first and first.passes and _is_more_than_wave(first, waves):
        return float(first.period_d * (2 if _alternates(first) else 1))
    return 2 / waves.main.frequency_per_d if waves else None


def _is_more_than_wave(one: Candidate, waves: Waves | None) -> bool:
    return waves is None or one.depth > _LEAST_OF_WAVE * waves.main.amplitude


def _alternates(one: Candidate) -> bool:
    return one.odd_even > _LEAST_ODD_EVEN and one.odd_even_sigma > _LEAST_ODD_EVEN_SIGMA
