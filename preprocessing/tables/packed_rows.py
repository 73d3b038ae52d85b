"""Rows of packed files: which stars a file holds, and some of its rows as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from preprocessing.core.clock import Clocks
from preprocessing.core.errors import CorruptProduct
from preprocessing.tables.light_curves import HEALPIX, SCHEMA_KEY
from preprocessing.tables.sky_cells import FINEST_ORDER, Cell
from preprocessing.tables.time_code import decoded

__all__ = [
    "PackedRow",
    "PartitionFacts",
    "RowReader",
    "as_rows_of",
    "cell_of",
    "partition_facts",
    "table_version",
    "translated",
]

#: Those of the light curves alone follow the others.
_FACTS = (HEALPIX, "fits_file", "fits_sha256", "synthetic", "fits_bytes", "n_points")


@dataclass(frozen=True)
class PackedRow:
    """Where one star is in a packed data set.

    Parameters
    ----------
    file : str
        The Parquet file, below the folder ``dataset`` of a catalog.
    row_group, row : int
        The row group, and the row in it, both from 0.
    """

    file: str
    row_group: int
    row: int


@dataclass(frozen=True)
class PartitionFacts:
    """Which stars a packed file holds.

    Parameters
    ----------
    schema : pyarrow.Schema
        Its schema, with the metadata of the file.
    cells : tuple of int
        The cell of order 29 of each star, in the order of the rows.
    numbers : tuple of int
        The stars' numbers.
    fits_files, fits_sha256 : tuple of str
        Names and digests of their FITS files.
    fits_bytes : tuple of int
        Sizes of their FITS files; empty for a file of centroids.
    n_points : tuple of int
        Points of their light curves; empty for a file of centroids.
    synthetic : frozenset of bool
        Whether programs made the light curves up.
    places : tuple of (int, int)
        The row group of each star, and its row in that.
    """

    schema: pa.Schema
    cells: tuple[int, ...]
    numbers: tuple[int, ...]
    fits_files: tuple[str, ...]
    fits_sha256: tuple[str, ...]
    fits_bytes: tuple[int, ...]
    n_points: tuple[int, ...]
    synthetic: frozenset[bool]
    places: tuple[tuple[int, int], ...]

    @property
    def version(self) -> str | None:
        """The version of its schema; None if another program wrote the file."""
        version = (self.schema.metadata or {}).get(SCHEMA_KEY.encode())
        return None if version is None else version.decode()


def partition_facts(path: Path, places: Sequence[tuple[int, int]] | None = None) -> PartitionFacts:
    """Read which stars a packed file holds; the light curves are not read.

    Parameters
    ----------
    path : Path
        The file.
    places : sequence of (int, int), optional
        The row groups and rows that are read, in the order of the file; all of them if not given.

    Raises
    ------
    CorruptProduct
        The file is damaged.
    OSError
        The file cannot be read.
    """
    try:
        with pq.ParquetFile(path, page_checksum_verification=True) as file:
            schema = file.schema_arrow
            if SCHEMA_KEY.encode() not in (schema.metadata or {}):
                return PartitionFacts(schema, (), (), (), (), (), (), frozenset(), ())
            wanted = [name for name in _FACTS if name in schema.names]
            names = [schema.names[1], *wanted]
            counts = [file.metadata.row_group(g).num_rows for g in range(file.num_row_groups)]
            if places is None:
                places = [
                    (group, row) for group, count in enumerate(counts) for row in range(count)
                ]
            groups = sorted({group for group, _ in places})
            first = dict(
                zip(groups, accumulate((counts[g] for g in groups), initial=0), strict=False)
            )
            table = file.read_row_groups(groups, names)
            table = table.take([first[group] + row for group, row in places])
            columns = {name: tuple(table.column(name).to_pylist()) for name in table.column_names}
    except (pa.ArrowException, OSError) as error:
        raise translated(error, path) from error
    return PartitionFacts(
        schema,
        columns[HEALPIX],
        columns[schema.names[1]],
        columns["fits_file"],
        columns["fits_sha256"],
        columns.get("fits_bytes", ()),
        columns.get("n_points", ()),
        frozenset(columns["synthetic"]),
        tuple(places),
    )


def table_version(path: Path) -> str | None:
    """Return the version of a Parquet file's schema.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str or None
        None if another program wrote the file, or it is no Parquet file.
    """
    try:
        metadata = pq.read_schema(path).metadata or {}
    except pa.ArrowException:
        return None
    version = metadata.get(SCHEMA_KEY.encode())
    return None if version is None else version.decode()


class RowReader:
    """Reads single rows of packed files, and keeps the latest row group.

    Parameters
    ----------
    folder : Path
        The folder ``dataset`` of a catalog.
    clocks : Clocks
        The mission's clock.
    """

    def __init__(self, folder: Path, clocks: Clocks) -> None:
        self._folder = folder
        self._clocks = clocks
        self._latest: tuple[str, int] | None = None
        self._table = pa.table({})

    def row(self, place: PackedRow) -> pa.Table:
        """Return a table with one row, its times decoded.

        Parameters
        ----------
        place : PackedRow
            Where it is.

        Raises
        ------
        CorruptProduct
            The file is damaged.
        OSError
            The file cannot be read.
        """
        wanted = place.file, place.row_group
        if wanted != self._latest:
            path = self._folder / place.file
            try:
                with pq.ParquetFile(path, page_checksum_verification=True) as file:
                    self._table = file.read_row_group(place.row_group)
            except (pa.ArrowException, OSError) as error:
                raise translated(error, path) from error
            self._latest = wanted
        return decoded(self._table.slice(place.row, 1), self._clocks, self._folder / place.file)


def as_rows_of(schema: pa.Schema, rows: Sequence[pa.Table]) -> pa.Table:
    """Return rows as one table in one piece, a flux of 32 bits as 64 where the schema says so.

    Parameters
    ----------
    schema : pyarrow.Schema
        The schema of the result.
    rows : sequence of pyarrow.Table
        Tables with the columns of the schema.
    """
    return pa.concat_tables([row.cast(schema) for row in rows]).combine_chunks()


def cell_of(path: Path) -> Cell:
    """Return the cell whose stars a packed file holds, by the file's name.

    Examples
    --------
    >>> cell_of(Path("dataset/Norder=7/Dir=90000/Npix=98012.parquet"))
    Cell(order=7, number=98012)
    """
    order, number = path.parents[1].name, path.stem
    cell = Cell(int(order.partition("=")[2]), int(number.partition("=")[2]))
    assert cell.order <= FINEST_ORDER
    return cell


def translated(error: Exception, path: Path) -> Exception:
    """Return a damaged file's error as such, and that of the file system as it is."""
    if isinstance(error, OSError) and error.errno is not None:
        return error
    return CorruptProduct(f"{path}: {error}")
