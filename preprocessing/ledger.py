"""What became of each file that a star should have: the rows of the QUARTERS table."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from preprocessing.products import Product, parse_file_name
from preprocessing.reasons import Reason

__all__ = ["FAILED", "USED", "Fetched", "QuarterRecord", "failed_quarter", "unlisted_quarter"]

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
class QuarterRecord:
    """One file of one quarter, or of one month of short cadence.

    Parameters
    ----------
    quarter : int
    month : int or None
    file_name, uri : str
        As the archive calls it; empty if the archive counts the file but does not list it.
    status : {'used', 'failed'}
    reason : Reason or None
        Why it failed, or what is unusual about a file that was used.
    bytes : int
    sha256 : str
    verified : {'checksum', 'structure', ''}
        Which check the file passed.
    procver : str
        Version of the mission's pipeline.
    data_rel, channel, module : int or None
    rows_read, rows_no_time, rows_masked, rows_kept, rows_finite : int
        Rows in the file; without a time; dropped by the bitmask; stitched; stitched with
        a finite flux.
    median : float
        What flux was divided by, e-/s.
    cdpp3, cdpp6, cdpp12 : float
        Noise on 3, 6 and 12 hours, ppm.
    crowdsap, flfrcsap : float
        Share of the aperture's flux that is the star's; share of the star's flux that
        is in the aperture.
    fetched : Fetched or None
        None if it was not, or that is not known. Not in the QUARTERS table, since the same
        files give the same output whenever they were fetched.
    taken_over : bool
        Whether it comes from an output of an earlier attempt. Not in the table either.
    """

    quarter: int
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
    channel: int | None = None
    module: int | None = None
    rows_read: int = 0
    rows_no_time: int = 0
    rows_masked: int = 0
    rows_kept: int = 0
    rows_finite: int = 0
    median: float = math.nan
    cdpp3: float = math.nan
    cdpp6: float = math.nan
    cdpp12: float = math.nan
    crowdsap: float = math.nan
    flfrcsap: float = math.nan
    fetched: Fetched | None = field(default=None, compare=False)
    taken_over: bool = field(default=False, compare=False)

    @property
    def stamp(self) -> str:
        """The time stamp in the file's name; empty if it has none.

        Examples
        --------
        >>> QuarterRecord(4, None, "kplr011904151-2010009091648_llc.fits", "", USED).stamp
        '2010009091648'
        """
        product = parse_file_name(self.file_name)
        return "" if product is None else product.stamp

    @property
    def label(self) -> str:
        """Quarter, and month if there is one: ``Q4``, ``Q4M2``."""
        return f"Q{self.quarter}" if self.month is None else f"Q{self.quarter}M{self.month}"


def failed_quarter(product: Product, reason: Reason) -> QuarterRecord:
    """Return the record of a file that could not be had."""
    return QuarterRecord(
        product.quarter, product.month, product.file_name, product.uri, FAILED, reason
    )


def unlisted_quarter(quarter: int) -> QuarterRecord:
    """Return the record of a file that the archive counts but does not list."""
    return QuarterRecord(quarter, None, "", "", FAILED, Reason.NOT_FOUND)
