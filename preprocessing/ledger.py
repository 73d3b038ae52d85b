"""What became of each file that a star should have: the rows of the QUARTERS table."""

from __future__ import annotations

import math
from dataclasses import dataclass

from preprocessing.products import Product
from preprocessing.reasons import Reason

__all__ = ["FAILED", "USED", "QuarterRecord", "failed_quarter", "unlisted_quarter"]

USED = "used"
FAILED = "failed"


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
