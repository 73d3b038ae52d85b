"""How the brightness is distributed: its amplitude, noise, tails and extremes."""

from __future__ import annotations

import numpy as np

from preprocessing.analysis.medians import median_of_many, sigma_of_many
from preprocessing.analysis.missing import Missing
from preprocessing.features.definition import Feature, Value
from preprocessing.features.measured import (
    chunks_of,
    decimal_log,
    median_over_chunks,
    medians_of_three,
    noise_of_half_hour,
    noise_to_half_hour,
    white_noise,
)
from preprocessing.features.star_light import StarLight

__all__ = ["FEATURES", "statistical"]

_PPM = 1e6
_FEWEST_POINTS = 200
_PERCENTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
#: (P95 - P5) / sigma and (P99 - P1) / (P75 - P25) of a normal distribution.
_NORMAL_RANGE = 3.29
_NORMAL_TAIL = 3.449
#: A chunk's extreme stands out if it is this many times as large as the median chunk's. That of
#: noise, white or red, and that of a spotted star do not, in 55 chunks.
_STANDS_OUT = 3.0
#: The largest of the medians of three of n independent points is, in sigma,
#: 2.16 + 0.23 ln(n / 1296), to 0.02 for n of 200 to 2,600; 1,296 points are 27 d. Simulated.
_FULL_CHUNK = 1296
_GROWTH = 0.23
#: A median of three is far off at so many sigma of a point, 3 of its own. Single points are not
#: counted: a cosmic ray in one of many fast exposures is brighter in their mean than in one long
#: exposure that the mission cleaned.
_FAR = 2.0
_FEWEST_FAR = 10

_TOO_FEW = "no chunk has 200 points"
_EXTREME = (
    "median over chunks of x = {} / s_w + 0.23 ln(1296 / n), n the number of medians; where some "
    "x exceed 3 times the median, the median of those instead; the decimal logarithm of it"
)

FEATURES = (
    Feature(
        "stat_amplitude",
        "How much the brightness varies, noise included.",
        "median over chunks of lg sqrt((P95 - P5 of the flux)^2 + 3.29^2 v), v = s_w^2"
        " (exposure / 30 min - 1): as points of 30 min have it",
        "lg ppm",
        1.0,
        6.0,
        f"{_TOO_FEW}; flat",
        "Basri et al. 2011, AJ 141, 20 (range of variability)",
    ),
    Feature(
        "stat_white",
        "The noise of one point of 30 min.",
        "lg(s_w sqrt(exposure / 30 min)), s_w = 1.4826 MAD(differences of adjacent points of the "
        "flux over its 2-d trend) / sqrt 2; exposure: observed time over the number of points",
        "lg ppm",
        0.5,
        5.0,
        "fewer than 100 pairs of adjacent points; flat",
        "von Neumann 1941, Ann. Math. Stat. 12, 367 (successive differences)",
    ),
    Feature(
        "stat_excess",
        "How much more the brightness varies than its noise.",
        "median over chunks of lg sqrt([(1.4826 MAD(flux))^2 + v] / [s_w^2 + v]), v as in"
        " stat_amplitude",
        "lg",
        -0.2,
        4.0,
        f"{_TOO_FEW}; s_w is not known",
        "as stat_white",
    ),
    Feature(
        "stat_skew",
        "Whether the star is rather seldom bright (above 0) or seldom faint (below 0).",
        "median over chunks of (P99 + P1 - 2 P50) / (P99 - P1)",
        "",
        -1.0,
        1.0,
        f"{_TOO_FEW}; P99 = P1",
        "Bowley 1901, Elements of Statistics (skewness of percentiles)",
    ),
    Feature(
        "stat_tail",
        "How far the tails reach, relative to a normal distribution (0).",
        "median over chunks of lg[(P99 - P1) / (P75 - P25) / 3.449]",
        "lg",
        -0.5,
        3.0,
        f"{_TOO_FEW}; P75 = P25",
        "Hogg 1974, JASA 69, 909 (weight of tails)",
    ),
    Feature(
        "stat_dip",
        "The depth of the deepest point of a usual chunk, or of one that stands out, in s_w. Of "
        "white noise it is 0.33 at any length.",
        _EXTREME.format("(P50 - lowest median of 3 adjacent points)"),
        "lg",
        0.0,
        4.0,
        "as stat_excess; nothing is fainter than the median",
        "Galambos 1978, Asymptotic Theory of Extreme Order Statistics (growth of extremes)",
    ),
    Feature(
        "stat_peak",
        "The height of the highest point of a usual chunk, or of one that stands out, in s_w. Of "
        "white noise it is 0.33 at any length.",
        _EXTREME.format("(highest median of 3 adjacent points - P50)"),
        "lg",
        0.0,
        4.0,
        "as stat_excess; nothing is brighter than the median",
        "as stat_dip",
    ),
    Feature(
        "stat_imbalance",
        "Whether what is far off the trend is rather below (1) or above it (-1).",
        "(n below -2 s_w - n above 2 s_w) / their sum, of the medians of 3 adjacent points of the "
        "flux over its 2-d trend",
        "",
        -1.0,
        1.0,
        "fewer than 10 such medians; s_w is not known",
        "Cody et al. 2014, AJ 147, 82 (asymmetry of dippers and bursters)",
    ),
)


def statistical(star: StarLight) -> dict[str, Value]:
    """Return the features of the distribution of a star's brightness.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    return {**_percentiles(star), **_noise(star), **_extremes(star), **_imbalance(star)}


def _percentiles(star: StarLight) -> dict[str, Value]:
    """Return amplitude, skewness and tails."""
    amplitudes: list[Value] = []
    skews: list[Value] = []
    tails: list[Value] = []
    lacks = _NORMAL_RANGE**2 * noise_to_half_hour(star)
    for chunk in chunks_of(star.light):
        flux = star.light.flux[chunk]
        if len(flux) < _FEWEST_POINTS:
            continue
        p1, p5, p25, p50, p75, p95, p99 = np.quantile(flux, _PERCENTILES).tolist()
        amplitudes.append(decimal_log(_PPM * _root((p95 - p5) ** 2 + lacks)))
        skews.append((p99 + p1 - 2 * p50) / (p99 - p1) if p99 > p1 else Missing.FLAT)
        ratio = (p99 - p1) / (p75 - p25) / _NORMAL_TAIL if p75 > p25 else 0.0
        tails.append(decimal_log(ratio))
    return {
        "stat_amplitude": median_over_chunks(amplitudes),
        "stat_skew": median_over_chunks(skews),
        "stat_tail": median_over_chunks(tails),
    }


def _noise(star: StarLight) -> dict[str, Value]:
    """Return the white noise, and what exceeds it."""
    noise, of_half_hour = white_noise(star), noise_of_half_hour(star)
    if isinstance(noise, Missing) or isinstance(of_half_hour, Missing):
        return dict.fromkeys(("stat_white", "stat_excess"), noise)
    lacks = noise_to_half_hour(star)
    excesses = [
        decimal_log(_root(sigma_of_many(star.light.flux[chunk]) ** 2 + lacks) / of_half_hour)
        for chunk in chunks_of(star.light)
        if chunk.stop - chunk.start >= _FEWEST_POINTS
    ]
    return {
        "stat_white": decimal_log(_PPM * of_half_hour),
        "stat_excess": median_over_chunks(excesses),
    }


def _root(square: float) -> float:
    return float(np.sqrt(max(0.0, square)))


def _extremes(star: StarLight) -> dict[str, Value]:
    """Return how far the faintest and the brightest points are from the median."""
    noise = white_noise(star)
    if isinstance(noise, Missing):
        return {"stat_dip": noise, "stat_peak": noise}
    flux, is_adjacent = star.light.flux, star.is_adjacent
    dips: list[float] = []
    peaks: list[float] = []
    for chunk in chunks_of(star.light):
        if chunk.stop - chunk.start < _FEWEST_POINTS:
            continue
        inside = is_adjacent[chunk.start : chunk.stop - 1]
        levels = medians_of_three(flux[chunk])[inside[1:] & inside[:-1]]
        if 2 * len(levels) < _FEWEST_POINTS:
            continue
        middle = median_of_many(flux[chunk])
        from_full = _GROWTH * float(np.log(_FULL_CHUNK / len(levels)))
        dips.append((middle - float(levels.min())) / noise + from_full)
        peaks.append((float(levels.max()) - middle) / noise + from_full)
    return {"stat_dip": _usual_or_outstanding(dips), "stat_peak": _usual_or_outstanding(peaks)}


def _usual_or_outstanding(extremes: list[float]) -> Value:
    """Return the median chunk's extreme, or the median of those that stand out."""
    if not extremes:
        return Missing.TOO_SHORT
    usual = float(np.median(extremes))
    outstanding = [one for one in extremes if one > _STANDS_OUT * usual]
    return decimal_log(float(np.median(outstanding or [usual])), Missing.NO_EVENTS)


def _imbalance(star: StarLight) -> dict[str, Value]:
    """Return whether what is far off the trend is rather below it."""
    noise = white_noise(star)
    if isinstance(noise, Missing):
        return {"stat_imbalance": noise}
    is_inside = star.is_adjacent[1:] & star.is_adjacent[:-1]
    sigmas = medians_of_three((star.flat - 1) / noise)[is_inside]
    below, above = int(np.sum(sigmas < -_FAR)), int(np.sum(sigmas > _FAR))
    if below + above < _FEWEST_FAR:
        return {"stat_imbalance": Missing.NO_EVENTS}
    return {"stat_imbalance": (below - above) / (below + above)}
