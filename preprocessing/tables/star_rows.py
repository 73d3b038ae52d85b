"""The rows that a table has of one light curve, without reading those of all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.value_column import ValueColumn
from preprocessing.tables.columns import value_column
from preprocessing.tables.curve_rows import Row
from preprocessing.tables.packed_rows import translated

__all__ = ["StarRows"]


class StarRows:
    """A table, of which single rows are asked for.

    Of the columns by which rows are found all values are read, once; of the others only the row
    group in which the row is.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CorruptProduct
        The file is damaged. `rows` and `values` raise it too.
    OSError
        The file system cannot read it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._keys: dict[str, pa.ChunkedArray] = {}
        with self._opened() as source:
            self._schema = source.schema_arrow
            groups = [source.metadata.row_group(g).num_rows for g in range(source.num_row_groups)]
        self._ends = np.cumsum(groups, dtype=np.int64)

    @cached_property
    def about(self) -> dict[str, str]:
        """What the file says about itself."""
        about = self._schema.metadata or {}
        return {key.decode(): value.decode("utf-8", "replace") for key, value in about.items()}

    @cached_property
    def columns(self) -> Mapping[str, ValueColumn]:
        """The columns by their names: what each means, and in which unit."""
        return {field.name: value_column(field) for field in self._schema}

    def values(self, column: str) -> pa.ChunkedArray:
        """Return a column; it is kept.

        Parameters
        ----------
        column : str
            Its name.
        """
        if column not in self._keys:
            if column not in self._schema.names:
                raise CorruptProduct(f"{self.path} has no column {column}")
            with self._opened() as source:
                self._keys[column] = source.read([column])[column]
        return self._keys[column]

    def places(self, column: str, value: object) -> NDArray[np.int64]:
        """Return the numbers of the rows that have a value in a column; the arguments of `rows`."""
        keys = self.values(column)
        # Not by `indices_nonzero`: pyarrow 16.1 can end the whole program in it.
        same = pc.fill_null(pc.equal(keys, pa.scalar(value, keys.type)), False)
        return np.flatnonzero(same.to_numpy())

    def lowest(self, column: str, n: int) -> NDArray[np.int64]:
        """Return the numbers of the rows with the lowest values of a column, in their order.

        Parameters
        ----------
        column : str
            A column of numbers.
        n : int
            How many; fewer if there are fewer rows.
        """
        order = pc.sort_indices(self.values(column))
        return np.asarray(order.to_numpy(), np.int64)[:n]

    def rows(self, column: str, value: object) -> list[Row]:
        """Return the rows that have a value in a column, in the order of the file.

        Parameters
        ----------
        column : str
            The column.
        value : str or int
            The value.
        """
        places = self.places(column, value)
        found: list[Row] = []
        group_of = np.searchsorted(self._ends, places, side="right")
        with self._opened() as source:
            for group in np.unique(group_of):
                first = self._ends[group - 1] if group else 0
                own = np.asarray(places[group_of == group], np.int64) - int(first)
                found += source.read_row_group(int(group)).take(pa.array(own)).to_pylist()
        return found

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        try:
            with pq.ParquetFile(self.path, page_checksum_verification=True) as source:
                yield source
        except (pa.ArrowException, OSError) as error:
            raise translated(error, self.path) from error
