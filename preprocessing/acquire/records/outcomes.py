"""What became of one target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from preprocessing.core.outcomes import REASONS, TargetOutcome, is_final
from preprocessing.core.reasons import Reason
from preprocessing.system.clock import utc_now

__all__ = [
    "REASONS",
    "TargetOutcome",
    "Unsettled",
    "describe_failures",
    "failed_outcome",
    "is_final",
]


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
