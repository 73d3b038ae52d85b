"""Turns at the thread that works on files, and a brake on requests while many wait for one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["CpuSlots"]

#: Files that wait for a turn before no more are asked for: enough to hide the time that a
#: near archive takes to answer, and few enough to be in the processor's cache still.
_ENOUGH_WAITING = 8


class CpuSlots:
    """Lets files be worked on in the order in which they came.

    Parameters
    ----------
    threads : int
        Work on files. One file more has a turn, to be ready when one of them is free.
    """

    def __init__(self, threads: int) -> None:
        self._turns = asyncio.Semaphore(threads + 1)
        self._waiting = 0
        self._held: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a turn, and have it while the block runs."""
        self._waiting += 1
        try:
            await self._turns.acquire()
        finally:
            self._waiting -= 1
            self._let_go()
        try:
            yield
        finally:
            self._turns.release()

    async def wait_for_backlog(self) -> None:
        """Wait, before a file is asked for, while enough others wait for a turn.

        Where the archive or the link is the limit, none ever does.
        """
        if self._waiting < _ENOUGH_WAITING and not self._held:
            return
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(held)
        await held

    def _let_go(self) -> None:
        # All if nothing waits any more: whoever is held is so because of those that wait.
        many = _ENOUGH_WAITING - self._waiting if self._waiting else len(self._held)
        while many > 0 and self._held:
            held = self._held.popleft()
            if not held.done():
                held.set_result(None)
                many -= 1
