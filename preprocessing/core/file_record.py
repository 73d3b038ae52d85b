"""What became of one file that a star should have: a row of QUARTERS, CAMPAIGNS or SECTORS."""

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
    """One file of one quarter, campaign or sector, or of one month of a quarter.

    Parameters
    ----------
    sequence_number : int
        Quarter, campaign or sector.
    month : int or None
        None if the file is not of a single month.
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
        Version of the pipeline that made the file.
    data_rel : int or None
    detector : tuple of int or None
        Where the star was, by the mission's `Mission.detector_keywords`.
    rows_read, rows_no_time, rows_masked, rows_kept, rows_finite : int
        Rows in the file; without a time; dropped by the bitmask; stitched; stitched with
        a finite flux.
    median : float
        What flux was divided by, e-/s.
    cdpp : tuple of float
        Noise in ppm on the three time scales of the mission's `Mission.cdpp_keywords`.
    crowdsap, flfrcsap : float
        Share of the aperture's flux that is the star's; share of the star's flux that
        is in the aperture.
    fetched : Fetched or None
        None if it was not, or that is not known. Not in the QUARTERS table, since the same
        files give the same output whenever they were fetched.
    taken_over : bool
        Whether it comes from an output of an earlier attempt. Not in the table either.
    label : str
        Quarter, campaign or sector as people write it, as in `Product.label`.
    sort_key : tuple of (int, str)
        Sorts the files of a star in time, as `Product.sort_key` does.
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


def failed_file(product: Product, reason: Reason) -> FileRecord:
    """Return the record of a file that could not be had.

    Parameters
    ----------
    product : Product
        What was asked for.
    reason : Reason
        Why it failed.
    """
    return FileRecord(
        product.sequence_number,
        product.month,
        product.file_name,
        product.uri,
        FAILED,
        reason,
        label=product.label,
        sort_key=product.sort_key,
    )
