"""The section about features: how each is distributed, and which go together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.features.schema import FEATURE_NAMES, FEATURES
from preprocessing.report.html.drawing.axis import Axis
from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    figure,
    grid,
    legend,
    not_there,
    paragraph,
    table,
)
from preprocessing.report.html.drawing.markup import Markup, element, joined
from preprocessing.report.html.drawing.numbers import counted, number, percent
from preprocessing.report.html.drawing.plot import Plot
from preprocessing.report.html.drawing.raster import COLORS, embedded
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.tables import numbers
from preprocessing.report.sources import Source

__all__ = ["feature_section"]

_Floats = NDArray[np.float64]
_ANCHOR, _TITLE = "features", "Features"
_BINS = 36
#: Bars reach from one of these percentiles to the other; stars beyond are counted at the ends.
_PERCENTILES = (0.5, 99.5)
#: Of more stars, every so-manieth counts for correlations: the error is below 0.01 then.
_MOST_CORRELATED = 20_000
#: Pairs that are listed, and stars that a correlation needs.
_PAIRS, _ENOUGH = 10, 10
#: Size of a cell of the matrix, and room for names.
_CELL, _NAMES = 12, 132


@dataclass(frozen=True)
class _Distribution:
    """The values of one feature.

    Parameters
    ----------
    name, unit, meaning : str
        Of the feature.
    n, n_rows : int
        Light curves that have it, and all.
    low, middle, high : float
        Percentiles 16, 50 and 84.
    ends : tuple of float
        Least and largest value.
    edges, counts : ndarray
        Its histogram.
    n_below, n_above : int
        Values beyond the bars.
    """

    name: str
    unit: str
    meaning: str
    n: int
    n_rows: int
    low: float
    middle: float
    high: float
    ends: tuple[float, float]
    edges: _Floats
    counts: _Floats
    n_below: int
    n_above: int


def feature_section(records: DatasetRecords) -> Section:
    """Return distributions and correlations of the features.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    tables = records.tables
    if FEATURES not in tables:
        return not_there(
            _ANCHOR,
            _TITLE,
            tables.problems.get("features"),
            "There is no features.parquet.",
            f"xenoscan features {records.places.dataset}",
        )
    source = tables[FEATURES]
    found, ranks = [], []
    for name in FEATURE_NAMES:
        rows = source.read([name])
        values = numbers(rows, name)
        about = rows.schema.field(name).metadata or {}
        unit, meaning = (about.get(key, b"").decode() for key in (b"unit", b"description"))
        found.append(_distribution(name, unit, meaning, values))
        step = -(-len(values) // _MOST_CORRELATED) or 1
        ranks.append(_ranks(values[::step]))
    return Section(
        _ANCHOR,
        _TITLE,
        (
            paragraph(_summary(source, found)),
            element("h3", "How each is distributed"),
            grid(*map(_small, found), class_="small"),
            legend(blue="stars", red="stars beyond 99 % of the others, on that side"),
            *_correlated(np.array(ranks), found),
        ),
    )


def _summary(source: Source, found: Sequence[_Distribution]) -> str:
    n = found[0].n_rows if found else 0
    n_all = sum(one.n for one in found)
    share = n_all / (n * len(found)) if n else None
    return (
        f"{len(found)} features of {counted(n, 'light curve')}; {percent(share)} of the values are"
        " there. A feature that cannot be computed has a reason in features.parquet instead."
        f" xenoscan features --explain NAME says what each means."
    )


def _distribution(name: str, unit: str, meaning: str, values: _Floats) -> _Distribution:
    known = values[np.isfinite(values)]
    short = meaning.partition(" Formula:")[0]
    if not len(known):
        nothing = np.zeros(2), np.zeros(1)
        none = (np.nan,) * 3
        ends = (np.nan, np.nan)
        return _Distribution(name, unit, short, 0, len(values), *none, ends, *nothing, 0, 0)
    first, last, low, middle, high = np.percentile(known, (*_PERCENTILES, 16, 50, 84)).tolist()
    if not last > first:
        first, last = float(known.min()), float(known.max())
    n_below, n_above = int((known < first).sum()), int((known > last).sum())
    edges = (
        np.linspace(first, last, _BINS + 1)
        if last > first
        else np.array([first - 0.5, first + 0.5])
    )
    counts, _ = np.histogram(known, edges)
    ends = float(known.min()), float(known.max())
    return _Distribution(
        *(name, unit, short, len(known), len(values), low, middle, high),
        *(ends, edges, counts.astype(np.float64), n_below, n_above),
    )


def _small(one: _Distribution) -> Markup:
    unit = f" ({one.unit})" if one.unit else ""
    heading = element("h4", one.name, title=one.meaning)
    if not one.n:
        return element("div", heading, paragraph("no star has it"), class_="tile")
    said = (
        f"{one.name}: median {number(one.middle)}{unit}, 68 % from {number(one.low)} to"
        f" {number(one.high)}; {one.n:,} stars, from {number(one.ends[0])} to {number(one.ends[1])}"
    )
    span = one.edges[-1] - one.edges[0]
    # Room on either side for those beyond.
    across = Axis(one.edges[0] - 0.06 * span, one.edges[-1] + 0.06 * span, n_labels=3)
    top = max(float(one.counts.max()), one.n_below, one.n_above)
    plot = Plot(across, Axis(0, top or 1.0), 170, 84, (10, 10, 4, 20))
    drawn = plot.drawn(
        said,
        plot.bars(one.edges, one.counts, "blue"),
        plot.bars([across.low, one.edges[0] - 0.015 * span], [one.n_below], "red"),
        plot.bars([one.edges[-1] + 0.015 * span, across.high], [one.n_above], "red"),
        plot.upright(one.middle),
        is_bare=True,
    )
    missing = one.n_rows - one.n
    words = (
        f"{number(one.ends[0], 2)} to {number(one.ends[1], 2)} {one.unit}",
        element("br"),
        f"{percent(missing / one.n_rows)} lack it" if missing else "all have it",
    )
    return element("div", heading, drawn, element("p", words), class_="tile")


def _ranks(values: _Floats) -> _Floats:
    """Return the ranks of values, equal ones at their mean; NaN where there is none."""
    ranks = np.full(len(values), np.nan)
    there = np.flatnonzero(np.isfinite(values))
    _, place, n = np.unique(values[there], return_inverse=True, return_counts=True)
    last = np.cumsum(n)
    ranks[there] = (last - (n - 1) / 2)[place.reshape(-1)]
    return ranks


def _correlation(ranks: _Floats) -> _Floats:
    """Return Spearman's correlation of each pair, of the stars that have both; NaN if too few."""
    is_there = np.isfinite(ranks)
    mask = is_there.astype(np.float64)
    scale = max(1, ranks.shape[1])
    filled = np.where(is_there, ranks / scale - 0.5, 0.0)
    n = mask @ mask.T
    sums, squares, products = filled @ mask.T, filled**2 @ mask.T, filled @ filled.T
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = squares - sums**2 / n
        found = (products - sums * sums.T / n) / np.sqrt(spread * spread.T)
    return np.where((n >= _ENOUGH) & np.isfinite(found), np.clip(found, -1, 1), np.nan)


def _correlated(ranks: _Floats, found: Sequence[_Distribution]) -> Iterator[Markup]:
    correlation = _correlation(ranks)
    n_stars = ranks.shape[1]
    of = f"{n_stars:,} stars" + (
        f" (every {found[0].n_rows // n_stars}th)" if n_stars < found[0].n_rows else ""
    )
    yield element("h3", "Which features go together")
    pairs = _strongest(correlation)
    yield grid(
        figure(
            _matrix(correlation, [one.name for one in found]),
            f"Rank correlation (Spearman) of each pair of features, of {of} as far as they have"
            " both.",
            legend(blue="rise together", red="one rises where the other falls", none="unrelated"),
            scrolls_as="Correlations",
        ),
        table(
            f"The {len(pairs)} strongest of these correlations.",
            ("feature", "with", "correlation"),
            pairs,
        ),
        class_="beside",
    )


def _strongest(correlation: _Floats) -> list[tuple[Cell, ...]]:
    upper = np.where(np.triu(np.ones_like(correlation), 1) > 0, np.abs(correlation), np.nan)
    size = np.nan_to_num(upper, nan=-1.0)
    order = np.argsort(-size, axis=None, kind="stable")[:_PAIRS]
    pairs = [divmod(int(place), len(correlation)) for place in order if size.flat[place] >= 0]
    return [
        (FEATURE_NAMES[a], FEATURE_NAMES[b], round(float(correlation[a, b]), 2)) for a, b in pairs
    ]


def _matrix(correlation: _Floats, names: Sequence[str]) -> Markup:
    n = len(names)
    pixels = np.zeros((n, n, 4), np.uint8)
    known = np.nan_to_num(correlation)
    pixels[..., :3] = np.where((known > 0)[..., None], COLORS["blue"], COLORS["red"])
    pixels[..., 3] = np.round(255 * np.abs(known))
    size = n * _CELL
    large = np.repeat(np.repeat(pixels, _CELL, axis=0), _CELL, axis=1)
    rows = [
        element("text", name, x=_NAMES - 5, y=_NAMES + _CELL * (place + 0.78), text_anchor="end")
        for place, name in enumerate(names)
    ]
    columns = [
        element(
            "text",
            name,
            transform=f"translate({_NAMES + _CELL * (place + 0.78):.1f} {_NAMES - 5}) rotate(-90)",
        )
        for place, name in enumerate(names)
    ]
    return element(
        "svg",
        element("rect", class_="ground", x=_NAMES, y=_NAMES, width=size, height=size),
        embedded(large, (_NAMES, _NAMES, size, size)),
        joined(rows, columns),
        viewBox=f"0 0 {_NAMES + size + 2} {_NAMES + size + 2}",
        style=f"min-width:560px;max-width:{_NAMES + size + 2}px",
        class_="tight",
        role="img",
        aria_label="Matrix of correlations between features. The table has the strongest.",
    )
