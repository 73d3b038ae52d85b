"""A small picture of a star's light: every point, gaps, and quarters by their shade."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

__all__ = ["light_pixels"]

_Floats = NDArray[np.float64]
#: Color of points, seen on white and on black (Okabe & Ito 2008), and opacity of a lone point.
_POINT = (0, 114, 178)
_FAINTEST = 0.55
#: Every other quarter, campaign or sector has a gray ground of this opacity.
_SHADE = (128, 128, 128, 34)
#: Gaps longer than this, in days, are cut to a few pixels: years between two sectors show nothing.
_LONG_GAP_D = 20.0
_CUT = 8
_MARGIN = 3


def light_pixels(
    time_d: _Floats,
    flux: _Floats,
    sequence: NDArray[np.int64],
    width: int = 480,
    height: int = 120,
) -> NDArray[np.uint8]:
    """Return a picture of light: red, green, blue and opacity of each pixel.

    From the lowest point to the highest, all are shown; there are none beyond the edges.

    Parameters
    ----------
    time_d : ndarray of float64, shape (n,)
        Times in days, in order.
    flux : ndarray of float64, shape (n,)
        Flux, finite.
    sequence : ndarray of int64, shape (n,)
        Quarter, campaign or sector of each point.
    width, height : int, optional
        Size of the picture in pixels.
    """
    pixels = np.zeros((height, width, 4), np.uint8)
    if not len(time_d):
        return pixels
    column = _columns(time_d, width)
    for first, last in _shaded(sequence):
        pixels[:, column[first] : column[last] + 2] = _SHADE
    low, high = float(flux.min()), float(flux.max())
    span = (high - low) or 1.0
    room = height - 2 * _MARGIN - 2
    row = np.round(_MARGIN + room * (high - flux) / span).astype(np.int64)
    counts = np.bincount(row * width + column, minlength=width * height).reshape(height, width)
    # A point is two pixels wide and high, for one alone would not be seen.
    counts[1:] += counts[:-1].copy()
    counts[:, 1:] += counts[:, :-1].copy()
    shown = counts > 0
    opacity = _FAINTEST + (1 - _FAINTEST) * np.log1p(counts) / np.log1p(counts.max())
    pixels[shown, :3] = _POINT
    pixels[shown, 3] = np.round(255 * opacity[shown])
    return pixels


def _columns(time_d: _Floats, width: int) -> NDArray[np.int64]:
    """Return the column of each point; long gaps are a few columns wide."""
    step = np.diff(time_d, prepend=time_d[0])
    is_long = step > _LONG_GAP_D
    observed = np.cumsum(np.where(is_long, 0.0, step))
    room = max(1, width - 2 * _MARGIN - 2 - _CUT * int(is_long.sum()))
    place = _MARGIN + room * observed / (observed[-1] or 1.0) + _CUT * np.cumsum(is_long)
    return np.minimum(np.round(place).astype(np.int64), width - 2)


def _shaded(sequence: NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return the first and the last point of every other quarter."""
    edges = [0, *(np.flatnonzero(np.diff(sequence)) + 1).tolist(), len(sequence)]
    spans = list(itertools.pairwise(edges))
    return [(first, stop - 1) for first, stop in spans[1::2]]
