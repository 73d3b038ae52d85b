"""Read an output back: its checksums, its headers, and the files that it is made of."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from preprocessing.core.errors import CorruptProduct
from preprocessing.core.reasons import Reason
from preprocessing.fits.file_records import USED, FileRecord
from preprocessing.fits.format import (
    ALL_ONES,
    CardValue,
    Hdu,
    HeaderCards,
    ones_complement_sum,
    read_hdu,
)
from preprocessing.fits.output_tables import row_dtype, sequence_dtype
from preprocessing.fits.provenance import OutputFile
from preprocessing.missions import MISSIONS, Mission

__all__ = ["StitchedOutput", "read_first_header", "read_output"]

#: The two headers in front of the rows take five blocks; room for more costs nothing.
_HEAD = 2**16
#: So does the QUARTERS table, with a hundred files of a star, in a twentieth of this.
_TAIL = 2**20
_CHUNK = 2**18


@dataclass(frozen=True)
class StitchedOutput:
    """A sound output.

    Parameters
    ----------
    header : HeaderCards
        The primary one.
    file : OutputFile
    records : tuple of FileRecord
        Every row of the table of files.
    n_rows : int
        Of the light curve.
    rows_start : int
        Byte at which they begin.
    row : numpy.dtype
        What a row is.
    """

    header: HeaderCards
    file: OutputFile
    records: tuple[FileRecord, ...]
    n_rows: int
    rows_start: int
    row: np.dtype[np.void]

    @property
    def number(self) -> CardValue:
        """The star's number in the catalog of its mission."""
        return self.header.get(_mission_of(self.header).number_keyword)

    @property
    def used(self) -> tuple[FileRecord, ...]:
        """The files that were used, in the order of their rows."""
        return tuple(record for record in self.records if record.status == USED)


def read_first_header(path: Path) -> HeaderCards:
    """Return the primary header of a file that may be an output.

    Raises
    ------
    CorruptProduct
        It has none.
    OSError
        From the file system.
    """
    with open(path, "rb", opener=_without_waiting) as stream:
        return read_hdu(stream.read(_HEAD), 0).header


def read_output(path: Path) -> StitchedOutput:
    """Read an output as a whole, and check it against itself.

    Raises
    ------
    CorruptProduct
        A checksum is wrong, the QUARTERS table does not account for the rows, or it is no
        output of this layout.
    OSError
        From the file system.
    """
    with open(path, "rb", opener=_without_waiting) as stream:
        size = os.fstat(stream.fileno()).st_size
        head = stream.read(_HEAD)
        primary = read_hdu(head, 0)
        table = read_hdu(head, primary.end)
        stream.seek(table.end)
        tail = stream.read(_TAIL)
        files = read_hdu(tail, 0)
        if table.end + files.end != size:
            raise CorruptProduct(f"{size} bytes where the headers announce another number")
        digest = _verified_sha256(stream, (primary.end, table.end, size))
    mission = _mission_of(primary.header)
    records = _records(tail, files, mission)
    output = StitchedOutput(
        header=primary.header,
        file=OutputFile(path.name, size, digest),
        records=records,
        n_rows=table.header.integer("NAXIS2"),
        rows_start=table.data_start,
        row=_row_of(table.header, mission),
    )
    _check_account(output, table.header)
    return output


def _without_waiting(path: str, flags: int) -> int:
    # A pipe of an output's name would keep the run waiting for whoever writes into it.
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _verified_sha256(stream: BinaryIO, ends: tuple[int, ...]) -> str:
    """Add up each unit and hash all of them, in one pass."""
    digest, place = hashlib.sha256(), 0
    stream.seek(0)
    for end in ends:
        total = 0
        while place < end:
            chunk = stream.read(min(end - place, _CHUNK))
            if not chunk:
                raise CorruptProduct("the file ends too early")
            digest.update(chunk)
            total = ones_complement_sum(chunk, total)
            place += len(chunk)
        if total != ALL_ONES:
            raise CorruptProduct("a checksum is wrong")
    return digest.hexdigest()


def _check_account(output: StitchedOutput, table: HeaderCards) -> None:
    rows = sum(record.rows_kept for record in output.used)
    if output.n_rows != rows:
        raise CorruptProduct("the table of files does not account for the rows")
    counted = {"NFILEEXP": len(output.records), "NFILEUSE": len(output.used)}
    for keyword, number in counted.items():
        if output.header.get(keyword) != number:
            raise CorruptProduct(f"{keyword} is not the number of rows in the table of files")


def _mission_of(header: HeaderCards) -> Mission:
    name = header.get("MISSION")
    mission = MISSIONS.get(name) if isinstance(name, str) else None
    if mission is None:
        raise CorruptProduct(f"MISSION is {name!r}")
    return mission


def _row_of(table: HeaderCards, mission: Mission) -> np.dtype[np.void]:
    for is_double in (False, True):
        row = row_dtype(mission, is_double)
        if table.integer("NAXIS1") == row.itemsize:
            return row
    raise CorruptProduct("the table LIGHTCURVE is of another layout")


def _records(tail: bytes, files: Hdu, mission: Mission) -> tuple[FileRecord, ...]:
    layout = sequence_dtype(mission)
    if files.header.integer("NAXIS1") != layout.itemsize:
        raise CorruptProduct(f"the table {mission.sequence_table} is of another layout")
    count = files.header.integer("NAXIS2")
    rows = np.frombuffer(tail, dtype=layout, count=count, offset=files.data_start)
    try:
        # As plain numbers and bytes at once: field by field takes five times as long.
        columns = layout.names or ()
        return tuple(
            _record(dict(zip(columns, row, strict=True)), mission) for row in rows.tolist()
        )
    except ValueError as error:
        raise CorruptProduct(
            f"the table {mission.sequence_table} cannot be read: {error}"
        ) from error


def _record(row: dict[str, int | float | bytes], mission: Mission) -> FileRecord:
    def text(column: str) -> str:
        value = row[column]
        return value.decode("ascii") if isinstance(value, bytes) else ""

    def number(column: str) -> int:
        return int(row[column])

    def known(column: str) -> int | None:
        return None if number(column) < 0 else number(column)

    reason = text("REASON")
    return FileRecord(
        sequence_number=number(mission.sequence_keyword),
        month=known("MONTH"),
        file_name=text("FILENAME"),
        uri=text("URI"),
        status=text("STATUS"),
        reason=Reason(reason) if reason else None,
        bytes=number("BYTES"),
        sha256=text("SHA256"),
        verified=text("VERIFIED"),
        procver=text("PROCVER"),
        data_rel=known("DATA_REL"),
        detector=tuple(map(known, mission.detector_keywords)),
        rows_read=number("ROWSREAD"),
        rows_no_time=number("ROWSNOTM"),
        rows_masked=number("ROWSMASK"),
        rows_kept=number("ROWSKEPT"),
        rows_finite=number("ROWSFIN"),
        median=float(row["MEDIAN"]),
        cdpp=tuple(float(row[keyword]) for keyword in mission.cdpp_keywords),
        crowdsap=float(row["CROWDSAP"]),
        flfrcsap=float(row["FLFRCSAP"]),
        taken_over=True,
    )
