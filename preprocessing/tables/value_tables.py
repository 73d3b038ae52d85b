"""Tables of one value a cell: Parquet files that say what their columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.value_column import ValueColumn
from preprocessing.tables.columns import Column, schema_of, table_of

__all__ = [
    "concatenated",
    "read_table",
    "table_about",
    "table_of_rows",
    "write_table",
]

_TYPES = {float: pa.float64(), int: pa.int64(), str: pa.string(), bool: pa.bool_()}


def table_of_rows(
    rows: Sequence[Mapping[str, object]],
    columns: Sequence[ValueColumn],
    about: Mapping[str, str],
) -> pa.Table:
    """Return the table of rows.

    Parameters
    ----------
    rows : sequence of mapping
        The values of each row by the names of the columns; None becomes null.
    columns : sequence of ValueColumn
        The columns.
    about : mapping of str to str
        What the file says about itself.
    """
    kinds = [Column(c.name, _TYPES[c.kind], c.meaning, itemgetter(c.name), c.unit) for c in columns]
    return table_of(rows, kinds, schema_of(kinds, dict(about)))


def write_table(stream: BinaryIO, table: pa.Table) -> None:
    """Write a table in the plainest of encodings, which every reader knows.

    Parameters
    ----------
    stream : file
        Open for writing. It stays open.
    table : pyarrow.Table
        The table.
    """
    pq.write_table(table, stream, compression="snappy", write_page_checksum=True)


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a table, or some of its columns.

    Parameters
    ----------
    path : Path
        The file.
    columns : sequence of str, optional
        Which columns; all if not given.

    Raises
    ------
    CorruptProduct
        The file is damaged, or has no such columns.
    OSError
        The file system cannot read it.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as source:
            lacking = sorted(set(columns or ()).difference(source.schema_arrow.names))
            if lacking:
                raise CorruptProduct(f"{path} has no column {lacking[0]}")
            return source.read(None if columns is None else list(columns))
    except pa.ArrowException as error:
        raise CorruptProduct(f"{path} is damaged ({str(error).splitlines()[0]})") from error


def table_about(path: Path) -> dict[str, str]:
    """Return what a file says about itself.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    """
    try:
        about = pq.read_schema(path).metadata or {}
    except pa.ArrowException as error:
        raise CorruptProduct(f"{path} is damaged ({str(error).splitlines()[0]})") from error
    return {key.decode(): value.decode("utf-8", "replace") for key, value in about.items()}


def concatenated(
    parts: Sequence[tuple[pa.Table, Sequence[int]]], order: Sequence[str], last: pa.Table
) -> pa.Table:
    """Return some rows of several tables as one, in the order of some columns.

    Parameters
    ----------
    parts : sequence of (pa.Table, sequence of int)
        Tables, and which of their rows.
    order : sequence of str
        The columns to sort by.
    last : pyarrow.Table
        A table without rows that says which columns there are, and what the file says about
        itself.
    """
    schema = last.schema
    tables = [table.take(pa.array(rows, pa.int64())).cast(schema) for table, rows in parts]
    table = pa.concat_tables([last, *tables])
    return table.sort_by([(name, "ascending") for name in order]).combine_chunks()
