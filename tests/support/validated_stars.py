"""A ranked data set of few stars with real files, small enough to be validated in a moment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from preprocessing.anomalies.schema import BASELINE, MODEL_FILE
from preprocessing.cli.main import main
from preprocessing.core.product import Product
from tests.support.feature_stars import write_month
from tests.support.mission_samples import sample_rows
from tests.support.ranked_stars import write_tables

__all__ = ["N_QUIET", "write_ranked"]

#: Twice as many quiet stars as a validation needs.
N_QUIET = 20
_FIRST, _POINTS = 757_076, 700


def _own_noise(product: Product, n: int, seed: int) -> NDArray[np.void]:
    return sample_rows(product, n=n, seed=product.number)


def write_ranked(root: Path, model_folder: Path) -> None:
    """Write quiet stars with two weeks of noise, ranked by a model of invented ones.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    model_folder : Path
        For the tables of the invented stars.
    """
    lightcurves = root / "lightcurves"
    lightcurves.mkdir(parents=True)
    for number in range(_FIRST, _FIRST + N_QUIET):
        write_month(lightcurves, number, _POINTS, _own_noise, KEPMAG=12.5, CHANNEL=5, MODULE=2)
    write_tables(model_folder)
    model = model_folder / MODEL_FILE
    for words in (
        ("features", root),
        ("vet", root),
        ("rank", model_folder),
        ("rank", root, "--model", model),
    ):
        assert main([*map(str, words), "--quiet"]) == 0
    # As if the model had been fitted to these stars.
    (root / MODEL_FILE).write_bytes(model.read_bytes())
    path = root / f"{BASELINE}.parquet"
    table = pq.read_table(path)
    place = table.schema.get_field_index("is_quiet")
    quiet = pa.array([True] * len(table))
    pq.write_table(table.set_column(place, table.schema.field(place), quiet), path)
