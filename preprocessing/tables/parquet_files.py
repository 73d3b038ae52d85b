"""Write Parquet files: their encodings, their compression, their pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["STARS_PER_ROW_GROUP", "parquet_writer", "write_common_metadata", "write_tables"]

#: Stars in a row group. Measured on 200 stars of Kepler: with one, a file's footer is fourteen
#: times larger; with 200, reading one star takes 30 times as long.
STARS_PER_ROW_GROUP = 16
#: Measured on 18 stars of Kepler: level 3 is 3 % larger, 19 is 5 % smaller and takes 50 times
#: as long.
_ZSTD_LEVEL = 9
#: A row group's times are one page. Measured on 16 synthetic stars of Kepler: with pages of 1 MB,
#: the default of pyarrow, times take 12 % more, for zstd sees fewer stars at a time.
_PAGE_BYTES = 8 * 2**20
#: Columns of text in which every value differs, so that a dictionary would be of no use.
_DISTINCT = frozenset({"name", "fits_file", "fits_sha256", "sha256", "header"})
#: Lists of integers in which small numbers follow each other without order. Measured on 7 stars of
#: Kepler, in bytes a row at zstd 9: plain 0.40, dictionary 0.43, DELTA_BINARY_PACKED 1.14.
_NOISE = frozenset({"time_code"})


@contextmanager
def parquet_writer(stream: BinaryIO, schema: pa.Schema) -> Iterator[Callable[[pa.Table], None]]:
    """Yield a function that appends a table to a Parquet file, as one row group.

    Parameters
    ----------
    stream : file
        Open for writing. It stays open.
    schema : pyarrow.Schema
        The schema of the tables.

    Raises
    ------
    OSError
        The file system cannot write.
    """
    with pq.ParquetWriter(
        stream,
        schema,
        version="2.6",
        compression="zstd",
        compression_level=_ZSTD_LEVEL,
        write_page_index=True,
        write_page_checksum=True,
        data_page_size=_PAGE_BYTES,
        **_encodings(schema),
    ) as writer:

        def append(table: pa.Table) -> None:
            writer.write_table(table, row_group_size=max(1, len(table)))
            # Otherwise pyarrow keeps what it used, beside the arrays of the stars that follow.
            pa.default_memory_pool().release_unused()

        yield append


def write_tables(stream: BinaryIO, schema: pa.Schema, tables: Iterable[pa.Table]) -> None:
    """Write a Parquet file of tables, each as one row group.

    Parameters
    ----------
    stream : file
        Open for writing. It stays open.
    schema : pyarrow.Schema
        The schema of the tables.
    tables : iterable of pyarrow.Table
        Asked for one by one; none is kept.

    Raises
    ------
    OSError
        The file system cannot write.
    """
    with parquet_writer(stream, schema) as append:
        for table in tables:
            append(table)


def _encodings(schema: pa.Schema) -> dict[str, object]:
    """Return how each column is encoded.

    BYTE_STREAM_SPLIT is for floats alone: DuckDB before 2.0 cannot read integers in it
    (https://github.com/duckdb/duckdb/issues/17114).
    """
    with_dictionary, encodings = [], {}
    for field in schema:
        kind, path = field.type, field.name
        if pa.types.is_list(kind):
            kind, path = kind.value_type, f"{path}.list.element"
        if pa.types.is_floating(kind):
            encodings[path] = "BYTE_STREAM_SPLIT"
        elif field.name in _DISTINCT | _NOISE or pa.types.is_boolean(kind):
            encodings[path] = "PLAIN"
        elif pa.types.is_string(kind) or _repeats(field.name, path):
            with_dictionary.append(path)
        else:
            encodings[path] = "DELTA_BINARY_PACKED"
    return {"use_dictionary": with_dictionary, "column_encoding": encodings}


def _repeats(name: str, path: str) -> bool:
    """Tell whether a column of integers has few values: flags and sequence numbers."""
    return path != name and name != "cadenceno"


def write_common_metadata(stream: BinaryIO, schema: pa.Schema) -> None:
    """Write the schema that all files of a folder share, as ``_common_metadata`` has it.

    Parameters
    ----------
    stream : file
        Open for writing.
    schema : pyarrow.Schema
        The schema.
    """
    pq.write_metadata(schema, stream)
