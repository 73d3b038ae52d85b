"""The section about vetting: labels of stars, and what became of candidates for planets."""

from __future__ import annotations

from collections import Counter

import numpy as np

from preprocessing.features.schema import CANDIDATES
from preprocessing.report.html.drawing.axis import Axis
from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    column,
    figure,
    grid,
    legend,
    not_there,
    shown_share,
    table,
)
from preprocessing.report.html.drawing.markup import Markup
from preprocessing.report.html.drawing.plot import Plot
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.tables import Tables, numbers, strings
from preprocessing.report.sources import Source
from preprocessing.tables.curve_rows import FILE
from preprocessing.vetting.schema import DISPOSITIONS, EVENTS, LABEL_NAMES, VETTING

__all__ = ["label_section"]

_ANCHOR, _TITLE = "vetting", "Labels and candidates"
_PLANET = "planet_candidate"
#: Names of stars and constellations keep their capitals.
_SPELLED = {
    "rr_lyrae": "RR Lyrae",
    "delta_scuti": "delta Scuti",
    "gamma_doradus": "gamma Doradus",
}


def label_section(records: DatasetRecords) -> Section:
    """Return labels, dispositions and events.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    tables = records.tables
    if VETTING not in tables:
        return not_there(
            _ANCHOR,
            _TITLE,
            tables.problems.get("vet"),
            "There is no vetting.parquet.",
            f"xenoscan vet {records.places.dataset}",
        )
    return Section(
        _ANCHOR,
        _TITLE,
        (
            grid(
                column(_labels(tables[VETTING]), _events(tables[EVENTS])),
                column(_dispositions(tables[DISPOSITIONS]), _candidates(tables)),
            ),
        ),
    )


def _labels(source: Source) -> Markup:
    rows: list[tuple[Cell, ...]] = []
    n_stars = 0
    for label in LABEL_NAMES:
        counts = Counter(strings(source.read([f"is_{label}"]), f"is_{label}"))
        n_stars = sum(counts.values())
        share = counts[True] / n_stars if n_stars else 0.0
        words = _SPELLED.get(label, label.replace("_", " "))
        rows.append((words, counts[True], shown_share(share, "blue"), counts[None]))
    return table(
        f"Labels of {n_stars:,} stars; a star may have several. Undecided are those for which"
        " something is not known.",
        ("label", "stars", "share", "undecided"),
        rows,
    )


def _dispositions(source: Source) -> Markup:
    counts = Counter(strings(source.read(["disposition"]), "disposition"))
    n = sum(counts.values())
    rows: list[tuple[Cell, ...]] = [
        (name.replace("_", " "), count, shown_share(count / n, _color(name)))
        for name, count in counts.most_common()
    ]
    caption = f"What vetting made of {n:,} candidates of the search for transits."
    return table(caption, ("disposition", "candidates", "share"), rows)


def _color(disposition: str) -> str:
    return "red" if disposition == _PLANET else "gray"


def _events(source: Source) -> Markup:
    kinds = Counter(strings(source.read(["kind"]), "kind"))
    rows: list[tuple[Cell, ...]] = [
        (kind.replace("_", " "), count) for kind, count in kinds.most_common()
    ]
    return table(f"{sum(kinds.values()):,} single events in the light.", ("event", "number"), rows)


def _candidates(tables: Tables) -> Markup | None:
    """Return depth by period of all candidates."""
    key = (FILE, "number")
    found = tables[CANDIDATES].read([*key, "period_d", "depth"])
    vetted = tables[DISPOSITIONS].read([*key, "disposition"])
    names = zip(*(strings(vetted, one) for one in key), strict=True)
    kinds = dict(zip(names, strings(vetted, "disposition"), strict=True))
    own = zip(*(strings(found, one) for one in key), strict=True)
    is_planet = np.array([kinds.get(one) == _PLANET for one in own], np.bool_)
    period, depth = numbers(found, "period_d"), numbers(found, "depth")
    is_shown = (period > 0) & (depth > 0)
    if not is_shown.any():
        return None
    plot = Plot(
        Axis.of(period[is_shown], "period (d)", is_log=True),
        Axis.of(depth[is_shown], "depth (ppm)", is_log=True),
        height=300,
    )
    n_planets = int((is_shown & is_planet).sum())
    said = (
        f"Depth by period of {int(is_shown.sum()):,} candidates, {n_planets:,} of which passed"
        " every test."
    )
    layers = [
        plot.dots(period[own], depth[own], color, radius)
        for own, color, radius in (
            (is_shown & ~is_planet, "gray", 1.6),
            (is_shown & is_planet, "red", 2.6),
        )
    ]
    meaning = legend(gray="failed a test", red="planet candidate")
    return figure(plot.drawn(said, *layers), said, meaning)
