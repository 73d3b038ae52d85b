"""The record of one file that a star should have: a row of QUARTERS, CAMPAIGNS or SECTORS."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from preprocessing.core.product import Product
from preprocessing.core.reasons import Reason

__all__ = ["FAILED", "USED", "Fetched", "FileRecord", "failed_file"]

USED = "used"
FAILED = "failed"


@dataclass(frozen=True)
class Fetched:
    """When and from where a file was fetched.

    Parameters
    ----------
    time : str
        When its last byte arrived: ISO 8601, UTC.
    archive : str
        The archive's name in records: `Archive.identity`.
    """

    time: str
    archive: str


@dataclass(frozen=True)
class FileRecord:
    """The record of one file that a star should have, used or failed.

    Parameters
    ----------
    sequence_number : int
        Quarter, campaign or sector.
    month : int or None
        Month within the quarter; None if the file does not cover a single month.
    file_name, uri : str
        Name and address in the archive; empty if the archive counts the file but does not
        list it.
    status : {'used', 'failed'}
        Whether the file is part of the light curve.
    reason : Reason or None
        Why the file failed, or what is unusual about a file that was used.
    bytes : int
        Size of the file.
    sha256 : str
        Digest of the file.
    verified : {'checksum', 'etag', 'structure', ''}
        The check that the file passed.
    procver : str
        Version of the pipeline that made the file.
    data_rel : int or None
        Data release; None if the file does not state it.
    detector : tuple of int or None
        Where the star was on the detectors: see `Mission.detector_keywords`.
    rows_read, rows_no_time, rows_masked, rows_kept, rows_finite : int
        Rows in the file; without a time; dropped by the bitmask; stitched; stitched with
        a finite flux.
    median : float
        The median by which flux was divided, in the file's unit.
    cdpp : tuple of float
        Noise in ppm on the three time scales of `Mission.cdpp_keywords`.
    crowdsap, flfrcsap : float
        Fraction of the aperture's flux that comes from the star; fraction of the star's flux
        that falls into the aperture.
    fetched : Fetched or None
        None if the file was not fetched or this is not known. The QUARTERS table omits it, since
        the same files must give the same output whenever they were fetched.
    taken_over : bool
        Whether the record was copied from a previous output. Not in the table either.
    cause : str
        What was wrong with a file that failed, in words. Not in the table either.
    label : str
        Quarter, campaign or sector as people write it: see `Product.label`.
    sort_key : tuple of (int, str)
        Sorts the files of a star in time: see `Product.sort_key`.
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
    cause: str = field(default="", compare=False)
    label: str = field(kw_only=True, compare=False)
    sort_key: tuple[int, str] = field(kw_only=True, compare=False)

    @property
    def is_used(self) -> bool:
        """Whether the file is part of the light curve."""
        return self.status == USED

    @property
    def stamp(self) -> str:
        """The time stamp or version in the file's name; empty if the file has no name."""
        return self.sort_key[1]


def failed_file(product: Product, reason: Reason, cause: str = "") -> FileRecord:
    """Return the record of a file that failed.

    Parameters
    ----------
    product : Product
        The file that was requested.
    reason : Reason
        Why it failed.
    cause : str, optional
        The same in words.
    """
    return FileRecord(
        product.sequence_number,
        product.month,
        product.file_name,
        product.uri,
        FAILED,
        reason,
        cause=cause,
        label=product.label,
        sort_key=product.sort_key,
    )
