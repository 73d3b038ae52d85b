"""Write the stitched light curve of a star: rows as they come, headers at the end."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from preprocessing._version import __version__
from preprocessing.atomic import open_part, part_path, publish
from preprocessing.config import Recipe
from preprocessing.exceptions import CorruptProduct
from preprocessing.fits_format import (
    CardValue,
    checksummed_header,
    format_card,
    ones_complement_sum,
    padded_size,
)
from preprocessing.ledger import FAILED, USED, QuarterRecord
from preprocessing.lightcurve import LightCurve
from preprocessing.products import LARGEST_REAL_KIC
from preprocessing.receipt import OutputFile, size_and_sha256
from preprocessing.stitch import Normalised

__all__ = [
    "QUARTER_ROW",
    "ROW",
    "STAR_CARDS",
    "STAR_KEYWORDS",
    "Cards",
    "StitchedWriter",
    "stitched_rows",
]

#: A row of the LIGHTCURVE table. Its size is a multiple of four, so that the checksum
#: can be added up piece by piece.
ROW = np.dtype(
    [
        ("TIME", ">f8"),
        ("FLUX", ">f4"),
        ("FLUX_ERR", ">f4"),
        ("QUALITY", ">i4"),
        ("CADENCENO", ">i4"),
        ("QUARTER", ">i4"),
        ("CENTROID_COL", ">f8"),
        ("CENTROID_ROW", ">f8"),
    ]
)
_UNITS = {"TIME": "d", "CENTROID_COL": "pixel", "CENTROID_ROW": "pixel"}

#: What stands for an integer that is not known.
_NO_INTEGER = -1
#: A row of the QUARTERS table: one for each file that the star should have.
QUARTER_ROW = np.dtype(
    [
        ("QUARTER", ">i2"),
        ("MONTH", ">i2"),
        ("FILENAME", "S40"),
        ("URI", "S120"),
        ("BYTES", ">i4"),
        ("SHA256", "S64"),
        ("VERIFIED", "S10"),
        ("DATA_REL", ">i2"),
        ("PROCVER", "S68"),
        ("CHANNEL", ">i2"),
        ("MODULE", ">i2"),
        ("ROWSREAD", ">i4"),
        ("ROWSNOTM", ">i4"),
        ("ROWSMASK", ">i4"),
        ("ROWSKEPT", ">i4"),
        ("ROWSFIN", ">i4"),
        ("MEDIAN", ">f4"),
        ("CDPP3_0", ">f4"),
        ("CDPP6_0", ">f4"),
        ("CDPP12_0", ">f4"),
        ("CROWDSAP", ">f4"),
        ("FLFRCSAP", ">f4"),
        ("STATUS", "S6"),
        ("REASON", "S16"),
    ]
)
#: The standard has no unit for electrons or ppm, and readers warn of units it has not.
_COLUMN_COMMENTS = {
    "MEDIAN": "[e-/s] what flux was divided by",
    "CDPP3_0": "[ppm] noise on 3 hours",
    "CDPP6_0": "[ppm] noise on 6 hours",
    "CDPP12_0": "[ppm] noise on 12 hours",
}
_UNKNOWN_INTEGERS = ("MONTH", "DATA_REL", "CHANNEL", "MODULE")

_TFORMS = {"f8": "D", "f4": "E", "i4": "J", "i2": "I"}

#: Cards of the mission's primary header that describe the star: copied from the first
#: file used, undefined where that file has none. CHANNEL to SKYGROUP are of that file's
#: quarter.
STAR_CARDS = (
    ("CHANNEL", "CCD channel in the first quarter used"),
    ("SKYGROUP", "roll-independent location of channel"),
    ("RA_OBJ", "[deg] right ascension"),
    ("DEC_OBJ", "[deg] declination"),
    ("EQUINOX", "equinox of celestial coordinate system"),
    ("RADESYS", "reference frame of celestial coordinates"),
    ("PMRA", "[arcsec/yr] RA proper motion"),
    ("PMDEC", "[arcsec/yr] Dec proper motion"),
    ("PMTOTAL", "[arcsec/yr] total proper motion"),
    ("PARALLAX", "[arcsec] parallax"),
    ("GLON", "[deg] galactic longitude"),
    ("GLAT", "[deg] galactic latitude"),
    ("GMAG", "[mag] SDSS g band magnitude"),
    ("RMAG", "[mag] SDSS r band magnitude"),
    ("IMAG", "[mag] SDSS i band magnitude"),
    ("ZMAG", "[mag] SDSS z band magnitude"),
    ("D51MAG", "[mag] D51 magnitude"),
    ("JMAG", "[mag] J band magnitude from 2MASS"),
    ("HMAG", "[mag] H band magnitude from 2MASS"),
    ("KMAG", "[mag] K band magnitude from 2MASS"),
    ("KEPMAG", "[mag] Kepler magnitude (Kp)"),
    ("GRCOLOR", "[mag] (g-r) color, SDSS bands"),
    ("JKCOLOR", "[mag] (J-K) color, 2MASS bands"),
    ("GKCOLOR", "[mag] (g-K) color, SDSS g - 2MASS K"),
    ("TEFF", "[K] effective temperature"),
    ("LOGG", "[cm/s2] log10 surface gravity"),
    ("FEH", "[log10([Fe/H])] metallicity"),
    ("EBMINUSV", "[mag] E(B-V) reddening"),
    ("AV", "[mag] A_v extinction"),
    ("RADIUS", "[solar radii] stellar radius"),
    ("TMINDEX", "unique 2MASS catalog ID"),
)
#: Cards of a mission file that the output takes over.
STAR_KEYWORDS = ("KEPLERID", *(keyword for keyword, _ in STAR_CARDS), "SYNTHET")


class Cards(Protocol):
    """A header, or what an earlier output kept of one."""

    def get(self, keyword: str, /) -> CardValue:
        """Return a keyword's value, None if it is undefined or absent."""


def stitched_rows(
    light_curve: LightCurve, normalised: Normalised, quarter: int
) -> NDArray[np.void]:
    """Return the rows of one file as the LIGHTCURVE table holds them.

    Returns
    -------
    ndarray of ROW, shape (n,)
    """
    rows = np.empty(len(light_curve), dtype=ROW)
    rows["TIME"] = light_curve.time
    rows["FLUX"] = normalised.flux
    rows["FLUX_ERR"] = normalised.flux_err
    rows["QUALITY"] = light_curve.quality
    rows["CADENCENO"] = light_curve.cadenceno
    rows["QUARTER"] = quarter
    rows["CENTROID_COL"] = light_curve.centroid_col
    rows["CENTROID_ROW"] = light_curve.centroid_row
    return rows


class StitchedWriter:
    """The output file of one star while it is being made.

    Rows are written and forgotten as they come, into a hidden file beside the final one.
    The headers in front of them have a fixed size, and are written last.

    Parameters
    ----------
    path : Path
        Where the file will be, once whole.
    recipe : Recipe
    """

    def __init__(self, path: Path, recipe: Recipe) -> None:
        self.path = path
        self.n_rows = 0
        self.first_time = float("nan")
        self.last_time = float("nan")
        self._recipe = recipe
        self._sum = 0
        self._is_torn = False
        self._star: Mapping[str, CardValue] = {}
        self.is_synthetic = False
        self._reserved = len(self._headers([], None))
        self._stream = open_part(path)
        self._identity = os.fstat(self._stream.fileno())
        self._stream.seek(self._reserved)

    def describe_star(self, cards: Cards) -> None:
        """Keep the star's cards of the first file that is used; later ones do not count.

        Any synthetic file makes the output synthetic, and so does a number beyond the
        real catalogue's, whatever the file says of itself.

        Raises
        ------
        CorruptProduct
            A card that would be kept cannot be read, or not be written again.
        """
        kic = cards.get("KEPLERID")
        beyond = isinstance(kic, int) and kic > LARGEST_REAL_KIC
        synthetic = bool(cards.get("SYNTHET")) or beyond
        if not self._star:
            self._star = _star_cards(cards)
        self.is_synthetic = self.is_synthetic or synthetic

    def append(self, rows: NDArray[np.void]) -> None:
        """Write the rows of one file.

        Parameters
        ----------
        rows : ndarray of ROW
            Later than all before.

        Raises
        ------
        OSError
            From the file system.
        """
        if len(rows) == 0:
            return
        self._require_whole()
        content = rows.tobytes()
        self._is_torn = True
        self._stream.write(content)
        self._is_torn = False
        self._sum = ones_complement_sum(content, self._sum)
        if self.n_rows == 0:
            self.first_time = float(rows["TIME"][0])
        self.last_time = float(rows["TIME"][-1])
        self.n_rows += len(rows)

    def finish(
        self, records: Sequence[QuarterRecord], separation_arcsec: float | None
    ) -> OutputFile:
        """Write the QUARTERS table and the headers, and let the file appear.

        Parameters
        ----------
        records : sequence of QuarterRecord
            One for each file that the star should have, in time order.
        separation_arcsec : float or None
            Of the star from the position of the name that found it.

        Returns
        -------
        OutputFile
            The digest is of what is read back.

        Raises
        ------
        OSError
            From the file system.
        """
        self._require_whole()
        with self._stream as stream:
            size = self.n_rows * ROW.itemsize
            stream.write(bytes(padded_size(size) - size))
            stream.write(_quarters_hdu(records))
            stream.seek(0)
            stream.write(self._headers(records, separation_arcsec))
            stream.flush()
            os.fsync(stream.fileno())
            if not self._is_in_place():
                raise OSError(errno.ESTALE, "removed or replaced before it was finished")
            stream.seek(0)
            output = OutputFile(self.path.name, *size_and_sha256(stream))
        publish(part_path(self.path), self.path)
        return output

    def discard(self) -> None:
        """Remove what was written, unless it was finished."""
        try:
            self._stream.close()
        finally:
            # On a full disk closing fails too, and the room is wanted all the more.
            if self._is_in_place():
                part_path(self.path).unlink(missing_ok=True)

    def _is_in_place(self) -> bool:
        """Tell whether the unfinished file is this one still.

        A run that was suspended for long may find that of the run that took its place.
        """
        try:
            found = os.stat(part_path(self.path))
        except FileNotFoundError:
            return False
        return os.path.samestat(found, self._identity)

    def _require_whole(self) -> None:
        # Whoever waited for a write may have gone before it failed.
        if self._is_torn:
            raise OSError(errno.EIO, "an earlier write failed", str(self.path))

    def _headers(self, records: Sequence[QuarterRecord], separation: float | None) -> bytes:
        primary = self._primary_cards(records, separation)
        table = [
            *_table_cards("LIGHTCURVE", ROW, self.n_rows, _UNITS),
            format_card("TIMESYS", "TDB", "time is barycentric dynamical"),
            format_card("TIMEUNIT", "d", "unit of time"),
            format_card("TREFPOS", "BARYCENTER", "times are as seen from there"),
            # As one number: astropy does not know the pair of JDREFI and JDREFF.
            format_card("JDREF", 2454833.0, "TIME counts days from this Julian Date"),
            format_card("BJDREFI", 2454833, "the same as the mission spells it"),
            format_card("BJDREFF", 0.0, "fraction of the day in that date"),
        ]
        return checksummed_header(primary, 0) + checksummed_header(table, self._sum)

    def _primary_cards(
        self, records: Sequence[QuarterRecord], separation: float | None
    ) -> list[bytes]:
        star = self._star
        used = [record for record in records if record.status == USED]
        failed = sum(record.status == FAILED for record in records)
        kic = star.get("KEPLERID", 0)
        recipe = self._recipe
        return [
            format_card("SIMPLE", True, "conforms to FITS standard"),
            format_card("BITPIX", 8, "no data in this unit"),
            format_card("NAXIS", 0, "no data in this unit"),
            format_card("EXTEND", True, "extensions follow"),
            format_card("ORIGIN", "XENOSCAN", "stitched from files of the mission"),
            format_card("CREATOR", f"xenoscan LightCurve {__version__}", "program and version"),
            format_card("TELESCOP", "Kepler", "telescope"),
            format_card("INSTRUME", "Kepler Photometer", "detector type"),
            format_card("MISSION", recipe.mission, "mission"),
            format_card("OBSMODE", f"{recipe.cadence} cadence", "observing mode"),
            format_card("OBJECT", f"KIC {kic}", "string version of KEPLERID"),
            format_card("KEPLERID", kic, "unique Kepler target identifier"),
            *(format_card(name, star.get(name), comment) for name, comment in STAR_CARDS),
            format_card("SYNTHET", self.is_synthetic, _SYNTHETIC_COMMENT),
            format_card("NORMALIZED", True, "flux is divided by each file's median"),
            format_card("FLUXCOL", f"{recipe.flux.upper()}_FLUX", "column that was stitched"),
            format_card("QBITMASK", recipe.quality_bitmask, "rows with these flags are dropped"),
            format_card("NAMESEP", separation, "[arcsec] star from the position of its name"),
            format_card("NFILEEXP", len(records), "files that the archive promises"),
            format_card("NFILEUSE", len(used), "files stitched"),
            format_card("NFILEBAD", failed, "files that could not be had, see QUARTERS"),
            format_card("ROWSREAD", sum(r.rows_read for r in used), "rows in the files"),
            format_card("ROWSNOTM", sum(r.rows_no_time for r in used), "dropped: no time"),
            format_card("ROWSMASK", sum(r.rows_masked for r in used), "dropped: quality flags"),
            format_card("ROWSKEPT", self.n_rows, "rows in LIGHTCURVE"),
        ]


def _star_cards(cards: Cards) -> dict[str, CardValue]:
    star = {keyword: cards.get(keyword) for keyword in STAR_KEYWORDS}
    for keyword, value in star.items():
        try:
            format_card(keyword, value)
        except ValueError as error:
            raise CorruptProduct(f"primary header: {error}") from error
    return star


_SYNTHETIC_COMMENT = "T: made by a program, F: observed by Kepler"


def _table_cards(
    name: str, dtype: np.dtype[np.void], n_rows: int, units: Mapping[str, str]
) -> list[bytes]:
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
    ]
    for number, column in enumerate(columns, 1):
        kind = dtype[column]
        form = f"{kind.itemsize}A" if kind.kind == "S" else _TFORMS[kind.str[1:]]
        cards.append(format_card(f"TTYPE{number}", column, _COLUMN_COMMENTS.get(column, "")))
        cards.append(format_card(f"TFORM{number}", form))
        if column in units:
            cards.append(format_card(f"TUNIT{number}", units[column]))
        if column in _UNKNOWN_INTEGERS:
            cards.append(format_card(f"TNULL{number}", _NO_INTEGER, "not known"))
    return cards


def _quarters_hdu(records: Sequence[QuarterRecord]) -> bytes:
    rows = np.array([_quarter_row(record) for record in records], dtype=QUARTER_ROW)
    content = rows.tobytes()
    content = content.ljust(padded_size(len(content)), b"\0")
    cards = _table_cards("QUARTERS", QUARTER_ROW, len(rows), {})
    return checksummed_header(cards, ones_complement_sum(content)) + content


def _quarter_row(record: QuarterRecord) -> tuple[object, ...]:
    def known(value: int | None) -> int:
        return _NO_INTEGER if value is None else value

    return (
        record.quarter,
        known(record.month),
        record.file_name,
        record.uri,
        record.bytes,
        record.sha256,
        record.verified,
        known(record.data_rel),
        record.procver,
        known(record.channel),
        known(record.module),
        record.rows_read,
        record.rows_no_time,
        record.rows_masked,
        record.rows_kept,
        record.rows_finite,
        record.median,
        record.cdpp3,
        record.cdpp6,
        record.cdpp12,
        record.crowdsap,
        record.flfrcsap,
        record.status,
        str(record.reason or ""),
    )
