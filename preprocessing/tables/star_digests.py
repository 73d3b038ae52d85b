"""Read packed files in full, and check each star's numbers against their digest."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.core.errors import CorruptProduct
from preprocessing.tables.light_curves import (
    SCHEMA_KEY,
    curve_digest,
    digest_of_arrays,
    light_curves,
    numbers_at,
)
from preprocessing.tables.packed_rows import translated

__all__ = ["check_digests"]


def check_digests(path: Path) -> Iterator[tuple[int, int, str]]:
    """Yield where each star of a packed file is, and its digest, which was checked.

    Parameters
    ----------
    path : Path
        A file of light curves or of centroids.

    Yields
    ------
    tuple of (int, int, str)
        Row group, row in it, and digest.

    Raises
    ------
    CorruptProduct
        A page's checksum or a star's digest is wrong, or the file has another layout.
    OSError
        The file cannot be read.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if SCHEMA_KEY.encode() not in (file.schema_arrow.metadata or {}):
                raise CorruptProduct(f"{path}: another program wrote it")
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                found = _digests(table, path)
                for row, stated in enumerate(table.column("sha256").to_pylist()):
                    if found[row] != stated:
                        name = table.column("fits_file")[row].as_py()
                        raise CorruptProduct(f"{path}: the numbers of {name} are not those packed")
                    yield group, row, stated
    except (pa.ArrowException, OSError) as error:
        raise translated(error, path) from error


def _digests(table: pa.Table, path: Path) -> list[str]:
    if "centroid_col" not in table.column_names:
        return [curve_digest(curve) for curve in light_curves(table, path)]
    return [
        digest_of_arrays(
            numbers_at(table, "centroid_col", row), numbers_at(table, "centroid_row", row)
        )
        for row in range(len(table))
    ]
