"""Read packed files in full, and check each star's numbers against their digest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.core.clock import Clocks
from preprocessing.core.errors import CorruptProduct
from preprocessing.tables.light_curves import (
    SCHEMA_KEY,
    curve_digest,
    digest_of_arrays,
    light_curves,
    numbers_at,
)
from preprocessing.tables.time_code import decoded

__all__ = ["SoundRow", "check_digests"]

_IDENTITY = ("fits_file", "fits_sha256", "sha256")


@dataclass(frozen=True)
class SoundRow:
    """A star whose numbers in a packed file are those that were packed.

    Parameters
    ----------
    place : tuple of (int, int)
        Its row group, and its row in that.
    fits_file, fits_sha256 : str
        Name and digest of the FITS file that it was packed from.
    sha256 : str
        The digest of its numbers.
    """

    place: tuple[int, int]
    fits_file: str
    fits_sha256: str
    sha256: str


def check_digests(path: Path, clocks: Clocks) -> Iterator[SoundRow | CorruptProduct]:
    """Read a packed file in full, and yield every sound star and everything that is wrong.

    Parameters
    ----------
    path : Path
        A file of light curves or of centroids.
    clocks : Clocks
        The mission's clock.

    Yields
    ------
    SoundRow or CorruptProduct
        A star whose digest is right; or what is wrong with the file, with one of its row groups
        or with one star.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            if SCHEMA_KEY.encode() not in (file.schema_arrow.metadata or {}):
                yield CorruptProduct(f"{path}: another program wrote it")
                return
            for group in range(file.num_row_groups):
                try:
                    table = file.read_row_group(group)
                except (pa.ArrowException, OSError) as error:
                    yield _corrupt(error, path)
                else:
                    yield from _check_rows(table, group, path, clocks)
    except (pa.ArrowException, OSError) as error:
        yield _corrupt(error, path)


def _check_rows(
    table: pa.Table, group: int, path: Path, clocks: Clocks
) -> Iterator[SoundRow | CorruptProduct]:
    try:
        found = _digests(decoded(table, clocks, path), path)
        columns = [table.column(name).to_pylist() for name in _IDENTITY]
    except CorruptProduct as error:
        yield error
        return
    except (KeyError, ValueError, pa.ArrowException) as error:
        # A damaged footer may name other columns, or other types.
        yield CorruptProduct(f"{path}: {error}")
        return
    for row, (name, fits_sha256, stated) in enumerate(zip(*columns, strict=True)):
        if found[row] == stated:
            yield SoundRow((group, row), name, fits_sha256, stated)
        else:
            yield CorruptProduct(f"{path}: the numbers of {name} are not those packed")


def _corrupt(error: Exception, path: Path) -> CorruptProduct:
    return error if isinstance(error, CorruptProduct) else CorruptProduct(f"{path}: {error}")


def _digests(table: pa.Table, path: Path) -> list[str]:
    if "centroid_col" not in table.column_names:
        return [curve_digest(curve) for curve in light_curves(table, path)]
    return [
        digest_of_arrays(
            numbers_at(table, "centroid_col", row), numbers_at(table, "centroid_row", row)
        )
        for row in range(len(table))
    ]
