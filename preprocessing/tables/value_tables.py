"""Tables of one value a cell: Parquet files that say what their columns mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.value_column import ValueColumn
from preprocessing.tables.columns import Column, schema_of, table_of

__all__ = [
    "concatenated",
    "numbers_of",
    "read_table",
    "release_memory",
    "rows_at",
    "rows_by",
    "table_about",
    "table_names_and_length",
    "table_of_columns",
    "table_of_rows",
    "with_values",
    "write_table",
]

#: Rows that are read for the sake of one: pages of single stars are made of tables of 200,000.
_ROWS_OF_A_GROUP = 10_000
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


def table_of_columns(columns: Sequence[Any], schema: pa.Schema) -> pa.Table:
    """Return the table of columns.

    Parameters
    ----------
    columns : sequence of array or list
        Their values, in the order of the schema.
    schema : pyarrow.Schema
        That of a table without rows, as `table_of_rows` makes it.
    """
    arrays = [pa.array(one, field.type) for one, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def write_table(stream: BinaryIO, table: pa.Table) -> None:
    """Write a table in the plainest of encodings, which every reader knows.

    Parameters
    ----------
    stream : file
        Open for writing. It stays open.
    table : pyarrow.Table
        The table.
    """
    pq.write_table(
        table,
        stream,
        compression="snappy",
        write_page_checksum=True,
        row_group_size=_ROWS_OF_A_GROUP,
    )


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


def table_names_and_length(path: Path) -> tuple[tuple[str, ...], int]:
    """Return the names of a file's columns, and its number of rows.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    OSError
        The file system cannot read it.
    """
    try:
        with pq.ParquetFile(path) as source:
            return tuple(source.schema_arrow.names), source.metadata.num_rows
    except pa.ArrowException as error:
        raise CorruptProduct(f"{path} is damaged ({str(error).splitlines()[0]})") from error


def concatenated(
    parts: Sequence[tuple[pa.Table, Sequence[int]]], order: Sequence[str], last: pa.Table
) -> pa.Table:
    """Return some rows of several tables as one, in the order of some columns.

    Parameters
    ----------
    parts : sequence of (pa.Table, sequence of int)
        Tables, and which of their rows.
    order : sequence of str
        The columns to sort by; empty if the rows are in order.
    last : pyarrow.Table
        A table without rows that says which columns there are, and what the file says about
        itself.
    """
    schema = last.schema
    tables = [table.take(pa.array(rows, pa.int64())).cast(schema) for table, rows in parts]
    table = pa.concat_tables([last, *tables])
    if order:
        table = table.sort_by([(name, "ascending") for name in order])
    return table.combine_chunks()


def numbers_of(table: pa.Table, name: str) -> NDArray[Any]:
    """Return a column of numbers that has no null.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    name : str
        The column.
    """
    return np.asarray(table[name].combine_chunks().to_numpy(zero_copy_only=False))


def rows_by(table: pa.Table, names: Sequence[str]) -> dict[tuple[object, ...], NDArray[np.int64]]:
    """Return the rows that have the same values in some columns, by these values.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    names : sequence of str
        The columns.
    """
    if not len(table):
        return {}
    codes = np.zeros(len(table), np.int64)
    columns = [table[name].combine_chunks().dictionary_encode("encode") for name in names]
    for column in columns:
        found = np.asarray(column.indices.to_numpy(zero_copy_only=False), np.int64)
        codes = codes * len(column.dictionary) + found
    order = np.argsort(codes, kind="stable").astype(np.int64)
    groups = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return {tuple(column[int(rows[0])].as_py() for column in columns): rows for rows in groups}


def release_memory() -> None:
    """Give the memory of tables that nobody has any more back to the system.

    Of large tables, pyarrow keeps it for others: 600 MB of those of 200,000 stars.
    """
    pa.default_memory_pool().release_unused()


def rows_at(table: pa.Table, places: np.ma.MaskedArray[Any, Any] | NDArray[Any]) -> pa.Table:
    """Return some rows of a table in another order; nulls for rows that it does not have.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    places : ndarray or masked array of int, shape (n,)
        Which rows; those that are masked become null.
    """
    is_absent = np.ma.getmaskarray(places)
    rows = np.ma.getdata(places)
    if len(rows) == len(table) and not is_absent.any() and (rows == np.arange(len(rows))).all():
        return table
    return table.take(pa.array(rows, pa.int64(), mask=is_absent))


def with_values(table: pa.Table, name: str, values: Sequence[object] | NDArray[Any]) -> pa.Table:
    """Return a table with other values in a column of the same type.

    Parameters
    ----------
    table : pyarrow.Table
        The table.
    name : str
        The column.
    values : sequence or ndarray, or masked array, shape (n,)
        The values; None, or masked, becomes null.
    """
    place = table.schema.get_field_index(name)
    field = table.schema.field(place)
    if isinstance(values, np.ma.MaskedArray):
        column = pa.array(values.data, field.type, mask=np.ma.getmaskarray(values))
    else:
        column = pa.array(values, field.type)
    return table.set_column(place, field, column)
