"""What the tables of a data set say of its stars, as tables of a paper."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from preprocessing.anomalies.schema import BASELINE, RANKING
from preprocessing.features.schema import FEATURE_NAMES, FEATURES
from preprocessing.report.paper_table import Cell, PaperTable
from preprocessing.report.sources import Source
from preprocessing.tables.curve_rows import FILE, NAME
from preprocessing.vetting.schema import DISPOSITIONS, LABEL_NAMES, VETTING

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LEFT", "sample_tables"]

#: What follows the name of a column of the ranking that is of what labels leave.
LEFT = "_unexplained"
#: Stars that are shown of the list that one reads first.
_STRANGEST = 20
_PERCENTILES = (16, 50, 84)
_OF_SAMPLE = (
    *("mission", "author", "cadence", "flux_column", "quality_bitmask", "synthetic", FILE),
    *("files_expected", "files_used", "rows_read", "rows_no_time", "rows_masked", "rows_flagged"),
)
#: Columns that are summed over all light curves.
_SUMMED = _OF_SAMPLE[7:]


def sample_tables(sources: Mapping[str, Source]) -> Iterator[PaperTable]:
    """Yield a table of the sample, and one of what each stage found.

    Parameters
    ----------
    sources : mapping of str to Source
        The tables of the data set, by name. Stages that were not run give no table.

    Raises
    ------
    UsageError
        One lacks a column.
    """
    yield _sample(sources[FEATURES].read(_OF_SAMPLE))
    yield _features(
        sources[FEATURES].read([one for n in FEATURE_NAMES for one in (n, f"{n}_reason")])
    )
    if VETTING in sources:
        yield _labels(sources[VETTING])
        yield _dispositions(sources[DISPOSITIONS])
    if RANKING in sources:
        yield _counted(
            "baseline",
            "Stars in the baseline of quiet stars, and why the others are not.",
            "reason",
            sources[BASELINE].read(["reason"])["reason"].to_pylist(),
        )
        yield _classes(sources[RANKING])
        yield _strangest(sources[RANKING])


def _sample(rows: pa.Table) -> PaperTable:
    cells: list[tuple[Cell, ...]] = [("light curves", len(rows))]
    for name in ("mission", "author", "cadence", "flux_column", "quality_bitmask", "synthetic"):
        counts = Counter(map(str, rows[name].to_pylist()))
        shown = "; ".join(f"{value} ({n})" for value, n in counts.most_common())
        cells.append((name, shown))
    cells += [(name, int(np.nansum(_numbers(rows, name)))) for name in _SUMMED]
    return PaperTable(
        "sample",
        "The sample: values with the number of light curves that have them, and sums over all"
        " light curves.",
        ("what", "value"),
        tuple(cells),
    )


def _features(rows: pa.Table) -> PaperTable:
    cells = []
    for name in FEATURE_NAMES:
        values = _numbers(rows, name)
        known = values[np.isfinite(values)]
        middle = np.percentile(known, _PERCENTILES).tolist() if len(known) else [None] * 3
        missing = Counter(one for one in rows[f"{name}_reason"].to_pylist() if one)
        reasons = "; ".join(f"{reason} ({n})" for reason, n in missing.most_common())
        unit = (rows.schema.field(name).metadata or {}).get(b"unit", b"").decode()
        cells.append((name, unit, len(known), *middle, reasons))
    return PaperTable(
        "features",
        "The features: light curves that have them, percentiles of these, and why the others lack"
        " them.",
        ("feature", "unit", "light curves", *(f"{p} %" for p in _PERCENTILES), "missing"),
        tuple(cells),
    )


def _labels(vetting: Source) -> PaperTable:
    names = [f"is_{name}" for name in LABEL_NAMES]
    rows = vetting.read(names)
    cells = []
    for label, name in zip(LABEL_NAMES, names, strict=True):
        counts = Counter(rows[name].to_pylist())
        cells.append((label, counts[True], counts[False], counts[None]))
    return PaperTable(
        "labels",
        "Labels of vetting: light curves that have each, that lack it, and of which it is"
        " undecided.",
        ("label", "given", "denied", "undecided"),
        tuple(cells),
    )


def _dispositions(source: Source) -> PaperTable:
    return _counted(
        "dispositions",
        "Candidates of the search for transits, by what vetting made of them.",
        "disposition",
        source.read(["disposition"])["disposition"].to_pylist(),
    )


def _counted(name: str, caption: str, what: str, values: Sequence[str]) -> PaperTable:
    counts = sorted(Counter(values).items(), key=lambda one: (-one[1], one[0]))
    return PaperTable(name, caption, (what, "number"), tuple(counts))


def _classes(ranking: Source) -> PaperTable:
    rows = ranking.read(["class", "is_flagged", f"is_flagged{LEFT}"])
    kinds = np.array(rows["class"].to_pylist(), dtype=np.str_)
    flagged = [
        np.array(rows[name].to_pylist(), np.bool_) for name in ("is_flagged", f"is_flagged{LEFT}")
    ]
    names = sorted(set(kinds.tolist()), key=lambda one: (-int((kinds == one).sum()), one))
    cells = [
        (one, int((kinds == one).sum()), *(int(((kinds == one) & f).sum()) for f in flagged))
        for one in names
    ]
    return PaperTable(
        "classes",
        "Classes of all stars, of those that are flagged by their score as observed, and of those"
        " that are flagged by what labels leave.",
        ("class", "stars", "flagged", "flagged unexplained"),
        tuple(cells),
    )


def _strangest(ranking: Source) -> PaperTable:
    rank, score, why = f"rank{LEFT}", f"score{LEFT}", f"why{LEFT}"
    rows = ranking.read([rank, NAME, score, "class", why])
    first = np.argsort(_numbers(rows, rank), kind="stable")[:_STRANGEST]
    chosen = rows.take(first).to_pylist()
    return PaperTable(
        "strangest",
        f"The {len(chosen)} strangest stars by what labels leave, with their class and the"
        " features that make the score.",
        ("rank", "star", "score", "class", "why"),
        tuple(
            (one[rank], one[NAME], round(one[score], 3), one["class"], one[why]) for one in chosen
        ),
    )


def _numbers(rows: pa.Table, name: str) -> Any:
    """Return a column of numbers; NaN for null."""
    return np.array(
        rows[name].combine_chunks().cast("double").to_numpy(zero_copy_only=False), np.float64
    )
