"""Small data sets whose features are computed in a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.features.table.store import feature_tables
from preprocessing.fits.format import CardValue
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from tests.support.mission_samples import sample_rows
from tests.support.outputs import write_output

__all__ = ["rows_of", "without_time", "write_month", "write_stars"]

#: A month of long cadence, which is enough to be searched.
_POINTS = 1400


def write_month(
    folder: Path,
    number: int,
    n: int = _POINTS,
    make_rows: Callable[..., NDArray[np.void]] = sample_rows,
    **cards: CardValue,
) -> Path:
    """Write the output of one star of Kepler with a month of noise."""
    primary = {"RA_OBJ": 280.0 + number % 97 / 4, "DEC_OBJ": 38.0 + number % 89 / 6, **cards}
    products = [kepler_product(LONG_STAMPS[1][0], number, "long")]
    return write_output(folder, products, primary=primary, make_rows=partial(make_rows, n=n))


def write_stars(root: Path, numbers: Iterable[int]) -> DatasetFolder:
    """Write a data set of stars with a month of noise, without records."""
    places = DatasetFolder(root)
    places.lightcurves.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        write_month(places.lightcurves, number)
    return places


def rows_of(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def without_time(root: Path) -> list[object]:
    """Return what both tables hold, but for the processor time, which is never the same."""
    store = feature_tables(root)
    tables = (
        pq.read_table(store.stars).drop_columns(["cpu_ms"]),
        pq.read_table(store.path("candidates")),
    )
    return [(table.schema.metadata, table.to_pylist()) for table in tables]
