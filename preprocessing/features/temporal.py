"""How the brightness of one time is related to that of another: memory, period, restlessness."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.autocorrelation import Autocorrelation, autocorrelation
from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.medians import sigma_of_many
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.repetition import Repetition
from preprocessing.analysis.waves import Waves
from preprocessing.features.definition import Feature, Value
from preprocessing.features.measured import chunks_of, median_over_chunks
from preprocessing.features.rotation_period import rotation_period_d
from preprocessing.features.star_light import StarLight

__all__ = ["FEATURES", "temporal"]

#: Hours by the name of the lag, and the fewest pairs that say something of it.
_LAGS = {"1h": (1.0, 500), "6h": (6.0, 500), "1d": (24.0, 300), "5d": (120.0, 300)}
#: A chunk in which a lag fits less often than this says nothing of it.
_CHUNKS_A_LAG = 3.0
_DECAYED = float(np.exp(-1))
_FEWEST_PAIRS = 100
_FEWEST_POINTS = 200
#: Longest lag of the search for a period, in days: rotation is hardly told from Kepler's own
#: trends beyond (McQuillan et al. 2014, ApJS 211, 24, end at 70 d).
_LONGEST_LAG_D = 45.0
#: A chunk with fewer points, half of one of 27 d, says little of its amplitude.
_HALF_A_CHUNK = 648

_LAG_SOURCE = "Box and Jenkins 1970, Time Series Analysis; Edelson and Krolik 1988, ApJ 333, 646"
_PEAK_SOURCE = "McQuillan, Aigrain and Mazeh 2013, MNRAS 432, 1203"
_NO_PEAK = (
    "no maximum is above 0.05, or it is one that chance makes at some lag in 1 % of stars with the"
    " same memory and no period, unless the sine of freq_main has that period, or half; flat"
)


def _lag_feature(name: str) -> Feature:
    hours, fewest = _LAGS[name]
    return Feature(
        f"temp_acf_{name}",
        f"How much the brightness of two times {hours:g} h apart has in common.",
        f"median over chunks of the autocorrelation of the flux at {hours:g} h, from pairs of "
        "which both exist",
        "",
        -1.0,
        1.0,
        f"no chunk has {fewest} pairs, or three times the lag; flat",
        _LAG_SOURCE,
    )


FEATURES = (
    *(_lag_feature(name) for name in _LAGS),
    Feature(
        "temp_decay",
        "How long the brightness stays alike.",
        "median over chunks of lg of the first lag at which the autocorrelation is below 1/e, "
        "interpolated between lags",
        "lg d",
        -1.9,
        1.1,
        "it is not below 1/e within half a chunk of 200 points; flat",
        "Box and Jenkins 1970, Time Series Analysis",
    ),
    Feature(
        "temp_acf_peak",
        "How well the brightness repeats after the period of temp_acf_period.",
        "height of that maximum of the autocorrelation of all light",
        "",
        0.0,
        1.0,
        _NO_PEAK,
        _PEAK_SOURCE,
    ),
    Feature(
        "temp_acf_period",
        "The time after which the brightness repeats best, up to 45 d.",
        "lg of the lag of the first maximum of the autocorrelation of all light beyond its first "
        "zero, or half the first minimum if that is shorter; smoothed by a Gaussian of 0.1 d or "
        "of a fifth of that lag; of the second maximum if it is higher by 0.05",
        "lg d",
        -1.3,
        1.7,
        _NO_PEAK,
        _PEAK_SOURCE,
    ),
    Feature(
        "temp_restless",
        "How much the amplitude changes from chunk to chunk: the ratio of a star's two states.",
        "twice the standard deviation over chunks of lg(1.4826 MAD of the flux), divided by what "
        "the median of that of so few normal numbers is, so that the number of chunks does not "
        "matter",
        "dex",
        0.0,
        3.0,
        "fewer than two chunks have 648 points, half of what fits into one; flat",
        "after Barbara et al. 2022, MNRAS 514, 2793 (changes of state)",
    ),
)


def temporal(star: StarLight) -> dict[str, Value]:
    """Return the features of a star's brightness in the course of time.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    return {**_memory(star), **_repetition(star), **_restlessness(star)}


def _memory(star: StarLight) -> dict[str, Value]:
    """Return the autocorrelation at fixed lags, and how long it takes to decay."""
    at_lags: dict[str, list[Value]] = {name: [] for name in _LAGS}
    decays: list[Value] = []
    time_d, flux = star.light.time_d, star.light.flux
    for chunk in chunks_of(star.light):
        if chunk.stop - chunk.start < _FEWEST_POINTS:
            continue
        span_d = time_d[chunk.stop - 1] - time_d[chunk.start] + GRID_D
        found = autocorrelation(time_d[chunk], flux[chunk], span_d / 2)
        for name, (hours, fewest) in _LAGS.items():
            if span_d * 24 >= _CHUNKS_A_LAG * hours:
                at_lags[name].append(_at_lag(found, hours, fewest))
        decays.append(_decay_d(found))
    values = {f"temp_acf_{name}": median_over_chunks(found) for name, found in at_lags.items()}
    decay = median_over_chunks(decays)
    if not isinstance(decay, Missing):
        decay = float(np.log10(decay)) if np.isfinite(decay) else Missing.TOO_SHORT
    return {**values, "temp_decay": decay}


def _at_lag(found: Autocorrelation, hours: float, fewest: int) -> Value:
    lag = round(hours / 24 / GRID_D)
    if found.pairs[lag] < fewest:
        return Missing.TOO_SHORT
    return Missing.FLAT if found.is_flat else float(found.values[lag])


def _decay_d(found: Autocorrelation) -> Value:
    """Return the first lag of less than 1/e in days; infinite if there is none."""
    if found.is_flat:
        return Missing.FLAT
    is_known = found.pairs >= _FEWEST_PAIRS
    values, lags = found.values[is_known], found.lags_d[is_known]
    below = np.flatnonzero(values < _DECAYED)
    if len(below) == 0:
        return float("inf")
    last = int(below[0])
    share = (values[last - 1] - _DECAYED) / (values[last - 1] - values[last])
    return float(lags[last - 1] + share * (lags[last] - lags[last - 1]))


def _repetition(star: StarLight) -> dict[str, Value]:
    """Return lag and height of the maximum of the autocorrelation of all light."""
    names = ("temp_acf_peak", "temp_acf_period")
    found = star.repetition
    if isinstance(found, Missing):
        return dict.fromkeys(names, found)
    if not (found.is_certain or _is_confirmed(found, star.waves)):
        return dict.fromkeys(names, Missing.NO_PEAK)
    return {names[0]: found.height, names[1]: float(np.log10(found.lag_d))}


def _is_confirmed(found: Repetition, waves: Waves | Missing) -> bool:
    """Return whether a sine that stands out has the same period."""
    if isinstance(waves, Missing) or not waves.is_above_slow_noise:
        return False
    return rotation_period_d(found, waves) is not None


def _restlessness(star: StarLight) -> dict[str, Value]:
    """Return how much the amplitude changes from chunk to chunk."""
    amplitudes = np.array(
        [
            sigma_of_many(star.light.flux[chunk])
            for chunk in chunks_of(star.light)
            if chunk.stop - chunk.start >= _HALF_A_CHUNK
        ]
    )
    if len(amplitudes) < 2:
        return {"temp_restless": Missing.TOO_SHORT}
    amplitudes = amplitudes[amplitudes > 0]
    if len(amplitudes) < 2:
        return {"temp_restless": Missing.FLAT}
    freedom = len(amplitudes) - 1
    # Median of the root of chi squared over its degrees of freedom (Wilson and Hilferty 1931).
    usual = (1 - 2 / (9 * freedom)) ** 1.5
    return {"temp_restless": 2 * float(np.std(np.log10(amplitudes), ddof=1)) / usual}
