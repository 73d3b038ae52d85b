"""Take the quarters of an earlier output over, so that none is fetched a second time."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from preprocessing._version import __version__
from preprocessing.config import Recipe
from preprocessing.exceptions import CorruptProduct
from preprocessing.fits_format import (
    ALL_ONES,
    CardValue,
    Hdu,
    HeaderCards,
    ones_complement_sum,
    read_hdu,
)
from preprocessing.fits_writer import QUARTER_ROW, ROW, STAR_KEYWORDS
from preprocessing.ledger import USED, QuarterRecord
from preprocessing.products import Product, alternative_products
from preprocessing.quarter import Quarter
from preprocessing.reasons import Reason

__all__ = ["Salvage", "foreign_output", "read_salvage"]

_log = logging.getLogger(__name__)

#: The two headers in front of the rows take five blocks; room for more costs nothing.
_HEAD = 2**16
#: So does the QUARTERS table, with a hundred files of a star, in a twentieth of this.
_TAIL = 2**20
_CHUNK = 2**20
_ROWS_AT_ONCE = 2**16


@dataclass(frozen=True)
class Salvage:
    """A sound output of an earlier attempt at a star.

    Parameters
    ----------
    path : Path
    star : mapping of str to card value
        The star's cards: those of the first file that was used.
    records : tuple of QuarterRecord
        The files that were used, in the order of their rows.
    rows_start : int
        Byte at which the rows begin.
    first_time, last_time : float
        BJD - 2454833 of the first and the last row.
    """

    path: Path
    star: Mapping[str, CardValue]
    records: tuple[QuarterRecord, ...]
    rows_start: int
    first_time: float
    last_time: float

    @property
    def n_rows(self) -> int:
        """Rows of the light curve."""
        return sum(record.rows_kept for record in self.records)

    def quarter(self, product: Product, is_first: bool) -> Quarter | None:
        """Return a file as it stands in the output, None if it is not there.

        Parameters
        ----------
        product : Product
        is_first : bool
            Whether it is the first file used now. Its star cards then count, and only
            those of the first file used then are known.

        Raises
        ------
        OSError
            From the file system.
        """
        names = {candidate.file_name for candidate in (product, *alternative_products(product))}
        row = 0
        for place, record in enumerate(self.records):
            if record.file_name in names:
                if is_first and place > 0:
                    return None
                return Quarter(self._rows(row, record.rows_kept), record, self.star, {})
            row += record.rows_kept
        return None

    def merged(self, records: Sequence[QuarterRecord]) -> list[QuarterRecord]:
        """Return the records of a worse attempt, replaced by this file's where it has any."""
        mine = {record.label for record in self.records}
        return [*self.records, *(record for record in records if record.label not in mine)]

    def _rows(self, first: int, count: int) -> NDArray[np.void]:
        start = self.rows_start + first * ROW.itemsize
        rows = np.fromfile(self.path, dtype=ROW, count=count, offset=start)
        if len(rows) != count:
            raise OSError(f"{self.path} was cut off while it was read")
        return rows


def foreign_output(path: Path, recipe: Recipe) -> str | None:
    """Say why a file is no output of a run with this recipe, None if it may be one.

    Parameters
    ----------
    path : Path
    recipe : Recipe

    Returns
    -------
    str or None
        None also for a file that is absent or too damaged to tell.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            header = read_hdu(stream.read(_HEAD), 0).header
        for keyword, value in _recipe_cards(recipe).items():
            found = header.get(keyword)
            if found != value:
                return f"{keyword} is {found!r}, not {value!r}"
    except (CorruptProduct, OSError):
        return None
    return None


def read_salvage(path: Path, recipe: Recipe, kic: int) -> Salvage | None:
    """Check an output of an earlier run, and find the quarters in it.

    Parameters
    ----------
    path : Path
    recipe : Recipe
        What it must have been made by.
    kic : int
        The star that it must be of.

    Returns
    -------
    Salvage or None
        None if there is no file, or it is damaged, of another star, recipe or version of
        this program.
    """
    try:
        with open(path, "rb", opener=_without_waiting) as stream:
            return _read(stream, path, recipe, kic)
    except FileNotFoundError:
        return None
    except (CorruptProduct, OSError, UnicodeDecodeError, ValueError) as error:
        _log.warning("an earlier output cannot be used and is made anew: %s: %s", path, error)
        return None


def _without_waiting(path: str, flags: int) -> int:
    # A pipe of an output's name would keep the run waiting for whoever writes into it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _read(stream: BinaryIO, path: Path, recipe: Recipe, kic: int) -> Salvage:
    size = os.fstat(stream.fileno()).st_size
    head = stream.read(_HEAD)
    primary = read_hdu(head, 0)
    table = read_hdu(head, primary.end)
    stream.seek(table.end)
    tail = stream.read(_TAIL)
    quarters = read_hdu(tail, 0)
    if table.end + quarters.end != size:
        raise CorruptProduct(f"{size} bytes where the headers announce another number")
    for hdu, offset in ((primary, 0), (table, 0), (quarters, table.end)):
        _verify_sum(stream, hdu, offset)
    _verify_identity(primary.header, recipe, kic)
    records = _used_records(tail, quarters)
    n_rows = table.header.integer("NAXIS2")
    if table.header.integer("NAXIS1") != ROW.itemsize or n_rows != sum(
        record.rows_kept for record in records
    ):
        raise CorruptProduct("the QUARTERS table does not account for the rows")
    if n_rows == 0:
        raise CorruptProduct("there are no rows")
    _verify_order(path, table.data_start, n_rows)
    return Salvage(
        path=path,
        star={keyword: primary.header.get(keyword) for keyword in STAR_KEYWORDS},
        records=records,
        rows_start=table.data_start,
        first_time=_time_at(path, table.data_start, 0),
        last_time=_time_at(path, table.data_start, n_rows - 1),
    )


def _verify_sum(stream: BinaryIO, hdu: Hdu, offset: int) -> None:
    stream.seek(offset + hdu.start)
    left, total = hdu.end - hdu.start, 0
    while left:
        chunk = stream.read(min(left, _CHUNK))
        if not chunk:
            raise CorruptProduct("the file ends too early")
        total = ones_complement_sum(chunk, total)
        left -= len(chunk)
    if total != ALL_ONES:
        raise CorruptProduct("a checksum is wrong")


def _verify_order(path: Path, start: int, n_rows: int) -> None:
    """Find rows that changed places, which leave the sum as it was."""
    last = -math.inf
    for first in range(0, n_rows, _ROWS_AT_ONCE):
        count, offset = min(_ROWS_AT_ONCE, n_rows - first), start + first * ROW.itemsize
        time = np.fromfile(path, dtype=ROW, count=count, offset=offset)["TIME"]
        # False for a NaN, too.
        if not (time[0] > last and np.all(time[1:] > time[:-1])):
            raise CorruptProduct("times do not rise from row to row")
        last = float(time[-1])


def _verify_identity(header: HeaderCards, recipe: Recipe, kic: int) -> None:
    expected = {
        "CREATOR": f"xenoscan LightCurve {__version__}",
        "KEPLERID": kic,
        **_recipe_cards(recipe),
    }
    for keyword, value in expected.items():
        found = header.get(keyword)
        if found != value:
            raise CorruptProduct(f"{keyword} is {found!r}, not {value!r}")


def _recipe_cards(recipe: Recipe) -> dict[str, CardValue]:
    return {
        "ORIGIN": "XENOSCAN",
        "MISSION": recipe.mission,
        "OBSMODE": f"{recipe.cadence} cadence",
        "FLUXCOL": f"{recipe.flux.upper()}_FLUX",
        "QBITMASK": recipe.quality_bitmask,
    }


def _used_records(tail: bytes, quarters: Hdu) -> tuple[QuarterRecord, ...]:
    if quarters.header.integer("NAXIS1") != QUARTER_ROW.itemsize:
        raise CorruptProduct("the QUARTERS table is of another layout")
    count = quarters.header.integer("NAXIS2")
    rows = np.frombuffer(tail, dtype=QUARTER_ROW, count=count, offset=quarters.data_start)
    return tuple(_record(row) for row in rows if row["STATUS"] == USED.encode())


def _record(row: np.void) -> QuarterRecord:
    def text(column: str) -> str:
        return bytes(row[column]).decode("ascii")

    def known(column: str) -> int | None:
        value = int(row[column])
        return None if value < 0 else value

    reason = text("REASON")
    return QuarterRecord(
        quarter=int(row["QUARTER"]),
        month=known("MONTH"),
        file_name=text("FILENAME"),
        uri=text("URI"),
        status=USED,
        reason=Reason(reason) if reason else None,
        bytes=int(row["BYTES"]),
        sha256=text("SHA256"),
        verified=text("VERIFIED"),
        procver=text("PROCVER"),
        data_rel=known("DATA_REL"),
        channel=known("CHANNEL"),
        module=known("MODULE"),
        rows_read=int(row["ROWSREAD"]),
        rows_no_time=int(row["ROWSNOTM"]),
        rows_masked=int(row["ROWSMASK"]),
        rows_kept=int(row["ROWSKEPT"]),
        rows_finite=int(row["ROWSFIN"]),
        median=float(row["MEDIAN"]),
        cdpp3=float(row["CDPP3_0"]),
        cdpp6=float(row["CDPP6_0"]),
        cdpp12=float(row["CDPP12_0"]),
        crowdsap=float(row["CROWDSAP"]),
        flfrcsap=float(row["FLFRCSAP"]),
    )


def _time_at(path: Path, rows_start: int, row: int) -> float:
    offset = rows_start + row * ROW.itemsize
    return float(np.fromfile(path, dtype=ROW, count=1, offset=offset)["TIME"][0])
