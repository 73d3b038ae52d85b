"""Look up numbers in the tables of benchmarks/RESULTS.md: what is not there is an error."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NotMeasuredError", "ResultsTable", "number_in", "read_tables", "table_named"]

_HEADING = re.compile(r"^(#{2,6}) (?P<text>.+)$")
#: What begins a paragraph in bold names the table after it.
_LEAD = re.compile(r"^\*\*(?P<text>[^*]+)\*\*")
_RULE = re.compile(r"^\|[ :|-]+\|$")
_CELLS = re.compile(r"(?<!\\)\|")


class NotMeasuredError(LookupError):
    """A number, or its table, is not where a page says that it is."""


@dataclass(frozen=True)
class ResultsTable:
    """One table of the results.

    Parameters
    ----------
    section : str
        The heading above it.
    lead : str
        The last words in bold at the start of a line between that heading and the table; empty if
        there are none.
    header : tuple of str
        Its columns.
    rows : tuple of tuple of str
        Its cells.
    """

    section: str
    lead: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """What pages call it."""
        return f"{self.section} / {self.lead}" if self.lead else self.section


def read_tables(path: Path) -> tuple[ResultsTable, ...]:
    """Return the tables of a Markdown file.

    Parameters
    ----------
    path : Path
        The file.
    """
    return tuple(_tables(path.read_text(encoding="utf-8").splitlines()))


def table_named(tables: Sequence[ResultsTable], name: str) -> ResultsTable:
    """Return the one table of a name.

    Parameters
    ----------
    tables : sequence of ResultsTable
        All tables.
    name : str
        Heading of its section, then a slash and its lead if it has one; or a slash and the name of
        its first column.

    Raises
    ------
    NotMeasuredError
        There is none, or there are several.
    """
    found = [t for t in tables if name in (t.name, f"{t.section} / {t.header[0]}")]
    if len(found) != 1:
        others = ", ".join(repr(t.name) for t in tables if t.section == name.split(" / ")[0])
        raise NotMeasuredError(
            f"{len(found)} tables are called {name!r}, and not one (in that section: {others})"
        )
    return found[0]


def number_in(tables: Sequence[ResultsTable], place: str) -> str:
    """Return one cell, or the name of a column.

    Parameters
    ----------
    tables : sequence of ResultsTable
        All tables.
    place : str
        Name of the table, start of the row, and column, with ``|`` between; without a row, the
        name of the column is returned.

    Raises
    ------
    NotMeasuredError
        There is no such cell, it is empty, or several rows begin so.
    """
    parts = [part.strip() for part in place.split("|")]
    if len(parts) not in (2, 3):
        raise NotMeasuredError(f"{place!r} is not table | row | column")
    name, *rows, column = parts
    table = table_named(tables, name)
    if column not in table.header:
        raise NotMeasuredError(f"{name!r} has no column {column!r}, but {', '.join(table.header)}")
    if not rows:
        return column
    found = [one for one in table.rows if one[0] == rows[0]]
    if len(found) != 1:
        raise NotMeasuredError(f"{len(found)} rows of {name!r} begin with {rows[0]!r}, and not one")
    cell = found[0][table.header.index(column)]
    if not cell:
        raise NotMeasuredError(f"the cell {place!r} is empty")
    return cell


def _tables(lines: Sequence[str]) -> Iterator[ResultsTable]:
    section = lead = ""
    at = 0
    while at < len(lines):
        line = lines[at]
        if match := _HEADING.match(line):
            section, lead = match["text"], ""
        elif match := _LEAD.match(line):
            lead = match["text"].rstrip(".:,")
        elif line.startswith("|") and at + 1 < len(lines) and _RULE.match(lines[at + 1]):
            end = at
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            rows = tuple(_cells(one) for one in lines[at + 2 : end])
            yield ResultsTable(section, lead, _cells(line), rows)
            at, lead = end, ""
            continue
        at += 1


def _cells(line: str) -> tuple[str, ...]:
    return tuple(one.strip().replace("**", "") for one in _CELLS.split(line.strip())[1:-1])
