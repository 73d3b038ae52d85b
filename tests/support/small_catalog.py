"""Catalogs of a few stars, made up for one test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from preprocessing.catalog.columns import catalog_layout
from preprocessing.catalog.store import Catalog, CatalogNote, CatalogSource, connect, write_catalog

if TYPE_CHECKING:
    import duckdb

__all__ = ["SUN", "catalog_of", "note_of", "save_catalog"]

#: A star that nothing is wrong with, and of which everything is known.
SUN: Mapping[str, Any] = {
    "ra": 290.0,
    "dec": 44.0,
    "kepmag": 12.0,
    "teff": 5772.0,
    "logg": 4.44,
    "feh": 0.0,
    "radius": 1.0,
    "mass": 1.0,
    "cdpp": 30.0,
    "nquarters": 17,
    "quarters": list(range(1, 18)),
    "nshort": 0,
    "disposition": "NONE",
    "n_planets": 0,
    "n_candidates": 0,
}


def catalog_of(stars: Iterable[Mapping[str, Any]]) -> Catalog:
    """Return Kepler's catalog of stars that differ from the Sun as they say.

    Only the last one that was returned may be used.
    """
    connection = _connection()
    _fill(connection, stars)
    return Catalog(Path("stars.parquet"), "0" * 64, note_of(), connection)


def save_catalog(path: Path, stars: Iterable[Mapping[str, Any]], **changes: Any) -> Path:
    """Write such a catalog, whose note differs from the usual one as is said."""
    _fill(_connection(), stars)
    write_catalog(_connection(), "FROM stars", note_of(**changes), path)
    return path


def note_of(**changes: Any) -> CatalogNote:
    """Return the note of a catalog, which says that its stars are real if not told otherwise."""
    note = {
        "mission": "Kepler",
        "archive": "mast",
        "is_synthetic": False,
        "built": "2026-01-02T03:04:05Z",
        "rows": 1,
        "sources": (CatalogSource("a table", "https://example.org", 1, "2026-01-02T03:04:04Z"),),
    }
    return CatalogNote(**{**note, **changes})


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    return connect()


def _fill(connection: duckdb.DuckDBPyConnection, stars: Iterable[Mapping[str, Any]]) -> None:
    columns = catalog_layout("Kepler").columns
    connection.execute(
        f"CREATE OR REPLACE TABLE stars ({', '.join(f'{c.name} {c.type}' for c in columns)})"
    )
    rows = [{"kic": number, **SUN, **star} for number, star in enumerate(stars, 1)]
    if rows:
        marks = f"({', '.join('?' * len(columns))})"
        connection.execute(
            f"INSERT INTO stars VALUES {', '.join([marks] * len(rows))}",
            [row[column.name] for row in rows for column in columns],
        )
