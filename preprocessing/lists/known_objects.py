"""Tables of known objects as archives export them and as people write them."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from preprocessing.core.errors import UsageError
from preprocessing.core.known_objects import KnownObjects, KnownSource, combine
from preprocessing.core.suggestions import did_you_mean
from preprocessing.lists.cells import cell_text, star_of_cell
from preprocessing.lists.columns import StarColumns, plain_name
from preprocessing.lists.dialect import DELIMITED, Dialect, is_ruler
from preprocessing.lists.printed_tables import find_printed_table
from preprocessing.lists.text import COMMENT_LINES, read_lines
from preprocessing.missions import MISSIONS, Mission
from preprocessing.missions.known_rows import known_object
from preprocessing.missions.known_tables import PLAIN_TABLE, Field, KnownTable
from preprocessing.system.waiting import utc_now

__all__ = ["read_labels"]

_WHAT = "table of known objects"
#: Titles may stand above a header in so many lines.
_MOST_TITLE_LINES = 12
#: Lines that are read to recognize a table, comments not counted.
_HEAD = 40
#: Lines below a header that hold units and rulers, and no row.
_MOST_BELOW = 3
#: A file with so many of the columns that no other table has is that table.
_FEWEST_MARKS = 2
#: Columns of bare numbers, in the plainest of tables.
_NUMBERS = ("number", "starnumber")
_SHOWN = 200


@dataclass(frozen=True)
class _Layout:
    """Where a table has its fields.

    Parameters
    ----------
    table : KnownTable
        What the table is.
    dialect : Dialect
        How its rows are divided.
    header : tuple of str
        The names of its columns.
    n_before : int
        Lines before the first row, comments not counted.
    star : int
        The column of the stars.
    """

    table: KnownTable
    dialect: Dialect
    header: tuple[str, ...]
    n_before: int
    star: int

    @cached_property
    def columns(self) -> dict[Field, int]:
        """Which column has which field; the first of several names counts."""
        plain = [plain_name(name) for name in self.header]
        columns = {Field.STAR: self.star}
        for one, names in self.table.fields.items():
            index = next((plain.index(name) for name in names if name in plain), None)
            if index is not None:
                columns.setdefault(one, index)
        return columns

    @cached_property
    def epochs(self) -> str:
        """The name of the column of epochs; empty if there is none."""
        index = self.columns.get(Field.EPOCH)
        return "" if index is None else self.header[index]


def read_labels(path: Path, mission: Mission) -> KnownObjects:
    """Read a table of known objects.

    Parameters
    ----------
    path : Path
        An export of the NASA Exoplanet Archive, ExoFOP or VizieR, a published table that the
        mission knows, or any table with columns of the star's number, kind, period, epoch and
        source: see `PLAIN_TABLE`.
    mission : Mission
        The mission whose stars are wanted. Bare numbers belong to its catalog.

    Returns
    -------
    KnownObjects
        The objects, and how many rows were dropped or changed, and why.

    Raises
    ------
    UsageError
        The table cannot be read, lacks a column, or has no usable row.
    """
    lines = read_lines(str(path), _WHAT)
    comments, head = _head(lines)
    layout = _layout(head, comments, mission, path)
    _require(layout, path)
    rest = (line for line in lines if not line.lstrip().startswith(COMMENT_LINES))
    rows = _rows(layout, head[layout.n_before :], rest, mission)
    name = f"{layout.table.name} ({path.name})"
    try:
        read = [known_object(layout.table, row, mission, name, layout.epochs) for row in rows]
    except csv.Error as error:
        raise UsageError(f"the {_WHAT} {path} is not a valid table: {error}") from error
    objects = tuple(known for known, _ in read if known is not None)
    remarks = Counter(str(remark) for _, told in read for remark in told)
    if not objects:
        why = "; ".join(f"{count} {remark}" for remark, count in remarks.items())
        raise UsageError(
            f"the {_WHAT} {path} has no usable row"
            f"{f' of {len(read)} ({why})' if read else ': it is empty'}; former labels stay"
        )
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    source = KnownSource(
        name, str(path), utc_now(), len(read), len(objects), digest, remarks=dict(remarks)
    )
    return combine([KnownObjects(mission.name, objects, (source,))])


def _head(lines: Iterator[str]) -> tuple[list[str], list[str]]:
    """Return the comments above the first other line, and the first of those."""
    comments: list[str] = []
    head: list[str] = []
    for line in lines:
        if not line.lstrip().startswith(COMMENT_LINES):
            head.append(line)
        elif not head:
            comments.append(line.strip())
        if len(head) == _HEAD:
            break
    return comments, head


def _layout(head: Sequence[str], comments: Sequence[str], mission: Mission, path: Path) -> _Layout:
    """Recognize a table by its beginning.

    Raises
    ------
    UsageError
        No line of it names the columns.
    """
    if not head:
        raise UsageError(f"the {_WHAT} {path} is empty; former labels stay")
    stars = StarColumns(mission)
    printed = find_printed_table(head, stars)
    if printed is not None and printed[1] is not None and len(printed[2]) > 1:
        dialect, star, header, n_before = printed
        assert star is not None
        return _Layout(_table_of(header), dialect, tuple(header), n_before, star)
    best, most = None, 1
    above = [(text.lstrip("".join(COMMENT_LINES)).strip(), 0) for text in reversed(comments)]
    lines = [(line, n + 1) for n, line in enumerate(head[:_MOST_TITLE_LINES])]
    for line, n_before in (*lines, *above):
        for dialect in DELIMITED:
            header = dialect.split(line)
            star = _star_column(header, stars)
            if star is None:
                continue
            layout = _Layout(_table_of(header), dialect, tuple(header), n_before, star)
            if len(layout.columns) > most:
                best, most = layout, len(layout.columns)
        if best is not None:
            return best
    shown = " ".join(head[0].split())[:_SHOWN]
    raise UsageError(
        f"the {_WHAT} {path} has no known columns: its first row is {shown!r}. Name them number,"
        " kind, period, epoch and source"
    )


def _star_column(header: Sequence[str], stars: StarColumns) -> int | None:
    index = stars.index_in(header)
    if index is not None and plain_name(header[index]) != "name":
        return index
    plain = [plain_name(name) for name in header]
    return next((plain.index(name) for name in _NUMBERS if name in plain), index)


def _table_of(header: Sequence[str]) -> KnownTable:
    """Return which table has such columns; `PLAIN_TABLE` if none does."""
    plain = {plain_name(name) for name in header}
    tables = [table for mission in MISSIONS.values() for table in mission.known_tables]
    best = max(tables, key=lambda table: len(plain & table.marks))
    return best if len(plain & best.marks) >= _FEWEST_MARKS else PLAIN_TABLE


def _require(layout: _Layout, path: Path) -> None:
    """Raise `UsageError` if a column that the table must have is not there."""
    columns = layout.columns
    lacking = [one for one in layout.table.required if one not in columns]
    if lacking:
        wanted = layout.table.fields[lacking[0]][0]
        guess = did_you_mean(wanted, [plain_name(name) for name in layout.header])
        raise UsageError(
            f"the {_WHAT} {path} is read as {layout.table.name}, but has no column of the"
            f" {lacking[0]} (such as {wanted}), which may have been renamed:"
            f" {guess and guess + ' '}its columns are {', '.join(layout.header)[:_SHOWN]}. Former"
            " labels stay"
        )


def _rows(
    layout: _Layout, first: Sequence[str], rest: Iterator[str], mission: Mission
) -> Iterator[Mapping[Field, object]]:
    """Yield the fields of each row; units, rulers and repeated headers are none."""
    columns, stars = layout.columns, layout.header[layout.star]
    catalog = StarColumns(mission).catalog_of(stars)
    rulers = [n for n, line in enumerate(first[:_MOST_BELOW]) if is_ruler(line)]
    n_below = 1 + rulers[-1] if rulers else 0
    for cells in layout.dialect.rows(chain(first[n_below:], rest)):
        row: dict[Field, object] = {
            one: cell_text(cells[index]) if index < len(cells) else ""
            for one, index in columns.items()
        }
        text = str(row[Field.STAR])
        if text == stars.strip():
            continue
        row[Field.STAR] = star_of_cell(text, catalog) if text else ""
        yield row
