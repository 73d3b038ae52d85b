"""Tables whose header names a column that is known to have stars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from preprocessing.lists.cells import cell_text, is_counting
from preprocessing.lists.column_values import (
    are_numbers,
    column_of,
    is_one_name,
    is_plausible,
    is_star_number,
)
from preprocessing.lists.columns import StarColumns
from preprocessing.lists.dialect import DELIMITED, Dialect, is_ruler
from preprocessing.lists.layout import SAMPLE, Head, Layout, table_layout
from preprocessing.lists.text import COMMENT_LINES
from preprocessing.missions.targets import parse_target
from preprocessing.missions.whole_numbers import is_decimal

__all__ = ["find_header"]

#: Marks of comments, and blanks.
_MARKS = "".join(COMMENT_LINES) + " \t"
#: A header is looked for in so many lines, since titles stand above some.
_MOST_TITLE_LINES = 12
#: Lines below a header that hold units, types and rulers, and no row.
_MOST_BELOW = 3
#: Types and units that some tables have in a row below the header, in a column of numbers.
_TYPES = frozenset(
    {
        "int",
        "int32",
        "int64",
        "integer",
        "long",
        "bigint",
        "char",
        "string",
        "str",
        "text",
        "number",
    }
)
#: Units in brackets, and the types of columns that R prints.
_UNIT = re.compile(r"\[.*\]|\([a-z]*\)|<\w+>")
#: Types in the second line of RDB tables: how wide, and N for numbers, S for text, M for months
#: (https://compbio.soe.ucsc.edu/rdb/).
_RDB_TYPE = re.compile(r"\d*[NSM]")


def find_header(head: Head, columns: StarColumns) -> Layout | None:
    """Return the layout of a table with a known column, or None if there is no such header.

    Parameters
    ----------
    head : Head
        The beginning of the list.
    columns : StarColumns
        Which columns may name stars.
    """
    lines = head.lines[: _MOST_TITLE_LINES + SAMPLE]
    for dialect, n, line in _possible_headers(lines):
        layout = _below_header(dialect, line, lines[n + 1 :], n + 1, columns)
        if layout is not None and not _is_above_header(layout, lines[n + 1 :], columns):
            return layout
    for n, comment in reversed(head.comments):
        # The mark may stand before the first name, or be the name of a column of numbers.
        for text in (comment.lstrip(_MARKS).rstrip(_MARKS[:-1]), comment.strip()):
            for dialect in DELIMITED:
                layout = _below_header(dialect, text, lines[n:], n, columns)
                if layout is not None and lines[n:] and not _have_stars(lines[:n], dialect):
                    return layout
    for dialect, n, line in _possible_headers(lines):
        layout = _with_other_rows(dialect, line, lines[n + 1 :], n + 1, columns)
        if layout is not None:
            return layout
    return None


def _possible_headers(lines: Sequence[str]) -> Iterator[tuple[Dialect, int, str]]:
    """Yield lines that may be a header, with the dialect and how many lines are above."""
    for n, line in enumerate(lines[:_MOST_TITLE_LINES]):
        for dialect in DELIMITED:
            if not _have_stars(lines[:n], dialect):
                yield dialect, n, line


def _have_stars(lines: Sequence[str], dialect: Dialect) -> bool:
    """Tell whether lines are rows of stars, so that what is below them is no header."""
    rows = [list(map(cell_text, dialect.split(line))) for line in lines]
    # Titles have years.
    return any(
        text and is_star_number(text) and (len(row) == 1 or len(text) > len("2014"))
        for row in rows
        for text in row
    )


def _below_header(
    dialect: Dialect, line: str, below: Sequence[str], n_before: int, columns: StarColumns
) -> Layout | None:
    """Return the layout of a table if a line is its header and the rows below fit it."""
    header = dialect.split(line)
    for index in columns.indices_in(header):
        n_below = _lines_below(dialect, index, below)
        rows = [dialect.split(text) for text in below[n_below:][:SAMPLE]]
        is_doubtful = any(map(is_decimal, header)) or _has_other_delimiter(dialect, header)
        if dialect.delimiter == " " and len(header) > 1 and set(map(len, rows)) != {len(header)}:
            # Words of a title, or R's names of rows.
            is_doubtful |= bool(rows) and set(map(len, rows)) != {len(header) + 1}
        if is_doubtful and not are_numbers(column_of(rows, index)):
            # The number is one of the prefix before it, or the row is divided by something else.
            continue
        name, n_rows = header[index], n_before + n_below
        is_alone = len(header) == 1
        if is_alone and dialect.delimiter != " " and not any(map(is_one_name, below[n_below:])):
            # The other columns have no names.
            continue
        if not rows:
            if not is_alone and n_before > 1:
                # The last line is no header of what is above it.
                return None
            return table_layout(dialect, index, name, n_before, is_alone=is_alone)
        if all(len(row) == len(header) + 1 for row in rows) and _are_shifted(rows, index):
            return table_layout(dialect, index + 1, name, n_rows, len(header) + 1)
        may_be_two = is_alone and dialect.delimiter != " " and " " in name.strip()
        if may_be_two and not any(map(is_star_number, _texts(rows, index))):
            # The blank divides two names.
            continue
        if len(rows[0]) != len(header):
            is_first = is_alone and len(rows[0]) > 1 and are_numbers(column_of(rows, 0))
            return table_layout(dialect, 0, name, n_rows) if is_first else None
        if is_plausible(rows, index, name, columns):
            return table_layout(dialect, index, name, n_rows, len(header), is_alone=is_alone)
    return None


def _with_other_rows(
    dialect: Dialect, line: str, below: Sequence[str], n_before: int, columns: StarColumns
) -> Layout | None:
    """Return the layout of a table with a header, of which some rows have more or fewer cells."""
    header = dialect.split(line)
    index = columns.index_in(header)
    if index is None or len(header) < 2:
        return None
    n_rows = n_before + _lines_below(dialect, index, below)
    rows = [dialect.split(text) for text in below[n_rows - n_before :]]
    if not is_plausible(rows, index, header[index], columns):
        return None
    if dialect.delimiter != " " or are_numbers(column_of(rows, index)):
        return table_layout(dialect, index, header[index], n_rows, len(header))
    return None


def _is_above_header(layout: Layout, below: Sequence[str], columns: StarColumns) -> bool:
    """Tell whether a line that looks like a header has one below that says more."""
    if not below or columns.states_catalog(layout.column):
        return False
    for dialect in DELIMITED:
        header = dialect.split(below[0])
        index = columns.index_in(header)
        if index is not None and not any(map(str.isdecimal, header[index])):
            return True
    return False


def _has_other_delimiter(dialect: Dialect, header: Sequence[str]) -> bool:
    return dialect.delimiter == " " and any(mark in name for name in header for mark in ",;|")


def _texts(rows: Sequence[Sequence[str]], index: int) -> Iterator[str]:
    return filter(None, column_of(rows, index))


def _lines_below(dialect: Dialect, index: int, below: Sequence[str]) -> int:
    """Return how many lines below a header are units, types and rulers."""
    count = 0
    for n, line in enumerate(below[:_MOST_BELOW]):
        cells = dialect.split(line)
        cell = cells[index].strip().lower() if len(cells) > index else ""
        is_type = cell in _TYPES or bool(cell and _UNIT.fullmatch(cell))
        if is_ruler(line) or is_type or (len(cells) > 1 and all(map(_RDB_TYPE.fullmatch, cells))):
            count = n + 1
        elif cell_text(cell):
            break
    return count


def _are_shifted(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Tell whether rows begin with a name that the header lacks, as R writes them."""
    if not any(row[-1].strip() for row in rows):
        # Each row ends with a delimiter.
        return False
    here, beside = column_of(rows, index), column_of(rows, index + 1)
    are_stars = all(parse_target(text).number is not None for text in beside if text)
    return are_stars and any(beside) and (is_counting(here) or not are_numbers(here))
