"""The closed set of reasons why a target or one of its files did not come out whole."""

from __future__ import annotations

from enum import Enum

__all__ = ["TRANSIENT", "Reason"]


class Reason(str, Enum):
    """What became of a target, or why one of its files could not be had.

    The value is what stands in the ``reason`` column of the outcome log and of the
    QUARTERS table.
    """

    #: Every file that the archive promises was read and stitched.
    COMPLETE = "complete"
    #: Some files are missing; the others were stitched.
    PARTIAL = "partial"
    #: The archive's search lists nothing of this star, and that is not confirmed yet.
    NO_ROWS = "no_rows"
    #: The archive holds no light curve of this star: its search listed nothing, twice, and
    #: files under the names that they would have are not there. A tree of folders was asked about
    #: the campaigns or sectors that are wanted alone.
    NO_DATA = "no_data"
    #: The archive holds light curves of this star, but not at this cadence.
    NO_SUCH_CADENCE = "no_such_cadence"
    #: The archive holds light curves of this star, but not of the quarters, campaigns or sectors
    #: that were asked for.
    NO_SUCH_SEQUENCE = "no_such_sequence"
    #: Files were read, but the quality bitmask or missing times left no row.
    NO_USABLE_ROWS = "no_usable_rows"
    #: The archive's resolver does not know the name.
    UNKNOWN_NAME = "unknown_name"
    #: Two stars of the mission stand within the search radius of the position.
    AMBIGUOUS_NAME = "ambiguous_name"
    #: The text cannot be a target, or not a file name.
    INVALID_TARGET = "invalid_target"
    #: No progress for as long as the user allowed.
    TIMEOUT = "timeout"
    #: The archive refused, failed, or answered with something else than was asked.
    ARCHIVE_ERROR = "archive_error"
    #: A file that the archive promises does not exist there.
    NOT_FOUND = "not_found"
    #: A file's size, structure or checksum is wrong.
    CORRUPT = "corrupt"
    #: A file was used, but the median that normalized it is negative, zero or NaN.
    UNUSUAL_MEDIAN = "unusual_median"
    #: A sound file of another star, quarter, campaign, sector, month or cadence.
    WRONG_PRODUCT = "wrong_product"
    #: A sound file of a kind that cannot be stitched, or without the flux that was asked for.
    UNREADABLE = "unreadable"

    def __str__(self) -> str:
        return self.value


#: Reasons that time may cure: ``--resume`` tries such a target again.
TRANSIENT = frozenset(
    {
        Reason.TIMEOUT,
        Reason.ARCHIVE_ERROR,
        Reason.NO_ROWS,
        Reason.CORRUPT,
        Reason.WRONG_PRODUCT,
    }
)
