"""The catalog's file is written whole and read back unchanged."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from preprocessing.catalog.store import (
    CatalogNote,
    catalog_path,
    connect,
    open_catalog,
    quoted,
    write_catalog,
)
from preprocessing.core.errors import UsageError
from tests.support.small_catalog import note_of, save_catalog


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Rows, types, missing values, lists and the note come back unchanged."""
    stars: tuple[dict[str, Any], ...] = (
        {},
        {"teff": None, "quarters": [], "disposition": "FALSE POSITIVE"},
    )
    path = save_catalog(tmp_path / "a [new] folder" / "it's.parquet", stars)
    with open_catalog(path) as catalog:
        assert catalog.note == note_of()
        assert catalog.layout.number == "kic"
        rows = catalog.rows("SELECT kic, teff, quarters, disposition FROM stars ORDER BY kic")
    assert rows == [(1, 5772.0, list(range(1, 18)), "NONE"), (2, None, [], "FALSE POSITIVE")]
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_the_door_is_shut(tmp_path: Path) -> None:
    """An open catalog gives access to nothing else on this machine."""
    import duckdb

    path = save_catalog(tmp_path / "stars.parquet", [{}])
    with open_catalog(path) as catalog:
        for query in (
            "SELECT * FROM read_csv('/etc/passwd')",
            f"SELECT * FROM read_parquet('{path}')",
            f"COPY stars TO '{tmp_path}/copy.csv'",
            f"ATTACH '{tmp_path}/other.db'",
            "INSTALL httpfs",
            "SET enable_external_access = true",
            "SET memory_limit = '99GB'",
        ):
            with pytest.raises(duckdb.Error):
                catalog.rows(query)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_failed_writing_leaves_the_old_one(tmp_path: Path) -> None:
    """A failed write leaves the old catalog and nothing beside it."""
    import duckdb

    path = save_catalog(tmp_path / "stars.parquet", [{}])
    before = path.read_bytes()
    with pytest.raises(duckdb.Error):
        write_catalog(connect(), "SELECT error('no')", note_of(), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_it_is_not_written_through_a_link(tmp_path: Path) -> None:
    """A link in place of the temporary file is removed, and its target is not touched."""
    other = tmp_path / "other"
    other.write_text("mine")
    (tmp_path / ".stars.parquet.part").symlink_to(other)
    save_catalog(tmp_path / "stars.parquet", [{}])
    assert other.read_text() == "mine"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"kepid,teff\n1,2\n", b"\0" * 1000])
def test_what_is_no_catalog(content: bytes, tmp_path: Path) -> None:
    """One line says that a file is no catalog, and what to do."""
    path = tmp_path / "stars.parquet"
    path.write_bytes(content)
    with (
        pytest.raises(UsageError, match=r"\A.*is not a catalog that this program can read.*\Z"),
        open_catalog(path),
    ):
        pass


@pytest.mark.slow
def test_other_parquet_files(tmp_path: Path) -> None:
    """A file without a note, of another format, or without a column is refused."""
    connection = connect()
    path = tmp_path / "stars.parquet"
    for note in ("", note_of().encode(), '{"format": 99}'):
        kept = f", KV_METADATA {{xenoscan_catalogue: {quoted(note)}}}" if note else ""
        connection.execute(f"COPY (SELECT 1 AS kic) TO '{path}' (FORMAT parquet{kept})")
        with pytest.raises(UsageError, match="build a new one"), open_catalog(path):
            pass
    with pytest.raises(UsageError, match="cannot read"), open_catalog(tmp_path / "none.parquet"):
        pass


def test_notes() -> None:
    """A note comes back unchanged, and an incomplete note counts as none."""
    note = note_of(mission="TESS", is_synthetic=True)
    assert CatalogNote.decode(note.encode()) == note
    for text in ("", "[]", '{"format": 1}', note.encode().replace("TESS", "Gaia")):
        with pytest.raises(ValueError, match=r"\w"):
            CatalogNote.decode(text)


def test_synthetic_catalogs_stand_apart() -> None:
    """The embedded archive has a default catalog of its own, with or without options."""
    assert catalog_path("K2", "embedded --stars 9").as_posix() == "data/embedded/catalog/k2.parquet"
