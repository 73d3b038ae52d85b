"""What a feature says of a strange star, in words that a person understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

__all__ = ["WORDS", "Words", "in_words", "of_event"]


def _ppm(value: float) -> str:
    """Return a decimal logarithm of ppm."""
    size = 10.0**value
    return f"{size:,.0f} ppm" if size < 10_000 else f"{size / 10_000:.3g} %"


def _times(value: float) -> str:
    return f"{10.0**value:.3g} times"


def _days(value: float) -> str:
    time_d = 10.0**value
    return f"{time_d:.3g} d" if time_d >= 1 else f"{24 * time_d:.3g} h"


def _hours(value: float) -> str:
    return _days(value - np.log10(24))


def _per_day(value: float) -> str:
    return f"{value:.2g} a day"


def _frequency(value: float) -> str:
    return f"{_days(-value)} ({10.0**value:.3g}/d)"


def _plain(value: float) -> str:
    return f"{value:.2f}"


def _percent(value: float) -> str:
    return f"{100 * value:.3g} %"


@dataclass(frozen=True)
class Words:
    """How to say what a feature's value means.

    Parameters
    ----------
    show : callable
        Turns the value into text.
    high, low : str
        What a value above and below those of quiet stars says; ``{}`` stands for the value.
    """

    show: Callable[[float], str]
    high: str
    low: str


WORDS: Mapping[str, Words] = {
    "stat_amplitude": Words(_ppm, "varies much, by {}", "varies little, by {}"),
    "stat_white": Words(_ppm, "noisy for its magnitude, {}", "little noise for its magnitude, {}"),
    "stat_excess": Words(_times, "varies {} as much as its noise", "varies only {} its noise"),
    "stat_skew": Words(_plain, "seldom bright (skew {})", "seldom faint (skew {})"),
    "stat_tail": Words(_times, "extremes reach {} as far as usual", "extremes only {} as far"),
    "stat_dip": Words(
        _times, "its lowest point is {} the noise down", "no low point, {} the noise"
    ),
    "stat_peak": Words(
        _times, "its highest point is {} the noise up", "no high point, {} the noise"
    ),
    "stat_imbalance": Words(_plain, "outliers are dips ({})", "outliers are brightenings ({})"),
    "temp_acf_1h": Words(
        _plain,
        "more alike after an hour than usual ({})",
        "less alike after an hour than usual ({})",
    ),
    "temp_acf_6h": Words(
        _plain, "more alike after 6 h than usual ({})", "less alike after 6 h than usual ({})"
    ),
    "temp_acf_1d": Words(
        _plain, "more alike after a day than usual ({})", "less alike after a day than usual ({})"
    ),
    "temp_acf_5d": Words(
        _plain, "more alike after 5 d than usual ({})", "less alike after 5 d than usual ({})"
    ),
    "temp_decay": Words(_days, "varies slowly, over {}", "varies fast, within {}"),
    "temp_acf_peak": Words(_plain, "repeats itself ({} of 1)", "hardly repeats itself ({} of 1)"),
    "temp_acf_period": Words(_days, "repeats only after {}", "repeats already after {}"),
    "temp_restless": Words(_times, "a month {} as restless as another", "no month differs ({})"),
    "freq_main": Words(
        _frequency, "varies with a period as short as {}", "varies with a period of {}"
    ),
    "freq_power": Words(_percent, "{} of what varies is one sine", "no sine has more than {}"),
    "freq_contrast": Words(
        _times, "a sine {} as strong as its surroundings", "no sine stands out ({})"
    ),
    "freq_harmonics": Words(
        _percent, "far from a sine, {} in overtones", "a pure sine, {} in overtones"
    ),
    "freq_subharmonic": Words(
        _plain, "every other cycle differs ({})", "all cycles are alike ({})"
    ),
    "freq_second": Words(
        _times, "a second period at {} the frequency", "a second one at {} the frequency"
    ),
    "freq_coherence": Words(_plain, "keeps its phase like a clock ({})", "forgets its phase ({})"),
    "freq_entropy": Words(_plain, "power at all frequencies ({})", "power at few frequencies ({})"),
    "freq_slope": Words(_plain, "more power at high frequencies ({})", "power falls steeply ({})"),
    "resid_noise_1h": Words(_ppm, "noisy over 1 h, {}", "quiet over 1 h, {}"),
    "resid_noise_3h": Words(_ppm, "noisy over 3 h, {}", "quiet over 3 h, {}"),
    "resid_noise_6h": Words(_ppm, "noisy over 6 h, {}", "quiet over 6 h, {}"),
    "resid_noise_12h": Words(_ppm, "noisy over 12 h, {}", "quiet over 12 h, {}"),
    "resid_red": Words(
        _times, "noise over 6 h is {} that of white noise", "over 6 h only {} of white"
    ),
    "resid_acf": Words(
        _plain, "neighboring points agree ({})", "neighboring points alternate ({})"
    ),
    "resid_complexity": Words(_plain, "points in random order ({})", "points in orderly rows ({})"),
    "shape_dip_rate": Words(_per_day, "dims often, {}", "dims seldom, {}"),
    "shape_dip_sigma": Words(_times, "a dip {} the noise", "its strongest dip only {} the noise"),
    "shape_dip_hours": Words(
        _hours, "its strongest dip lasts {}", "its strongest dip lasts only {}"
    ),
    "shape_dip_skew": Words(_plain, "the dip begins fast, ends slowly ({})", "it ends fast ({})"),
    "shape_dip_regular": Words(_percent, "{} of dips keep time", "only {} of dips keep time"),
    "shape_flare_rate": Words(_per_day, "flares often, {}", "flares seldom, {}"),
    "shape_flare_amplitude": Words(_ppm, "flares of {}", "flares of {} only"),
    "transit_snr": Words(_times, "repeated dips {} the noise", "no repeated dips ({})"),
    "transit_period": Words(_days, "dips repeat only after {}", "dips repeat already after {}"),
    "transit_depth": Words(_ppm, "repeated dips of {}", "repeated dips of {} only"),
    "transit_duty": Words(
        lambda value: _percent(10.0**value),
        "repeated dips last {} of the period",
        "repeated dips last only {} of the period",
    ),
    "transit_shape": Words(_plain, "repeated dips are a V ({})", "repeated dips are a U ({})"),
    "transit_odd_even": Words(_percent, "every other dip differs by {}", "all dips are alike ({})"),
    "transit_secondary": Words(
        _percent, "a second dip in between, {} as deep", "none between ({})"
    ),
    "transit_balance": Words(
        _percent, "one dip makes {} of the signal", "many dips, each {} at most"
    ),
}


#: What a star lacks that has no value.
_THINGS = {
    "shape_dip_sigma": "dip",
    "shape_flare_amplitude": "flare",
    "freq_main": "period",
    "temp_acf_peak": "repetition",
}


def in_words(feature: str, value: float, deviation: float) -> str:
    """Return what a feature says of a star.

    Parameters
    ----------
    feature : str
        Its name.
    value : float
        Its value; NaN if the star has nothing of the kind.
    deviation : float
        How far it is from quiet stars, in standard deviations; its sign says on which side.
    """
    words = WORDS[feature]
    if not np.isfinite(value):
        return f"no {_THINGS.get(feature, feature)}, which most quiet stars have"
    return (words.high if deviation >= 0 else words.low).format(words.show(value))


def of_event(sigma: float) -> str:
    """Return what the strongest event says of a star.

    Parameters
    ----------
    sigma : float
        Its size over the noise of a point, or of a dip over that of its duration.
    """
    return f"an event {sigma:.3g} times the noise"
