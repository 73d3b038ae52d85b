"""Choose rows of a table of stars by a condition, as a catalog's stars are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from preprocessing.catalog.expression import check_expression
from preprocessing.catalog.store import connect, cut_off, first_line, quoted
from preprocessing.core.errors import UsageError

if TYPE_CHECKING:
    import duckdb

__all__ = ["ArrowTable", "matching"]


class ArrowTable(Protocol):
    """A table that hands its columns to other programs, as those of pyarrow do."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """Return the columns (https://arrow.apache.org/docs/format/CDataInterface)."""


@dataclass(frozen=True)
class _Stars:
    """Rows about stars in a database that reaches nothing else."""

    connection: duckdb.DuckDBPyConnection

    @property
    def column_names(self) -> frozenset[str]:
        return frozenset(name.lower() for name, *_ in self.rows("DESCRIBE stars"))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


def matching(
    table: Path | Mapping[str, NDArray[np.generic]] | ArrowTable, condition: str, column: str
) -> list[str]:
    """Return a column of the rows for which a condition is true.

    Parameters
    ----------
    table : Path, mapping of str to ndarray of shape (n,), or pyarrow.Table
        A Parquet file, or columns.
    condition : str
        An expression of the language of ``--where``, on the columns of the table.
    column : str
        The column that is returned; rows without a value are left out.

    Raises
    ------
    UsageError
        The condition is no such expression, or the file cannot be read.
    """
    import duckdb

    with closing(connect()) as connection:
        try:
            connection.execute(f"CREATE TABLE stars AS SELECT * FROM {_source(table, connection)}")
        except duckdb.Error as error:
            raise UsageError(f"cannot read {table}: {first_line(error)}") from error
        cut_off(connection)
        stars = _Stars(connection)
        valid = check_expression(condition, stars)
        query = f"SELECT {column} FROM stars WHERE ({valid}\n) AND {column} IS NOT NULL"
        return [value for (value,) in stars.rows(query)]


def _source(
    table: Path | Mapping[str, NDArray[np.generic]] | ArrowTable,
    connection: duckdb.DuckDBPyConnection,
) -> str:
    if isinstance(table, Path):
        return f"read_parquet({quoted(str(table))})"
    connection.register("given", dict(table) if isinstance(table, Mapping) else table)
    return "given"
