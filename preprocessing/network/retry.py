"""Decide whether and when to try again; clock and chance are passed in."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from preprocessing.core.errors import (
    ArchiveBusy,
    ArchiveError,
    CorruptProduct,
    WrongProduct,
    XenoscanError,
)
from preprocessing.system.clock import Sleep

__all__ = ["RetryBudget", "RetryPolicy", "backoff_s", "is_passing", "retry"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: A refusal because of too many requests says nothing of the one that was refused: so many
#: cost as much as one failure.
_REFUSALS_A_RETRY = 5


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently to try again.

    Parameters
    ----------
    retries : int
        Further tries of a request after the first.
    base_s, cap_s : float
        The longest first wait, and the longest wait of our own choice, in seconds.
    patience_s : float
        However long the archive asks to be left alone: it may have changed its mind.
    """

    retries: int = 4
    base_s: float = 1.0
    cap_s: float = 60.0
    patience_s: float = 900.0


class RetryBudget:
    """Further tries that all requests of a target have together.

    Parameters
    ----------
    retries : int
        Of a single request.
    n_requests : int
        Half of them may need as many.
    """

    def __init__(self, retries: int, n_requests: int) -> None:
        self._left = retries * (1 + n_requests // 2)

    @property
    def is_spent(self) -> bool:
        """Whether there is none left."""
        return self._left <= 0

    def take(self) -> None:
        """Take one.

        Examples
        --------
        >>> budget = RetryBudget(retries=1, n_requests=2)
        >>> budget.take(); budget.take()
        >>> budget.is_spent
        True
        """
        self._left -= 1


def is_passing(error: XenoscanError) -> bool:
    """Tell whether another try may succeed where this error came up."""
    return isinstance(error, (ArchiveError, CorruptProduct, WrongProduct))


def backoff_s(
    policy: RetryPolicy, attempt: int, retry_after_s: float | None, chance: float
) -> float:
    """Return how long to wait before another try.

    Parameters
    ----------
    policy : RetryPolicy
    attempt : int
        0 after the first failure.
    retry_after_s : float or None
        What the archive asked for; not undercut, up to the policy's patience.
    chance : float
        0 to 1.

    Returns
    -------
    float
        Seconds: exponential with full jitter, so that clients that failed together do
        not come back together
        (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).

    Examples
    --------
    >>> backoff_s(RetryPolicy(base_s=1, cap_s=60), 3, None, 0.5)
    4.0
    >>> backoff_s(RetryPolicy(), 0, 7.0, 0.1)
    7.1
    """
    ceiling = min(policy.cap_s, policy.base_s * 2.0 ** min(attempt, 60))
    return min(policy.patience_s, retry_after_s or 0.0) + chance * ceiling


async def retry(
    attempt: Callable[[], Awaitable[_T]],
    policy: RetryPolicy,
    what: str,
    *,
    budget: RetryBudget | None = None,
    is_outage: Callable[[XenoscanError, bool], Awaitable[bool]] | None = None,
    on_retry: Callable[[], None] = lambda: None,
    sleep: Sleep = asyncio.sleep,
    chance: Callable[[], float] = random.random,
) -> _T:
    """Call until it succeeds, fails for good, or the tries are used up.

    Parameters
    ----------
    attempt : callable
        Returns an awaitable; called anew for each try.
    policy : RetryPolicy
    what : str
        For the log: what is being tried.
    budget : RetryBudget, optional
        Shared by all requests of a target.
    is_outage : callable, optional
        Told of each passing failure, and whether it would be the last; returns whether it
        costs no try.
    on_retry : callable, optional
        Called before each further try.
    sleep, chance : callable, optional
        `asyncio.sleep` and `random.random`, unless a test passes others.

    Raises
    ------
    XenoscanError
        The last error.
    """
    budget = budget or RetryBudget(policy.retries, n_requests=1)
    failures = refusals = 0
    while True:
        try:
            return await attempt()
        except XenoscanError as error:
            if not is_passing(error):
                raise
            asked_s = error.retry_after_s if isinstance(error, ArchiveError) else None
            wait_s = backoff_s(policy, failures + refusals, asked_s, chance())
            is_refusal = isinstance(error, ArchiveBusy)
            spent = failures + (not is_refusal) + (refusals + is_refusal) // _REFUSALS_A_RETRY
            is_last = spent > policy.retries or (not is_refusal and budget.is_spent)
            if is_outage is None or not await is_outage(error, is_last):
                if is_last:
                    raise
                refusals += is_refusal
                failures += not is_refusal
                if not is_refusal:
                    budget.take()
            _log.info("%s: %s; trying again in %.1f s", what, error, wait_s)
        await sleep(wait_s)
        on_retry()
