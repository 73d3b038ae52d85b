"""Tests of a candidate by its orbit and size: period, duration, depth and shape."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.transit_fit import fit_transit
from preprocessing.signals.transits import transit_duration_h
from preprocessing.vetting.candidate_light import CandidateLight
from preprocessing.vetting.judgment import Judgment, Outcome, judged, not_judged

__all__ = [
    "LONGEST_DUTY",
    "depth_judgment",
    "duration_judgment",
    "duty_judgment",
    "instrument_period_judgment",
    "same_period_judgment",
    "v_shape_judgment",
]

#: From first to last contact, a transit of a dwarf is shorter than this share of the period. The
#: search allows its box 0.12, which covers 0.8 of a transit.
LONGEST_DUTY = 0.15
#: Larger bodies are stars: 30 radii of the Earth, in radii of the Sun (Thompson et al. 2018, ApJS
#: 235, 38, section 7.1).
_LARGEST_RADIUS = 30 * 0.00917
#: Where the star's radius is not known: planets of dwarfs are shallower.
_LARGEST_DEPTH = 0.05
#: Dips deeper than this are judged by their shape; grazing planets are shallower.
_DEEP, _MOST_V = 0.02, 0.5
#: A transit lasts at most this many times as long as a central one on a circular orbit: three at
#: the apastron of an orbit of eccentricity 0.8, sqrt((1 + e) / (1 - e)).
_LONGEST_TO_CIRCULAR = 3.0
#: Surface gravity (cgs) and radius of a dwarf of a tenth of the Sun's density, for stars of which
#: no more is known.
_DWARF_LOGG, _DWARF_RADIUS = 3.81, 2.35
#: A line is as wide as light of its length can tell, in cycles, and no wider than this share of
#: its frequency: 360 to 385 d for the Kepler year.
_LINE_CYCLES, _WIDEST_LINE = 2.0, 0.034
#: Stronger signals are no instrument's.
_STRONGEST_LINE = 12.0


def same_period_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether no stronger candidate has the same period."""
    return judged(candidate.breaks("period"), candidate.box.period_d, np.nan)


def duty_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the events take as small a share of the period as those of dwarfs."""
    duty = candidate.duration_d / candidate.box.period_d
    is_long = candidate.breaks("duty") or duty > LONGEST_DUTY
    return judged(is_long, duty, LONGEST_DUTY)


def instrument_period_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether a weak signal has a period at which the instrument varies."""
    star = candidate.star
    flagged = (line for line in star.flagged_lines if line.name in star.flagged_d)
    lines = (*star.lines, *flagged)
    if not lines:
        return not_judged(Outcome.NO_LINES)
    frequency = 1 / candidate.box.period_d
    tolerance = min(_LINE_CYCLES / star.light.baseline_d, _WIDEST_LINE * frequency)
    off = min(max(line.low_per_d - frequency, frequency - line.high_per_d, 0.0) for line in lines)
    is_hit = off <= tolerance and candidate.number("snr") < _STRONGEST_LINE
    return judged(is_hit, off, tolerance, candidate.number("snr"))


def duration_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether the events are as short as transits of such a star are."""
    parameters = candidate.star.parameters
    ratio = float(np.sqrt(np.clip(candidate.depth, 0.0, 0.04)))
    if "logg" in parameters and "radius" in parameters:
        central_h = transit_duration_h(
            candidate.box.period_d, parameters["logg"], parameters["radius"], ratio, 0.0
        )
        limit = _LONGEST_TO_CIRCULAR
    else:
        central_h = transit_duration_h(
            candidate.box.period_d, _DWARF_LOGG, _DWARF_RADIUS, ratio, 0.0
        )
        limit = 1.0
    value = 24 * candidate.duration_d / central_h
    return judged(candidate.breaks("duration") or value > limit, value, limit)


def depth_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether a planet can make such a depth."""
    depth = candidate.depth
    radius = candidate.star.parameters.get("radius")
    limit = _LARGEST_DEPTH if radius is None else (_LARGEST_RADIUS / radius) ** 2
    return judged(depth > limit, depth, limit)


def v_shape_judgment(candidate: CandidateLight) -> Judgment:
    """Return whether deep events are flat at their bottom, and not a V as grazing eclipses are."""
    if not candidate.depth > _DEEP:
        return not_judged(Outcome.TOO_WEAK)
    # A stronger candidate may have all of the events.
    if not candidate.box.depth > 0:
        return not_judged(Outcome.TOO_FEW_EVENTS)
    fit = fit_transit(candidate.steady, candidate.trend, candidate.box, candidate.steady.cadence_d)
    if not np.isfinite(fit.shape):
        return not_judged(Outcome.TOO_FEW_EVENTS)
    return judged(fit.shape > _MOST_V, fit.shape, _MOST_V)
