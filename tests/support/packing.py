"""Small data sets to be packed, and comparisons of what was packed."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.outcomes import COLUMNS
from preprocessing.core.packed_folder import PackedFolder, partition_files
from preprocessing.fits.format import CardValue
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from preprocessing.tables.light_curves import light_curves
from tests.support.outputs import write_output

_WRITTEN_S = 1_700_000_000

__all__ = [
    "contents",
    "packed_curves",
    "star_rows",
    "write_dataset",
    "write_results",
    "write_star",
]


def write_star(folder: Path, number: int, **cards: CardValue) -> Path:
    """Write the output of one star of Kepler with one quarter, somewhere in Kepler's field."""
    primary = {"RA_OBJ": 280.0 + number % 97 / 4, "DEC_OBJ": 38.0 + number % 89 / 6, **cards}
    products = [kepler_product(LONG_STAMPS[1][0], number, "long")]
    path = write_output(folder, products, primary=primary)
    # The table of stars has this time: equal stars make equal tables.
    os.utime(path, (_WRITTEN_S, _WRITTEN_S))
    return path


def write_dataset(root: Path, numbers: Iterable[int], **cards: CardValue) -> DatasetFolder:
    """Write a data set of some stars, without records."""
    places = DatasetFolder(root)
    places.lightcurves.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        write_star(places.lightcurves, number, **cards)
    return places


def write_results(places: DatasetFolder, rows: Sequence[Mapping[str, object]]) -> None:
    """Write a results CSV; cells that a row does not have are those of a complete star."""
    usual = {"n_points": 9, "duration_days": 1.0, "download_time": 0.1, "success": True}
    numbers = {name: 0 for name in COLUMNS if name.startswith(("quarters", "n_", "files", "bytes"))}
    with open(places.results, "w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, restval="", lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({**numbers, "retries": 0, "reason": "complete", **usual, **row})


def contents(root: Path) -> dict[str, bytes]:
    """Return everything that packing wrote, by path."""
    packed = PackedFolder(root)
    paths = [p for p in packed.catalogs.rglob("*") if p.is_file()]
    paths += [p for p in (packed.stars, packed.card, packed.clock) if p.exists()]
    return {str(path.relative_to(root)): path.read_bytes() for path in paths}


def packed_curves(root: Path) -> dict[str, LightCurve]:
    """Return every packed light curve by the name of its FITS file."""
    packed = PackedFolder(root)
    found: dict[str, LightCurve] = {}
    for path in partition_files(packed.curves):
        sister = packed.centroids / path.relative_to(packed.curves)
        table = pq.read_table(path)
        names = table.column("fits_file").to_pylist()
        found.update(zip(names, light_curves(table, path, pq.read_table(sister)), strict=True))
    return found


def star_rows(root: Path) -> list[dict[str, Any]]:
    """Return the rows of the table of stars."""
    rows: list[dict[str, Any]] = pq.read_table(PackedFolder(root).stars).to_pylist()
    return rows
