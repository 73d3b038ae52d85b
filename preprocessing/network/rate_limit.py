"""Keep what all connections receive together below a rate."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from preprocessing.system.waiting import Sleep, loop_time

__all__ = ["RateLimit"]


class RateLimit:
    """Says how long to wait after bytes came, so that no more come than are allowed.

    A connection that is not read meanwhile fills its buffers, and then holds up the
    sender.

    Parameters
    ----------
    bytes_per_s : float
        More than 0.
    clock : callable
        Seconds, monotonic.
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    """

    def __init__(
        self,
        bytes_per_s: float,
        *,
        clock: Callable[[], float] = loop_time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._bytes_per_s = bytes_per_s
        self._clock = clock
        self._sleep = sleep
        self._paid_until = clock()

    def owed_s(self, count: int) -> float:
        """Note that so many bytes came, and return for how long no more should.

        Examples
        --------
        >>> limit = RateLimit(1000.0, clock=lambda: 5.0)
        >>> limit.owed_s(500), limit.owed_s(500)
        (0.5, 1.0)
        """
        now = self._clock()
        self._paid_until = max(self._paid_until, now) + count / self._bytes_per_s
        return self._paid_until - now

    async def wait(self, seconds: float) -> None:
        """Wait for as long as is owed."""
        await self._sleep(seconds)
