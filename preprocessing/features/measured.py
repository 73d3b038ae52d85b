"""From numbers to values: logarithms, medians over chunks, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.binning import GRID_D
from preprocessing.analysis.light import Floats, Light
from preprocessing.analysis.missing import Missing
from preprocessing.features.definition import Value
from preprocessing.features.star_light import StarLight

__all__ = [
    "chunks_of",
    "decimal_log",
    "median_over_chunks",
    "medians_of_three",
    "noise_of_half_hour",
    "noise_to_half_hour",
    "white_noise",
]

#: Fewer pairs of adjacent points say nothing of the noise.
_FEWEST_PAIRS = 100


def chunks_of(light: Light) -> list[slice]:
    """Return the rows of each chunk.

    Parameters
    ----------
    light : Light
        The light that is divided.
    """
    return [slice(start, stop) for start, stop in pairwise(light.chunk_edges)]


def decimal_log(number: float, otherwise: Missing = Missing.FLAT) -> Value:
    """Return a decimal logarithm.

    Parameters
    ----------
    number : float
        The number.
    otherwise : Missing
        The reason why there is none if the number is zero, negative or not finite.
    """
    return float(np.log10(number)) if 0 < number < np.inf else otherwise


def median_over_chunks(values: Sequence[Value]) -> Value:
    """Return the median of the chunks that have a value.

    Parameters
    ----------
    values : sequence of Value
        The value of each chunk, or why it has none.

    Returns
    -------
    Value
        If no chunk has a value, the reason; one that tells more than that they are too short
        comes first.
    """
    numbers = [value for value in values if not isinstance(value, Missing)]
    if numbers:
        return float(np.median(numbers))
    reasons = [value for value in values if isinstance(value, Missing)]
    telling = [reason for reason in reasons if reason is not Missing.TOO_SHORT]
    return telling[0] if telling else Missing.TOO_SHORT


def medians_of_three(flux: Floats) -> Floats:
    """Return the median of each three points in a row, shape (n - 2,).

    Parameters
    ----------
    flux : ndarray, shape (n,)
        The points.
    """
    a, b, c = flux[:-2], flux[1:-1], flux[2:]
    return np.maximum(np.minimum(a, b), np.minimum(np.maximum(a, b), c))


def white_noise(star: StarLight) -> Value:
    """Return the noise of one point, or why it is not known.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    is_known: NDArray[np.bool_] = np.isfinite(star.flat)
    if np.count_nonzero(star.is_adjacent & is_known[1:] & is_known[:-1]) < _FEWEST_PAIRS:
        return Missing.TOO_SHORT
    return star.white_noise if star.white_noise > 0 else Missing.FLAT


def noise_of_half_hour(star: StarLight) -> Value:
    """Return the noise that points of 30 min would have, or why it is not known.

    A point of Kepler's 29.4 min has 1 % more noise than that, and so has one of fast exposures
    of which 2 % are missing.

    Parameters
    ----------
    star : StarLight
        The star.
    """
    noise = white_noise(star)
    if isinstance(noise, Missing):
        return noise
    return noise * float(np.sqrt(star.exposure_d / GRID_D))


def noise_to_half_hour(star: StarLight) -> float:
    """Return what the variance of a point lacks, or has too much, to be that of one of 30 min.

    Parameters
    ----------
    star : StarLight
        The star. It is 0 if its noise is not known.
    """
    noise = white_noise(star)
    if isinstance(noise, Missing):
        return 0.0
    return noise**2 * (star.exposure_d / GRID_D - 1)
