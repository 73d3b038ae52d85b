"""Pictures of many points or cells, inside a page."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from preprocessing.report.html.drawing.markup import Markup, element
from preprocessing.report.png import png

__all__ = ["COLORS", "data_uri", "density", "embedded"]

#: Told apart by the color-blind (Okabe & Ito 2008, https://jfly.uni-koeln.de/color/), and seen on
#: white and on black. The page's style has the same by these names.
COLORS = {
    "blue": (0, 114, 178),
    "sky": (86, 180, 233),
    "red": (213, 94, 0),
    "amber": (230, 159, 0),
    "green": (0, 158, 115),
    "pink": (204, 121, 167),
    "gray": (128, 128, 128),
}
#: Pixels of a picture for one of the page, so that it is sharp on screens and in print.
_SCALE = 2
#: Opacity of the emptiest cell that is not empty, and of the fullest.
_FAINTEST, _FULLEST = 0.3, 1.0


def density(
    x: NDArray[np.float64], y: NDArray[np.float64], box: tuple[float, float], color: str
) -> NDArray[np.uint8]:
    """Return a picture of points, which is darker where there are more.

    Parameters
    ----------
    x, y : ndarray
        Places in pixels of the page, from the upper left corner.
    box : tuple of float
        Width and height of the picture, in the same pixels.
    color : str
        One of `COLORS`.
    """
    width, height = (max(1, round(one * _SCALE)) for one in box)
    # Two pixels wide, for a lone point would not be seen otherwise.
    column = np.clip((x * _SCALE).astype(np.int64), 0, width - 2)
    row = np.clip((y * _SCALE).astype(np.int64), 0, height - 2)
    counts = np.bincount(row * width + column, minlength=width * height).reshape(height, width)
    counts[1:] += counts[:-1].copy()
    counts[:, 1:] += counts[:, :-1].copy()
    logs = np.log1p(counts) / np.log1p(max(1, int(counts.max())))
    opacity = np.where(counts > 0, _FAINTEST + (_FULLEST - _FAINTEST) * logs, 0.0)
    pixels = np.empty((height, width, 4), np.uint8)
    pixels[..., :3] = COLORS[color]
    pixels[..., 3] = np.round(255 * opacity)
    return pixels


def embedded(pixels: NDArray[np.uint8], box: tuple[float, float, float, float]) -> Markup:
    """Return a picture as a part of a plot.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, channels)
        The picture.
    box : tuple of float
        Where its left and upper edges are, and how wide and high it is shown.
    """
    left, top, width, height = box
    return element(
        "image",
        href=data_uri(pixels),
        x=left,
        y=top,
        width=width,
        height=height,
        preserveAspectRatio="none",
    )


def data_uri(pixels: NDArray[np.uint8]) -> str:
    """Return an address that is the picture itself.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, channels)
        The picture.
    """
    return f"data:image/png;base64,{base64.b64encode(png(pixels)).decode('ascii')}"
