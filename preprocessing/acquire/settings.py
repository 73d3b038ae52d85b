"""How a run goes on from earlier outcomes, and how hard it may try."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum

from preprocessing.core.errors import UsageError

__all__ = ["Limits", "Mode"]


class Mode(str, Enum):
    """What a run does with targets that have an outcome."""

    #: There are none: the records of another run would be in the way.
    NEW = "new"
    #: Those that time may change are tried again.
    RESUME = "resume"
    #: All that are not complete are tried again.
    RETRY_FAILED = "retry-failed"
    #: As `RESUME`, and of those that are complete, newer versions are fetched.
    REFRESH = "refresh"

    __str__ = str.__str__

    @classmethod
    def of(cls, resume: bool, retry_failed: bool, refresh: bool) -> Mode:
        """Return what these options ask for together.

        Raises
        ------
        UsageError
            Two of them cannot go together.
        """
        if retry_failed and refresh:
            raise UsageError("--retry-failed and --refresh are two runs: one after the other")
        if retry_failed or refresh:
            return cls.RETRY_FAILED if retry_failed else cls.REFRESH
        return cls.RESUME if resume else cls.NEW

    @property
    def is_resume(self) -> bool:
        """Whether the records of an earlier run are gone on from."""
        return self is not Mode.NEW

    @property
    def bypass_cache(self) -> bool:
        """Whether kept search answers do not count: what there is may have changed."""
        return self in (Mode.RETRY_FAILED, Mode.REFRESH)


@dataclass(frozen=True)
class Limits:
    """How hard a run may try, and for how long.

    Parameters
    ----------
    workers : int
        Targets at once, and so file requests in flight.
    timeout_s : float
        Seconds without progress after which a target is given up for now.
    retries : int
        How often a request is repeated that failed for a transient reason.
    max_rate_mb_s : float or None
        Most that is received, in 10**6 bytes a second; None for no limit.
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
