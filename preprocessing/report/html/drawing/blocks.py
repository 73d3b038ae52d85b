"""Parts of a section: paragraphs, figures, tables, and what to say of what is not there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from preprocessing.report.html.drawing.markup import Child, Markup, element, joined
from preprocessing.report.html.drawing.numbers import NOTHING, number, percent

__all__ = [
    "Cell",
    "Section",
    "column",
    "command",
    "facts",
    "figure",
    "grid",
    "lacking",
    "legend",
    "not_there",
    "paragraph",
    "scrolling",
    "shown_share",
    "table",
]

#: Pixels of a bar that stands for all.
_BAR = 80

Cell = Markup | str | int | float | None
_TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:]+Z")


@dataclass(frozen=True)
class Section:
    """One section of the page.

    Parameters
    ----------
    anchor : str
        What links to it name.
    title : str
        Its heading.
    body : tuple of Markup
        Its parts.
    is_lacking : bool, optional
        Whether it only says what is not there.
    """

    anchor: str
    title: str
    body: tuple[Markup, ...]
    is_lacking: bool = False


def lacking(anchor: str, title: str, why: str, again: str = "") -> Section:
    """Return a section that says what is not there, and which command adds it.

    Parameters
    ----------
    anchor, title : str
        As for `Section`.
    why : str
        What is not there.
    again : str, optional
        The command.
    """
    added = (" To add it: ", command(again)) if again else ()
    return Section(anchor, title, (element("p", why, added, class_="lacking"),), is_lacking=True)


def not_there(anchor: str, title: str, problem: str | None, why: str, again: str) -> Section:
    """Return a section about tables that are not there, or of which something is wrong.

    Parameters
    ----------
    anchor, title : str
        As for `Section`.
    problem : str or None
        What is wrong, and what to do.
    why, again : str
        What to say if nothing is wrong, as for `lacking`.
    """
    return (
        lacking(anchor, title, why, again) if problem is None else lacking(anchor, title, problem)
    )


def paragraph(*words: Child, class_: str | None = None) -> Markup:
    """Return a paragraph."""
    return element("p", *words, class_=class_)


def command(words: str) -> Markup:
    """Return a command as it is typed."""
    return element("code", words)


def figure(drawn: Child, *caption: Child, scrolls_as: str = "") -> Markup:
    """Return a figure with its caption.

    Parameters
    ----------
    drawn : Markup
        The plot.
    *caption : str or Markup
        What it shows.
    scrolls_as : str, optional
        What it is called, if it scrolls sideways on a small screen.
    """
    shown = scrolling(drawn, scrolls_as) if scrolls_as else drawn
    return element(
        "figure", shown, element("figcaption", *caption), class_="wide" if scrolls_as else None
    )


def scrolling(content: Child, name: str) -> Markup:
    """Return content that scrolls sideways where it does not fit, also by keyboard."""
    return element("div", content, class_="scrolls", tabindex="0", role="region", aria_label=name)


def grid(*items: Child, class_: str = "grid") -> Markup:
    """Return parts beside each other, as many as fit."""
    return element("div", *items, class_=class_)


def column(*parts: Child) -> Markup:
    """Return parts below each other, in one place of a grid."""
    return element("div", *parts, class_="column")


def legend(**meanings: str) -> Markup:
    """Return what colors mean.

    Parameters
    ----------
    **meanings : str
        By color.
    """
    return element(
        "p",
        [
            element("span", element("i", class_=f"key {color}"), " ", meaning)
            for color, meaning in meanings.items()
        ],
        class_="legend",
    )


def facts(pairs: Sequence[tuple[str, Child]]) -> Markup:
    """Return names with their values."""
    return element(
        "dl",
        [element("div", element("dt", name), element("dd", value)) for name, value in pairs],
        class_="facts",
    )


def shown_share(share: float, color: str) -> Markup:
    """Return a share in percent, with a bar beside it.

    Parameters
    ----------
    share : float
        From 0 to 1.
    color : str
        The name of a color in the page's style.
    """
    drawn = element(
        "span", class_=f"bar {color}", style=f"width:{_BAR * share:.1f}px", aria_hidden="true"
    )
    return joined(element("span", percent(share), class_="share"), drawn if share > 0 else None)


def table(caption: str, header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Markup:
    """Return a table.

    Parameters
    ----------
    caption : str
        What it shows.
    header : sequence of str
        Names of its columns.
    rows : sequence of sequence
        Its cells. The first of a row is the row's name.
    """
    columns = [[row[n] for row in rows] for n in range(len(header))]
    classes = [_kind(cells) for cells in columns]
    head = element(
        "tr",
        [
            element("th", name, scope="col", class_=class_)
            for name, class_ in zip(header, classes, strict=True)
        ],
    )
    body = [
        element(
            "tr",
            element("th", _shown(row[0]), scope="row", class_=classes[0]),
            [
                element("td", _shown(cell), class_=class_)
                for cell, class_ in zip(row[1:], classes[1:], strict=True)
            ],
        )
        for row in rows
    ]
    whole = element(
        "table", element("caption", caption), element("thead", head), element("tbody", body)
    )
    return scrolling(whole, caption)


def _kind(cells: Sequence[Cell]) -> str | None:
    texts = [cell for cell in cells if isinstance(cell, str)]
    if any(cell is not None for cell in cells) and not texts:
        return "number"
    # Times and dates are not torn apart.
    return "time" if texts and all(map(_TIME.fullmatch, texts)) else None


def _shown(cell: Cell) -> Child:
    if cell is None:
        return NOTHING
    return cell if isinstance(cell, str) else number(cell)
