"""What the validation of a data set found, as tables of a paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from preprocessing.report.paper_table import PaperTable
from preprocessing.report.sources import Source
from preprocessing.validation.schema import (
    CLASSES,
    FALSE_ALARMS,
    KNOWN,
    RECALL,
    RELIABILITY,
    THRESHOLDS,
)

__all__ = ["validation_tables"]

_ERRORS = "Shares have 95 % intervals."


def _share(name: str) -> tuple[str, ...]:
    """Return the columns of a count, its share, and its interval."""
    return (f"n_{name}", *(f"{name}_{end}" for end in ("rate", "low", "high")))


#: Caption and columns of each table that is shown as it is.
_SHOWN: Mapping[str, tuple[str, tuple[str, ...]]] = {
    RECALL: (
        f"Signals that were put into quiet light, by what became of them. {_ERRORS}",
        ("set", "strength", "class", "kind", "trials", *_share("right_class")),
    ),
    FALSE_ALARMS: (
        f"What is found in light without signals. {_ERRORS}",
        (
            *("set", "trials", "independent"),
            *(*_share("planet_candidates"), *_share("flagged_unexplained")),
        ),
    ),
    RELIABILITY: (
        "Planet candidates that are expected to be false, and those that were found, by period.",
        (
            *("set", "period_d_low", "period_d_high", "trials", "independent"),
            *("expected", "observed"),
            *("reliability", "reliability_low", "reliability_high"),
        ),
    ),
    THRESHOLDS: (
        "Thresholds that follow from the false alarms, beside those that are used.",
        (
            "quantity",
            "set",
            "trials",
            "independent",
            "false_share",
            "threshold",
            "present",
            "present_rate",
        ),
    ),
    KNOWN: (
        f"Published objects of these stars, and which of them are found blind. {_ERRORS}",
        ("objects", "found_by", "n_objects", *_share("found")),
    ),
}


def validation_tables(sources: Mapping[str, Source]) -> Iterator[PaperTable]:
    """Yield the tables of the validation, and the confusion matrix of each set and strength.

    Parameters
    ----------
    sources : mapping of str to Source
        The tables of the data set, by name; nothing is yielded without a validation.

    Raises
    ------
    UsageError
        One lacks a column.
    """
    for name, (caption, columns) in _SHOWN.items():
        if name in sources:
            rows = sources[name].read(columns).to_pylist()
            cells = tuple(tuple(row[one] for one in columns) for row in rows)
            yield PaperTable(name, caption, columns, cells)
    if CLASSES in sources:
        columns = ("set", "strength", "class", "class_found", "trials")
        yield from _matrices(sources[CLASSES].read(columns).to_pylist())


def _matrices(rows: list[dict[str, Any]]) -> Iterator[PaperTable]:
    for of in dict.fromkeys((row["set"], row["strength"]) for row in rows):
        own = [row for row in rows if (row["set"], row["strength"]) == of]
        counts = {(row["class"], row["class_found"]): row["trials"] for row in own}
        true = list(dict.fromkeys(row["class"] for row in own))
        found = [*true, *sorted({row["class_found"] for row in own} - set(true))]
        yield PaperTable(
            f"{CLASSES}_{of[0]}_{of[1]}",
            f"Classes that were put in ({of[0]}, {of[1]}), a row each, and those that were found.",
            ("class", *found),
            tuple((name, *(counts.get((name, other), 0) for other in found)) for name in true),
        )
