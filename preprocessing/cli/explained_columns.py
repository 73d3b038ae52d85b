"""What a column of a table means, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import wrap

from preprocessing.core.value_column import ValueColumn

__all__ = ["explained_column", "explained_field"]

_WIDTH = 96
_KINDS = {float: "number", int: "whole number", str: "text", bool: "true or false"}


def explained_column(column: ValueColumn) -> Iterator[str]:
    """Yield the lines about a column.

    Parameters
    ----------
    column : ValueColumn
        The column.
    """
    yield f"{column.name}: {column.meaning}"
    yield from explained_field("Type", _KINDS[column.kind])
    yield from explained_field("Unit", column.unit or "none")


def explained_field(title: str, text: str) -> list[str]:
    """Return the lines of a text below a title.

    Parameters
    ----------
    title : str
        What the text is about.
    text : str
        The text.
    """
    return wrap(f"{title}: {text}", _WIDTH, initial_indent="  ", subsequent_indent="    ")
