"""Features of the transit domain: the strongest loss of light that repeats."""

from __future__ import annotations

import math

from preprocessing.analysis.event_tests import THRESHOLD
from preprocessing.analysis.missing import Missing
from preprocessing.core.value_column import ValueColumn
from preprocessing.features.candidate import Candidate
from preprocessing.features.definition import Feature, Value, Values
from preprocessing.features.star_light import StarLight

__all__ = ["COMPANIONS", "FEATURES", "transit_companions", "transit_features"]

_NOT_FOUND = "under 6 d were observed, or no box has three events"
_WEAK = "as transit_snr, or its ratio is below 7.1"
_TWICKEN = "Twicken et al. 2016, AJ 152, 158"

FEATURES = (
    Feature(
        "transit_snr",
        "How far the strongest loss of light that repeats stands above the noise.",
        "lg of the signal-to-noise ratio of the best box, in the noise of boxes of its duration;"
        " periods from 0.5 d to 1/2.01 of the baseline, at most 500 d, at least three events",
        "lg",
        0.0,
        3.5,
        _NOT_FOUND,
        "Jenkins et al. 2002, ApJ 575, 493 (multiple-event statistic)",
    ),
    Feature(
        "transit_period",
        "How often it repeats.",
        "lg of the period of the fitted transit",
        "lg d",
        -0.31,
        2.7,
        "as transit_snr",
        "Kovacs et al. 2002, A&A 391, 369",
    ),
    Feature(
        "transit_depth",
        "How deep it is.",
        "lg of the loss of light at mid-transit of the limb-darkened fit",
        "lg ppm",
        0.5,
        6.0,
        "as transit_snr, or the fit has no depth",
        "Hippke & Heller 2019, A&A 623, A39",
    ),
    Feature(
        "transit_duty",
        "How long it lasts, as a share of the period: the star's density, or a binary.",
        "lg of the time from first to last contact over the period",
        "lg",
        -4.0,
        -0.5,
        "as transit_snr",
        "Seager & Mallen-Ornelas 2003, ApJ 585, 1038",
    ),
    Feature(
        "transit_shape",
        "Whether it is a V, as grazing eclipses are, or a U.",
        "(chi2 of the best box - chi2 of the best V) / (chi2 of no transit - least chi2 of box, V"
        " and limb-darkened fit)",
        "",
        -1.0,
        1.0,
        _WEAK,
        "Thompson et al. 2018, ApJS 235, 38, section 3 (V-shape metric)",
    ),
    Feature(
        "transit_odd_even",
        "Whether every other event differs, as the two eclipses of a binary do.",
        "|d_odd - d_even| / |d_odd + d_even| of the mean depths of odd and even events",
        "",
        0.0,
        1.0,
        "as transit_snr, or there are less than two odd or two even events",
        _TWICKEN,
    ),
    Feature(
        "transit_secondary",
        "Whether the star is also eclipsed in between.",
        "depth of the most significant box of the same duration at phases 0.2 to 0.8, over that"
        " of the events",
        "",
        0.0,
        1.0,
        _WEAK,
        "Thompson et al. 2018, ApJS 235, 38, section 3 (model-shift uniqueness test)",
    ),
    Feature(
        "transit_balance",
        "Whether one event makes most of the signal, as a glitch does.",
        "signal-to-noise ratio of the strongest event over the root of the sum of squares of all",
        "",
        0.0,
        1.0,
        "as transit_snr",
        _TWICKEN,
    ),
)

_OF_ONE = (
    ("period", "d", "Period of candidate {n}."),
    ("t0", "d", "Middle of an event of candidate {n}, in the days of the light."),
    ("snr", "", "Signal-to-noise ratio of candidate {n}."),
)

COMPANIONS = (
    ValueColumn("transit_passes", bool, "", "Whether candidate 1 keeps every rule of vetting."),
    ValueColumn("transit_broken", str, "", "The rules that candidate 1 breaks, with + between."),
    ValueColumn("transit_candidates", int, "", "Candidates that keep every rule."),
    ValueColumn("transit_longest_period", float, "d", "Longest period that was searched."),
    ValueColumn(
        "transit_t0", float, "d", "Middle of the event nearest to the middle of the light."
    ),
    ValueColumn("transit_t0_sigma", float, "d", "Its uncertainty."),
    ValueColumn("transit_period_sigma", float, "d", "Uncertainty of the period."),
    ValueColumn("transit_duration", float, "d", "Time from first to last contact."),
    ValueColumn("transit_depth_sigma", float, "ppm", "Uncertainty of the depth."),
    ValueColumn("transit_events", int, "", "Events of which at least 40 % was observed."),
    ValueColumn(
        "transit_white_snr", float, "", "The ratio if the noise of points were independent."
    ),
    ValueColumn("transit_odd_even_sigma", float, "", "Significance of transit_odd_even."),
    ValueColumn("transit_secondary_sigma", float, "", "Signal-to-noise ratio of the secondary."),
    ValueColumn("transit_secondary_phase", float, "", "Its phase; 0.5 is halfway between events."),
    *(
        ValueColumn(f"transit_{n}_{name}", float, unit, meaning.format(n=n))
        for n in (2, 3)
        for name, unit, meaning in _OF_ONE
    ),
    *(
        ValueColumn(f"transit_{n}_passes", bool, "", f"Whether candidate {n} keeps every rule.")
        for n in (2, 3)
    ),
)


def transit_features(star: StarLight) -> Values:
    """Return the features of the strongest candidate, or why there are none.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    if not star.search.candidates:
        reason = star.search.missing or Missing.NO_EVENTS
        return {feature.name: reason for feature in FEATURES}
    first = star.search.candidates[0]
    return _strength(first) | _orbit(first) | _dip(first) | _signs_of_a_binary(first)


def _strength(one: Candidate) -> dict[str, Value]:
    """Return how significant the signal is, and whether its events share in it."""
    return {
        "transit_snr": _lg(one.snr),
        "transit_balance": _known(one.balance),
    }


def _orbit(one: Candidate) -> dict[str, Value]:
    """Return period and duty cycle."""
    return {
        "transit_period": _lg(one.period_d),
        "transit_duty": _lg(one.duration_d / one.period_d),
    }


def _dip(one: Candidate) -> dict[str, Value]:
    """Return depth and shape of the events."""
    is_strong = one.snr >= THRESHOLD
    return {
        "transit_depth": _lg(1e6 * one.depth),
        "transit_shape": _known(one.shape) if is_strong else Missing.NO_EVENTS,
    }


def _signs_of_a_binary(one: Candidate) -> dict[str, Value]:
    """Return how odd events differ from even ones, and what lies halfway between."""
    is_strong = one.snr >= THRESHOLD
    return {
        "transit_odd_even": _known(one.odd_even),
        "transit_secondary": _known(one.secondary) if is_strong else Missing.NO_EVENTS,
    }


def _lg(number: float) -> Value:
    return math.log10(number) if number > 0 else Missing.NO_EVENTS


def _known(number: float) -> Value:
    return number if math.isfinite(number) else Missing.NO_EVENTS


def transit_companions(star: StarLight) -> dict[str, float | int | str | bool | None]:
    """Return what stands beside the features of this domain, by the names of `COMPANIONS`.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    found = star.search.candidates
    values: dict[str, float | int | str | bool | None] = dict.fromkeys(
        companion.name for companion in COMPANIONS
    )
    values["transit_candidates"] = sum(one.passes for one in found)
    values["transit_longest_period"] = star.search.longest_period_d
    if found:
        values |= _beside_the_first(found[0])
    for n, one in enumerate(found[1:3], start=2):
        values |= {
            f"transit_{n}_period": one.period_d,
            f"transit_{n}_t0": one.epoch_d,
            f"transit_{n}_snr": one.snr,
            f"transit_{n}_passes": one.passes,
        }
    return values


def _beside_the_first(one: Candidate) -> dict[str, float | int | str | bool]:
    return {
        "transit_passes": one.passes,
        "transit_broken": "+".join(one.broken),
        "transit_t0": one.epoch_d,
        "transit_t0_sigma": one.epoch_sigma_d,
        "transit_period_sigma": one.period_sigma_d,
        "transit_duration": one.duration_d,
        "transit_depth_sigma": 1e6 * one.depth_sigma,
        "transit_events": one.n_events,
        "transit_white_snr": one.white_snr,
        "transit_odd_even_sigma": one.odd_even_sigma,
        "transit_secondary_sigma": one.secondary_sigma,
        "transit_secondary_phase": one.secondary_phase,
    }
