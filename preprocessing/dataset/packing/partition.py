"""Write one partition: the stars of one cell of the sky, and their centroids."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from preprocessing.core.errors import ProductError
from preprocessing.core.outcomes import OutputFile
from preprocessing.core.packed_folder import PackedFolder, partitions_of
from preprocessing.dataset.packing.file_list import ListedFile, listed
from preprocessing.dataset.packing.fits_folder import LeftOut
from preprocessing.fits.light_curve_file import parse_light_curve
from preprocessing.missions import MISSIONS
from preprocessing.system.atomic import make_folder, sync_file
from preprocessing.tables.clock_table import ClockTable
from preprocessing.tables.light_curves import (
    PackedStar,
    centroid_schema,
    centroid_table,
    curve_schema,
    curve_table,
)
from preprocessing.tables.packed_rows import PackedRow, RowReader, as_rows_of
from preprocessing.tables.parquet_files import STARS_PER_ROW_GROUP, parquet_writer
from preprocessing.tables.sky_cells import Cell
from preprocessing.tables.time_code import compact_schema, encoded, is_compact_schema

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Partition", "StarSource", "Written", "write_parts"]

#: Points in a row group: sixteen stars of Kepler's long cadence have a million. More, of short
#: cadence, would take more memory than packing may.
_MOST_POINTS = 2_000_000


@dataclass(frozen=True)
class StarSource:
    """Where one star of a partition comes from.

    Parameters
    ----------
    name : str
        The name of its FITS file.
    healpix : int
        Its cell of order 29.
    is_fits : bool
        Whether the FITS file is there.
    packed : tuple of PackedRow
        Where the star was packed before, in the order of `Partition.files`; empty if it was not.
    n_points : int
        Its points.
    """

    name: str
    healpix: int
    is_fits: bool
    packed: tuple[PackedRow, ...]
    n_points: int


@dataclass(frozen=True)
class Partition:
    """One file to be written, with its sister.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    fits_folder : Path
        The folder of the FITS files.
    mission : str
        The mission's name.
    cell : Cell
        The cell of the sky.
    is_double : bool
        Whether any star of the data set has a flux of 64 bits.
    with_centroids : bool
        Whether the centroids are packed too.
    is_compact : bool
        Whether times are stored as light's travel time beyond the mission's clock.
    sources : tuple of StarSource
        The stars, in the order of the rows.
    run : str
        Belongs to this run alone: unfinished files of a run that was killed must not take the
        place of this run's.
    """

    root: Path
    fits_folder: Path
    mission: str
    cell: Cell
    is_double: bool
    with_centroids: bool
    is_compact: bool
    sources: tuple[StarSource, ...]
    run: str

    @property
    def files(self) -> tuple[Path, ...]:
        """The final names of its files. The light curves come last, and stand for both."""
        catalogs = PackedFolder(self.root).written(self.with_centroids)
        return tuple(partitions_of(catalog) / self.cell.file for catalog in catalogs)

    def part(self, path: Path) -> Path:
        """Return the name that one of its files has while it is written."""
        return path.with_name(f".{path.name}.{self.run}.part")


@dataclass(frozen=True)
class Written:
    """A partition whose files are complete, under temporary names.

    Parameters
    ----------
    partition : Partition
        Which one, and under which temporary names.
    n_stars : int
        How many stars it holds; if none, there are no files.
    n_read : int
        How many of them were read from FITS files.
    left_out : tuple of LeftOut
        FITS files that turned out to be damaged.
    files : tuple of ListedFile
        Size and digest of each of its files; empty if there are none.
    """

    partition: Partition
    n_stars: int
    n_read: int
    left_out: tuple[LeftOut, ...]
    files: tuple[ListedFile, ...]


def write_parts(partition: Partition) -> Written:
    """Write the files of a partition under temporary names, and sync them.

    At any time, the stars of one row group are in memory.

    Parameters
    ----------
    partition : Partition
        What to write.

    Raises
    ------
    ProductError
        A star whose FITS file is gone cannot be read where it was packed before.
    OSError
        The file system cannot read or write.
    """
    # Another process may be at the same unit, if it was cut off and is not dead.
    partition = replace(partition, run=f"{partition.run}-{secrets.token_hex(4)}")
    rows = _Rows(partition)
    files: tuple[ListedFile, ...] = ()
    try:
        _write_side_by_side(partition, rows)
        if rows.n_stars:
            files = tuple(listed(partition.part(path)) for path in partition.files)
    except BaseException:
        # On a full disk, the space is needed.
        with suppress(OSError):
            _remove_parts(partition)
        raise
    if rows.n_stars == 0:
        _remove_parts(partition)
    return Written(partition, rows.n_stars, rows.n_read, tuple(rows.left_out), files)


def _write_side_by_side(partition: Partition, rows: _Rows) -> None:
    """Write light curves and centroids at the same time: each FITS file is read once."""
    with ExitStack() as stack:
        appends = []
        for path, schema in zip(partition.files, rows.stored_schemas, strict=True):
            make_folder(path.parent)
            stream = stack.enter_context(open(partition.part(path), "xb"))
            stack.callback(_sync, stream)
            appends.append(stack.enter_context(parquet_writer(stream, schema)))
        for sources in _divided(partition.sources):
            _append_group(rows, sources, appends)


def _append_group(
    rows: _Rows, sources: Sequence[StarSource], appends: Sequence[Callable[[pa.Table], None]]
) -> None:
    """Append the rows of one group to each file; when this returns, nothing refers to them."""
    for append, table in zip(appends, rows.stored(rows.of(sources)), strict=False):
        append(table)


def _divided(sources: Iterable[StarSource]) -> Iterator[list[StarSource]]:
    """Yield the stars of each row group: fewer where they have very many points."""
    group: list[StarSource] = []
    n_points = 0
    for source in sources:
        is_full = len(group) == STARS_PER_ROW_GROUP or n_points + source.n_points > _MOST_POINTS
        if group and is_full:
            yield group
            group, n_points = [], 0
        group.append(source)
        n_points += source.n_points
    if group:
        yield group


def _sync(stream: BinaryIO) -> None:
    stream.flush()
    sync_file(stream.fileno())


class _Rows:
    """The rows of a partition: for each star, one of each of its files."""

    def __init__(self, partition: Partition) -> None:
        mission = MISSIONS[partition.mission]
        curves = curve_schema(mission, partition.is_double)
        self._clocks = ClockTable(PackedFolder(partition.root).clock)
        self._schemas = (centroid_schema(mission), curves)[-len(partition.files) :]
        stored = compact_schema(curves) if partition.is_compact else curves
        self.stored_schemas = (*self._schemas[:-1], stored)
        self.n_stars = self.n_read = 0
        self.left_out: list[LeftOut] = []
        self._partition = partition
        self._mission = mission
        catalogs = PackedFolder(partition.root).written(partition.with_centroids)
        self._packed = [RowReader(partitions_of(catalog), self._clocks) for catalog in catalogs]

    def of(self, sources: Iterable[StarSource]) -> list[tuple[pa.Table, ...]]:
        """Return the rows of some stars; those that are damaged are left out."""
        rows = [row for row in map(self._row, sources) if row is not None]
        self.n_stars += len(rows)
        return rows

    def _row(self, source: StarSource) -> tuple[pa.Table, ...] | None:
        row = self._from_fits(source) if source.is_fits else None
        if row is not None:
            self.n_read += 1
        elif source.packed:
            row = tuple(
                reader.row(place) for reader, place in zip(self._packed, source.packed, strict=True)
            )
        return row

    def _from_fits(self, source: StarSource) -> tuple[pa.Table, ...] | None:
        path = self._partition.fits_folder / source.name
        try:
            body = path.read_bytes()
            curve = parse_light_curve(body, path, verify=True)
        except (ProductError, OSError) as error:
            self.left_out.append(LeftOut(source.name, str(error)))
            return None
        file = OutputFile(path.name, len(body), hashlib.sha256(body).hexdigest())
        # The file of a star of 20 seconds has 200 MB, and the arrays are copies.
        del body
        stars = [PackedStar(curve, file, source.healpix)]
        is_double = self._partition.is_double
        tables = (
            centroid_table(stars, self._mission),
            curve_table(stars, self._mission, is_double),
        )
        return tables[-len(self._schemas) :]

    def stored(self, rows: Sequence[tuple[pa.Table, ...]]) -> Iterator[pa.Table]:
        """Yield a row group as each of its files has it; nothing if there are no rows."""
        columns = zip(*rows, strict=True)
        for schema, stored, column in zip(
            self._schemas, self.stored_schemas, columns, strict=False
        ):
            table = as_rows_of(schema, column)
            yield encoded(table, self._clocks) if is_compact_schema(stored) else table


def _remove_parts(partition: Partition) -> None:
    """Remove what was written under temporary names."""
    for path in partition.files:
        partition.part(path).unlink(missing_ok=True)
