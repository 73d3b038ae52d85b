"""Answers that were had, kept on disk piece by piece, so that a build can go on."""

from __future__ import annotations

import asyncio
import csv
import glob
import hashlib
import io
import json
import logging
import shutil
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preprocessing.catalog.store import quoted
from preprocessing.system.atomic import make_folder, write_atomically
from preprocessing.system.clock import utc_now

if TYPE_CHECKING:
    import duckdb

__all__ = ["Segments", "Table"]

_log = logging.getLogger(__name__)

#: When a piece was asked for: a column that each has besides its own.
_ASKED = "asked"


class Table:
    """Columns of the pieces of one table.

    Parameters
    ----------
    name : str
    columns : str
        Names and types of SQL, as in ``kic BIGINT, teff DOUBLE``; the first is the number
        of a star.
    """

    def __init__(self, name: str, columns: str) -> None:
        self.name = name
        pairs = (column.split() for column in columns.split(","))
        self.columns = tuple((name, kind) for name, kind in pairs)

    @property
    def number(self) -> str:
        """The column with a star's number.

        Examples
        --------
        >>> Table("koi", "kic BIGINT, disposition VARCHAR").number
        'kic'
        """
        return self.columns[0][0]


class Segments:
    """Pieces of tables, in a folder beside the catalog that they are for.

    Parameters
    ----------
    folder : Path
    identity : str
        What is built, of what: pieces of something else are removed.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._identity = folder / "what.json"
        self._text = json.dumps({"what": identity})
        #: How many pieces there were already.
        self.n_kept = 0

    def open(self) -> None:
        """Make the folder, or go on with what is there.

        Raises
        ------
        OSError
            From the file system.
        """
        if self._identity.exists() and self._identity.read_text("utf-8") != self._text:
            self.remove()
        make_folder(self._folder)
        write_atomically(self._identity, self._text.encode())

    def remove(self) -> None:
        """Remove every piece."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def keep(
        self, table: Table, piece: str, ask: Callable[[], Awaitable[Iterable[Sequence[Any]]]]
    ) -> int:
        """Ask for a piece of a table, unless it is there; return how many rows it has.

        Parameters
        ----------
        table : Table
        piece : str
            Tells it from the table's others.
        ask : callable
            Gives its rows.

        Raises
        ------
        OSError
            From the file system.
        ArchiveError
            From `ask`.
        """
        path = self._path(table, piece)
        if path.exists():
            self.n_kept += 1
            return await asyncio.to_thread(_count, path)
        asked = utc_now()
        rows = list(await ask())
        await asyncio.to_thread(_write, path, table, rows, asked)
        if rows:
            _log.info("%s: %s: %d rows", table.name, piece, len(rows))
        return len(rows)

    def count(self, table: Table) -> int:
        """Return how many rows all the pieces of a table have."""
        return sum(map(_count, self._paths(table)))

    def forget(self, table: Table) -> None:
        """Remove the pieces of a table."""
        for path in self._paths(table):
            path.unlink(missing_ok=True)

    def load(self, connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, str]:
        """Make a table of all its pieces, with a row for each that differs.

        Returns
        -------
        rows : int
        asked : str
            When the first piece was asked for; empty if there is none.
        """
        columns = (*table.columns, (_ASKED, "VARCHAR"))
        types = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns)
        names = ", ".join(name for name, _ in table.columns)
        # A bracket in the name of a folder is no pattern.
        paths = ", ".join(quoted(glob.escape(str(path))) for path in self._paths(table))
        if not paths:
            bare = ", ".join(f"NULL::{kind} AS {name}" for name, kind in table.columns)
            connection.execute(f"CREATE TABLE {table.name} AS SELECT {bare} LIMIT 0")
            return 0, ""
        connection.execute(
            f"CREATE TABLE {table.name}_pieces AS SELECT * FROM read_csv([{paths}],"
            f" columns={{{types}}}, header=true, auto_detect=false, delim=',', quote='\"',"
            " escape='\"', nullstr='')"
        )
        connection.execute(
            f"CREATE TABLE {table.name} AS SELECT DISTINCT {names} FROM {table.name}_pieces"
        )
        rows, asked = connection.execute(
            f"SELECT (SELECT count(*) FROM {table.name}), (SELECT min({_ASKED}) FROM"
            f" {table.name}_pieces)"
        ).fetchall()[0]
        connection.execute(f"DROP TABLE {table.name}_pieces")
        return rows, asked or ""

    def numbers(self, table: Table) -> list[int]:
        """Return the numbers of the stars in a table, each once, in ascending order."""
        numbers: set[int] = set()
        for path in self._paths(table):
            with open(path, encoding="utf-8", newline="") as stream:
                numbers.update(int(row[table.number]) for row in csv.DictReader(stream))
        return sorted(numbers)

    def _paths(self, table: Table) -> list[Path]:
        return sorted(self._folder.glob(f"{table.name}-*.csv"))

    def _path(self, table: Table, piece: str) -> Path:
        # Whatever a piece is called, and in whichever case file systems see it.
        digest = hashlib.sha256(piece.encode()).hexdigest()[:16]
        return self._folder / f"{table.name}-{digest}.csv"


def _count(path: Path) -> int:
    with open(path, encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def _write(path: Path, table: Table, rows: Iterable[Sequence[Any]], asked: str) -> None:
    text = io.StringIO(newline="")
    # Quoted, or a carriage return in a name would end the row.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([*(name for name, _ in table.columns), _ASKED])
    writer.writerows([*row, asked] for row in rows)
    write_atomically(path, text.getvalue().encode("utf-8", "replace"))
