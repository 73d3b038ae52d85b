"""The tree of errors.

::

    XenoscanError
    ├── UsageError              what the user asked for cannot be done as asked
    │   ├── RunConflict         another run's records or files are in the way
    │   └── LightCurveNotFound  the data set has no light curve of that name (a KeyError too)
    ├── RunError                the run as a whole cannot go on
    ├── TargetError             one target cannot be had (carries a Reason)
    ├── ArchiveError            the archive, or the way to it, failed (passing)
    │   ├── ArchiveTimeout      it did not answer in time
    │   ├── ArchiveBusy         it refused, for now, because of too many requests
    │   └── ArchiveAnswerError  it answered, but not what was asked
    └── ProductError            one file cannot be used (carries a Reason)
        ├── ProductNotFound     the archive does not have it
        ├── CorruptProduct      size, structure or checksum is wrong
        ├── WrongProduct        a sound file, but not the one that was asked for
        └── UnreadableProduct   a sound file, but not of a kind that can be stitched
"""

# Names say what happened; that it is an error, their tree says.
# ruff: noqa: N818

from __future__ import annotations

from preprocessing.core.reasons import Reason

__all__ = [
    "ArchiveAnswerError",
    "ArchiveBusy",
    "ArchiveError",
    "ArchiveTimeout",
    "CorruptProduct",
    "LightCurveNotFound",
    "ProductError",
    "ProductNotFound",
    "RunConflict",
    "RunError",
    "TargetError",
    "UnreadableProduct",
    "UsageError",
    "WrongProduct",
    "XenoscanError",
]


class XenoscanError(Exception):
    """Base of every error that this package raises on purpose."""


class UsageError(XenoscanError):
    """What the user asked for cannot be done as asked (exit status 2)."""


class RunConflict(UsageError):
    """Another run's records or files are in the way, and nothing was touched."""


class LightCurveNotFound(UsageError, KeyError):
    """The data set has no light curve of that name."""

    # A KeyError shows its message in quotes.
    __str__ = Exception.__str__


class RunError(XenoscanError):
    """The run as a whole cannot go on: disk full, archive out of reach."""


class TargetError(XenoscanError):
    """One target cannot be had.

    Parameters
    ----------
    reason : Reason
        Why, from the closed set.
    message : str
        The same for a person.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ArchiveError(XenoscanError):
    """The archive, or the way to it, failed; another try may succeed.

    Parameters
    ----------
    message : str
        What was asked, and what came back.
    retry_after_s : float, optional
        How long the archive asked to be left alone, in seconds.
    """

    reason = Reason.ARCHIVE_ERROR

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ArchiveTimeout(ArchiveError):
    """The archive did not answer, or stopped sending, for too long."""

    reason = Reason.TIMEOUT


class ArchiveBusy(ArchiveError):
    """The archive has too many requests, of this program or others: HTTP status 429 or 503."""


class ArchiveAnswerError(ArchiveError):
    """The archive answered, but not what was asked: HTML, ERROR, a missing column."""


class ProductError(XenoscanError):
    """One file cannot be used."""

    reason = Reason.CORRUPT


class ProductNotFound(ProductError):
    """The archive does not have the file."""

    reason = Reason.NOT_FOUND


class CorruptProduct(ProductError):
    """The file's size, structure or checksum is wrong."""

    reason = Reason.CORRUPT


class WrongProduct(ProductError):
    """A sound file, but of another star, quarter, campaign, sector, month or cadence."""

    reason = Reason.WRONG_PRODUCT


class UnreadableProduct(ProductError):
    """A sound file, but of a kind that cannot be stitched, or without the flux asked for."""

    reason = Reason.UNREADABLE
