"""The tables of a data set, and what is wrong with those that cannot be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from preprocessing.report.sources import Source

__all__ = ["Tables", "find_tables", "numbers", "strings"]


@dataclass(frozen=True)
class Tables:
    """The tables of a data set that a report can show.

    Parameters
    ----------
    sources : mapping of str to Source
        By name.
    problems : mapping of str to str
        By command, why its tables are not among them: what is wrong, and what to do.
    """

    sources: Mapping[str, Source]
    problems: Mapping[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.sources

    def __getitem__(self, name: str) -> Source:
        return self.sources[name]


def find_tables(root: Path | None) -> Tables:
    """Return the tables of a data set, as far as they fit together.

    Parameters
    ----------
    root : Path or None
        The folder of the data set; None for a run that has none.

    Raises
    ------
    OSError
        A table cannot be read.
    """
    if root is None:
        return Tables({}, {})
    if find_spec("pyarrow") is None:
        if not any(root.glob("*.parquet")):
            return Tables({}, {})
        why = "pyarrow is not installed, which reads tables: pip install 'xenoscan[report]'"
        return Tables({}, {"features": why, "vet": why, "rank": why, "validate": why})
    from preprocessing.report.sources import STAGES, read_stage

    found: dict[str, Source] = {}
    problems: dict[str, str] = {}
    for stage in STAGES:
        try:
            found |= read_stage(root, stage, found)
        except UsageError as error:
            problems[stage.command] = str(error)
    return Tables(found, problems)


def numbers(rows: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a column of numbers; NaN for null.

    Parameters
    ----------
    rows : pyarrow.Table
        The table.
    name : str
        The column.
    """
    column = rows[name].combine_chunks().cast("double")
    return np.array(column.to_numpy(zero_copy_only=False), np.float64)


def strings(rows: pa.Table, name: str) -> Sequence[Any]:
    """Return a column of text; None for null."""
    values: Sequence[Any] = rows[name].to_pylist()
    return values
