"""What is left without the slow trend and the transits: the color and the order of the noise."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.box_noise import BoxNoise, box_noise
from preprocessing.analysis.compiled import compiled
from preprocessing.analysis.light import Floats
from preprocessing.analysis.missing import Missing
from preprocessing.analysis.trend import robust_trend
from preprocessing.features.definition import Feature, Value
from preprocessing.features.measured import (
    chunks_of,
    decimal_log,
    median_over_chunks,
    noise_of_half_hour,
    noise_to_half_hour,
)
from preprocessing.features.star_light import StarLight

__all__ = ["FEATURES", "residual"]

_PPM = 1e6
#: Window of the trend under the noise of boxes, in days. It stands for the whitening of the
#: mission's own noise: the ratio to the mission's values on 3, 6 and 12 h is then 1.06, 1.04 and
#: 1.09 (medians of 32 quarters of seven stars) and 0.93, 0.97 and 0.96 (17 quiet stars). Over a
#: trend of 2 d, stars that vary within days exceed them: 1.15, 1.20 and 1.27 of the 32.
_WINDOW_D = 1.0
#: What that trend leaves of white noise, by the hours of the boxes. Simulated: 2,000 d.
_LEFT = {1: 0.968, 3: 0.935, 6: 0.856, 12: 0.672}
_FEWEST_PAIRS = 100
_FEWEST_RUNS = 1000
_POINTS_IN_6_H = 12
#: Ways in which four points can be ordered.
_ORDERS = 24
#: White noise of n overlapping runs of four falls short of the highest entropy by this over n.
#: Median of 1,500 simulated series each, the same for n of 1,000 to 20,000.
_SHORTFALL = 3.1

_CDPP = "Christiansen et al. 2012, PASP 124, 1279 (CDPP; agrees with rrmscdpp of Kepler's DR25)"


def _noise_feature(hours: int) -> Feature:
    return Feature(
        f"resid_noise_{hours}h",
        f"The noise of the mean over {hours} h, transits of the best candidate left out.",
        f"lg(s({hours}) / {_LEFT[hours]}), s(h) = 1.4826 MAD of the means of all boxes of h hours, "
        "of which at least 60 % was observed, of the flux over its 1-d trend; the trend leaves "
        f"{_LEFT[hours]} of white noise",
        "lg ppm",
        0.5,
        5.0,
        "fewer than 500 boxes were observed; flat",
        _CDPP,
    )


FEATURES = (
    *(_noise_feature(hours) for hours in _LEFT),
    Feature(
        "resid_red",
        "How much more noise there is on 6 h than independent points would have.",
        "resid_noise_6h - stat_white + lg sqrt 12",
        "lg",
        -0.3,
        2.0,
        "s(6) or s_w is not known",
        "Pont et al. 2006, MNRAS 373, 231 (red noise)",
    ),
    Feature(
        "resid_acf",
        "How much adjacent points of the flattened light have in common.",
        "median over chunks of the autocorrelation of the flux over its 2-d trend at 30 min, of "
        "adjacent points outside of transits",
        "",
        -1.0,
        1.0,
        "no chunk has 100 such pairs; flat",
        "Box and Jenkins 1970, Time Series Analysis",
    ),
    Feature(
        "resid_complexity",
        "How random the order of four points in a row is: 1 for white noise.",
        "(entropy of the orders of 4 adjacent points of the flux over its 2-d trend, equal ones "
        "in order of time) / ln 24 + 3.1 / n, n the number of runs: what white noise lacks",
        "",
        0.0,
        1.0,
        "fewer than 1,000 runs of four; flat",
        "Bandt and Pompe 2002, Phys. Rev. Lett. 88, 174102 (permutation entropy)",
    ),
)


def residual(star: StarLight) -> dict[str, Value]:
    """Return the features of the flattened light.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    return {**_noise(star), **_autocorrelation(star), **_complexity(star)}


def _noise(star: StarLight) -> dict[str, Value]:
    """Return the noise of boxes, and how red it is."""
    boxes = _boxes(star)
    white = noise_of_half_hour(star)
    # Boxes count points at the full cadence, of which some exposures may be missing.
    full = sqrt(star.exposure_d / star.light.cadence_d)
    noise = {hours: full * boxes.of(hours) / left for hours, left in _LEFT.items()}
    values = {f"resid_noise_{hours}h": _log_noise(noise[hours], _PPM) for hours in _LEFT}
    if isinstance(white, Missing):
        return {**values, "resid_red": white}
    return {**values, "resid_red": _log_noise(noise[6], sqrt(_POINTS_IN_6_H) / white)}


def _boxes(star: StarLight) -> BoxNoise:
    """Return the light over its trend, outside of transits and far from gaps, in boxes."""
    light, is_used = star.light, ~star.is_in_transit
    trend = robust_trend(light, _WINDOW_D, is_used)
    is_used &= (trend > 0) & star.is_inside
    change = light.flux / np.where(is_used, trend, 1) - 1
    return box_noise(light.time_d, np.where(is_used, change, np.nan))


def _log_noise(noise: float, factor: float) -> Value:
    """Return the logarithm of a noise times a factor; a NaN is noise of too few boxes."""
    return Missing.TOO_SHORT if np.isnan(noise) else decimal_log(noise * factor)


def _autocorrelation(star: StarLight) -> dict[str, Value]:
    """Return the autocorrelation of adjacent points."""
    change = np.where(star.is_in_transit | ~star.is_inside, np.nan, star.flat - 1)
    lacks = noise_to_half_hour(star)
    values: list[Value] = []
    for chunk in chunks_of(star.light):
        inside = change[chunk]
        is_pair = star.is_adjacent[chunk.start : chunk.stop - 1] & np.isfinite(
            inside[1:] + inside[:-1]
        )
        if np.count_nonzero(is_pair) < _FEWEST_PAIRS:
            continue
        first, second = inside[:-1][is_pair], inside[1:][is_pair]
        first, second = first - first.mean(), second - second.mean()
        scale = sqrt(float(np.sum(first**2)) * float(np.sum(second**2))) + len(first) * lacks
        values.append(float(np.sum(first * second)) / scale if scale > 0 else Missing.FLAT)
    return {"resid_acf": median_over_chunks(values)}


def _complexity(star: StarLight) -> dict[str, Value]:
    """Return the permutation entropy."""
    counts = _orders_of_four(np.where(star.is_inside, star.flat, np.nan), star.is_adjacent)
    n_runs = int(counts.sum())
    if n_runs < _FEWEST_RUNS:
        return {"resid_complexity": Missing.TOO_SHORT}
    if not star.white_noise > 0:
        return {"resid_complexity": Missing.FLAT}
    share = counts[counts > 0] / n_runs
    entropy = -float(np.sum(share * np.log(share))) / log(_ORDERS)
    return {"resid_complexity": entropy + _SHORTFALL / n_runs}


@compiled
def _orders_of_four(values: Floats, is_adjacent: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how often four adjacent points have each of their 24 orders."""
    counts = np.zeros(_ORDERS, dtype=np.int64)
    n_in_row = 0
    for i in range(len(values)):
        if np.isnan(values[i]):
            n_in_row = 0
        elif i > 0 and is_adjacent[i - 1]:
            n_in_row += 1
        else:
            n_in_row = 1
        if n_in_row < 4:
            continue
        a, b, c, d = values[i - 3], values[i - 2], values[i - 1], values[i]
        # The rank of each point among those before it: 2, 3 and 4 possibilities.
        second = 1 if b < a else 0
        third = (1 if c < a else 0) + (1 if c < b else 0)
        fourth = (1 if d < a else 0) + (1 if d < b else 0) + (1 if d < c else 0)
        counts[second * 12 + third * 4 + fourth] += 1
    return counts
