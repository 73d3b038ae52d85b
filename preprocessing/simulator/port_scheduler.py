"""Opens and shuts the port of a server as the plan of its faults has it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from preprocessing.simulator.faults.plan import FaultPlan
from preprocessing.simulator.listener import Listener

__all__ = ["Door"]

#: A clock may wake one this much too early, in seconds.
_RESOLUTION_S = 0.001


class Door:
    """Keeps a port open, but for the times in which every connection is refused.

    An asynchronous context manager, of which the port is open or shut as it has to be
    once it is entered.

    Parameters
    ----------
    listener : Listener
    faults : FaultPlan
    elapsed_s : callable
        Seconds since the server's start, on the event loop's clock.
    drop_all : callable
        Ends the connections that there are, when the port is shut.
    """

    def __init__(
        self,
        listener: Listener,
        faults: FaultPlan,
        elapsed_s: Callable[[], float],
        drop_all: Callable[[], None],
    ) -> None:
        self._listener = listener
        self._faults = faults
        self._elapsed_s = elapsed_s
        self._drop_all = drop_all
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Door:
        self._loop = asyncio.get_running_loop()
        self._faults.listen(self._notice_change)
        self._keeping = asyncio.ensure_future(self._keep(await self._turn()))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)

    async def _keep(self, wait_s: float) -> None:
        while True:
            with suppress(asyncio.TimeoutError):
                timeout = None if wait_s == math.inf else wait_s
                await asyncio.wait_for(self._changed.wait(), timeout)
            self._changed.clear()
            wait_s = await self._turn()

    async def _turn(self) -> float:
        """Open or shut, as it has to be now; return how long that will last."""
        now_s = self._elapsed_s()
        if self._faults.is_shut(now_s):
            await self._listener.shut()
            self._drop_all()
        else:
            await self._listener.open()
        return max(_RESOLUTION_S, self._faults.next_turn_s(now_s) - now_s)

    def _notice_change(self) -> None:
        # A plan outlives its server, and may be changed in another thread.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)
