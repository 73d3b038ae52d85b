"""What labels and the columns of vetting mean, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from preprocessing.cli.explained_columns import explained_column, explained_field
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean
from preprocessing.core.value_column import ValueColumn
from preprocessing.vetting.families import DISPOSITION, RULES
from preprocessing.vetting.label import LabelRule
from preprocessing.vetting.table.columns import (
    OF_CANDIDATE,
    OF_EVENT,
    OF_POPULATION,
    OF_ROW,
    OF_STAR,
)

__all__ = ["explain"]


def explain(name: str) -> Iterator[str]:
    """Yield the lines of a definition.

    Parameters
    ----------
    name : str
        A label or a column; empty for a line about each label.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if not name:
        for rule in RULES:
            yield f"{rule.label:16} {rule.meaning}"
        return
    evidence = chain.from_iterable(rule.evidence for rule in RULES)
    columns = (*OF_STAR, *OF_ROW, *OF_EVENT, *OF_CANDIDATE, *DISPOSITION, *OF_POPULATION, *evidence)
    # Some tests of candidates are called as a label is, and some columns are in two tables.
    known: dict[str, list[LabelRule | ValueColumn]] = {str(rule.label): [rule] for rule in RULES}
    for column in dict.fromkeys(columns):
        known.setdefault(column.name, []).append(column)
    wanted = name.lower()
    found = known.get(wanted) or known.get(wanted.removeprefix("is_").removesuffix("_reason"))
    if found is None:
        guess = did_you_mean(name, known)
        raise UsageError(
            f"there is no label {name!r}{guess and f'; {guess}'} (--explain alone lists all)"
        )
    for one in found:
        yield from _of_label(one) if isinstance(one, LabelRule) else explained_column(one)


def _of_label(rule: LabelRule) -> Iterator[str]:
    yield f"{rule.label}: {rule.meaning}"
    yield from explained_field("Rule", rule.rule)
    for column in rule.evidence:
        yield from explained_field(column.name, column.meaning)
