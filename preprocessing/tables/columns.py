"""One column of a table of light curves: its name, its type, its meaning, and what fills it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from preprocessing.core.value_column import ValueColumn

__all__ = ["Column", "list_array", "schema_of", "table_of", "value_column"]

#: Key of a field's metadata under which Parquet files keep what the column means.
_MEANING = b"description"
#: Key of a field's metadata under which Parquet files keep the unit.
_UNIT = b"unit"
_KINDS = ((pa.types.is_floating, float), (pa.types.is_integer, int), (pa.types.is_boolean, bool))


@dataclass(frozen=True)
class Column:
    """One column.

    Parameters
    ----------
    name : str
        The name.
    type : pyarrow.DataType
        The type of its values.
    meaning : str
        What it holds, for a person.
    value : callable
        Returns the value in the row of one star.
    unit : str, optional
        The unit, as FITS spells it; empty if it has none.
    """

    name: str
    type: pa.DataType
    meaning: str
    value: Callable[[Any], object]
    unit: str = ""

    @property
    def field(self) -> pa.Field:
        """The column as pyarrow describes it."""
        metadata = {_MEANING: self.meaning.encode()}
        if self.unit:
            metadata[_UNIT] = self.unit.encode()
        return pa.field(self.name, self.type, metadata=metadata)


def schema_of(columns: Sequence[Column], metadata: dict[str, str]) -> pa.Schema:
    """Return the schema of columns, in their order.

    Parameters
    ----------
    columns : sequence of Column
        The columns.
    metadata : dict of str to str
        What the files say about themselves.
    """
    return pa.schema([column.field for column in columns], metadata=metadata)


def value_column(field: pa.Field) -> ValueColumn:
    """Return what a column in a file holds, as far as the file says.

    Parameters
    ----------
    field : pyarrow.Field
        The column. What is neither number nor truth value counts as text.
    """
    metadata = field.metadata or {}
    kind = next((kind for is_one, kind in _KINDS if is_one(field.type)), str)
    unit, meaning = (metadata.get(key, b"").decode("utf-8", "replace") for key in (_UNIT, _MEANING))
    return ValueColumn(field.name, kind, unit, meaning)


def table_of(rows: Sequence[Any], columns: Sequence[Column], schema: pa.Schema) -> pa.Table:
    """Return the table of rows.

    Parameters
    ----------
    rows : sequence
        What the columns take their values from.
    columns : sequence of Column
        The columns.
    schema : pyarrow.Schema
        What `schema_of` makes of them.
    """
    arrays = [_array([column.value(row) for row in rows], column.type) for column in columns]
    return pa.Table.from_arrays(arrays, schema=schema)


def _array(values: list[Any], type: pa.DataType) -> pa.Array:
    if pa.types.is_list(type) and pa.types.is_primitive(type.value_type):
        return list_array(values, type)
    return pa.array(values, type=type)


def list_array(values: Sequence[Any], type: pa.DataType) -> pa.Array:
    """Return arrays or lists, one a row, without turning each number into a Python object.

    Parameters
    ----------
    values : sequence
        An array or a list of numbers for each row.
    type : pyarrow.DataType
        A list of numbers.
    """
    parts = [pa.array(value, type=type.value_type) for value in values]
    ends = [0]
    for part in parts:
        ends.append(ends[-1] + len(part))
    parts = parts or [pa.array([], type=type.value_type)]
    # One alone is not copied: those of a star of short cadence have 100 MB.
    content = parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
    return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), content, type=type)
