"""Read from the table of stars where each packed light curve is."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from preprocessing.core.errors import UsageError
from preprocessing.tables.light_curves import SCHEMA_KEY, SCHEMA_VERSION
from preprocessing.tables.packed_rows import PackedRow

__all__ = ["star_places"]

_PLACE = ("file", "row_group", "row")


def star_places(path: Path) -> dict[str, PackedRow]:
    """Return where each light curve is, by the name of its FITS file.

    Parameters
    ----------
    path : Path
        ``stars.parquet`` of a packed data set.

    Returns
    -------
    dict of str to PackedRow
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
        table = pq.read_table(path, columns=["fits_file", *_PLACE], partitioning=None)
    except (pa.ArrowException, OSError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UsageError(
            f"cannot read {path} ({reason}): run xenoscan pack again, or open the folder of the"
            " FITS files"
        ) from error
    packed = table.filter(pc.is_valid(table["file"]))
    packed = packed.sort_by([(column, "ascending") for column in _PLACE])
    columns = (packed[column].to_pylist() for column in packed.column_names)
    return {name: PackedRow(*place) for name, *place in zip(*columns, strict=True)}


def _said(version: bytes | None) -> str:
    return "of another program" if version is None else version.decode("ascii", "replace")
