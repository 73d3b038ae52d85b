"""Plots as SVG, whose colors and letters are those of the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from preprocessing.report.html.drawing.axis import Axis
from preprocessing.report.html.drawing.markup import Child, Markup, element
from preprocessing.report.html.drawing.raster import density, embedded

__all__ = ["Plot"]

#: Space around the axes for labels: left, right, top, bottom.
_MARGINS = (72.0, 14.0, 10.0, 40.0)
#: More points than these are a picture: as elements of SVG they would make the page large and slow.
_MOST_DOTS = 4000
#: Pixels between a line and the words beside it.
_LABEL_GAP = 6


@dataclass(frozen=True)
class Plot:
    """The frame of one plot, whose methods return what can be drawn into it.

    Parameters
    ----------
    x, y : Axis
        Its axes.
    width, height : float, optional
        Size in pixels, as far as there is room.
    margins : tuple of float, optional
        Space left, right, above and below the axes.
    """

    x: Axis
    y: Axis
    width: float = 440.0
    height: float = 260.0
    margins: tuple[float, float, float, float] = _MARGINS

    @property
    def left(self) -> float:
        """Where the horizontal axis begins."""
        return self.margins[0]

    @property
    def right(self) -> float:
        """Where the horizontal axis ends."""
        return self.width - self.margins[1]

    @property
    def top(self) -> float:
        """Where the vertical axis ends."""
        return self.margins[2]

    @property
    def bottom(self) -> float:
        """Where the vertical axis begins."""
        return self.height - self.margins[3]

    def across(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return where values of the horizontal axis are, in pixels."""
        return self.left + self.x.place(values) * (self.right - self.left)

    def up(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return where values of the vertical axis are, in pixels."""
        return self.bottom - self.y.place(values) * (self.bottom - self.top)

    def drawn(self, what: str, *layers: Child, is_bare: bool = False) -> Markup:
        """Return the whole plot.

        Parameters
        ----------
        what : str
            What it shows, for people who do not see it.
        *layers : Markup
            What is drawn, the lowest first.
        is_bare : bool, optional
            Whether the vertical axis has neither labels nor lines.
        """
        return element(
            "svg",
            self._grid(is_bare),
            layers,
            self._axes(is_bare),
            viewBox=f"0 0 {self.width:g} {self.height:g}",
            style=f"max-width:{self.width * 1.25:g}px",
            class_="plot",
            role="img",
            aria_label=what,
        )

    def line(self, x: ArrayLike, y: ArrayLike, color: str) -> Markup:
        """Return a line through points; where a value is NaN, it is interrupted.

        Parameters
        ----------
        x, y : array_like
            The points.
        color : str
            The name of a color in the page's style.
        """
        return element("path", class_=f"line {color}", d=_path(self.across(x), self.up(y)))

    def band(self, x: ArrayLike, low: ArrayLike, high: ArrayLike, color: str) -> Markup:
        """Return the area between two lines.

        Parameters
        ----------
        x, low, high : array_like
            Its points, finite.
        color : str
            As for `line`.
        """
        places = self.across(x)
        there = np.concatenate([places, places[::-1]])
        edge = np.concatenate([self.up(low), self.up(high)[::-1]])
        return element("path", class_=f"band {color}", d=f"{_path(there, edge)}Z")

    def bars(self, edges: ArrayLike, heights: ArrayLike, color: str) -> Markup | None:
        """Return the bars of a histogram; None if all are empty.

        Parameters
        ----------
        edges : array_like, shape (n + 1,)
            Where bars begin and end.
        heights : array_like, shape (n,)
            How high they are.
        color : str
            As for `line`.
        """
        places = self.across(edges)
        given = np.asarray(heights, np.float64)
        # Few of many are still seen.
        tops = np.minimum(self.up(np.maximum(given, self.y.low)), self.bottom - 1.5)
        boxes = zip(places[:-1], places[1:], tops, given, strict=True)
        d = "".join(
            f"M{left:.1f},{self.bottom:.1f}V{top:.1f}H{max(right - 0.6, left + 0.6):.1f}"
            f"V{self.bottom:.1f}Z"
            for left, right, top, height in boxes
            if height > 0
        )
        return element("path", class_=f"bars {color}", d=d) if d else None

    def dots(self, x: ArrayLike, y: ArrayLike, color: str, radius: float = 1.8) -> Markup | None:
        """Return points; many are drawn as a picture, in which each is still seen.

        Parameters
        ----------
        x, y : array_like
            The points, finite.
        color : str
            As for `line`.
        radius : float, optional
            In pixels.
        """
        places, levels = self.across(x), self.up(y)
        if len(places) > _MOST_DOTS:
            box = self.left, self.top, self.right - self.left, self.bottom - self.top
            picture = density(places - box[0], levels - box[1], (box[2], box[3]), color)
            return embedded(picture, box)
        if not len(places):
            return None
        d = "".join(f"M{a:.1f},{b:.1f}h0" for a, b in zip(places, levels, strict=True))
        return element("path", class_=f"dots {color}", stroke_width=2 * radius, d=d)

    def upright(self, value: float, label: str = "", color: str = "gray") -> Markup:
        """Return a vertical line, with what it means beside it.

        Parameters
        ----------
        value : float
            Where it is.
        label : str, optional
            What it means.
        color : str, optional
            As for `line`.
        """
        (place,) = self.across([value]).tolist()
        is_right = place > (self.left + self.right) / 2
        words = element(
            "text",
            label,
            class_="note",
            x=round(place + (-_LABEL_GAP if is_right else _LABEL_GAP), 1),
            y=self.top + 10,
            text_anchor="end" if is_right else "start",
        )
        d = f"M{place:.1f},{self.top:.1f}V{self.bottom:.1f}"
        return element("g", element("path", class_=f"mark {color}", d=d), words if label else None)

    def _grid(self, is_bare: bool) -> Child:
        if is_bare:
            return None
        inner = (f"M{self.left:.1f},{at:.1f}H{self.right:.1f}" for at in self._levels())
        return element("path", class_="grid", d="".join(inner))

    def _levels(self) -> list[float]:
        return [float(self.up([value])[0]) for value, _ in self.y.labels()]

    def _axes(self, is_bare: bool) -> Sequence[Child]:
        return (
            element(
                "path", class_="axis", d=f"M{self.left:.1f},{self.bottom:.1f}H{self.right:.1f}"
            ),
            self._under(),
            None if is_bare else self._beside(),
        )

    def _under(self) -> Child:
        ticks = [(float(self.across([value])[0]), label) for value, label in self.x.labels()]
        d = "".join(f"M{at:.1f},{self.bottom:.1f}v4" for at, _ in ticks)
        middle = (self.left + self.right) / 2
        return (
            element("path", class_="axis", d=d) if d else None,
            [
                element("text", label, x=round(at, 1), y=self.bottom + 16, text_anchor="middle")
                for at, label in ticks
            ],
            element(
                "text",
                self.x.label,
                class_="name",
                x=round(middle, 1),
                y=self.height - 6,
                text_anchor="middle",
            )
            if self.x.label
            else None,
        )

    def _beside(self) -> Child:
        middle = (self.top + self.bottom) / 2
        return (
            [
                element("text", label, x=self.left - 6, y=round(at + 4, 1), text_anchor="end")
                for at, (_, label) in zip(self._levels(), self.y.labels(), strict=True)
            ],
            element(
                "text",
                self.y.label,
                class_="name",
                transform=f"translate(12 {middle:.1f}) rotate(-90)",
                text_anchor="middle",
            )
            if self.y.label
            else None,
        )


def _path(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    parts, begins = [], True
    for a, b in zip(x.tolist(), y.tolist(), strict=True):
        if a != a or b != b:
            begins = True
            continue
        parts.append(f"{'M' if begins else 'L'}{a:.1f},{b:.1f}")
        begins = False
    return "".join(parts)
