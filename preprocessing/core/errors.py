"""The errors that this package raises on purpose.

::

    XenoscanError
    ├── UsageError              the user's request cannot be carried out as given
    │   ├── RunConflict         another run's records or files are in the way
    │   └── LightCurveNotFound  the data set has no light curve of that name (also a KeyError)
    ├── RunError                the run as a whole cannot continue
    ├── TargetError             one target failed (carries a Reason)
    ├── ArchiveError            the archive or the network failed (transient)
    │   ├── ArchiveTimeout      it did not answer in time
    │   ├── ArchiveBusy         it refused because of too many requests
    │   └── ArchiveAnswerError  it sent something other than the answer
    └── ProductError            one file cannot be used (carries a Reason)
        ├── ProductNotFound     the archive does not have it
        ├── CorruptProduct      its size, structure or checksum is wrong
        ├── WrongProduct        it is intact, but not the file requested
        └── UnreadableProduct   it is intact, but cannot be stitched
"""

# The names say what happened and need no suffix "Error"; the base class says the rest.
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
    """The user's request cannot be carried out as given (exit status 2)."""


class RunConflict(UsageError):
    """Another run's records or files are in the way; nothing was changed."""


class LightCurveNotFound(UsageError, KeyError):
    """The data set has no light curve of that name."""

    # A KeyError shows its message in quotes.
    __str__ = Exception.__str__


class RunError(XenoscanError):
    """The run as a whole cannot continue: the disk is full, or the archive is unreachable."""


class TargetError(XenoscanError):
    """One target failed.

    Parameters
    ----------
    reason : Reason
        Why, as recorded in the results.
    message : str
        The explanation for a person.
    """

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class ArchiveError(XenoscanError):
    """The archive or the network failed; another attempt may succeed.

    Parameters
    ----------
    message : str
        What was requested, and what came back.
    retry_after_s : float, optional
        How long the archive asked us to wait, in seconds.
    """

    reason = Reason.ARCHIVE_ERROR

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ArchiveTimeout(ArchiveError):
    """The archive took too long to answer, or stopped sending."""

    reason = Reason.TIMEOUT


class ArchiveBusy(ArchiveError):
    """The archive gets too many requests, ours or others': HTTP status 429 or 503."""


class ArchiveAnswerError(ArchiveError):
    """The archive sent something other than the answer: HTML, ERROR, a missing column."""


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
    """The file is intact, but of another star, quarter, campaign, sector, month or cadence."""

    reason = Reason.WRONG_PRODUCT


class UnreadableProduct(ProductError):
    """The file is intact, but cannot be stitched, or lacks the requested flux column."""

    reason = Reason.UNREADABLE
