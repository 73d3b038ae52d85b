"""How sheets look: page, letters, colors, and how points become pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "BLUE",
    "DPI",
    "GRAY",
    "GREEN",
    "INK",
    "ORANGE",
    "PAGE_INCHES",
    "PALE",
    "PURPLE",
    "RED",
    "SKY",
    "STYLE",
    "bars",
    "dots",
    "empty",
    "limits",
    "note",
    "thinned",
    "title",
]

#: A4, lying (ISO 216), in inches.
PAGE_INCHES = (11.69, 8.27)
#: Of PNG, and of points inside PDF and SVG.
DPI = 200
#: Told apart by the color-blind (Okabe & Ito 2008, https://jfly.uni-koeln.de/color/).
BLUE, RED, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
SKY, PURPLE = "#56B4E9", "#CC79A7"
INK, GRAY, PALE = "#222222", "#777777", "#EEF2F5"
_POINT = "#5B6770"
STYLE: Any = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 6.5,
    "axes.labelsize": 6.5,
    "axes.labelpad": 1.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": GRAY,
    "axes.linewidth": 0.5,
    "axes.formatter.useoffset": False,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "xtick.color": GRAY,
    "ytick.color": GRAY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.direction": "out",
    "xtick.major.size": 2,
    "ytick.major.size": 2,
    "xtick.minor.size": 1.2,
    "xtick.major.width": 0.5,
    "ytick.major.width": 0.5,
    "xtick.minor.width": 0.4,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "text.color": INK,
    # Names are users': a dollar sign begins no formula.
    "text.parse_math": False,
    # Letters stay letters in it, and it takes less time than TrueType.
    "pdf.fonttype": 3,
    "svg.fonttype": "none",
    # The same bytes whenever a sheet is drawn.
    "svg.hashsalt": "xenoscan",
}
#: Drawn points of one panel; beyond that, extremes are kept and the rest is thinned.
_MOST_POINTS = 30_000
#: Per cent of the points at either end that a panel need not show, and how far beyond, in quartile
#: ranges, they are shown all the same; space below and above, as a share of what is shown.
_CUT, _NEAR, _SPACE = 0.05, 3.0, 0.08


def thinned(x: Floats, y: Floats, n_columns: int = 1500) -> NDArray[np.int64]:
    """Return which points to draw: of many, the lowest and highest of each column, and some more.

    Parameters
    ----------
    x, y : ndarray, shape (n,)
        Ascending places, and finite values.
    n_columns : int
        Columns of the picture.
    """
    if len(x) <= _MOST_POINTS:
        return np.arange(len(x))
    column = np.minimum((x - x[0]) / (x[-1] - x[0]) * n_columns, n_columns - 1).astype(np.int64)
    order = np.lexsort((y, column))
    first = np.searchsorted(column[order], np.arange(n_columns))
    last = np.searchsorted(column[order], np.arange(n_columns), side="right") - 1
    is_there = last >= first
    extremes = np.concatenate([order[first[is_there]], order[last[is_there]]])
    every = np.arange(0, len(x), len(x) // (_MOST_POINTS // 2) + 1)
    return np.unique(np.concatenate([extremes, every]))


def dots(axes: Axes, x: Floats, y: Floats, size: float = 1.3, color: str = _POINT) -> None:
    """Draw points; inside PDF and SVG they are one picture."""
    axes.plot(x, y, ".", ms=size, mew=0, color=color, alpha=0.7, rasterized=True, zorder=2)


def bars(axes: Axes, x: Floats, y: Floats, sigma: Floats, color: str = INK) -> None:
    """Draw means with their errors."""
    axes.errorbar(
        x, y, sigma, fmt="o", ms=2.4, mew=0, color=color, elinewidth=0.6, capsize=0, zorder=4
    )


def limits(values: Sequence[Floats] | Floats, *shown: float) -> tuple[float, float, int]:
    """Return the lowest and the highest value to show, and how many points lie beyond.

    Parameters
    ----------
    values : ndarray or sequence of ndarray
        What is drawn; NaN does not count.
    *shown : float
        Values that are to be seen in any case, such as the depths of dips; NaN does not count.
    """
    all_values = values if isinstance(values, np.ndarray) else np.concatenate(list(values))
    known = all_values[np.isfinite(all_values)]
    if not len(known):
        return -1.0, 1.0, 0
    bottom, low, high, top = np.percentile(known, [_CUT, 25, 75, 100 - _CUT])
    # A few points that are not far away are shown too.
    usual = _NEAR * max(high - low, 1e-12)
    bottom, top = max(known.min(), bottom - usual), min(known.max(), top + usual)
    wanted = [bottom, top, *(one for one in shown if np.isfinite(one))]
    bottom, top = min(wanted), max(wanted)
    beyond = int(np.sum((known < bottom) | (known > top)))
    space = _SPACE * max(top - bottom, 1e-9)
    return float(bottom - space), float(top + space), beyond


def note(axes: Axes, text: str, corner: str = "upper right", color: str = INK) -> None:
    """Write a short text into a corner of a panel."""
    vertical, horizontal = corner.split()
    axes.annotate(
        text,
        (
            {"left": 0.015, "center": 0.5}.get(horizontal, 0.985),
            0.97 if vertical == "upper" else 0.04,
        ),
        xycoords="axes fraction",
        ha=horizontal,
        va="top" if vertical == "upper" else "bottom",
        color=color,
        zorder=6,
        bbox={"boxstyle": "square,pad=0.12", "fc": "white", "ec": "none", "alpha": 0.75},
    )


def title(axes: Axes, text: str, more: str = "") -> None:
    """Name a panel, with what it says in plain letters at the other end of the line."""
    # Titles of matplotlib look for room above all labels, which takes a tenth of the time.
    for place, side, words, weight in ((0.0, "left", text, "bold"), (1.0, "right", more, "normal")):
        if words:
            axes.annotate(
                words,
                (place, 1.0),
                (0, 2.5),
                xycoords="axes fraction",
                textcoords="offset points",
                ha=side,
                va="bottom",
                fontweight=weight,
                fontsize=7 if weight == "bold" else 6.5,
                annotation_clip=False,
            )


def empty(axes: Axes, name: str, why: str) -> None:
    """Name a panel that shows nothing, and say in it why."""
    title(axes, name)
    axes.set(xticks=[], yticks=[], facecolor="#FAFAFA")
    axes.annotate(why, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", color=GRAY)
