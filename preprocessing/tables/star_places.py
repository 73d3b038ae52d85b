"""Read from the table of stars where each packed light curve is, and what it was packed from."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from preprocessing.core.errors import UsageError
from preprocessing.tables.light_curves import SCHEMA_KEY, SCHEMA_VERSION
from preprocessing.tables.packed_rows import PackedRow

__all__ = ["StarPlace", "star_places"]

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


def star_places(path: Path) -> dict[str, StarPlace]:
    """Return where each light curve is, by the name of its FITS file.

    Parameters
    ----------
    path : Path
        ``stars.parquet`` of a packed data set.

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
        about = pq.read_schema(path).metadata or {}
        version = about.get(SCHEMA_KEY.encode())
        if version != SCHEMA_VERSION.encode():
            raise UsageError(
                f"{path} is of the schema {_said(version)}, and this version of XENOSCAN reads"
                f" {SCHEMA_VERSION}: run xenoscan pack again"
            )
        table = pq.read_table(path, columns=["fits_file", *_PLACE, *_FITS], partitioning=None)
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"cannot read {path} ({reason}): run xenoscan pack again, or open the folder of the"
            " FITS files"
        ) from error
    packed = table.filter(pc.is_valid(table["file"]))
    packed = packed.sort_by([(column, "ascending") for column in _PLACE])
    names, *columns = (packed[name].to_pylist() for name in ("fits_file", *_PLACE, *_FITS))
    rows = map(PackedRow, *columns[: len(_PLACE)])
    return dict(zip(names, map(StarPlace, rows, *columns[len(_PLACE) :]), strict=True))


def _said(version: bytes | None) -> str:
    return "of another program" if version is None else version.decode("ascii", "replace")
