"""Read row groups of a packed data set: whole light curves, or some of their columns."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from threading import Lock
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from preprocessing.core.curve_columns import COLUMNS, CurveColumns
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.light_curve import LightCurve
from preprocessing.core.remote_path import Location
from preprocessing.missions import MISSIONS
from preprocessing.tables.clock_table import ClockTable
from preprocessing.tables.light_curves import (
    centroid_digest,
    curve_digest,
    key_column,
    light_curves,
)
from preprocessing.tables.opened_files import Streams, read_footer, read_parquet
from preprocessing.tables.time_code import decoded, stored_columns

__all__ = ["RowGroup", "RowGroupReader"]

#: Decoded row groups that are kept: 42 MB each with every column of 16 stars of Kepler.
_KEPT_GROUPS = 4
#: The arrays of a light curve that the sister catalog has.
_CENTROIDS = ("centroid_col", "centroid_row")
#: Columns of the files that have another name than in a light curve. The column of quarters,
#: campaigns or sectors is named by the mission.
_NAMES = {"cadence_number": "cadenceno"}
#: What tells a star from others.
_IDENTITY = ("fits_file", "name", "mission", "author", "exposure_s")
#: The digest of the FITS file.
_PACKED_FROM = "fits_sha256"


@dataclass(frozen=True)
class RowGroup:
    """One row group: some 16 stars that are read together.

    Parameters
    ----------
    curves : Path or RemotePath
        The file of light curves.
    centroids : Path, RemotePath or None
        The file of the same stars' centroids; None if the data set has none.
    number : int
        Which row group of both, from 0.
    """

    curves: Location
    centroids: Location | None
    number: int


class RowGroupReader:
    """Reads stars of row groups, and keeps the last few that it decoded.

    It may be used by several threads, and can be pickled.

    Parameters
    ----------
    verify : bool
        Whether to check the checksum of each page that is read, and the digest of the columns
        of each whole light curve.
    clocks : ClockTable
        The mission's clock, for times that are stored as light's travel time.
    """

    def __init__(self, verify: bool, clocks: ClockTable) -> None:
        self._verify = verify
        self._clocks = clocks
        self._kept: OrderedDict[tuple[Location, int, tuple[str, ...]], pa.Table] = OrderedDict()
        self._lock = Lock()
        self._streams = Streams()

    def __reduce__(self) -> tuple[type[RowGroupReader], tuple[bool, ClockTable]]:
        return RowGroupReader, (self._verify, self._clocks)

    def light_curves(self, group: RowGroup, stars: Sequence[tuple[int, str]]) -> list[LightCurve]:
        """Return whole light curves, whose arrays own their memory.

        Parameters
        ----------
        group : RowGroup
            Where they are.
        stars : sequence of (int, str)
            The row of each star within the row group, and the name of the FITS file that it was
            packed from.

        Raises
        ------
        CorruptProduct
            The file is damaged, or its stars are not those.
        OSError
            The file cannot be read.
        """
        curves = self._table(group.curves, group.number, ())
        centroids = None
        if group.centroids is not None:
            centroids = self._table(group.centroids, group.number, ())
        found = []
        for row, file in stars:
            _require(curves, row, file, group.curves)
            sister = None
            if centroids is not None and group.centroids is not None:
                _require(centroids, row, file, group.centroids)
                _require_same(curves, centroids, row, group.centroids)
                sister = centroids.slice(row, 1)
            (curve,) = light_curves(curves.slice(row, 1), group.curves, sister)
            if self._verify:
                _verify_digests(curve, curves["sha256"][row].as_py(), sister)
            found.append(_owned(curve))
        return found

    def columns(
        self, group: RowGroup, stars: Sequence[tuple[int, str]], columns: Sequence[str]
    ) -> list[CurveColumns]:
        """Return some columns of light curves, and read no others.

        Parameters
        ----------
        group, stars
            As for `light_curves`, which says what is raised.
        columns : sequence of str
            Of `COLUMNS`. Without the file of centroids, these are NaN.
        """
        names = self._names_in(group.curves, columns)
        of_centroids = [column for column in columns if column in _CENTROIDS]
        wanted = tuple(names[column] for column in columns if column not in _CENTROIDS)
        if of_centroids and group.centroids is None:
            wanted = (*wanted, names["cadence_number"])
        elif of_centroids:
            wanted = (*wanted, _PACKED_FROM)
        curves = self._table(group.curves, group.number, (*_IDENTITY, names["number"], *wanted))
        lists = {
            column: _lists(curves, names[column]) for column in columns if column not in _CENTROIDS
        }
        if group.centroids is not None and of_centroids:
            fields = ("fits_file", _PACKED_FROM, *of_centroids)
            centroids = self._table(group.centroids, group.number, fields)
            for row, file in stars:
                _require(curves, row, file, group.curves)
                _require(centroids, row, file, group.centroids)
                _require_same(curves, centroids, row, group.centroids)
            lists.update((column, _lists(centroids, column)) for column in of_centroids)
        elif of_centroids:
            unknown = [np.full(len(x), np.nan) for x in _lists(curves, names["cadence_number"])]
            lists.update((column, unknown) for column in of_centroids)
        identity = curves.select([*_IDENTITY[1:], names["number"]]).to_pylist()
        found = []
        for row, file in stars:
            _require(curves, row, file, group.curves)
            about = identity[row]
            found.append(
                CurveColumns(
                    number=about.pop(names["number"]),
                    **about,
                    arrays={column: lists[column][row] for column in columns},
                )
            )
        return found

    def _table(self, path: Location, number: int, columns: tuple[str, ...]) -> pa.Table:
        """Return columns of a row group, all of them if none is named."""
        key = (path, number, columns)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        # Not under the lock: other threads decode other row groups meanwhile.
        table = decoded(self._stored(path, number, columns), self._clocks, path)
        with self._lock:
            self._kept[key] = table
            while len(self._kept) > _KEPT_GROUPS:
                self._kept.popitem(last=False)
        return table

    def _stored(self, path: Location, number: int, columns: tuple[str, ...]) -> pa.Table:
        """Return columns of a row group as they are stored."""

        def read(file: pq.ParquetFile) -> pa.Table:
            if number >= file.num_row_groups:
                raise CorruptProduct(_packed_again(path))
            wanted = stored_columns(file.schema_arrow, columns)
            # One thread: many files are read at a time, or one star soon enough.
            return file.read_row_group(number, columns=wanted or None, use_threads=False)

        with _damage_named(path):
            return read_parquet(path, read, self._streams, check_pages=self._verify)

    def _names_in(self, path: Location, columns: Sequence[str]) -> dict[str, str]:
        """Return what the columns of a light curve are called in a file, and the star's number."""
        with _damage_named(path):
            about = read_footer(path, self._streams).metadata or {}
        mission = MISSIONS.get(about.get(b"mission", b"").decode())
        if mission is None:
            raise CorruptProduct(_damaged(path, ValueError("it names no mission")))
        names = {column: _NAMES.get(column, column) for column in COLUMNS}
        return {**names, "sequence_number": mission.sequence, "number": key_column(mission)}


@contextmanager
def _damage_named(path: Location) -> Iterator[None]:
    """Translate what pyarrow raises for content that is damaged."""
    try:
        yield
    except OSError as error:
        # pyarrow raises an OSError without a number for pages that cannot be decoded.
        if error.errno is not None:
            raise
        raise CorruptProduct(_damaged(path, error)) from error
    except pa.ArrowException as error:
        raise CorruptProduct(_damaged(path, error)) from error


def _damaged(path: Location, error: Exception) -> str:
    reason = (str(error).splitlines() or [type(error).__name__])[0]
    return f"{path} is damaged ({reason}): xenoscan verify finds and rebuilds it"


def _packed_again(path: Location) -> str:
    return (
        f"{path} was packed again since the data set was opened: open it again. If that is no help,"
        " packing was interrupted: run xenoscan pack again"
    )


def _require(table: pa.Table, row: int, file: str, path: Location) -> None:
    if row >= len(table) or table["fits_file"][row].as_py() != file:
        raise CorruptProduct(_packed_again(path))


def _require_same(curves: pa.Table, centroids: pa.Table, row: int, path: Location) -> None:
    """Make sure that flux and centroids of a star are from the same FITS file."""
    if curves[_PACKED_FROM][row].as_py() != centroids[_PACKED_FROM][row].as_py():
        raise CorruptProduct(_packed_again(path))


def _lists(table: pa.Table, column: str) -> list[NDArray[Any]]:
    """Return the list in each row of a column, as views of the table's memory."""
    lists: list[NDArray[Any]] = []
    for chunk in table.column(column).chunks:
        ends = chunk.offsets.to_numpy()
        numbers = chunk.values.to_numpy(zero_copy_only=False)
        lists += [numbers[a:b] for a, b in pairwise(ends)]
    return lists


def _verify_digests(curve: LightCurve, digest: str, centroids: pa.Table | None) -> None:
    if curve_digest(curve) != digest or (
        centroids is not None and centroid_digest(curve) != centroids["sha256"][0].as_py()
    ):
        raise CorruptProduct(
            f"{curve.path}: the digest of {curve.name} is wrong: xenoscan verify finds and"
            " rebuilds it"
        )


def _owned(curve: LightCurve) -> LightCurve:
    """Return a light curve with arrays of its own, so that the row group can be forgotten."""
    return replace(curve, **{column: getattr(curve, column).copy() for column in COLUMNS})
