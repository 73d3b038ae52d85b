"""What became of each file that a star should have: the rows of QUARTERS, CAMPAIGNS or SECTORS."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from preprocessing.core.reasons import Reason
from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.kepler import KEPLER

__all__ = ["FAILED", "USED", "Fetched", "FileRecord", "failed_file", "unlisted_file"]

USED = "used"
FAILED = "failed"


@dataclass(frozen=True)
class Fetched:
    """When a file was fetched, and from where.

    Parameters
    ----------
    time : str
        When its last byte came: ISO 8601, UTC.
    archive : str
        `Archive.identity`.
    """

    time: str
    archive: str


@dataclass(frozen=True)
class FileRecord:
    """One file of one quarter, campaign or sector, or of one month of Kepler's short cadence.

    Parameters
    ----------
    sequence_number : int
    month : int or None
    file_name, uri : str
        As the archive calls it; empty if the archive counts the file but does not list it.
    status : {'used', 'failed'}
    reason : Reason or None
        Why it failed, or what is unusual about a file that was used.
    bytes : int
    sha256 : str
    verified : {'checksum', 'etag', 'structure', ''}
        Which check the file passed.
    procver : str
        Version of the mission's pipeline.
    data_rel : int or None
    detector : tuple of int or None
        CHANNEL and MODULE, or of TESS CAMERA and CCD.
    rows_read, rows_no_time, rows_masked, rows_kept, rows_finite : int
        Rows in the file; without a time; dropped by the bitmask; stitched; stitched with
        a finite flux.
    median : float
        What flux was divided by, e-/s.
    cdpp : tuple of float
        Noise on 3, 6 and 12 hours, or of TESS on 0.5, 1 and 2, ppm.
    crowdsap, flfrcsap : float
        Share of the aperture's flux that is the star's; share of the star's flux that
        is in the aperture.
    fetched : Fetched or None
        None if it was not, or that is not known. Not in the QUARTERS table, since the same
        files give the same output whenever they were fetched.
    taken_over : bool
        Whether it comes from an output of an earlier attempt. Not in the table either.
    """

    sequence_number: int
    month: int | None
    file_name: str
    uri: str
    status: str
    reason: Reason | None = None
    bytes: int = 0
    sha256: str = ""
    verified: str = ""
    procver: str = ""
    data_rel: int | None = None
    detector: tuple[int | None, ...] = (None, None)
    rows_read: int = 0
    rows_no_time: int = 0
    rows_masked: int = 0
    rows_kept: int = 0
    rows_finite: int = 0
    median: float = math.nan
    cdpp: tuple[float, ...] = (math.nan, math.nan, math.nan)
    crowdsap: float = math.nan
    flfrcsap: float = math.nan
    fetched: Fetched | None = field(default=None, compare=False)
    taken_over: bool = field(default=False, compare=False)

    @property
    def is_used(self) -> bool:
        """Whether the file is part of the light curve."""
        return self.status == USED

    @property
    def stamp(self) -> str:
        """The time stamp in the file's name; empty if it has none.

        Examples
        --------
        >>> FileRecord(4, None, "kplr011904151-2010009091648_llc.fits", "", USED).stamp
        '2010009091648'
        """
        product = parse_file_name(self.file_name)
        return "" if product is None else product.stamp

    @property
    def label(self) -> str:
        """Quarter, campaign or sector: ``Q4``, ``Q4M2``, ``C91``, ``S23``."""
        product = parse_file_name(self.file_name)
        # Only of Kepler's are there files that are counted but not named.
        return f"Q{self.sequence_number}" if product is None else product.label

    @property
    def place(self) -> tuple[str, str]:
        """By which the files of a star sort in time."""
        product = parse_file_name(self.file_name)
        if product is None or product.mission == KEPLER.name:
            return f"{self.sequence_number:02d}", f"{self.month or 0}"
        return product.sort_key


def failed_file(product: Product, reason: Reason) -> FileRecord:
    """Return the record of a file that could not be had."""
    return FileRecord(
        product.sequence_number, product.month, product.file_name, product.uri, FAILED, reason
    )


def unlisted_file(quarter: int) -> FileRecord:
    """Return the record of a file that the archive counts but does not list."""
    return FileRecord(quarter, None, "", "", FAILED, Reason.NOT_FOUND)
