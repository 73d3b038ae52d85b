"""The closed set of reasons why a target or one of its files is not complete."""

from __future__ import annotations

from enum import Enum

__all__ = ["TRANSIENT", "Reason"]


class Reason(str, Enum):
    """The outcome of a target, or why one of its files is missing.

    The value is written to the column ``reason`` of the results CSV and of the QUARTERS
    table.
    """

    #: Every file that the archive lists was read and stitched.
    COMPLETE = "complete"
    #: Some files are missing; the rest were stitched.
    PARTIAL = "partial"
    #: The archive's search lists nothing for this star; this is not confirmed yet.
    NO_ROWS = "no_rows"
    #: The archive has no light curve of this star: its search listed nothing, twice, and
    #: requests for the files that the star would have found none. In a tree of folders, only
    #: the requested campaigns or sectors were checked.
    NO_DATA = "no_data"
    #: The archive has light curves of this star, but none at this cadence.
    NO_SUCH_CADENCE = "no_such_cadence"
    #: The archive has light curves of this star, but none of the requested quarters, campaigns
    #: or sectors.
    NO_SUCH_SEQUENCE = "no_such_sequence"
    #: Files were read, but every row has a flag of the quality bitmask or no time.
    NO_USABLE_ROWS = "no_usable_rows"
    #: The archive's name resolver does not know the name.
    UNKNOWN_NAME = "unknown_name"
    #: Two stars of the mission are within the search radius of the position.
    AMBIGUOUS_NAME = "ambiguous_name"
    #: The text cannot be a target's name, or cannot become a file name.
    INVALID_TARGET = "invalid_target"
    #: Something that this program did not make has the name of the output. It was left as it is.
    FOREIGN_FILE = "foreign_file"
    #: There was no progress for as long as the user's time-out allows.
    TIMEOUT = "timeout"
    #: The archive refused, failed, or sent something other than the answer.
    ARCHIVE_ERROR = "archive_error"
    #: A file that the archive lists does not exist there.
    NOT_FOUND = "not_found"
    #: A file's size, structure or checksum is wrong.
    CORRUPT = "corrupt"
    #: A file was used, but the median that normalized it is negative, zero, infinite or NaN.
    UNUSUAL_MEDIAN = "unusual_median"
    #: An intact file, but of another star, quarter, campaign, sector, month or cadence.
    WRONG_PRODUCT = "wrong_product"
    #: An intact file, but one that cannot be stitched or lacks the requested flux column.
    UNREADABLE = "unreadable"

    __str__ = str.__str__


#: Reasons that may be transient: ``--resume`` tries such a target again.
TRANSIENT = frozenset(
    {
        Reason.TIMEOUT,
        Reason.ARCHIVE_ERROR,
        Reason.NO_ROWS,
        Reason.CORRUPT,
        Reason.WRONG_PRODUCT,
        # The user may have moved the file away.
        Reason.FOREIGN_FILE,
    }
)
