"""The catalog on disk: one Parquet file that says where it comes from."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preprocessing._version import __version__
from preprocessing.catalog.columns import CatalogLayout, catalog_layout
from preprocessing.core.errors import UsageError
from preprocessing.network.source_names import is_embedded
from preprocessing.system.atomic import make_folder, part_path, publish, remove_part

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "Catalog",
    "CatalogNote",
    "CatalogSource",
    "catalog_path",
    "connect",
    "first_line",
    "open_catalog",
    "quoted",
    "write_catalog",
]

#: Layout of the file; one of another layout is refused.
_FORMAT = 1
#: Under which the note stands in the Parquet file's metadata.
_KEY = "xenoscan_catalogue"
_STARS = "stars"
_FOLDER = Path("data/catalog")
_EMBEDDED_FOLDER = Path("data/embedded/catalog")
#: Extensions would come from the network, into the home directory.
_CLOSED_IN: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "memory_limit": "1GB",
    "threads": 2,
}


@dataclass(frozen=True)
class CatalogSource:
    """One table that a catalog was made of.

    Parameters
    ----------
    name : str
        Service and table.
    url : str
    rows : int
    asked : str
        When its first rows came: ISO 8601, UTC.
    note : str
        What could not be had of it, if anything.
    """

    name: str
    url: str
    rows: int
    asked: str
    note: str = ""


@dataclass(frozen=True)
class CatalogNote:
    """What a catalog says of itself.

    Parameters
    ----------
    mission : str
    archive : str
        What records call the archive: `Archive.identity`.
    is_synthetic : bool
        Whether its stars were made by a program.
    built : str
        ISO 8601, UTC.
    rows : int
    sources : tuple of Source
    program : str
    """

    mission: str
    archive: str
    is_synthetic: bool
    built: str
    rows: int
    sources: tuple[CatalogSource, ...]
    program: str = f"xenoscan {__version__}"

    def encode(self) -> str:
        """Return it as JSON, with the meaning and unit of every column."""
        columns = [
            {"name": column.name, "unit": column.unit, "meaning": column.meaning}
            for column in catalog_layout(self.mission).columns
        ]
        return json.dumps({"format": _FORMAT, **asdict(self), "columns": columns})

    @classmethod
    def decode(cls, text: str) -> CatalogNote:
        """Return what `encode` wrote.

        Raises
        ------
        ValueError
            It is something else.
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
    """A catalog that is open.

    Parameters
    ----------
    path : Path
    digest : str
        SHA-256 of the file.
    note : CatalogNote
    connection : duckdb.DuckDBPyConnection
        With a table ``stars``, and no way to anything else.
    """

    path: Path
    digest: str
    note: CatalogNote
    connection: duckdb.DuckDBPyConnection

    @property
    def layout(self) -> CatalogLayout:
        """What its columns are."""
        return catalog_layout(self.note.mission)

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows that answer a query on the table ``stars``.

        Raises
        ------
        duckdb.Error
            The query cannot be answered.
        """
        return self.connection.execute(query, values).fetchall()


def catalog_path(mission: str, archive: str) -> Path:
    """Return where a mission's catalog is, if nothing else is said.

    Examples
    --------
    >>> catalog_path("Kepler", "mast").as_posix()
    'data/catalog/kepler.parquet'
    """
    folder = _EMBEDDED_FOLDER if is_embedded(archive) else _FOLDER
    return folder / f"{mission.lower()}.parquet"


def connect() -> duckdb.DuckDBPyConnection:
    """Return a database in memory that fetches nothing from the network."""
    # Imported here: only builds and selections need it, and it takes 30 MB.
    import duckdb

    return duckdb.connect(config=_CLOSED_IN)


def quoted(text: str) -> str:
    """Return a text as SQL writes it.

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
    query : str
        Gives the columns of the mission's layout.
    note : CatalogNote
    path : Path

    Raises
    ------
    OSError
        From the file system; what was there before is then still there.
    """
    import duckdb

    make_folder(path.parent)
    part = part_path(path)
    # Whatever has the name, a link for instance, is not written through.
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
    """Read a catalog.

    Parameters
    ----------
    path : Path

    Yields
    ------
    Catalog

    Raises
    ------
    UsageError
        There is none, or it is none of this program's.
    """
    import duckdb

    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise UsageError(
            f"cannot read the catalog {path}: {error.strerror}. Build one with"
            " scripts/build_catalog.py, or name one with --catalog"
        ) from error
    connection = connect()
    try:
        try:
            note = _read(connection, path)
        except (duckdb.Error, ValueError) as error:
            raise UsageError(
                f"{path} is no catalog that this program can read ({first_line(error)}): build"
                " it anew with scripts/build_catalog.py"
            ) from error
        yield Catalog(path, digest, note, connection)
    finally:
        connection.close()


def _read(connection: duckdb.DuckDBPyConnection, path: Path) -> CatalogNote:
    """Load a file's rows and shut the door behind them."""
    place = quoted(str(path))
    # parquet_kv_metadata gives keys and values as bytes.
    kept: Mapping[bytes, bytes] = dict(
        connection.execute(f"SELECT key, value FROM parquet_kv_metadata({place})").fetchall()
    )
    if _KEY.encode() not in kept:
        raise ValueError("it has no note")
    note = CatalogNote.decode(kept[_KEY.encode()].decode())
    wanted = ", ".join(
        f"{c.name}::{c.type} AS {c.name}" for c in catalog_layout(note.mission).columns
    )
    connection.execute(f"CREATE TABLE {_STARS} AS SELECT {wanted} FROM read_parquet({place})")
    # From here on expressions are evaluated that somebody wrote.
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return note


def _sync(path: Path) -> None:
    with open(path, "rb+") as stream:
        os.fsync(stream.fileno())


def first_line(error: Exception) -> str:
    """Return what an error says, without the picture that DuckDB draws below it."""
    return (str(error).splitlines() or [type(error).__name__])[0]
