"""Where a list has its stars: which kind of table it is, where its rows begin, which column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from preprocessing.core.errors import UsageError
from preprocessing.lists.cells import cell_text, is_counting, line_text
from preprocessing.lists.columns import StarColumns
from preprocessing.lists.dialect import DELIMITED, Dialect, is_ruler
from preprocessing.lists.printed_tables import find_printed_table
from preprocessing.lists.text import COMMENT_LINES
from preprocessing.missions import Mission
from preprocessing.missions.catalog_numbers import is_usual_number
from preprocessing.missions.file_stars import star_in
from preprocessing.missions.targets import parse_target
from preprocessing.missions.whole_numbers import is_decimal

__all__ = ["Head", "Layout", "find_layout"]

#: A header is looked for in so many lines, since titles stand above some.
_MOST_TITLE_LINES = 12
#: Rows that decide on a table without a header.
_SAMPLE = 25
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
#: Types in the second line of RDB tables: how wide, and N for numbers, S for text, M for months
#: (https://compbio.soe.ucsc.edu/rdb/).
_RDB_TYPE = re.compile(r"\d*[NSM]")
#: Whole numbers below this are cameras, sectors and counts. The catalogs have such stars, but
#: no list has them alone.
_SMALLEST_NUMBER = 1000


@dataclass(frozen=True)
class Head:
    """The beginning of a list.

    Parameters
    ----------
    comments : tuple of str
        The lines before the first other line that begin with one of `COMMENT_LINES`.
    lines : tuple of str
        The first lines that do not, as far as they were read.
    is_whole : bool
        Whether the list ends with them.
    """

    comments: tuple[str, ...]
    lines: tuple[str, ...]
    is_whole: bool


@dataclass(frozen=True)
class Layout:
    """Where a list has its stars.

    Parameters
    ----------
    described : str
        What messages say of it.
    dialect : Dialect or None
        How rows are divided into cells; None if each line is one name, or names files.
    index : int or None
        The column with the stars; None if every cell of a row is one.
    n_before : int
        Lines before the first row, comments not counted.
    column : str
        The column's name; empty if it has none.
    is_script : bool
        Whether lines name files or folders of stars, among other words.
    n_cells : int
        How many cells a row must have at least, if a missing one would hide which is which.
    """

    described: str
    dialect: Dialect | None = None
    index: int | None = 0
    n_before: int = 0
    column: str = ""
    is_script: bool = False
    n_cells: int = 0


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
    printed = find_printed_table(head.lines, columns)
    if printed is not None:
        dialect, index, column, n_before = printed
        if index is None:
            raise columns.missing(column, where)
        return _table(dialect, index, column[index], n_before)
    layout = _with_header(head, columns)
    if layout is not None:
        return _counting_cells(layout, head)
    if columns.wanted is not None:
        return _by_position(head, columns, where)
    if any(map(star_in, head.lines[:_SAMPLE])):
        return Layout("names of files or folders", is_script=True)
    return _without_header(head, columns, where)


def _table(
    dialect: Dialect, index: int, name: str, n_before: int, *, is_alone: bool = False
) -> Layout:
    column = name.strip(" \t\"'#")
    label = f"column {column!r}" if column else f"column {index + 1}"
    kind = f"of {dialect.name}" if dialect.edges else f"divided by {dialect.name}"
    described = label if is_alone else f"{label} of a table {kind}"
    # A row of fixed places without any cell cannot be divided.
    return Layout(described, dialect, index, n_before, column, n_cells=int(bool(dialect.edges)))


def _counting_cells(layout: Layout, head: Head) -> Layout:
    """Return a layout that refuses rows with too few cells, if blanks divide them."""
    if layout.dialect is None or layout.dialect.delimiter != " " or not layout.index:
        return layout
    rows = map(layout.dialect.split, head.lines[layout.n_before :][:_SAMPLE])
    return replace(layout, n_cells=max(map(len, rows), default=0))


def _with_header(head: Head, columns: StarColumns) -> Layout | None:
    """Return the layout of a table with a known column, or None if there is no such header."""
    lines = head.lines[: _MOST_TITLE_LINES + _SAMPLE]
    for n, line in enumerate(lines[:_MOST_TITLE_LINES]):
        for dialect in DELIMITED:
            layout = _below_header(dialect, line, lines[n + 1 :], n + 1, columns)
            if layout is not None:
                return layout
    for comment in reversed(head.comments):
        # The mark may stand before the first name, or be the name of a column of numbers.
        for text in (comment.lstrip("".join(COMMENT_LINES)).strip(), comment):
            for dialect in DELIMITED:
                layout = _below_header(dialect, text, lines, 0, columns)
                if layout is not None and lines:
                    return layout
    for n, line in enumerate(lines[:_MOST_TITLE_LINES]):
        for dialect in DELIMITED:
            header = dialect.split(line)
            index = columns.index_in(header)
            if index is None or len(header) < 2:
                continue
            n_before = n + 1 + _lines_below(dialect, index, lines[n + 1 :])
            below = _column([dialect.split(text) for text in lines[n_before:]], index)
            if columns.wanted is None and len(below) > 2 and is_counting(below):
                continue
            if dialect.delimiter != " " or _are_numbers(below):
                return _table(dialect, index, header[index], n_before)
    return None


def _below_header(
    dialect: Dialect, line: str, below: Sequence[str], n_before: int, columns: StarColumns
) -> Layout | None:
    """Return the layout of a table if a line is its header and the rows below fit it."""
    header = dialect.split(line)
    index = columns.index_in(header)
    if index is None:
        return None
    n_below = _lines_below(dialect, index, below)
    rows = [dialect.split(text) for text in below[n_below:][:_SAMPLE]]
    if not rows:
        is_alone = len(header) == 1
        return _table(dialect, index, header[0], n_before, is_alone=True) if is_alone else None
    name, n_rows = header[index], n_before + n_below
    if all(len(row) == len(header) + 1 for row in rows) and _are_shifted(rows, index):
        return _table(dialect, index + 1, name, n_rows)
    if columns.wanted is None and len(rows) > 2 and is_counting(_column(rows, index)):
        return None
    if len(rows[0]) != len(header):
        return None
    return _table(dialect, index, name, n_rows, is_alone=len(header) == 1)


def _lines_below(dialect: Dialect, index: int, below: Sequence[str]) -> int:
    """Return how many lines below a header are units, types and rulers."""
    count = 0
    for n, line in enumerate(below[:_MOST_BELOW]):
        cells = dialect.split(line)
        is_type = len(cells) > index and cells[index].strip().lower() in _TYPES
        if is_ruler(line) or is_type or (len(cells) > 1 and all(map(_RDB_TYPE.fullmatch, cells))):
            count = n + 1
    return count


def _are_shifted(rows: Sequence[Sequence[str]], index: int) -> bool:
    """Tell whether rows begin with a name that the header lacks, as R writes them."""
    if not any(row[-1].strip() for row in rows):
        # Each row ends with a delimiter.
        return False
    here, beside = _column(rows, index), _column(rows, index + 1)
    are_stars = all(parse_target(text).number is not None for text in beside if text)
    return are_stars and any(beside) and (is_counting(here) or not _are_numbers(here))


def _by_position(head: Head, columns: StarColumns, where: str) -> Layout:
    """Return the layout of a table whose column was chosen by its position."""
    lines = head.lines[:_SAMPLE]
    # A title may stand above.
    for skipped in range(min(len(lines), _MOST_BELOW)):
        for dialect, rows in _tables_in(lines[skipped:]):
            index = columns.position
            if index is None or index >= len(rows[0]):
                raise columns.missing(rows[0], where)
            is_header = len(rows) > 1 and not any(map(_is_number, rows[0]))
            name = rows[0][index] if is_header else ""
            return _table(dialect, index, name, skipped + is_header)
    raise columns.missing(lines[:1], where)


def _without_header(head: Head, columns: StarColumns, where: str) -> Layout:
    """Return the layout of a table without a known header, or of a list with a name a line."""
    lines = head.lines[:_SAMPLE]
    n_names = sum(map(_is_name, lines))
    for skipped in (0, 1):
        for dialect, rows in _tables_in(lines[skipped:]):
            if dialect.delimiter == " " and 2 * n_names >= len(lines):
                # Blanks are part of names.
                continue
            first = dialect.split(lines[0])
            if skipped and 1 < len(first) >= len(rows[0]) - 1:
                raise columns.missing(first, where)
            if head.is_whole and len(rows) == 1 and all(map(_is_number, map(line_text, rows[0]))):
                return Layout(f"the only row, divided by {dialect.name}", dialect, None, skipped)
            index = _only_numbers(rows, columns, where)
            if index is not None:
                name = first[0] if skipped and len(first) == 1 else _prefix_beside(rows, index)
                return _table(dialect, index, name, skipped)
            if dialect.delimiter != " " and not skipped:
                raise columns.missing(rows[0], where)
    return Layout("one name a line")


def _is_name(line: str) -> bool:
    """Tell whether a line is one name, although blanks may divide it."""
    words = line.split()
    # The number may follow its prefix after a blank.
    n_words = 1 if parse_target(words[0]).number is not None else 2
    is_numbered = parse_target(" ".join(words[:n_words])).number is not None
    is_row = any(map(is_decimal, words[n_words:])) and (is_numbered or is_decimal(words[0]))
    return not is_row and parse_target(line_text(line)).problem is None


def _prefix_beside(rows: Sequence[Sequence[str]], index: int) -> str:
    """Return the prefix that has a column of its own before the numbers; empty if there is none."""
    beside = {text.strip() for text in _column(rows, index - 1)} if index else set()
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
    texts = [_column(rows, index) for index in range(len(rows[0]))]
    filled = [n for n, column in enumerate(texts) if any(column)]
    if len(filled) == 1:
        # Each line ends with a delimiter.
        return filled[0]
    named = [n for n, column in enumerate(texts) if _are_named_numbers(column)]
    if named:
        return named[0]
    found = [n for n, column in enumerate(texts) if _are_numbers(column)]
    if len(found) > 1:
        usual = [n for n in found if _are_usual(texts[n], columns.mission)]
        found = usual or found
    if len(found) > 1:
        positions = " and ".join(str(n + 1) for n in found)
        raise UsageError(
            f"the target list {where} has no header, and its columns {positions} all hold whole"
            f" numbers: say which names the stars, as in --id-column {found[0] + 1}"
        )
    return found[0] if found else None


def _column(rows: Sequence[Sequence[str]], index: int) -> list[str]:
    return [cell_text(row[index]) if index < len(row) else "" for row in rows]


def _are_named_numbers(texts: Sequence[str]) -> bool:
    some = [text for text in texts if text]
    return bool(some) and all(
        not text[0].isdecimal() and parse_target(text).number is not None for text in some
    )


def _are_numbers(texts: Sequence[str]) -> bool:
    some = [text for text in texts if text]
    return bool(some) and all(map(_is_number, some)) and not is_counting(list(texts))


def _are_usual(texts: Sequence[str], mission: Mission) -> bool:
    numbers = (parse_target(text, mission.catalog).number for text in texts if text)
    return all(number is not None and is_usual_number(number, mission) for number in numbers)


def _is_number(text: str) -> bool:
    target = parse_target(text)
    if target.number is None:
        # Longer than the numbers of some catalogs, or with lost digits.
        return text.isdecimal() and len(text) > 1
    return not text[0].isdecimal() or target.number >= _SMALLEST_NUMBER
