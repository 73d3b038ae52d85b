"""Tables without a known header, and lists of one name a line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from preprocessing.core.errors import UsageError
from preprocessing.lists.cells import cell_text, line_text, parts_of_line
from preprocessing.lists.column_values import (
    are_named_numbers,
    are_numbers,
    are_usual,
    column_of,
    is_one_name,
    is_star_number,
)
from preprocessing.lists.columns import StarColumns
from preprocessing.lists.dialect import BLANKS, DELIMITED, Dialect
from preprocessing.lists.layout import SAMPLE, Head, Layout, table_layout
from preprocessing.missions import MISSIONS, Mission
from preprocessing.missions.targets import parse_target
from preprocessing.missions.whole_numbers import is_decimal
from preprocessing.system.printable import printable

__all__ = ["column_by_position", "find_without_header"]

#: A title may stand in so many lines above a table whose column was chosen by its position.
_MOST_TITLE_LINES = 2
#: Words of titles above a list of numbers, which are no stars' names although digits may follow.
_TITLE_WORDS = frozenset(
    {
        *("list", "stars", "targets", "sample", "table", "catalog", "ids", "numbers"),
        *(word.lower() for m in MISSIONS.values() for word in (m.sequence, m.catalog)),
    }
)
_WORD = re.compile(r"[^\s,;:()]+")
#: A star's number, also with digits lost.
_NUMBER_IN_TITLE = re.compile(r"\d{5}|\d[eE][+-]?\d")
_STAR_NUMBER = re.compile(r"\d{5,16}", re.ASCII)
_LONG_NUMBER = re.compile(r"\d{5,16}(?:\.0*)?$", re.ASCII)
#: Characters of programs, and of no name.
_OF_NO_NAME = frozenset("=()[]{}")
#: Characters of a title that a message shows.
_SHOWN = 60


def column_by_position(head: Head, columns: StarColumns, where: str) -> Layout:
    """Return the layout of a table whose column was chosen by its position.

    Parameters
    ----------
    head : Head
        The beginning of the list.
    columns : StarColumns
        Which column was chosen.
    where : str
        The list's name in messages.

    Raises
    ------
    UsageError
        There is no such column.
    """
    lines = head.lines[:SAMPLE]
    for skipped in range(min(len(lines), _MOST_TITLE_LINES + 1)):
        for dialect, rows in _tables_in(lines[skipped:]):
            index = columns.position
            if index is None or index >= len(rows[0]):
                raise columns.missing(rows[0], where)
            is_header = len(rows) > 1 and not any(map(is_star_number, filter(None, rows[0])))
            name = rows[0][index] if is_header else ""
            return table_layout(dialect, index, name, skipped + is_header, len(rows[0]))
    raise columns.missing(lines[:1], where)


def find_without_header(head: Head, columns: StarColumns, where: str) -> Layout:
    """Return the layout of a table without a known header, or of a list with a name a line.

    Parameters
    ----------
    head : Head
        The beginning of the list.
    columns : StarColumns
        Whose numbers are preferred.
    where : str
        The list's name in messages.

    Raises
    ------
    UsageError
        It is a table, and which column has the stars is not known.
    """
    lines = head.lines[:SAMPLE]
    n_names = sum(map(is_one_name, lines))
    # Thousands may be set apart by what divides cells elsewhere.
    are_stars = all(map(_is_of_stars, lines))
    if not are_stars and _begin_with_stars(lines, are_like_names=2 * n_names >= len(lines)):
        dialect = next((d for d in DELIMITED if any(d.delimiter in x for x in lines)), BLANKS)
        return Layout("the number that begins each line", dialect)
    for skipped in () if are_stars else (0, 1):
        for dialect, rows in _tables_in(lines[skipped:]):
            is_of_names = 2 * n_names >= len(lines) and not _are_numbers_of_names(rows)
            if dialect.delimiter == " " and is_of_names:
                # Blanks are part of names.
                continue
            if skipped and any(is_star_number(text) for text in _texts(dialect, lines[0])):
                # No title, but a row that has another length.
                continue
            if head.is_whole and len(rows) == 1 and _is_row_of_stars(rows[0], columns.mission):
                return Layout(f"the only row, divided by {dialect.name}", dialect, None, skipped)
            layout = _of_table(dialect, rows, lines[:skipped], columns, where)
            if layout is not None:
                return layout
            if dialect.delimiter != " " and not skipped:
                raise columns.missing(rows[0], where)
    if not are_stars and 2 * sum(map(_is_row, lines)) > len(lines):
        raise columns.missing(lines[:1], where)
    if _is_title(lines):
        title = printable(lines[0].strip(), _SHOWN)
        return Layout(f"one name a line, below the title {title!r}", n_before=1)
    return Layout("one name a line")


def _texts(dialect: Dialect, line: str) -> Iterator[str]:
    return filter(None, map(cell_text, dialect.split(line)))


def _begin_with_stars(lines: Sequence[str], *, are_like_names: bool) -> bool:
    """Tell whether each line begins with a number, and goes on with something that is none.

    Sectors, labels and remarks follow the number, and lines differ in how many.
    """
    rows = [line.replace(",", " ").replace(";", " ").split() for line in lines]
    first = [cell_text(row[0]) for row in rows if row]
    are_first = any(first) and all(map(_LONG_NUMBER.match, filter(None, first)))
    further = [word for row in rows for word in row[1:]]
    has_other = any(map(is_star_number, further)) or any("." in word for word in further)
    is_table = not are_like_names and len(set(map(len, rows))) == 1
    return are_first and bool(further) and not has_other and not is_table


def _are_numbers_of_names(rows: Sequence[Sequence[str]]) -> bool:
    """Tell whether each row is a name that has digits, then a long number, as in a cross-match."""
    if len(rows) < 2 or len(rows[0]) != len(("name", "number")):
        return False
    names, numbers = column_of(rows, 0), column_of(rows, 1)
    are_names = all(any(map(str.isdecimal, name)) and name[0].isalpha() for name in names if name)
    is_varied = len(set(names)) == len(names)
    return are_names and is_varied and all(map(_LONG_NUMBER.match, numbers))


def _is_row(line: str) -> bool:
    """Tell whether a line has cells, although lines differ in how many."""
    words = line.split()
    return (
        len(words) > 2 and is_decimal(words[0]) and any("." in w for w in filter(is_decimal, words))
    )


def _of_table(
    dialect: Dialect,
    rows: Sequence[Sequence[str]],
    title: Sequence[str],
    columns: StarColumns,
    where: str,
) -> Layout | None:
    """Return the layout of rows of equal length, with or without an unknown header above."""
    header = dialect.split(title[0]) if title else []
    is_header = 1 < len(header) >= len(rows[0]) - 1
    n_before = len(title)
    if not title and len(rows) > 1 and not any(map(is_star_number, filter(None, rows[0]))):
        header, rows, n_before = list(rows[0]), rows[1:], 1
        is_header = True
    named = _named_numbers(rows, columns, where)
    if named and len(named) > 1:
        return Layout(f"every cell of a table divided by {dialect.name}", dialect, None, n_before)
    if is_header and any(character.isalpha() for name in header for character in name):
        if not named:
            raise columns.missing(header, where)
        # R's rows begin with a name that the header lacks.
        name = header[named[0] - len(rows[0]) + len(header)]
        return table_layout(dialect, named[0], name, n_before, len(rows[0]))
    index = named[0] if named else _only_numbers(rows, columns, where)
    if index is None and is_header:
        raise columns.missing(header, where)
    if index is None:
        return None
    name = header[0] if len(header) == 1 else _prefix_beside(rows, index)
    return table_layout(dialect, index, name, n_before, len(rows[0]))


def _named_numbers(rows: Sequence[Sequence[str]], columns: StarColumns, where: str) -> list[int]:
    """Return the column of stars' numbers with their prefix; all columns if each cell is one."""
    texts = [column_of(rows, index) for index in range(len(rows[0]))]
    named = [n for n, column in enumerate(texts) if are_named_numbers(column)]
    own = [n for n in named if _catalogs(texts[n]) == {columns.mission.catalog}]
    found = own or named
    if len(found) > 1:
        if len(found) == len(texts):
            return found
        raise _ambiguous(found, where)
    return found


def _catalogs(texts: Sequence[str]) -> set[str]:
    return {parse_target(text).catalog for text in texts if text}


def _ambiguous(indices: Sequence[int], where: str) -> UsageError:
    positions = " and ".join(str(index + 1) for index in indices)
    return UsageError(
        f"the target list {where} has no known header, and its columns {positions} all hold stars'"
        f" numbers: say which names the stars, as in --id-column {indices[0] + 1}"
    )


def _is_of_stars(line: str) -> bool:
    """Tell whether a line is one star's number, or several of a catalog with their prefixes."""
    parts = parts_of_line(line_text(line))
    if len(parts) == 1:
        return bool(parts[0]) and is_star_number(parts[0])
    return are_named_numbers(parts) and len(_catalogs(parts)) == 1


def _is_row_of_stars(row: Sequence[str], mission: Mission) -> bool:
    """Tell whether each cell of the only row is a star, and not one cell alone."""
    texts = list(map(line_text, row))
    are_bare = all(map(_STAR_NUMBER.fullmatch, texts)) and are_usual(texts, mission)
    return are_bare or all(map(_is_numbered, texts))


def _is_numbered(cell: str) -> bool:
    """Tell whether a cell of a single row is a star's number with a prefix, or a name with one."""
    text = line_text(cell)
    has_both = any(map(str.isalpha, text)) and any(map(str.isdecimal, text))
    is_name = has_both and _OF_NO_NAME.isdisjoint(text) and parse_target(text).problem is None
    return is_name


def _is_title(lines: Sequence[str]) -> bool:
    """Tell whether the first of several lines is a title, and the others are numbers."""
    title, *others = map(line_text, lines or ("",))
    some = [text for text in others if text]
    if not title or len(some) < 2 or not all(map(is_star_number, some)):
        return False
    target = parse_target(title)
    words = {word.lower() for word in _WORD.findall(title)}
    has_digit, has_number = any(map(str.isdecimal, title)), bool(_NUMBER_IN_TITLE.search(title))
    is_worded = not has_number and bool(words & _TITLE_WORDS)
    # Columns without a name are called 0 by pandas.
    return title == "0" or (target.number is None and (not has_digit or is_worded))


def _prefix_beside(rows: Sequence[Sequence[str]], index: int) -> str:
    """Return the prefix that has a column of its own before the numbers; empty if there is none."""
    beside = {text.strip() for text in column_of(rows, index - 1)} if index else set()
    text = beside.pop() if len(beside) == 1 else ""
    is_prefix = parse_target(text).number is None and parse_target(f"{text} 1").number == 1
    return text if text and is_prefix else ""


def _tables_in(lines: Sequence[str]) -> Iterator[tuple[Dialect, list[list[str]]]]:
    """Yield each dialect by which all lines have the same number of cells, and the rows."""
    for dialect in DELIMITED:
        rows = [dialect.split(line) for line in lines]
        if rows and len(rows[0]) > 1 and len(set(map(len, rows))) == 1:
            yield dialect, rows


def _only_numbers(rows: Sequence[Sequence[str]], columns: StarColumns, where: str) -> int | None:
    """Return the one column that can hold the stars' numbers, or None if there is none."""
    texts = [column_of(rows, index) for index in range(len(rows[0]))]
    filled = [n for n, column in enumerate(texts) if any(column)]
    if len(filled) == 1:
        # Each line ends with a delimiter.
        return filled[0]
    found = [n for n, column in enumerate(texts) if are_numbers(column)]
    if len(found) > 1:
        usual = [n for n in found if are_usual(texts[n], columns.mission)]
        found = usual or found
    if len(found) > 1:
        raise _ambiguous(found, where)
    return found[0] if found else None
