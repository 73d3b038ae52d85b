"""Recognize which kind of list it is, by its beginning."""

from __future__ import annotations

import re
from dataclasses import replace

from preprocessing.core.errors import UsageError
from preprocessing.lists.columns import StarColumns
from preprocessing.lists.headerless import column_by_position, find_without_header
from preprocessing.lists.headers import find_header
from preprocessing.lists.layout import SAMPLE, Head, Layout, table_layout
from preprocessing.lists.printed_tables import find_aligned_table, find_printed_table
from preprocessing.missions.file_stars import star_in

__all__ = ["find_layout"]

#: How files in JSON begin, other than as a list of names: no name does.
_JSON = re.compile(r"\s*\[?\s*\{")


def find_layout(head: Head, columns: StarColumns, where: str) -> Layout:
    """Recognize a list by its beginning.

    Parameters
    ----------
    head : Head
        The beginning.
    columns : StarColumns
        Which columns may name stars.
    where : str
        The list's name in messages.

    Raises
    ------
    UsageError
        It is a table, and which column names the stars is not known.
    """
    has_files = any(map(star_in, head.lines[:SAMPLE]))
    if _JSON.match("".join(head.lines[:2])) and not has_files:
        raise UsageError(
            f"the target list {where} is a JSON file: write its stars into a text file, one a line,"
            " or save the table as CSV"
        )
    comments = [comment for _, comment in head.comments]
    printed = find_printed_table(head.lines, columns, comments)
    layout = None if printed is not None else find_header(head, columns)
    if layout is not None:
        return _counting_cells(layout, head)
    printed = printed or find_aligned_table(head.lines, columns)
    if printed is not None:
        dialect, index, column, n_before = printed
        if index is None:
            raise columns.missing(column, where)
        return table_layout(dialect, index, column[index], n_before)
    if columns.wanted is not None:
        return column_by_position(head, columns, where)
    if has_files:
        return Layout("names of files or folders", is_script=True)
    return find_without_header(head, columns, where)


def _counting_cells(layout: Layout, head: Head) -> Layout:
    """Return a layout that refuses rows with too few cells, if blanks divide them."""
    if layout.dialect is None or layout.dialect.delimiter != " " or not layout.index:
        return layout
    rows = map(layout.dialect.split, head.lines[layout.n_before :][:SAMPLE])
    return replace(layout, n_cells=max(map(len, rows), default=0))
