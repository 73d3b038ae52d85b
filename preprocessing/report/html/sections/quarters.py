"""The section about files: stars by quarters, campaigns or sectors, and the worst of these."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    figure,
    lacking,
    legend,
    paragraph,
    shown_share,
    table,
)
from preprocessing.report.html.drawing.markup import Child, Markup, element, joined
from preprocessing.report.html.drawing.numbers import counted, percent
from preprocessing.report.html.drawing.raster import COLORS, embedded
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.quarters import FileState, ManifestRecords, QuarterCount

__all__ = ["quarter_section"]

_ANCHOR, _TITLE = "quarters", "Files by quarter"
#: Rows of the map: more stars share one.
_MOST_ROWS = 100
#: Height of the map, and of a row at most; width of the map, and of a column at most.
_HEIGHT, _ROW, _WIDTH, _COLUMN = 420, 16, 840, 120
#: Of few quarters, the map is not higher than this many times its width.
_SLIM = 2
_LEFT, _TOP, _BOTTOM = 62, 26, 22
#: Pixels of the picture for one of the page, and the least that a failed file gets of a cell.
_SCALE, _LEAST = 2, 3
#: Pixels of the picture between two cells.
_GAP = 3
#: In this order, from left to right, a cell shows its stars.
_SHOWN = (
    (FileState.FAILED, "red"),
    (FileState.MISSING, "amber"),
    (FileState.UNKNOWN, "pink"),
    (FileState.COMPLETE, "blue"),
)


def quarter_section(records: DatasetRecords) -> Section:
    """Return which files of which stars are there.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    found = records.manifest
    if found is None:
        why = "There is no manifest, which records every file."
        return lacking(_ANCHOR, _TITLE, why)
    if not found.quarters:
        return lacking(_ANCHOR, _TITLE, "The manifest records no file of a star yet.")
    return Section(
        _ANCHOR,
        _TITLE,
        (
            paragraph(_worst(found)),
            figure(
                _map(found),
                _caption(found),
                legend(
                    blue="complete",
                    red="failed",
                    amber="missing: the archive lists it and lacks it",
                    pink="not known: the search failed",
                    none="not observed",
                ),
                scrolls_as="Map of files",
            ),
            _quarter_table(found),
        ),
    )


def _worst(found: ManifestRecords) -> Child:
    worst = found.worst
    if worst is None:
        n_files = sum(one.expected for one in found.quarters)
        return f"All {counted(n_files, 'file')} that the archive lists are in light curves."
    why = ", ".join(f"{n:,} {reason}" for reason, n in list(worst.reasons.items())[:3])
    return (
        element("strong", f"{worst.label} is the worst"),
        f": {worst.missing + worst.failed:,} of its {counted(worst.expected, 'file')} are not"
        f" there ({percent(worst.lost)}): {why}.",
    )


def _caption(found: ManifestRecords) -> str:
    n_stars = len(found.states)
    n_rows = min(n_stars, _MOST_ROWS)
    of_row = n_stars / n_rows
    row = (
        "A row is a star, in the order in which they were first recorded."
        if of_row == 1
        else f"A row is some {of_row:.0f} of {n_stars:,} stars, in the order in which they were"
        " first recorded. A cell is divided by the shares of its stars; a single failure is seen."
    )
    return f"{row}"


def _map(found: ManifestRecords) -> Markup:
    n_stars, n_quarters = found.states.shape
    n_rows = min(n_stars, _MOST_ROWS)
    wide = max(5, min(_COLUMN, _WIDTH // n_quarters))
    high = max(1, min(_ROW, min(_HEIGHT, _SLIM * wide * n_quarters) // n_rows))
    pixels = _pixels(found.states, n_rows, high * _SCALE, wide * _SCALE)
    width, height = wide * n_quarters, high * n_rows
    every = max(1, -(-26 // wide))
    labels = [
        element(
            "text",
            one.label,
            x=_LEFT + wide * (place + 0.5),
            y=_TOP - 8,
            text_anchor="middle",
            class_="strong" if one is found.worst else None,
        )
        for place, one in enumerate(found.quarters)
        if place % every == 0 or one is found.worst
    ]
    said = (
        f"Map of {n_stars:,} stars by {n_quarters} quarters, campaigns or sectors. The table below"
        " has its numbers."
    )
    return element(
        "svg",
        element("rect", class_="ground", x=_LEFT, y=_TOP, width=width, height=height),
        embedded(pixels, (_LEFT, _TOP, width, height)),
        labels,
        _stars_beside(n_stars, height),
        _worst_frame(found, wide, height),
        viewBox=f"0 0 {_LEFT + width + 8} {_TOP + height + _BOTTOM}",
        style=f"width:{_LEFT + width + 8}px",
        role="img",
        aria_label=said,
    )


def _stars_beside(n_stars: int, height: int) -> list[Markup]:
    ends = ((1, _TOP + 10), (n_stars, _TOP + height)) if n_stars > 1 else ((1, _TOP + 10),)
    numbers = [
        element("text", f"{star:,}", x=_LEFT - 6, y=at, text_anchor="end") for star, at in ends
    ]
    middle = _TOP + height / 2
    name = element(
        "text",
        "stars",
        class_="name",
        transform=f"translate(14 {middle}) rotate(-90)",
        text_anchor="middle",
    )
    return [*numbers, *([name] if height > 60 else [])]


def _worst_frame(found: ManifestRecords, wide: int, height: int) -> Markup | None:
    if found.worst is None:
        return None
    place = found.quarters.index(found.worst)
    return element(
        "g",
        element(
            "rect",
            class_="frame",
            x=_LEFT + wide * place - 1,
            y=_TOP - 1,
            width=wide + 1,
            height=height + 2,
        ),
        element(
            "text",
            "worst",
            class_="strong",
            x=_LEFT + wide * (place + 0.5),
            y=_TOP + height + 15,
            text_anchor="middle",
        ),
    )


def _pixels(states: NDArray[np.uint8], n_rows: int, high: int, wide: int) -> NDArray[np.uint8]:
    """Return the map: of each cell, stretches as wide as the shares of its stars."""
    n_stars, n_quarters = states.shape
    row = np.arange(n_stars) * n_rows // n_stars
    in_row = np.bincount(row, minlength=n_rows)[:, None]
    inner = wide - _GAP
    pixels = np.zeros((n_rows, n_quarters, wide, 4), np.uint8)
    start = np.zeros((n_rows, n_quarters), np.int64)
    across = np.arange(wide)
    for state, color in _SHOWN:
        counts = np.zeros((n_rows, n_quarters), np.int64)
        np.add.at(counts, row, states == state)
        long = np.round(inner * counts / in_row).astype(np.int64)
        if state is not FileState.COMPLETE:
            long = np.where(counts > 0, np.maximum(long, min(_LEAST, inner)), 0)
        end = np.minimum(start + long, inner)
        own = (across >= start[..., None]) & (across < end[..., None])
        pixels[own] = (*COLORS[color], 255 if state is not FileState.COMPLETE else 190)
        start = end
    shown = np.repeat(pixels.reshape(n_rows, 1, n_quarters * wide, 4), high, axis=1)
    if high >= 6:
        shown[:, -1] = 0
    return shown.reshape(n_rows * high, n_quarters * wide, 4)


def _quarter_table(found: ManifestRecords) -> Markup:
    rows: list[tuple[Cell, ...]] = [
        (
            joined(element("strong", one.label), " (worst)") if one is found.worst else one.label,
            one.expected,
            one.complete,
            one.failed,
            one.missing,
            shown_share(one.lost, "red"),
            _reasons(one),
        )
        for one in found.quarters
    ]
    return table(
        "Files by quarter, campaign or sector, and why some are not there.",
        ("quarter", "listed", "complete", "failed", "missing", "not there", "reasons"),
        rows,
    )


def _reasons(one: QuarterCount) -> str | None:
    return ", ".join(f"{n:,} {reason}" for reason, n in one.reasons.items()) or None
