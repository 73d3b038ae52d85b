"""What became of one target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from preprocessing.core.reasons import TRANSIENT, Reason
from preprocessing.fits.provenance import Provenance
from preprocessing.system.clock import utc_now

__all__ = [
    "REASONS",
    "TargetOutcome",
    "Unsettled",
    "describe_failures",
    "failed_outcome",
    "is_final",
]

#: Reasons by how they are written.
REASONS = {str(reason): reason for reason in Reason}


@dataclass(frozen=True, slots=True)
class TargetOutcome:
    """What became of one target: one row of the results.

    Parameters
    ----------
    target_id : str
        The target as the user named it.
    success : bool
        Whether there is an output file.
    n_points : int
        Rows of the stitched light curve.
    duration_days : float
        From the first time to the last.
    filepath : str
        The output file; empty if there is none.
    error : str
        What went wrong, for a person. For a partial target the failed files and their
        reasons, ``Q4 not_found; Q8 timeout``.
    download_time : float
        Seconds from the search answer to the file in place.
    timestamp : str
        When it ended: ISO 8601, UTC.
    reason : Reason
    quarters_found, quarters_used, quarters_failed : int
        Files that the archive promises; stitched; not to be had.
    bytes : int
        Received, repeated tries included.
    retries : int
    provenance : Provenance or None
        What it was made of, for the manifest; no column of the results.
    """

    target_id: str
    success: bool
    n_points: int
    duration_days: float
    filepath: str
    error: str
    download_time: float
    timestamp: str
    reason: Reason
    quarters_found: int = 0
    quarters_used: int = 0
    quarters_failed: int = 0
    bytes: int = 0
    retries: int = 0
    provenance: Provenance | None = field(default=None, compare=False, repr=False)

    @property
    def is_final(self) -> bool:
        """Whether another try could change nothing.

        Examples
        --------
        >>> def partial(error):
        ...     return TargetOutcome("a", True, 9, 1.0, "f", error, 1.0, "", Reason.PARTIAL)
        >>> partial("Q4 not_found").is_final, partial("Q4 timeout").is_final
        (True, False)
        """
        return is_final(self.reason, self.error)


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A recorded outcome that another try may change.

    Parameters
    ----------
    place : int
        Byte of the results at which its row begins.
    reason : Reason
    success : bool
    """

    place: int
    reason: Reason
    success: bool


def failed_outcome(target: str, reason: Reason, message: str) -> TargetOutcome:
    """Return the outcome of a target, by its name, of which nothing was fetched."""
    return TargetOutcome(
        target_id=target,
        success=False,
        n_points=0,
        duration_days=0.0,
        filepath="",
        error=message,
        download_time=0.0,
        timestamp=utc_now(),
        reason=reason,
    )


def describe_failures(failures: Iterable[tuple[str, Reason]]) -> str:
    """Return the `error` text of a partial target.

    Examples
    --------
    >>> describe_failures([("Q4", Reason.NOT_FOUND), ("Q8", Reason.TIMEOUT)])
    'Q4 not_found; Q8 timeout'
    """
    return "; ".join(f"{label} {reason}" for label, reason in failures)


def is_final(reason: Reason, error: str) -> bool:
    """Tell whether another try could change nothing, from these two of an outcome's cells."""
    if reason is Reason.PARTIAL:
        return TRANSIENT.isdisjoint(_failure_reasons(error))
    return reason not in TRANSIENT


def _failure_reasons(error: str) -> set[Reason]:
    words = (failure.split()[-1] for failure in error.split(";") if failure.split())
    return {REASONS[word] for word in words if word in REASONS}
