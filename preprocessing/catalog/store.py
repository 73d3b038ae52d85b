"""The catalog on disk: one Parquet file that records where its data come from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preprocessing._version import __version__
from preprocessing.catalog.columns import CatalogLayout, catalog_layout
from preprocessing.core.errors import UsageError
from preprocessing.network.source_names import is_embedded
from preprocessing.system.atomic import make_folder, part_path, publish, remove_part, sync_file

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "Catalog",
    "CatalogNote",
    "CatalogSource",
    "catalog_path",
    "connect",
    "cut_off",
    "first_line",
    "open_catalog",
    "quoted",
    "write_catalog",
]

#: Version of the file's layout; files of another version are refused.
_FORMAT = 1
#: The key of the note in the Parquet file's metadata.
_KEY = "xenoscan_catalogue"
_STARS = "stars"
_FOLDER = Path("data/catalog")
_EMBEDDED_FOLDER = Path("data/embedded/catalog")
#: Keep DuckDB from downloading extensions into the home directory, and bound its resources.
_CLOSED_IN: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": 2,
}


@dataclass(frozen=True)
class CatalogSource:
    """One table from which a catalog was built.

    Parameters
    ----------
    name : str
        Service and table.
    url : str
        The service's address.
    rows : int
        Number of rows used.
    asked : str
        When its first rows were requested: ISO 8601, UTC.
    note : str
        What was not available, if anything.
    """

    name: str
    url: str
    rows: int
    asked: str
    note: str = ""


@dataclass(frozen=True)
class CatalogNote:
    """A catalog's description of itself.

    Parameters
    ----------
    mission : str
        The mission whose stars it lists.
    archive : str
        The archive's name in records: `Archive.identity`.
    is_synthetic : bool
        Whether its stars are synthetic.
    built : str
        When it was built: ISO 8601, UTC.
    rows : int
        Number of stars.
    sources : tuple of CatalogSource
        The tables from which it was built.
    program : str
        Name and version of the program that built it.
    """

    mission: str
    archive: str
    is_synthetic: bool
    built: str
    rows: int
    sources: tuple[CatalogSource, ...]
    program: str = f"xenoscan {__version__}"

    def encode(self) -> str:
        """Return the note as JSON, with the meaning and unit of every column."""
        columns = [
            {"name": column.name, "unit": column.unit, "meaning": column.meaning}
            for column in catalog_layout(self.mission).columns
        ]
        return json.dumps({"format": _FORMAT, **asdict(self), "columns": columns})

    @classmethod
    def decode(cls, text: str) -> CatalogNote:
        """Return the note that `encode` wrote.

        Parameters
        ----------
        text : str
            The JSON.

        Raises
        ------
        ValueError
            The text is not such a note, or of another version.
        """
        content = json.loads(text)
        if not isinstance(content, dict) or content.get("format") != _FORMAT:
            raise ValueError("it is of another format")
        try:
            note = cls(
                mission=str(content["mission"]),
                archive=str(content["archive"]),
                is_synthetic=bool(content["is_synthetic"]),
                built=str(content["built"]),
                rows=int(content["rows"]),
                sources=tuple(CatalogSource(**source) for source in content["sources"]),
                program=str(content["program"]),
            )
            _ = catalog_layout(note.mission)
        except (KeyError, TypeError) as error:
            raise ValueError(f"its note lacks {error}") from error
        return note


@dataclass(frozen=True)
class Catalog:
    """An open catalog.

    Parameters
    ----------
    path : Path
        The file.
    digest : str
        SHA-256 of the file.
    note : CatalogNote
        The catalog's description of itself.
    connection : duckdb.DuckDBPyConnection
        A database with a table ``stars`` and no access to anything else.
    """

    path: Path
    digest: str
    note: CatalogNote
    connection: duckdb.DuckDBPyConnection

    @property
    def layout(self) -> CatalogLayout:
        """The catalog's columns."""
        return catalog_layout(self.note.mission)

    @property
    def column_names(self) -> frozenset[str]:
        """The names of the catalog's columns."""
        return frozenset(column.name for column in self.layout.columns)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query on the table ``stars``.

        Parameters
        ----------
        query : str
            The query, in SQL.
        values : sequence, optional
            Values of its placeholders.

        Raises
        ------
        duckdb.Error
            The query cannot be answered.
        """
        return self.connection.execute(query, values).fetchall()


def catalog_path(mission: str, archive: str) -> Path:
    """Return the default path of a mission's catalog.

    Parameters
    ----------
    mission : str
        The mission's name.
    archive : str
        The archive as the user named it.

    Examples
    --------
    >>> catalog_path("Kepler", "mast").as_posix()
    'data/catalog/kepler.parquet'
    """
    folder = _EMBEDDED_FOLDER if is_embedded(archive) else _FOLDER
    return folder / f"{mission.lower()}.parquet"


def connect() -> duckdb.DuckDBPyConnection:
    """Return a database in memory that fetches nothing from the network."""
    # Imported here, since it takes 30 MB and only builds and selections need it.
    import duckdb

    return duckdb.connect(config=_CLOSED_IN)


def quoted(text: str) -> str:
    """Return a text as an SQL string literal.

    Parameters
    ----------
    text : str
        Any text.

    Examples
    --------
    >>> quoted("it's")
    "'it''s'"
    """
    return "'" + text.replace("'", "''") + "'"


def write_catalog(
    connection: duckdb.DuckDBPyConnection, query: str, note: CatalogNote, path: Path
) -> None:
    """Write the rows of a query as a catalog, in one step.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The database to query.
    query : str
        Returns the columns of the mission's layout.
    note : CatalogNote
        The catalog's description of itself.
    path : Path
        The catalog. An older file is replaced.

    Raises
    ------
    OSError
        The file cannot be written; an older file is still there.
    """
    import duckdb

    make_folder(path.parent)
    part = part_path(path)
    # Remove whatever has the name: DuckDB would write through a link.
    part.unlink(missing_ok=True)
    options = f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{_KEY}: {quoted(note.encode())}}}"
    try:
        try:
            connection.execute(f"COPY ({query}) TO {quoted(str(part))} ({options})")
        except duckdb.IOException as error:
            raise OSError(None, first_line(error)) from error
        _sync(part)
        publish(part, path)
    except BaseException:
        with suppress(OSError):
            remove_part(path)
        raise


@contextmanager
def open_catalog(path: Path) -> Iterator[Catalog]:
    """Open a catalog.

    Parameters
    ----------
    path : Path
        The catalog.

    Yields
    ------
    Catalog
        The catalog, until the block ends.

    Raises
    ------
    UsageError
        The file does not exist, or this program cannot read it.
    """
    import duckdb

    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(
            f"cannot read the catalog {path}: {error.strerror}. Build one with"
            " xenoscan catalog, or name one with --catalog"
        ) from error
    connection = connect()
    try:
        try:
            note = _read(connection, path)
        except (duckdb.Error, ValueError) as error:
            raise UsageError(
                f"{path} is not a catalog that this program can read ({first_line(error)}): build"
                " a new one with xenoscan catalog"
            ) from error
        yield Catalog(path, digest, note, connection)
    finally:
        connection.close()


def _read(connection: duckdb.DuckDBPyConnection, path: Path) -> CatalogNote:
    """Load a file's rows, then cut the database off from all other files."""
    source = quoted(str(path))
    # parquet_kv_metadata gives keys and values as bytes.
    kept: Mapping[bytes, bytes] = dict(
        connection.execute(f"SELECT key, value FROM parquet_kv_metadata({source})").fetchall()
    )
    if _KEY.encode() not in kept:
        raise ValueError("it has no note")
    note = CatalogNote.decode(kept[_KEY.encode()].decode())
    wanted = ", ".join(
        f"{c.name}::{c.type} AS {c.name}" for c in catalog_layout(note.mission).columns
    )
    connection.execute(f"CREATE TABLE {_STARS} AS SELECT {wanted} FROM read_parquet({source})")
    cut_off(connection)
    return note


def cut_off(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep a database from all files: users' expressions are evaluated from here on.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        The database.
    """
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _sync(path: Path) -> None:
    with open(path, "rb+") as stream:
        sync_file(stream.fileno())


def first_line(error: Exception) -> str:
    """Return an error's message without the diagram that DuckDB appends.

    Parameters
    ----------
    error : Exception
        DuckDB's error.
    """
    return (str(error).splitlines() or [type(error).__name__])[0]
