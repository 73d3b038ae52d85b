"""The section about the ranking: which stars are strange, and why, with their light."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from preprocessing.anomalies.schema import BASELINE, RANKING
from preprocessing.core.errors import XenoscanError
from preprocessing.report.html.drawing.axis import Axis
from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    column,
    command,
    figure,
    grid,
    legend,
    not_there,
    paragraph,
    table,
)
from preprocessing.report.html.drawing.markup import Markup, element
from preprocessing.report.html.drawing.numbers import counted, number
from preprocessing.report.html.drawing.plot import Plot
from preprocessing.report.html.drawing.raster import data_uri
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.tables import numbers, strings
from preprocessing.report.sources import Source
from preprocessing.report.star.thumbnail import light_pixels
from preprocessing.tables.curve_rows import FILE, NAME

if TYPE_CHECKING:
    from preprocessing.report.star.light import LightFolder, ShownLight

__all__ = ["ranking_section"]

_ANCHOR, _TITLE = "ranking", "The strangest stars"
#: Stars that are shown with their light.
_SHOWN = 24
_BINS = 48
_COLUMNS = (
    *(FILE, NAME, "rank_unexplained", "score_unexplained", "is_flagged_unexplained"),
    *("class", "labels", "why_unexplained", "similar"),
)
#: What reading light needs beyond numpy.
_FOR_LIGHT = ("numba", "scipy")


@dataclass(frozen=True)
class _Star:
    """One star of the list.

    Parameters
    ----------
    row : mapping
        Its row of the ranking.
    light : ShownLight or None
        Its light.
    trouble : str
        Why there is none.
    """

    row: Mapping[str, Any]
    light: ShownLight | None
    trouble: str = ""


def ranking_section(records: DatasetRecords) -> Section:
    """Return the strangest stars, scores and classes.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    tables, places = records.tables, records.places
    if RANKING not in tables or places.root is None:
        return not_there(
            _ANCHOR,
            _TITLE,
            tables.problems.get("rank"),
            "There is no ranking.parquet.",
            f"xenoscan rank {places.dataset}",
        )
    source = tables[RANKING]
    rows = source.read(_COLUMNS)
    rank = numbers(rows, "rank_unexplained")
    first = np.argsort(rank, kind="stable")[:_SHOWN]
    stars = _stars(places.root, rows.take(first).to_pylist())
    threshold = float(source.about["threshold"])
    return Section(
        _ANCHOR,
        _TITLE,
        (
            paragraph(
                f"The first {len(stars)} of {counted(len(rows), 'star')} by what labels do not"
                " explain. Light is shown relative to its median in each quarter, campaign or"
                " sector, whose grounds alternate; every point is in the picture, and long gaps are"
                " cut. To see one closely: ",
                command(f"xenoscan sheet {places.dataset} {shlex.quote(_name_of(stars))}"),
            ),
            element("ol", map(_card, stars), class_="cards"),
            grid(_scores(source, threshold), column(_classes(source), _baseline(tables[BASELINE]))),
        ),
    )


def _name_of(stars: Sequence[_Star]) -> str:
    return str(stars[0].row[NAME]) if stars else "STAR"


def _stars(root: Path, rows: Sequence[Mapping[str, Any]]) -> list[_Star]:
    """Return stars with their light, as far as it can be read."""
    lacks = [package for package in _FOR_LIGHT if find_spec(package) is None]
    if lacks:
        why = f"{lacks[0]} is not installed: pip install 'xenoscan[features]'"
        return [_Star(row, None, why) for row in rows]
    from preprocessing.report.star.light import LightFolder

    try:
        folder = LightFolder(root)
    except XenoscanError as error:
        return [_Star(row, None, str(error)) for row in rows]
    return [_star(folder, row) for row in rows]


def _star(folder: LightFolder, row: Mapping[str, Any]) -> _Star:
    try:
        return _Star(row, folder.read(str(row[FILE])))
    except XenoscanError as error:
        return _Star(row, None, str(error))
    except OSError as error:
        return _Star(row, None, f"{row[FILE]} cannot be read: {error.strerror or error}")


def _card(star: _Star) -> Markup:
    row = star.row
    labels = str(row["labels"] or "").replace("+", ", ").replace("_", " ")
    flagged = " · flagged" if row["is_flagged_unexplained"] else ""
    return element(
        "li",
        element(
            "h3",
            element("span", f"{row['rank_unexplained']}", class_="rank"),
            " ",
            element("bdi", str(row[NAME])),
        ),
        _thumbnail(star),
        element(
            "p",
            element("strong", str(row["class"])),
            f" · score {number(float(row['score_unexplained']))}{flagged}",
        ),
        element("p", str(row["why_unexplained"] or "no reason is recorded"), class_="why"),
        element("p", f"labels: {labels}", class_="labels") if labels else None,
    )


def _thumbnail(star: _Star) -> Markup:
    if star.light is None:
        return element("p", f"Its light cannot be shown: {star.trouble}", class_="lacking")
    light = star.light.light
    if not len(light):
        return element("p", "Its light has no point with time and flux.", class_="lacking")
    pixels = light_pixels(light.time_d, light.flux, light.sequence)
    low, high = float(light.flux.min()), float(light.flux.max())
    days = float(light.time_d[-1] - light.time_d[0])
    said = (
        f"Light of {star.row[NAME]}: {len(light):,} points over {days:.0f} d, from {low:.4f} to"
        f" {high:.4f} of the median"
    )
    return element(
        "div",
        element("img", src=data_uri(pixels), alt=said, width=480, height=120),
        element(
            "div",
            element("span", f"{low:.4f} to {high:.4f} of the median"),
            element("span", f"{days:.0f} d"),
            class_="scale",
            aria_hidden="true",
        ),
        class_="light",
    )


def _scores(source: Source, threshold: float) -> Markup:
    rows = source.read(["score", "score_unexplained"])
    observed, left = (numbers(rows, name) for name in ("score", "score_unexplained"))
    end = 1.02 * max(float(np.nanmax(observed)), float(np.nanmax(left)), threshold)
    edges = np.linspace(0, end, _BINS + 1)
    counts = [np.histogram(one[np.isfinite(one)], edges)[0] for one in (observed, left)]
    most = max(int(one.max()) for one in counts)
    plot = Plot(Axis(0, end, "score"), Axis(0.5, 2.0 * most, "stars", is_log=True), height=260)
    lines = [
        plot.line(np.repeat(edges, 2)[1:-1], np.repeat(np.maximum(one, 0.5), 2), color)
        for one, color in zip(counts, ("blue", "red"), strict=True)
    ]
    n_flagged = int((observed >= threshold).sum()), int((left >= threshold).sum())
    said = (
        f"Scores of {len(observed):,} stars. From {threshold:.2f} on, which one quiet star in a"
        f" hundred reaches, {n_flagged[0]:,} are flagged as observed, and {n_flagged[1]:,} by what"
        " labels do not explain."
    )
    return figure(
        plot.drawn(said, *lines, plot.upright(threshold, "flagged")),
        said,
        legend(blue="as observed", red="what labels do not explain"),
    )


def _classes(source: Source) -> Markup:
    rows = source.read(["class", "is_flagged", "is_flagged_unexplained"])
    kinds = strings(rows, "class")
    flagged, left = (
        Counter(kind for kind, own in zip(kinds, strings(rows, name), strict=True) if own)
        for name in ("is_flagged", "is_flagged_unexplained")
    )
    cells: list[tuple[Cell, ...]] = [
        (kind, n, flagged[kind], left[kind]) for kind, n in Counter(kinds).most_common()
    ]
    return table(
        "Classes, and how many stars of each are flagged.",
        ("class", "stars", "flagged", "unexplained"),
        cells,
    )


def _baseline(source: Source) -> Markup:
    counts = Counter(strings(source.read(["reason"]), "reason"))
    cells: list[tuple[Cell, ...]] = [
        (str(reason).replace("_", " "), n) for reason, n in counts.most_common()
    ]
    return table(
        "Stars that are quiet, which the others are compared with, and why others are not.",
        ("baseline", "stars"),
        cells,
    )
