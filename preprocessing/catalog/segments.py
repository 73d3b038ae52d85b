"""Answers of the archives, saved on disk piece by piece, so that a build can be continued."""

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
from preprocessing.system.waiting import utc_now

if TYPE_CHECKING:
    import duckdb

__all__ = ["Segments", "Table"]

_log = logging.getLogger(__name__)

#: The column, added to every piece, with the time at which the piece was requested.
_ASKED = "asked"


class Table:
    """The columns of a table that is collected in pieces.

    Parameters
    ----------
    name : str
        The table's name in SQL and in file names.
    columns : str
        Names and types in SQL, as in ``kic BIGINT, teff DOUBLE``. The first is the star's
        number.
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
    """Pieces of tables, in a folder beside the catalog that is being built.

    Parameters
    ----------
    folder : Path
        Where the pieces are.
    identity : str
        What is being built and from where. Pieces of another build are removed.
    """

    def __init__(self, folder: Path, identity: str) -> None:
        self._folder = folder
        self._identity = folder / "what.json"
        self._text = json.dumps({"what": identity})
        #: How many pieces were already on disk.
        self.n_kept = 0

    def open(self) -> None:
        """Create the folder, or continue with the pieces in it.

        Raises
        ------
        OSError
            The folder cannot be read or written.
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
        """Request a piece of a table, unless it is on disk.

        Parameters
        ----------
        table : Table
            The table that the piece belongs to.
        piece : str
            Identifies the piece within the table.
        ask : callable
            Requests the piece and returns its rows.

        Returns
        -------
        int
            Number of rows in the piece.

        Raises
        ------
        OSError
            The piece cannot be written or read.
        ArchiveError
            `ask` failed.
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
        """Return the number of rows in all pieces of a table."""
        return sum(map(_count, self._paths(table)))

    def forget(self, table: Table) -> None:
        """Remove the pieces of a table."""
        for path in self._paths(table):
            path.unlink(missing_ok=True)

    def load(self, connection: duckdb.DuckDBPyConnection, table: Table) -> tuple[int, str]:
        """Create a database table from all pieces of a table, without duplicate rows.

        Parameters
        ----------
        connection : duckdb.DuckDBPyConnection
            The database.
        table : Table
            The table to create.

        Returns
        -------
        rows : int
            Number of distinct rows.
        asked : str
            When the first piece was requested (ISO 8601, UTC); empty if there is none.
        """
        columns = (*table.columns, (_ASKED, "VARCHAR"))
        types = ", ".join(f"{quoted(name)}: {quoted(kind)}" for name, kind in columns)
        names = ", ".join(name for name, _ in table.columns)
        # A bracket in a folder's name must not act as a pattern.
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
        """Return the distinct star numbers in a table, in ascending order."""
        numbers: set[int] = set()
        for path in self._paths(table):
            with open(path, encoding="utf-8", newline="") as stream:
                numbers.update(int(row[table.number]) for row in csv.DictReader(stream))
        return sorted(numbers)

    def _paths(self, table: Table) -> list[Path]:
        return sorted(self._folder.glob(f"{table.name}-*.csv"))

    def _path(self, table: Table, piece: str) -> Path:
        # A digest is a valid file name on every file system, whatever the piece is called.
        digest = hashlib.sha256(piece.encode()).hexdigest()[:16]
        return self._folder / f"{table.name}-{digest}.csv"


def _count(path: Path) -> int:
    with open(path, encoding="utf-8", newline="") as stream:
        return sum(1 for _ in csv.reader(stream)) - 1


def _write(path: Path, table: Table, rows: Iterable[Sequence[Any]], asked: str) -> None:
    text = io.StringIO(newline="")
    # Quote all cells, since a carriage return in a name would otherwise end the row.
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow([*(name for name, _ in table.columns), _ASKED])
    writer.writerows([*row, asked] for row in rows)
    write_atomically(path, text.getvalue().encode("utf-8", "replace"))
