"""Read from the table of stars where each packed light curve is, and what it was packed from."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from preprocessing.core.errors import UsageError
from preprocessing.core.remote_path import Location
from preprocessing.tables.light_curves import SCHEMA_KEY, SCHEMA_VERSION
from preprocessing.tables.packed_rows import PackedRow

__all__ = ["StarPlace", "published_stars", "star_places", "star_table"]

_PLACE = ("file", "row_group", "row")
_FITS = ("fits_bytes", "fits_modified_ns")


@dataclass(frozen=True, slots=True)
class StarPlace:
    """Where a light curve is, and what it was packed from.

    Parameters
    ----------
    row : PackedRow
        Where it is.
    fits_bytes : int
        The size of its FITS file.
    fits_modified_ns : int or None
        When that was written: nanoseconds since 1970; None if that is not known.
    """

    row: PackedRow
    fits_bytes: int
    fits_modified_ns: int | None

    def is_from(self, path: str | os.PathLike[str]) -> bool:
        """Tell whether a FITS file has the size and the time of the one that was packed.

        Parameters
        ----------
        path : path-like
            The file. One that has another size or time may yet have the same content, for
            instance if it was copied.
        """
        found = os.stat(path)
        return (found.st_size, found.st_mtime_ns) == (self.fits_bytes, self.fits_modified_ns)


def star_places(path: Location, content: bytes | None = None) -> dict[str, StarPlace]:
    """Return where each light curve is, by the name of its FITS file.

    Parameters
    ----------
    path : Path or RemotePath
        ``stars.parquet`` of a packed data set.
    content : bytes, optional
        What is in it, if it is in an object store.

    Returns
    -------
    dict of str to StarPlace
        In the order of the Parquet files and of their rows.

    Raises
    ------
    UsageError
        The table cannot be read, or this version does not know its layout.
    """
    try:
        about = pq.read_schema(_source(path, content)).metadata or {}
        version = about.get(SCHEMA_KEY.encode())
        if version != SCHEMA_VERSION.encode():
            raise UsageError(
                f"{path} is of the schema {_said(version)}, and this version of XENOSCAN reads"
                f" {SCHEMA_VERSION}: run xenoscan pack again"
            )
        columns = ["fits_file", *_PLACE, *_FITS]
        table = pq.read_table(_source(path, content), columns=columns, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"cannot read {path} ({reason}): run xenoscan pack again, or open the folder of the"
            " FITS files"
        ) from error
    packed = table.filter(pc.is_valid(table["file"]))
    packed = packed.sort_by([(column, "ascending") for column in _PLACE])
    names, *values = (packed[name].to_pylist() for name in columns)
    rows = map(PackedRow, *values[: len(_PLACE)])
    return dict(zip(names, map(StarPlace, rows, *values[len(_PLACE) :]), strict=True))


def star_table(content: bytes) -> pa.Table:
    """Return the whole table of stars of a data set in an object store.

    Parameters
    ----------
    content : bytes
        What is in ``stars.parquet``, which `star_places` could read.
    """
    return pq.read_table(pa.BufferReader(content))


def published_stars(path: Location, content: bytes | None = None) -> frozenset[tuple[str, bool]]:
    """Return the FITS files whose stars a table says are packed, and whether each is synthetic.

    Parameters
    ----------
    path, content
        As for `star_places`.

    Raises
    ------
    UsageError
        It is another program's, or of another version, or damaged.
    """
    try:
        about = pq.read_schema(_source(path, content)).metadata or {}
        version = about.get(SCHEMA_KEY.encode())
        if version != SCHEMA_VERSION.encode():
            whose = "another program's" if version is None else f"of the schema {_said(version)}"
            raise UsageError(f"{path} is {whose}: name another place, or remove what is there")
        columns = ["fits_file", "synthetic", "file"]
        table = pq.read_table(_source(path, content), columns=columns, partitioning=None)
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"{path} cannot be read ({reason}): name another place, or remove what is there"
        ) from error
    packed = table.filter(pc.is_valid(table["file"]))
    names, synthetic = (packed[name].to_pylist() for name in columns[:2])
    return frozenset(zip(names, synthetic, strict=True))


def _source(path: Location, content: bytes | None) -> object:
    return path if content is None else pa.BufferReader(content)


def _said(version: bytes | None) -> str:
    return "of another program" if version is None else version.decode("ascii", "replace")
