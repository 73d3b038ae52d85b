"""Which cell of a table's row is the star's, and why a row has none."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from preprocessing.lists.cells import cell_text, line_text
from preprocessing.lists.column_values import is_star_number
from preprocessing.lists.columns import StarColumns
from preprocessing.lists.layout import Layout

__all__ = ["EMPTY", "cells_of_table"]

#: Characters of a row that a message shows.
_SHOWN = 60

EMPTY, _HEADER_AGAIN, _TOO_FEW, _TOO_MANY, _TOO_WIDE = (
    "empty",
    "the header again",
    "with fewer cells than others, so that the star's is not known",
    "with more cells than others, so that the star's is not known",
    "wider than the table's columns, so that a number might lose digits",
)


def cells_of_table(
    lines: Iterable[str], layout: Layout, columns: StarColumns, dropped: Counter[str]
) -> Iterator[str]:
    """Yield what the cells of the stars hold.

    Parameters
    ----------
    lines : iterable of str
        The table's rows.
    layout : Layout
        Where it has its stars.
    columns : StarColumns
        Which columns may name stars: a header again, spelled otherwise, is none of them.
    dropped : Counter
        Where rows without a star are counted, by why.

    Raises
    ------
    csv.Error
        A quote is never closed, something follows a closing quote, or another table follows with
        its stars in another column.
    """
    assert layout.dialect is not None
    for row in layout.dialect.rows(lines):
        if layout.index is None:
            yield from filter(None, map(line_text, row))
            continue
        text = _star_cell(row, layout.index, layout.most_cells)
        if len(row) < layout.n_cells:
            dropped[_TOO_WIDE if layout.dialect.edges else _TOO_FEW] += 1
        elif text is None:
            dropped[_TOO_MANY] += 1
        elif not text:
            dropped[EMPTY] += 1
        elif text == layout.column or _is_header(row, text, layout, columns):
            dropped[_HEADER_AGAIN] += 1
        else:
            yield text


def _is_header(row: Sequence[str], text: str, layout: Layout, columns: StarColumns) -> bool:
    if len(row) < 2 or not layout.column or any(map(str.isdecimal, text)):
        return False
    index = columns.index_in(row)
    if index is None or not columns.states_catalog(row[index]):
        return False
    if index != layout.index:
        raise csv.Error(
            f"a table with other columns follows below ({', '.join(row)[:_SHOWN]}): make two lists"
            " of it"
        )
    return True


def _star_cell(row: Sequence[str], index: int, most_cells: int) -> str | None:
    """Return what the star's cell holds, which is empty if there is none; None if it is not known.

    A cell before it may hold the delimiter without quotes. Then the star is further on, and it is
    known if one cell alone can be its number.
    """
    n_further = len(row) - most_cells if most_cells and index else 0
    if n_further <= 0 or not any(cell.strip() for cell in row[most_cells:]):
        return cell_text(row[index]) if index < len(row) else ""
    texts = [cell_text(cell) for cell in row[index : index + n_further + 1]]
    numbers = [text for text in texts if text and is_star_number(text)]
    return numbers[0] if len(numbers) == 1 else None
