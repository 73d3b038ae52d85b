"""Read an output back: its checksums, its headers, and the files it was made from."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from preprocessing.core.errors import CorruptProduct, UnreadableProduct
from preprocessing.core.file_record import FileRecord
from preprocessing.core.outcomes import OutputFile
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import (
    ALL_ONES,
    CardValue,
    Hdu,
    HeaderCards,
    ones_complement_sum,
    read_hdu,
)
from preprocessing.fits.writer import row_dtype, sequence_dtype
from preprocessing.missions import MISSIONS, Mission, label_and_sort_key
from preprocessing.system.plain_files import open_without_waiting

__all__ = [
    "OutputSummary",
    "StitchedOutput",
    "check_account",
    "file_records",
    "mission_of_header",
    "read_first_header",
    "read_output",
    "read_own_header",
    "read_summary",
    "row_of",
]

#: Bytes read for the two headers in front of the rows. They take five blocks; this allows for more.
_HEAD = 2**16
#: Bytes read for the table of files: twenty times what a hundred files take.
_TAIL = 2**20
_CHUNK = 2**18
#: How every FITS file begins (FITS standard 4.0, section 4.4.1.1).
_BEGINNING = b"SIMPLE  ="


@dataclass(frozen=True)
class StitchedOutput:
    """An output that passed all checks.

    Parameters
    ----------
    header : HeaderCards
        The primary header.
    file : OutputFile
        Name, size and digest.
    records : tuple of FileRecord
        Every row of the table of files.
    n_rows : int
        Number of rows in the light curve.
    rows_start : int
        Offset of the first row in bytes.
    row : numpy.dtype
        The type of a row.
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
        return self.header.get(mission_of_header(self.header).number_keyword)

    @property
    def used(self) -> tuple[FileRecord, ...]:
        """The files that were used, in the order of their rows."""
        return tuple(record for record in self.records if record.is_used)


@dataclass(frozen=True)
class OutputSummary:
    """What the headers of an output say, without its rows.

    Parameters
    ----------
    mission : Mission
        The mission.
    number : int
        The star's number.
    ra, dec : float or None
        The star's position in degrees; None if its file has none.
    is_synthetic : bool
        Whether a program made the light curve up.
    is_double : bool
        Whether flux has 64 bits.
    n_points : int
        Rows of the light curve.
    header : HeaderCards
        The primary header.
    """

    mission: Mission
    number: int
    ra: float | None
    dec: float | None
    is_synthetic: bool
    is_double: bool
    n_points: int
    header: HeaderCards

    @property
    def name(self) -> str:
        """The star's catalog and number."""
        return self.header.text("OBJECT")

    @property
    def author(self) -> str:
        """Who made the files that were stitched."""
        return self.header.text("AUTHOR")

    @property
    def cadence(self) -> str:
        """One of ``long``, ``short`` and ``fast``."""
        return self.header.text("OBSMODE").removesuffix(" cadence")

    @property
    def exposure_s(self) -> float | None:
        """Time between two rows, in seconds."""
        return _number(self.header, "EXPTIME")

    @property
    def flux_column(self) -> str:
        """The column that was stitched."""
        return self.header.text("FLUXCOL")


def read_summary(path: Path) -> OutputSummary:
    """Read the headers of an output; no checksum is verified.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CorruptProduct
        The headers cannot be read.
    UnreadableProduct
        This program did not write the file.
    OSError
        The file cannot be read.
    """
    with open(path, "rb", opener=open_without_waiting) as stream:
        head = stream.read(_HEAD)
    primary = read_own_header(head)
    table = read_hdu(head, primary.end).header
    header = primary.header
    mission = mission_of_header(header)
    return OutputSummary(
        mission,
        header.integer(mission.number_keyword),
        _number(header, "RA_OBJ"),
        _number(header, "DEC_OBJ"),
        header.get("SYNTHET") is not False,
        row_of(table, mission)["FLUX"].itemsize == np.dtype(np.float64).itemsize,
        table.integer("NAXIS2"),
        header,
    )


def read_own_header(body: bytes) -> Hdu:
    """Return the first header of a file, and make sure that this program wrote the file.

    Parameters
    ----------
    body : bytes
        The file, or the beginning of it.

    Raises
    ------
    CorruptProduct
        The header cannot be read.
    UnreadableProduct
        This program did not write the file.
    """
    if not body.startswith(_BEGINNING):
        raise UnreadableProduct(f"not a FITS file: it begins with {body[:20]!r}")
    primary = read_hdu(body, 0)
    origin = primary.header.get("ORIGIN")
    if origin != "XENOSCAN":
        raise UnreadableProduct(
            f"not a stitched light curve of this program: ORIGIN is {origin!r}, not 'XENOSCAN'"
        )
    return primary


def _number(header: HeaderCards, keyword: str) -> float | None:
    value = header.get(keyword)
    return float(value) if isinstance(value, (int, float)) else None


def read_first_header(path: Path) -> HeaderCards:
    """Return the primary header of a file that may be an output.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CorruptProduct
        The file does not start with a FITS header.
    OSError
        The file cannot be read.
    """
    with open(path, "rb", opener=open_without_waiting) as stream:
        return read_hdu(stream.read(_HEAD), 0).header


def read_output(path: Path) -> StitchedOutput:
    """Read a whole output, and check that it is consistent.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    CorruptProduct
        A checksum is wrong, the table of files does not account for the rows, or the file is
        not an output of this layout.
    OSError
        The file cannot be read.
    """
    with open(path, "rb", opener=open_without_waiting) as stream:
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
    mission = mission_of_header(primary.header)
    records = file_records(tail, files, mission)
    output = StitchedOutput(
        header=primary.header,
        file=OutputFile(path.name, size, digest),
        records=records,
        n_rows=table.header.integer("NAXIS2"),
        rows_start=table.data_start,
        row=row_of(table.header, mission),
    )
    check_account(output.header, records, output.n_rows)
    return output


def _verified_sha256(stream: BinaryIO, ends: tuple[int, ...]) -> str:
    """Verify the checksum of each unit and hash the whole file, in one pass."""
    digest, offset = hashlib.sha256(), 0
    stream.seek(0)
    for end in ends:
        total = 0
        while offset < end:
            chunk = stream.read(min(end - offset, _CHUNK))
            if not chunk:
                raise CorruptProduct("the file ends too early")
            digest.update(chunk)
            total = ones_complement_sum(chunk, total)
            offset += len(chunk)
        if total != ALL_ONES:
            raise CorruptProduct("a checksum is wrong")
    return digest.hexdigest()


def check_account(header: HeaderCards, records: Sequence[FileRecord], n_rows: int) -> None:
    """Make sure that the table of files accounts for every row of the light curve.

    Parameters
    ----------
    header : HeaderCards
        The primary header, which counts the files.
    records : sequence of FileRecord
        Every row of the table of files.
    n_rows : int
        Rows of the light curve.

    Raises
    ------
    CorruptProduct
        Rows are missing or there are too many, or the header's counts are wrong.
    """
    used = [record for record in records if record.is_used]
    if n_rows != sum(record.rows_kept for record in used):
        raise CorruptProduct("the table of files does not account for the rows")
    counted = {"NFILEEXP": len(records), "NFILEUSE": len(used)}
    for keyword, number in counted.items():
        if header.get(keyword) != number:
            raise CorruptProduct(f"{keyword} is not the number of rows in the table of files")


def mission_of_header(header: HeaderCards) -> Mission:
    """Return the mission that an output's primary header names.

    Parameters
    ----------
    header : HeaderCards
        The primary header.

    Raises
    ------
    CorruptProduct
        It names no known mission.
    """
    name = header.get("MISSION")
    mission = MISSIONS.get(name) if isinstance(name, str) else None
    if mission is None:
        raise CorruptProduct(f"MISSION is {name!r}")
    return mission


def row_of(table: HeaderCards, mission: Mission) -> np.dtype[np.void]:
    """Return the type of a row in the table LIGHTCURVE.

    Parameters
    ----------
    table : HeaderCards
        The table's header.
    mission : Mission
        The output's mission.

    Raises
    ------
    CorruptProduct
        No version of the table has rows of that size.
    """
    for is_double in (False, True):
        row = row_dtype(mission, is_double)
        if table.integer("NAXIS1") == row.itemsize:
            return row
    raise CorruptProduct("the table LIGHTCURVE is of another layout")


def file_records(body: bytes, files: Hdu, mission: Mission) -> tuple[FileRecord, ...]:
    """Return every row of the table of files.

    Parameters
    ----------
    body : bytes
        The bytes in which `files` was found.
    files : Hdu
        The table QUARTERS, CAMPAIGNS or SECTORS.
    mission : Mission
        The output's mission.

    Raises
    ------
    CorruptProduct
        The table cannot be read.
    """
    layout = sequence_dtype(mission)
    if files.header.integer("NAXIS1") != layout.itemsize:
        raise CorruptProduct(f"the table {mission.sequence_table} is of another layout")
    count = files.header.integer("NAXIS2")
    rows = np.frombuffer(body, dtype=layout, count=count, offset=files.data_start)
    try:
        # Convert all rows at once; field by field takes five times as long.
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

    reason, file_name = text("REASON"), text("FILENAME")
    sequence_number = number(mission.sequence_keyword)
    label, sort_key = label_and_sort_key(mission, file_name, sequence_number)
    return FileRecord(
        sequence_number=sequence_number,
        month=known("MONTH"),
        file_name=file_name,
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
        label=label,
        sort_key=sort_key,
    )
