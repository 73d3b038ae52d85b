"""Read the results CSV as a table of texts, quickly, while a run appends to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pc

from preprocessing.core.errors import CorruptProduct

__all__ = ["ResultsTable", "read_results_table"]


@dataclass(frozen=True)
class ResultsTable:
    """The rows of a results CSV.

    Parameters
    ----------
    table : pyarrow.Table
        A text for each cell, in the order of the file.
    n_unreadable : int
        Lines with another number of cells than the header, which are left out.
    """

    table: pa.Table
    n_unreadable: int


def read_results_table(path: Path, columns: Sequence[str]) -> ResultsTable:
    """Read some columns of a results CSV.

    Parameters
    ----------
    path : Path
        The file. A last line that is being written is left out.
    columns : sequence of str
        Which columns. Those that the file does not have are null.

    Raises
    ------
    CorruptProduct
        It is no CSV.
    OSError
        The file system cannot read it.
    """
    content = path.read_bytes()
    content = content[: content.rfind(b"\n") + 1].decode("utf-8-sig", "replace").encode()
    unreadable: list[int] = []

    def leave_out(row: pc.InvalidRow) -> str:
        unreadable.append(row.actual_columns)
        return "skip"

    types = dict.fromkeys(columns, pa.string())
    try:
        table = pc.read_csv(
            pa.BufferReader(content),
            parse_options=pc.ParseOptions(newlines_in_values=True, invalid_row_handler=leave_out),
            convert_options=pc.ConvertOptions(
                column_types=types,
                include_columns=list(columns),
                include_missing_columns=True,
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowException as error:
        raise CorruptProduct(f"{path} is no CSV ({str(error).splitlines()[0]})") from error
    return ResultsTable(table, len(unreadable))
