"""How a run resumes from earlier outcomes, and its limits."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from preprocessing.core.errors import UsageError

__all__ = ["Limits", "Mode"]


class Mode(str, Enum):
    """What a run does with targets that already have an outcome."""

    #: There must be none: records of an earlier run are refused.
    NEW = "new"
    #: Retry targets that failed for a transient reason.
    RESUME = "resume"
    #: Retry all targets that are not complete.
    RETRY_FAILED = "retry-failed"
    #: As `RESUME`, and fetch newer versions of the files of complete targets.
    REFRESH = "refresh"

    __str__ = str.__str__

    @classmethod
    def of(cls, resume: bool, retry_failed: bool, refresh: bool) -> Mode:
        """Return the mode that these options choose.

        Raises
        ------
        UsageError
            Two options exclude each other.
        """
        if retry_failed and refresh:
            raise UsageError("--retry-failed and --refresh are two runs: one after the other")
        if retry_failed or refresh:
            return cls.RETRY_FAILED if retry_failed else cls.REFRESH
        return cls.RESUME if resume else cls.NEW

    @property
    def is_resume(self) -> bool:
        """Whether the run resumes from the records of an earlier one."""
        return self is not Mode.NEW

    @property
    def bypass_cache(self) -> bool:
        """Whether to ignore cached search answers, because the archive may have changed."""
        return self in (Mode.RETRY_FAILED, Mode.REFRESH)


@dataclass(frozen=True)
class Limits:
    """The limits of a run: workers, time-out, retries and download rate.

    Parameters
    ----------
    workers : int
        Number of targets downloaded at once, and so of file requests in flight.
    timeout_s : float
        Seconds without progress after which a target is given up for now.
    retries : int
        How often a request is repeated after transient failures.
    max_rate_mb_s : float or None
        Maximum download rate, in 10**6 bytes per second; None for no limit.
    """

    workers: int = 4
    timeout_s: float = 180.0
    retries: int = 4
    max_rate_mb_s: float | None = None

    def __post_init__(self) -> None:
        if self.workers < 1:
            raise UsageError(f"the number of workers must be at least 1, not {self.workers}")
        if not self.timeout_s > 0:
            raise UsageError(f"the time-out must be more than 0 seconds, not {self.timeout_s}")
        if self.retries < 0:
            raise UsageError(f"the number of retries cannot be negative: {self.retries}")
        if self.max_rate_mb_s is not None and not 0 < self.max_rate_mb_s < math.inf:
            raise UsageError(f"the rate must be more than 0 MB/s, not {self.max_rate_mb_s}")
