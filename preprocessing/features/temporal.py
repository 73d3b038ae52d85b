"""How the brightness of one time is related to that of another: memory, period, restlessness."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from preprocessing.analysis.autocorrelation import Autocorrelation, autocorrelation
from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.light import Floats
from preprocessing.analysis.missing import Missing
from preprocessing.features.definition import Feature, Value
from preprocessing.features.measured import chunks_of, median_over_chunks, robust_sigma
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
#: The autocorrelation is smoothed by a Gaussian of this sigma, in days, or of this share of its
#: first zero, if that is longer: a period then keeps 95 % of its height, and noise makes no peaks.
_SMOOTHED_D = 0.042
_SMOOTHED_SHARE = 0.2
_LEAST_PEAK = 0.05
#: The second maximum is the period if it is this much higher than the first: then spots on
#: opposite sides of the star make the first.
_HIGHER = 0.05

_LAG_SOURCE = "Box and Jenkins 1970, Time Series Analysis; Edelson and Krolik 1988, ApJ 333, 646"
_PEAK_SOURCE = "McQuillan, Aigrain and Mazeh 2013, MNRAS 432, 1203"
_NO_PEAK = "no maximum is above 0.05 and above the noise of the autocorrelation; flat"


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
        "How well the brightness repeats after the period of temp_acf_period. Red noise without a "
        "period has chance maxima, which are higher in shorter light.",
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
        "fewer than two chunks have 200 points; flat",
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
    light = star.light
    longest_d = min(_LONGEST_LAG_D, light.baseline_d / 2)
    if len(light) < _FEWEST_POINTS:
        return dict.fromkeys(("temp_acf_peak", "temp_acf_period"), Missing.TOO_SHORT)
    found = autocorrelation(light.time_d, light.flux, longest_d)
    if found.is_flat:
        return dict.fromkeys(("temp_acf_peak", "temp_acf_period"), Missing.FLAT)
    peak = _period(found)
    if peak is None:
        return dict.fromkeys(("temp_acf_peak", "temp_acf_period"), Missing.NO_PEAK)
    lag_d, height = peak
    return {"temp_acf_peak": height, "temp_acf_period": float(np.log10(lag_d))}


def _period(found: Autocorrelation) -> tuple[float, float] | None:
    """Return lag in days and height of the maximum that is the period, or None."""
    values = found.values[found.pairs >= _FEWEST_PAIRS]
    low = _first_low(values)
    if low is None:
        return None
    sigma = max(_SMOOTHED_D / GRID_D, _SMOOTHED_SHARE * low)
    # Mirrored at lag 0, as an autocorrelation is.
    smooth = gaussian_filter1d(values, sigma, mode="mirror")
    noise = np.sqrt((1 + 2 * np.sum(values[1:low] ** 2)) / found.pairs[0])
    peaks, _ = find_peaks(smooth, height=max(_LEAST_PEAK, noise), prominence=_LEAST_PEAK)
    peaks = peaks[peaks > low]
    if len(peaks) == 0:
        return None
    best = int(peaks[0])
    if len(peaks) > 1 and smooth[peaks[1]] > smooth[best] + _HIGHER:
        best = int(peaks[1])
    return _top(smooth, best) * GRID_D, float(smooth[best])


def _first_low(values: Floats) -> int | None:
    """Return the first lag of zero or, if it is shorter, of half the way to a minimum.

    Fast variations upon slow ones have minima above zero.
    """
    zeros = np.flatnonzero(values <= 0)
    smooth = gaussian_filter1d(values, _SMOOTHED_D / GRID_D, mode="mirror")
    minima, _ = find_peaks(-smooth, prominence=_LEAST_PEAK)
    found = [*zeros[:1].tolist(), *(minima[:1] // 2).tolist()]
    return min(found) if found else None


def _top(values: Floats, best: int) -> float:
    """Return where the parabola through a maximum and its neighbors is highest."""
    left, middle, right = values[best - 1 : best + 2].tolist()
    curvature = left - 2 * middle + right
    return best + 0.5 * (left - right) / curvature if curvature < 0 else float(best)


def _restlessness(star: StarLight) -> dict[str, Value]:
    """Return how much the amplitude changes from chunk to chunk."""
    amplitudes = np.array(
        [
            robust_sigma(star.light.flux[chunk])
            for chunk in chunks_of(star.light)
            if chunk.stop - chunk.start >= _FEWEST_POINTS
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
