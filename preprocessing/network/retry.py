"""Decide whether a failed request is repeated, and when."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from preprocessing.core.errors import (
    ArchiveBusy,
    ArchiveError,
    CorruptProduct,
    WrongProduct,
    XenoscanError,
)
from preprocessing.system.waiting import Sleep

__all__ = ["Attempts", "RetryBudget", "RetryPolicy", "backoff_s", "is_transient", "retry"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: A refusal because of too many requests says nothing about the one that was refused: this many
#: of them count as one failure.
_REFUSALS_A_RETRY = 5


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently to try again.

    Parameters
    ----------
    retries : int
        How often a request may be repeated.
    base_s, cap_s : float
        The longest first wait, and the longest wait of our own choice, in seconds.
    patience_s : float
        The longest wait that an archive may ask for, in seconds. Later it may have changed its
        mind.
    """

    retries: int = 4
    base_s: float = 1.0
    cap_s: float = 60.0
    patience_s: float = 900.0


@dataclass
class RetryBudget:
    """How often all requests of one target together may be repeated.

    Parameters
    ----------
    retries : int
        How often a single request may be repeated.
    n_requests : int
        Requests of the target. Half of them may use up all of their retries.
    taken : int
        Retries used so far.
    """

    retries: int
    n_requests: int
    taken: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether no retry is left."""
        return self.taken >= self.retries * (1 + self.n_requests // 2)

    def take(self) -> None:
        """Use up one retry.

        Examples
        --------
        >>> budget = RetryBudget(retries=1, n_requests=2)
        >>> budget.take(); budget.take()
        >>> budget.is_spent
        True
        """
        self.taken += 1


def is_transient(error: XenoscanError) -> bool:
    """Tell whether a request that failed with this error may succeed when it is repeated."""
    return isinstance(error, (ArchiveError, CorruptProduct, WrongProduct))


def backoff_s(
    policy: RetryPolicy, attempt: int, retry_after_s: float | None, chance: float
) -> float:
    """Return how long to wait before the next attempt.

    Parameters
    ----------
    policy : RetryPolicy
        Sets the shortest and the longest wait.
    attempt : int
        0 after the first failure.
    retry_after_s : float or None
        The wait that the archive asked for, in seconds. It is honored up to the policy's patience.
    chance : float
        A random number from 0 to 1.

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


@dataclass
class Attempts:
    """The attempts at one request: how many failed, and whether there is another.

    Parameters
    ----------
    policy : RetryPolicy
        How often and how patiently to try again.
    what : str
        What is requested, for the log.
    budget : RetryBudget
        Shared by all requests of a target.
    is_outage : callable, optional
        Told of each transient failure, and whether it would be the last. Returns whether the
        archive is down, so that the failure does not count.
    on_retry : callable, optional
        Called before each further attempt.
    sleep, chance : callable, optional
        `asyncio.sleep` and `random.random`, unless a test passes others.
    failures, refusals : int
        Attempts that failed, and attempts that a busy archive refused.
    """

    policy: RetryPolicy
    what: str
    budget: RetryBudget
    is_outage: Callable[[XenoscanError, bool], Awaitable[bool]] | None = None
    on_retry: Callable[[], None] = field(default=lambda: None)
    sleep: Sleep = field(default=asyncio.sleep)
    chance: Callable[[], float] = field(default=random.random)
    failures: int = 0
    refusals: int = 0

    async def failed(self, error: XenoscanError) -> None:
        """Wait until the next attempt is due.

        Parameters
        ----------
        error : XenoscanError
            Why the last attempt failed.

        Raises
        ------
        XenoscanError
            That error, if it is permanent or no attempt is left.
        """
        if not is_transient(error):
            raise error
        asked_s = error.retry_after_s if isinstance(error, ArchiveError) else None
        wait_s = backoff_s(self.policy, self.failures + self.refusals, asked_s, self.chance())
        is_refusal = isinstance(error, ArchiveBusy)
        is_last = self._is_last(is_refusal)
        if self.is_outage is None or not await self.is_outage(error, is_last):
            if is_last:
                raise error
            self.refusals += is_refusal
            self.failures += not is_refusal
            if not is_refusal:
                self.budget.take()
        _log.info("%s: %s; trying again in %.1f s", self.what, error, wait_s)
        await self.sleep(wait_s)
        self.on_retry()

    async def run(self, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """Return what an attempt returns; called anew until it succeeds or none is left.

        Raises
        ------
        XenoscanError
            The last error.
        """
        while True:
            try:
                return await attempt()
            except XenoscanError as error:
                await self.failed(error)

    def _is_last(self, is_refusal: bool) -> bool:
        spent = self.failures + (not is_refusal)
        spent += (self.refusals + is_refusal) // _REFUSALS_A_RETRY
        return spent > self.policy.retries or (not is_refusal and self.budget.is_spent)


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
    """Call until it succeeds, fails for good, or no attempt is left.

    Parameters
    ----------
    attempt : callable
        Returns an awaitable; called anew for each attempt.
    policy, what, is_outage, on_retry, sleep, chance
        See `Attempts`.
    budget : RetryBudget, optional
        Shared by all requests of a target; of this request alone if not given.

    Raises
    ------
    XenoscanError
        The last error.
    """
    budget = budget or RetryBudget(policy.retries, n_requests=1)
    return await Attempts(policy, what, budget, is_outage, on_retry, sleep, chance).run(attempt)
