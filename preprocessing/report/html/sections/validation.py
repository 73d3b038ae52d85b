"""The section about validation: what is recovered, what is taken for what, and false alarms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from preprocessing.report.html.drawing.axis import Axis
from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    column,
    figure,
    grid,
    not_there,
    paragraph,
    scrolling,
    table,
)
from preprocessing.report.html.drawing.markup import Markup, element
from preprocessing.report.html.drawing.numbers import NOTHING, percent
from preprocessing.report.html.drawing.plot import Plot
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.sources import Source
from preprocessing.validation.schema import CLASSES, COMPLETENESS, FALSE_ALARMS, KNOWN, RECALL

__all__ = ["validation_section"]

_ANCHOR, _TITLE = "validation", "Validation"
#: A bin that begins at 0, which no logarithmic axis has, is drawn from this share of its end; one
#: without an end is drawn to this many times its beginning.
_FROM_ZERO, _TO_INFINITY = 1 / 3, 3.0
_EDGES = ("period_d_low", "period_d_high", "depth_ppm_low", "depth_ppm_high")


def validation_section(records: DatasetRecords) -> Section:
    """Return what a validation found.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    tables = records.tables
    if COMPLETENESS not in tables:
        return not_there(
            _ANCHOR,
            _TITLE,
            tables.problems.get("validate"),
            "This ranking was not validated.",
            f"xenoscan validate {records.places.dataset}",
        )
    about = tables[COMPLETENESS].about
    return Section(
        _ANCHOR,
        _TITLE,
        (
            paragraph(
                "Known signals were put into the light of quiet stars, and light without signals"
                f" was made, up to {about.get('trials', '?')} trials a class or set, with the seed"
                f" {about.get('seed', '?')}. The same search, vetting and ranking looked at them."
                " Intervals are of 95 %."
            ),
            grid(*_maps(tables[COMPLETENESS])),
            *_matrices(tables[CLASSES]),
            grid(
                _recall(tables[RECALL]),
                column(_false_alarms(tables[FALSE_ALARMS]), _known(tables[KNOWN])),
                class_="beside narrow-first",
            ),
        ),
    )


def _maps(source: Source) -> Iterator[Markup]:
    """Yield a map of the share that is recovered, for each set of trials with periods."""
    rows = source.read(["set", *_EDGES, "trials", "n_recovered"]).to_pylist()
    for name in dict.fromkeys(row["set"] for row in rows):
        trials: Counter[tuple[float, ...]] = Counter()
        found: Counter[tuple[float, ...]] = Counter()
        for row in rows:
            ends = tuple(row[one] for one in _EDGES)
            if row["set"] == name and row["n_recovered"] is not None and None not in ends[::2]:
                cell = tuple(np.inf if one is None else float(one) for one in ends)
                trials[cell] += row["trials"]
                found[cell] += row["n_recovered"]
        if trials:
            yield _map(name, trials, found)


def _map(
    name: str, trials: Counter[tuple[float, ...]], found: Counter[tuple[float, ...]]
) -> Markup:
    boxes = {cell: (*_span(*cell[:2]), *_span(*cell[2:])) for cell in trials}
    x = [end for box in boxes.values() for end in box[:2]]
    y = [end for box in boxes.values() for end in box[2:]]
    plot = Plot(
        Axis.of(x, "period (d)", is_log=True, margin=0.01),
        Axis.of(y, "depth (ppm)", is_log=True, margin=0.01),
        600,
        320,
    )
    total, n = sum(found.values()), sum(trials.values())
    said = (
        f"Planets of the set {name} that are recovered, by period and depth: {total:,} of {n:,}"
        f" ({percent(total / n)}). In each cell the share, and the number of trials."
    )
    cells = [_cell(plot, boxes[cell], found[cell] / trials[cell], trials[cell]) for cell in trials]
    return figure(plot.drawn(said, *cells), said, scrolls_as=f"Recovery of {name}")


def _span(low: float, high: float) -> tuple[float, float]:
    if not np.isfinite(high):
        return low, low * _TO_INFINITY
    return (low or high * _FROM_ZERO), high


def _cell(plot: Plot, box: Sequence[float], share: float, n: int) -> Markup:
    (left, right), (bottom, top) = plot.across(box[:2]).tolist(), plot.up(box[2:]).tolist()
    middle = (left + right) / 2
    center = (top + bottom) / 2
    return element(
        "g",
        element(
            "rect",
            class_="cell",
            x=round(left, 1),
            y=round(top, 1),
            width=round(right - left, 1),
            height=round(bottom - top, 1),
            fill_opacity=round(0.06 + 0.64 * share, 3),
        ),
        element("text", f"{100 * share:.0f} %", x=middle, y=center, text_anchor="middle"),
        element("text", f"of {n}", class_="note", x=middle, y=center + 12, text_anchor="middle"),
    )


def _matrices(source: Source) -> Iterator[Markup]:
    """Yield the confusion matrix of each set of trials with classes, of signals of any strength."""
    rows = source.read(["set", "strength", "class", "class_found", "trials"]).to_pylist()
    for of in dict.fromkeys((row["set"], row["strength"]) for row in rows):
        own = [row for row in rows if (row["set"], row["strength"]) == of]
        if any(row["trials"] for row in own):
            yield _matrix(*of, own)


def _matrix(name: str, strength: str, rows: Sequence[Mapping[str, Any]]) -> Markup:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        counts[row["class"], row["class_found"]] += row["trials"]
    true = list(dict.fromkeys(row["class"] for row in rows))
    found = [*true, *sorted({row["class_found"] for row in rows} - set(true))]
    found = [one for one in found if any(counts[kind, one] for kind in true) or one in true]
    head = element(
        "tr",
        element("th", "put in", scope="col"),
        [element("th", one, scope="col") for one in found],
    )
    body = []
    for kind in true:
        total = sum(counts[kind, other] for other in found)
        cells = [_confused(counts[kind, other], total, kind == other) for other in found]
        body.append(element("tr", element("th", kind, scope="row"), cells))
    words = "of 10 times the noise or more" if strength == "strong" else "of any strength"
    caption = f"Classes that were put in ({name}, {words}), a row each, and those that were found."
    whole = element(
        "table",
        element("caption", caption),
        element("thead", head),
        element("tbody", body),
        class_="matrix",
    )
    return scrolling(whole, caption)


def _confused(n: int, total: int, is_right: bool) -> Markup:
    share = n / total if total else 0.0
    color = "right" if is_right else "wrong"
    return element(
        "td",
        f"{n}" if n else element("span", "0", class_="zero"),
        class_=color,
        style=f"--share:{round(70 * share)}%",
    )


def _interval(row: Mapping[str, Any], name: str) -> str:
    if row[f"{name}_rate"] is None:
        return NOTHING
    return (
        f"{percent(row[f'{name}_rate'])} ({percent(row[f'{name}_low'])} to"
        f" {percent(row[f'{name}_high'])})"
    )


def _shares(name: str) -> tuple[str, ...]:
    return tuple(f"{name}_{end}" for end in ("rate", "low", "high"))


def _recall(source: Source) -> Markup:
    columns = ("set", "strength", "class", "kind", "trials", *_shares("right_class"))
    rows = [row for row in source.read(columns).to_pylist() if row["kind"] is None]
    cells: list[tuple[Cell, ...]] = [
        (row["class"], row["set"], row["strength"], row["trials"], _interval(row, "right_class"))
        for row in rows
    ]
    return table(
        "Signals that got their class.", ("class", "set", "strength", "trials", "recall"), cells
    )


def _false_alarms(source: Source) -> Markup:
    names = ("planet_candidates", "flagged", "flagged_unexplained")
    rows = source.read(["set", "trials", *(one for n in names for one in _shares(n))]).to_pylist()
    cells: list[tuple[Cell, ...]] = [
        (row["set"].replace("_", " "), row["trials"], *(_interval(row, name) for name in names))
        for row in rows
    ]
    return table(
        "False alarms: what is found in light without signals.",
        ("light", "trials", "planet candidates", "flagged", "flagged unexplained"),
        cells,
    )


def _known(source: Source) -> Markup:
    rows = source.read(["objects", "found_by", "n_objects", "n_found", *_shares("found")])
    cells: list[tuple[Cell, ...]] = [
        (row["objects"], row["found_by"], row["n_objects"], row["n_found"], _interval(row, "found"))
        for row in rows.to_pylist()
    ]
    return table(
        "Published objects of these stars, and what finds them blind.",
        ("objects", "found by", "number", "found", "share"),
        cells,
    )
