"""What classes and the columns of the ranking mean, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from preprocessing.anomalies.classes import CLASSES, UNEXPLAINED
from preprocessing.anomalies.table.columns import baseline_columns, ranking_columns
from preprocessing.cli.explained_columns import explained_column, explained_field
from preprocessing.core.errors import UsageError
from preprocessing.core.suggestions import did_you_mean
from preprocessing.missions import MISSIONS

__all__ = ["explain"]

_UNEXPLAINED_MEANING = "No rule of a class fits: these stars are the ones worth reading."


def explain(name: str) -> Iterator[str]:
    """Yield the lines of a definition.

    Parameters
    ----------
    name : str
        A class or a column; empty for a line about each class.

    Raises
    ------
    UsageError
        There is none of that name.
    """
    if not name:
        for rule in CLASSES:
            yield f"{rule.name:22} {rule.meaning}"
        yield f"{UNEXPLAINED:22} {_UNEXPLAINED_MEANING}"
        return
    mission = next(iter(MISSIONS.values()))
    columns = {one.name: one for one in (*baseline_columns(mission), *ranking_columns(mission))}
    classes = {rule.name: rule for rule in CLASSES}
    wanted = name.lower()
    if wanted in classes:
        rule = classes[wanted]
        yield f"{rule.name}: {rule.meaning}"
        yield from explained_field("Rule", rule.rule)
    elif wanted == UNEXPLAINED:
        yield f"{UNEXPLAINED}: {_UNEXPLAINED_MEANING}"
    elif wanted in columns:
        yield from explained_column(columns[wanted])
    else:
        guess = did_you_mean(name, [*classes, UNEXPLAINED, *columns])
        raise UsageError(
            f"there is no class and no column {name!r}{guess and f'; {guess}'} (--explain alone"
            " lists the classes)"
        )
