"""Write the stitched light curve of a star: rows as they arrive, headers at the end."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from preprocessing._version import __version__
from preprocessing.core.errors import CorruptProduct
from preprocessing.core.file_record import FAILED, USED, FileRecord
from preprocessing.core.outcomes import OutputFile
from preprocessing.fits.format import (
    CardValue,
    checksummed_header,
    format_card,
    ones_complement_sum,
    padded_size,
)
from preprocessing.fits.product_file import BY_ETAG, BY_STRUCTURE
from preprocessing.missions import Mission
from preprocessing.missions.recipe import Recipe
from preprocessing.system.atomic import open_part, part_path, publish, size_and_sha256, sync_file

__all__ = [
    "Cards",
    "StitchedWriter",
    "row_dtype",
    "sequence_dtype",
    "star_keywords",
]

_NOTHING: Mapping[str, str] = MappingProxyType({})
#: How the FITS standard (4.0, section 4.3.1) writes that a number has no unit. With an empty unit
#: or none, astropy 8.0.2 neither fills gaps with NaN nor takes the flux for a period search.
_RELATIVE = "10**0"
_UNITS = {
    "TIME": "d",
    "FLUX": _RELATIVE,
    "FLUX_ERR": _RELATIVE,
    "CENTROID_COL": "pixel",
    "CENTROID_ROW": "pixel",
}

#: Stands for an unknown integer (keyword TNULL).
_NO_INTEGER = -1
_MEDIAN_COMMENT = "what flux was divided by, in the file's unit"

_TFORMS = {"f8": "D", "f4": "E", "i4": "J", "i2": "I"}


@cache
def row_dtype(mission: Mission, is_double: bool) -> np.dtype[np.void]:
    """Return the type of a row in the table LIGHTCURVE.

    Its size is a multiple of four bytes, so that the checksum can be added up piece by piece.

    Parameters
    ----------
    mission : Mission
        Names the columns for quality flags and sequence numbers.
    is_double : bool
        Whether the author's flux has 64 bits.
    """
    flux = ">f8" if is_double else ">f4"
    return np.dtype(
        [
            ("TIME", ">f8"),
            ("FLUX", flux),
            ("FLUX_ERR", flux),
            (mission.quality_column, ">i4"),
            ("CADENCENO", ">i4"),
            (mission.sequence_keyword, ">i4"),
            ("CENTROID_COL", ">f8"),
            ("CENTROID_ROW", ">f8"),
        ]
    )


@cache
def sequence_dtype(mission: Mission) -> np.dtype[np.void]:
    """Return the type of a row in the table QUARTERS, CAMPAIGNS or SECTORS.

    The table has one row for each file that the star should have.

    Parameters
    ----------
    mission : Mission
        Names the columns for sequence numbers, detector and noise.
    """
    return np.dtype(
        [
            (mission.sequence_keyword, ">i2"),
            ("MONTH", ">i2"),
            ("FILENAME", "S80"),
            ("URI", "S160"),
            ("BYTES", ">i4"),
            ("SHA256", "S64"),
            ("VERIFIED", "S10"),
            ("DATA_REL", ">i2"),
            ("PROCVER", "S68"),
            *((keyword, ">i2") for keyword in mission.detector_keywords),
            ("ROWSREAD", ">i4"),
            ("ROWSNOTM", ">i4"),
            ("ROWSMASK", ">i4"),
            ("ROWSKEPT", ">i4"),
            ("ROWSFIN", ">i4"),
            ("MEDIAN", ">f8"),
            *((keyword, ">f4") for keyword in mission.cdpp_keywords),
            ("CROWDSAP", ">f4"),
            ("FLFRCSAP", ">f4"),
            ("STATUS", "S6"),
            ("REASON", "S16"),
        ]
    )


class Cards(Protocol):
    """The cards of a header, or those that a previous output kept of one."""

    def get(self, keyword: str, /) -> CardValue:
        """Return a keyword's value; None if it is undefined or absent."""


def star_keywords(mission: Mission) -> tuple[str, ...]:
    """Return the keywords that outputs copy from a mission's files.

    Parameters
    ----------
    mission : Mission
        The mission.
    """
    return (mission.number_keyword, *(keyword for keyword, _ in mission.star_cards), "SYNTHET")


class StitchedWriter:
    """The output file of one star while it is being written.

    Rows are written as they arrive, into a hidden file beside the final one, and not kept in
    memory. The headers in front of them have a fixed size and are written last.

    Parameters
    ----------
    path : Path
        The final name of the file.
    recipe : Recipe
        What is stitched, with author and cadence decided.
    exposure_s : float
        Time from row to row, in seconds.
    n_left_out : int, optional
        How many of the star's files are not used, since they have another exposure time or are
        older versions.
    """

    def __init__(self, path: Path, recipe: Recipe, exposure_s: float, n_left_out: int = 0) -> None:
        self.path = path
        self.n_rows = 0
        self.first_time = float("nan")
        self.last_time = float("nan")
        self._recipe = recipe
        self._mission = recipe.mission
        self._is_double = recipe.layout is not None and recipe.layout.is_double
        self._exposure_s = exposure_s
        self._n_left_out = n_left_out
        self._sum = 0
        self._is_torn = False
        self._star: Mapping[str, CardValue] = {}
        self.is_synthetic = False
        self._stream = open_part(path)
        self._identity = os.fstat(self._stream.fileno())
        # Keeps the place, and marks the file as this program's if it is never finished.
        try:
            self._stream.write(self._headers([], None))
        except OSError:
            # On a full disk nobody else would remove what was opened.
            with suppress(OSError):
                self.discard()
            raise

    def describe_star(self, cards: Cards) -> None:
        """Keep the star's cards from the first file used; later files do not change them.

        The output is synthetic if any file says that it is.

        Parameters
        ----------
        cards : Cards
            A file's primary header.

        Raises
        ------
        CorruptProduct
            A card to be kept cannot be read, or cannot be written again.
        """
        synthetic = cards.get("SYNTHET") is True
        if not self._star:
            self._star = _star_cards(cards, self._mission)
        self.is_synthetic = self.is_synthetic or synthetic

    def append(self, rows: NDArray[np.void]) -> None:
        """Write the rows of one file.

        Parameters
        ----------
        rows : ndarray of `output_tables.row_dtype`
            Rows later than all before.

        Raises
        ------
        OSError
            The file system cannot write them.
        """
        if len(rows) == 0:
            return
        self._require_whole()
        content = np.ascontiguousarray(rows).view(np.uint8).data
        self._is_torn = True
        self._stream.write(content)
        self._is_torn = False
        self._sum = ones_complement_sum(content, self._sum)
        if self.n_rows == 0:
            self.first_time = float(rows["TIME"][0])
        self.last_time = float(rows["TIME"][-1])
        self.n_rows += len(rows)

    def finish(self, records: Sequence[FileRecord], separation_arcsec: float | None) -> OutputFile:
        """Write the table of files and the headers, and give the file its final name.

        Parameters
        ----------
        records : sequence of FileRecord
            One for each file that the star should have, in time order.
        separation_arcsec : float or None
            Distance of the star from the position to which its name was resolved.

        Returns
        -------
        OutputFile
            Name, size and digest. The digest is computed from what is read back.

        Raises
        ------
        OSError
            The file system cannot write, sync or rename the file.
        """
        self._require_whole()
        with self._stream as stream:
            size = self.n_rows * self._row.itemsize
            stream.write(bytes(padded_size(size) - size))
            stream.write(_sequence_hdu(records, self._mission))
            stream.seek(0)
            stream.write(self._headers(records, separation_arcsec))
            stream.flush()
            sync_file(stream.fileno())
            if not self._is_in_place():
                raise OSError(errno.ENOENT, "removed or replaced before it was finished")
            stream.seek(0)
            output = OutputFile(self.path.name, *size_and_sha256(stream))
        publish(part_path(self.path), self.path)
        return output

    def discard(self) -> None:
        """Remove what was written, unless it was finished."""
        try:
            self._stream.close()
        finally:
            # On a full disk, closing fails too, and the space is needed.
            if self._is_in_place():
                part_path(self.path).unlink(missing_ok=True)

    def _is_in_place(self) -> bool:
        """Tell whether the unfinished file on disk is still this writer's.

        After a long suspension, it may belong to the run that took over.
        """
        try:
            found = os.stat(part_path(self.path))
        except FileNotFoundError:
            return False
        return os.path.samestat(found, self._identity)

    def _require_whole(self) -> None:
        # The caller of a failed write may have been cancelled before the write failed.
        if self._is_torn:
            raise OSError(errno.EIO, "an earlier write failed", str(self.path))

    def _headers(self, records: Sequence[FileRecord], separation: float | None) -> bytes:
        primary = self._primary_cards(records, separation)
        zero = self._mission.bjd_reference
        table = [
            *_table_cards("LIGHTCURVE", self._row, self.n_rows, units=_UNITS),
            format_card("TIMESYS", "TDB", "time is barycentric dynamical"),
            format_card("TIMEUNIT", "d", "unit of time"),
            format_card("TREFPOS", "BARYCENTER", "times are as seen from there"),
            # One number, since astropy does not know the pair JDREFI and JDREFF.
            format_card("JDREF", float(zero), "TIME counts days from this Julian Date"),
            format_card("BJDREFI", zero, "the same as the mission spells it"),
            format_card("BJDREFF", 0.0, "fraction of the day in that date"),
        ]
        return checksummed_header(primary, 0) + checksummed_header(table, self._sum)

    @property
    def _row(self) -> np.dtype[np.void]:
        return row_dtype(self._mission, self._is_double)

    def _primary_cards(
        self, records: Sequence[FileRecord], separation: float | None
    ) -> list[bytes]:
        star = self._star
        used = [record for record in records if record.status == USED]
        failed = sum(record.status == FAILED for record in records)
        recipe, mission = self._recipe, self._mission
        number = star.get(mission.number_keyword, 0)
        return [
            format_card("SIMPLE", True, "conforms to FITS standard"),
            format_card("BITPIX", 8, "no data in this unit"),
            format_card("NAXIS", 0, "no data in this unit"),
            format_card("EXTEND", True, "extensions follow"),
            format_card("ORIGIN", "XENOSCAN", "stitched from files of AUTHOR"),
            format_card("CREATOR", f"xenoscan LightCurve {__version__}", "program and version"),
            format_card("TELESCOP", mission.telescope, "telescope"),
            format_card("INSTRUME", mission.instrument, "detector type"),
            format_card("MISSION", recipe.mission_name, "mission"),
            format_card("OBSMODE", f"{recipe.cadence} cadence", "observing mode"),
            format_card("AUTHOR", recipe.author, "who made the files"),
            format_card("EXPTIME", self._exposure_s, "[s] time from row to row"),
            format_card("OBJECT", f"{mission.catalog} {number}", "string version of the number"),
            format_card(
                mission.number_keyword, number, f"number in the catalogue {mission.catalog}"
            ),
            *(format_card(name, star.get(name), comment) for name, comment in mission.star_cards),
            format_card("SYNTHET", self.is_synthetic, _SYNTHETIC_COMMENT),
            format_card("NORMALIZED", True, "flux is divided by each file's median"),
            format_card("FLUXCOL", recipe.flux_column, "column that was stitched"),
            format_card("QUALCOL", recipe.quality_column, "column of the flags"),
            format_card("QBITMASK", recipe.quality_bitmask, "rows with these flags are dropped"),
            format_card("NAMESEP", separation, "[arcsec] star from the position of its name"),
            format_card(
                "SEQNUMS", recipe.sequence_numbers, f"{mission.sequence}s wanted, if not all"
            ),
            format_card("NFILEEXP", len(records), "files that the archive promises"),
            format_card("NFILEUSE", len(used), "files stitched"),
            format_card("NFILEBAD", failed, f"files not to be had, see {mission.sequence_table}"),
            format_card("NFILEOUT", self._n_left_out, "of other exposure times or older, not used"),
            format_card("ROWSREAD", sum(r.rows_read for r in used), "rows in the files"),
            format_card("ROWSNOTM", sum(r.rows_no_time for r in used), "dropped: no time"),
            format_card("ROWSMASK", sum(r.rows_masked for r in used), "dropped: quality flags"),
            format_card("ROWSKEPT", self.n_rows, "rows in LIGHTCURVE"),
        ]


def _star_cards(cards: Cards, mission: Mission) -> dict[str, CardValue]:
    star = {keyword: cards.get(keyword) for keyword in star_keywords(mission)}
    for keyword, value in star.items():
        try:
            format_card(keyword, value)
        except ValueError as error:
            raise CorruptProduct(f"primary header: {error}") from error
    return star


_SYNTHETIC_COMMENT = "T: made by a program, F: observed"


def _table_cards(
    name: str,
    dtype: np.dtype[np.void],
    n_rows: int,
    units: Mapping[str, str] = _NOTHING,
    comments: Mapping[str, str] = _NOTHING,
    unknown: Collection[str] = (),
) -> list[bytes]:
    """Return the header of a table: `unknown` are its columns whose values may not be known."""
    columns = dtype.names or ()
    cards = [
        format_card("XTENSION", "BINTABLE", "binary table"),
        format_card("BITPIX", 8, "8-bit bytes"),
        format_card("NAXIS", 2, "rows and columns"),
        format_card("NAXIS1", dtype.itemsize, "bytes in a row"),
        format_card("NAXIS2", n_rows, "rows"),
        format_card("PCOUNT", 0, "no heap"),
        format_card("GCOUNT", 1, "one group"),
        format_card("TFIELDS", len(columns), "columns"),
        format_card("EXTNAME", name, "name of this table"),
        # astropy.timeseries (8.0.2, io/kepler.py) reads no light curve without it.
        format_card("EXTVER", 1, "the only table of this name"),
    ]
    for number, column in enumerate(columns, 1):
        kind = dtype[column]
        form = f"{kind.itemsize}A" if kind.kind == "S" else _TFORMS[kind.str[1:]]
        cards.append(format_card(f"TTYPE{number}", column, comments.get(column, "")))
        cards.append(format_card(f"TFORM{number}", form))
        if column in units:
            cards.append(format_card(f"TUNIT{number}", units[column]))
        if column in unknown:
            cards.append(format_card(f"TNULL{number}", _NO_INTEGER, "not known"))
    return cards


def _sequence_hdu(records: Sequence[FileRecord], mission: Mission) -> bytes:
    dtype = sequence_dtype(mission)
    rows = np.array([_sequence_row(record) for record in records], dtype=dtype)
    content = rows.tobytes()
    content = content.ljust(padded_size(len(content)), b"\0")
    # Units as comments: the standard has none for electrons or ppm, and readers warn of units
    # that are not in the standard.
    noise = (f"[ppm] noise on {scale}" for scale in mission.cdpp_scales)
    comments = {"MEDIAN": _MEDIAN_COMMENT, **dict(zip(mission.cdpp_keywords, noise, strict=True))}
    unknown = ("MONTH", "DATA_REL", *mission.detector_keywords)
    cards = _table_cards(
        mission.sequence_table, dtype, len(rows), comments=comments, unknown=unknown
    )
    return checksummed_header(cards, ones_complement_sum(content)) + content


def _sequence_row(record: FileRecord) -> tuple[object, ...]:
    def known(value: int | None) -> int:
        return _NO_INTEGER if value is None else value

    return (
        record.sequence_number,
        known(record.month),
        record.file_name,
        record.uri,
        record.bytes,
        record.sha256,
        # Equal files must give equal outputs, whether or not their source states an ETag.
        BY_STRUCTURE if record.verified == BY_ETAG else record.verified,
        known(record.data_rel),
        record.procver,
        *map(known, record.detector),
        record.rows_read,
        record.rows_no_time,
        record.rows_masked,
        record.rows_kept,
        record.rows_finite,
        record.median,
        *record.cdpp,
        record.crowdsap,
        record.flfrcsap,
        record.status,
        str(record.reason or ""),
    )
