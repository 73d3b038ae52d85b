"""Tables whose columns have fixed places: IPAC's, journals', and those with ruled headers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from preprocessing.lists.column_values import is_star_number
from preprocessing.lists.columns import StarColumns
from preprocessing.lists.dialect import Dialect, fixed_columns, is_ruler

__all__ = ["PrintedTable", "find_aligned_table", "find_printed_table"]

#: Dialect, index of the column with the stars (None if it is not known), names of the columns, and
#: lines before the first row.
PrintedTable = tuple[Dialect, int | None, list[str], int]

#: Keywords and comments above an IPAC table begin with the first, its header lines with the second
#: (https://irsa.ipac.caltech.edu/applications/DDGEN/Doc/ipac_tbl.html).
_KEYWORD, _BAR = "\\", "|"
#: The types in its second header line, which may be shortened.
_TYPES = ("integer", "long", "float", "double", "real", "character", "date")
#: Columns of the Standards for Astronomical Catalogs: first and last byte, format, unit, label
#: (https://vizier.cds.unistra.fr/doc/catstd.htx, section 3.2).
_DESCRIBED = re.compile(r"\s*(?:(\d{1,6})\s*-\s*)?(\d{1,6})\s+[AIFE]\d\S*\s+\S+\s+(\S+).*")
_DESCRIPTION = "byte-by-byte description"
#: Rules below the names of columns, one each; and how far down they may be.
_RULES = re.compile(r" *(?:-+|=+)(?: +(?:-+|=+))+ *")
_MOST_ABOVE = 16
_LAST_WORD = re.compile(r"\S+$")
#: Beyond the end of any line.
_END = 2**20


def find_printed_table(
    lines: Sequence[str], columns: StarColumns, comments: Sequence[str] = ()
) -> PrintedTable | None:
    """Return where a table of fixed places has its stars, or None if it is no such table.

    Parameters
    ----------
    lines : sequence of str
        The beginning of the list.
    columns : StarColumns
        Which columns may name stars.
    comments : sequence of str
        Lines of comments above the first row: the names of columns may be one of them.
    """
    n_keywords = next((n for n, line in enumerate(lines) if line[0] != _KEYWORD), 0)
    header = _bars(lines[n_keywords:])
    if _is_ipac(header, lines[n_keywords + len(header) :]):
        return _ipac(header, n_keywords, columns)
    if any(_DESCRIPTION in line.lower() for line in lines):
        return _machine_readable(lines, columns)
    return _ruled(lines, columns, comments)


def _ruled(
    lines: Sequence[str], columns: StarColumns, comments: Sequence[str]
) -> PrintedTable | None:
    """Return the layout of a table whose columns are as wide as the rules below its header.

    VizieR, astropy and programs that print tables write so. Blanks alone would not tell an empty
    cell from the next one.
    """
    for n, line in enumerate(lines[:_MOST_ABOVE]):
        if not _RULES.fullmatch(line):
            continue
        starts = [match.start() for match in re.finditer(r"\S+", line)]
        dialect = fixed_columns((0, *starts[1:], _END), [start - 1 for start in starts[1:]])
        rows = [text for text in lines[n + 1 :] if not _RULES.fullmatch(text)]
        if not rows or not all(map(dialect.split, rows)):
            # The rules are shorter than what stands below.
            continue
        # Units may stand between the header and its rules.
        for header in (*reversed(lines[:n]), *reversed(comments)):
            names = [name.strip() for name in dialect.split(header)]
            index = columns.index_in(names)
            if index is not None:
                return dialect, index, names, n + 1
    return None


def find_aligned_table(lines: Sequence[str], columns: StarColumns) -> PrintedTable | None:
    """Return where a table has its stars whose numbers end below the end of their column's name.

    pandas prints so. Blanks within other cells do not matter.

    Parameters
    ----------
    lines : sequence of str
        The beginning of the list.
    columns : StarColumns
        Which columns may name stars.
    """
    for n, header in enumerate(lines[:_MOST_ABOVE]):
        words = list(re.finditer(r"\S+", header))
        index = columns.index_in([word[0] for word in words])
        rows = lines[n + 1 :]
        if index is None or not rows:
            continue
        end = words[index].end()
        numbers = [_LAST_WORD.search(row[:end]) for row in rows if not row[end : end + 1].strip()]
        found = [match for match in numbers if match is not None and is_star_number(match[0])]
        if len(found) == len(rows):
            start = min(match.start() for match in found)
            dialect = fixed_columns((start, end), [start - 1] if start else [])
            return dialect, 0, [words[index][0]], n + 1
    return None


def _bars(lines: Sequence[str]) -> list[str]:
    end = next((n for n, line in enumerate(lines) if line[0] != _BAR), len(lines))
    return list(lines[:end])


def _is_ipac(header: Sequence[str], below: Sequence[str]) -> bool:
    """Tell whether bars are those of an IPAC table, which need not say the types."""
    if len(header) > 1 and _are_types(header[1]):
        return True
    is_closed = bool(header) and all(line.rstrip()[-1] == _BAR for line in header)
    return is_closed and bool(below) and not any(_BAR in line for line in below)


def _are_types(line: str) -> bool:
    names = [cell.strip().lower() for cell in line.strip().strip(_BAR).split(_BAR)]
    return all(name and any(kind.startswith(name) for kind in _TYPES) for name in names)


def _ipac(header: Sequence[str], n_keywords: int, columns: StarColumns) -> PrintedTable:
    edges = [place for place, character in enumerate(header[0]) if character == _BAR]
    names = [name.strip() for name in fixed_columns(edges).split(header[0].replace(_BAR, " "))]
    index = columns.index_in(names)
    # What stands below a bar is ignored by some readers; a number would lose a digit so.
    gaps = () if index is None else edges[index : index + 2]
    return fixed_columns(edges, gaps), index, names, n_keywords + len(header)


def _machine_readable(lines: Sequence[str], columns: StarColumns) -> PrintedTable | None:
    described = [match for match in map(_DESCRIBED.fullmatch, lines) if match is not None]
    n_before = max((n + 1 for n, line in enumerate(lines) if is_ruler(line)), default=0)
    if not described or not n_before:
        return None
    names = [match[3] for match in described]
    index = columns.index_in(names)
    if index is None:
        return fixed_columns((0, 0)), None, names, n_before
    first, last = described[index][1] or described[index][2], described[index][2]
    # Only the one column is cut out.
    return fixed_columns((int(first) - 1, int(last))), 0, names[index : index + 1], n_before
