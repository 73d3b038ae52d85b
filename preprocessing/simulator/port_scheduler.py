"""Open and shut the server's port at the times that the fault plan gives."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType

from preprocessing.simulator.faults.plan import FaultPlan
from preprocessing.simulator.listener import Listener

__all__ = ["PortScheduler"]

#: A timer may fire this many seconds too early.
_RESOLUTION_S = 0.001


class PortScheduler:
    """Keep a port open, except while the fault plan refuses every connection.

    An asynchronous context manager. Once it is entered, the port is open or shut as planned.

    Parameters
    ----------
    listener : Listener
        The port.
    faults : FaultPlan
        Says when the port is shut.
    elapsed_s : callable
        Returns the seconds since the server's start, by the event loop's clock.
    drop_all : callable
        Resets all open connections when the port is shut.
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

    async def __aenter__(self) -> PortScheduler:
        self._loop = asyncio.get_running_loop()
        self._faults.listen(self._notice_change)
        self._keeping = asyncio.ensure_future(self._keep(await self._apply()))
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
            wait_s = await self._apply()

    async def _apply(self) -> float:
        """Open or shut the port as planned for now; return how long this will last."""
        now_s = self._elapsed_s()
        if self._faults.is_shut(now_s):
            await self._listener.shut()
            self._drop_all()
        else:
            await self._listener.open()
        return max(_RESOLUTION_S, self._faults.next_change_s(now_s) - now_s)

    def _notice_change(self) -> None:
        # The plan may outlive the server, and another thread may change it.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._changed.set)
