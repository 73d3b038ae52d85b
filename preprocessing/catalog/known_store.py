"""The file of a mission's known objects, beside its catalog."""

from __future__ import annotations

from contextlib import closing, suppress
from pathlib import Path

from preprocessing.catalog.store import connect, first_line, quoted
from preprocessing.core.known_objects import KnownObjects
from preprocessing.core.known_records import (
    KNOWN_COLUMNS,
    KNOWN_KEY,
    known_of_records,
    note_of,
    record_of,
)
from preprocessing.system.atomic import make_folder, part_path, publish, remove_part, sync_file

__all__ = ["former_objects", "known_path", "write_known_objects"]

_TYPES = {int: "BIGINT", str: "VARCHAR", float: "DOUBLE", bool: "BOOLEAN"}


def known_path(catalog: Path) -> Path:
    """Return where the known objects of a catalog's stars are.

    Parameters
    ----------
    catalog : Path
        The catalog.

    Examples
    --------
    >>> known_path(Path("data/catalog/kepler.parquet")).name
    'kepler.known.parquet'
    """
    return catalog.with_name(f"{catalog.stem}.known.parquet")


def write_known_objects(known: KnownObjects, path: Path) -> None:
    """Write known objects, in one step.

    Parameters
    ----------
    known : KnownObjects
        What to write.
    path : Path
        The file. An older one is replaced.

    Raises
    ------
    OSError
        The file cannot be written; an older one is still there.
    """
    import duckdb

    make_folder(path.parent)
    part = part_path(path)
    part.unlink(missing_ok=True)
    rows = [record_of(one) for one in known.objects]
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in KNOWN_COLUMNS]
    selected = ", ".join(
        f"unnest(?::{_TYPES[column.kind]}[]) AS {column.name}" for column in KNOWN_COLUMNS
    )
    options = (
        f"FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{KNOWN_KEY}: {quoted(note_of(known))}}}"
    )
    try:
        with closing(connect()) as connection:
            connection.execute(f"CREATE TABLE known AS SELECT {selected}", values)
            try:
                connection.execute(f"COPY known TO {quoted(str(part))} ({options})")
            except duckdb.IOException as error:
                raise OSError(None, first_line(error)) from error
        with open(part, "rb+") as stream:
            sync_file(stream.fileno())
        publish(part, path)
    except BaseException:
        with suppress(OSError):
            remove_part(path)
        raise


def former_objects(path: Path) -> KnownObjects | None:
    """Return the known objects of an earlier build; None if there are none that can be read.

    Parameters
    ----------
    path : Path
        The file.
    """
    import duckdb

    if not path.is_file():
        return None
    names = [column.name for column in KNOWN_COLUMNS]
    source = quoted(str(path))
    with closing(connect()) as connection:
        try:
            kept = dict(
                connection.execute(
                    f"SELECT key, value FROM parquet_kv_metadata({source})"
                ).fetchall()
            )
            rows = connection.execute(f"SELECT {', '.join(names)} FROM {source}").fetchall()
            note = kept.get(KNOWN_KEY.encode(), b"null").decode()
            return known_of_records(note, (dict(zip(names, row, strict=True)) for row in rows))
        except (duckdb.Error, ValueError):
            return None
