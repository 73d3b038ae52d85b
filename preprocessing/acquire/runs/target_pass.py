"""One pass over a list of targets: searched ahead, worked on by many at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from preprocessing.acquire.archives.base import SearchAnswer
from preprocessing.acquire.runs.memory_gate import MemoryGate
from preprocessing.acquire.runs.search import BATCH, search_ahead
from preprocessing.acquire.runs.shared import Shared
from preprocessing.missions.targets import Target

__all__ = ["TargetPass"]

#: How long targets in flight have to end when the run is to stop, in seconds.
_GRACE_S = 5.0


class TargetPass:
    """Gives every target, with what the search found of it, to one of the workers.

    Parameters
    ----------
    targets : sequence of Target
    shared : Shared
    work_on : callable
        Sees a target through, and records what became of it.
    stopping : asyncio.Event
        Set when the run is to end soon: targets in flight have a few seconds then.
    lock_lost : asyncio.Future
        Ends with an error if this run may not go on.
    memory : MemoryGate
        Lets fewer targets be worked on at once while memory is short.
    is_second : bool
        Whether these targets were looked at before in this run.
    """

    def __init__(
        self,
        targets: Sequence[Target],
        shared: Shared,
        work_on: Callable[[Target, SearchAnswer, Shared], Awaitable[None]],
        stopping: asyncio.Event,
        lock_lost: asyncio.Future[None],
        memory: MemoryGate,
        *,
        is_second: bool = False,
    ) -> None:
        self._targets = targets
        self._shared = shared
        self._work_on = work_on
        self._stopping = stopping
        self._lock_lost = lock_lost
        self._memory = memory
        self._is_second = is_second
        self._answers: asyncio.Queue[tuple[Target, SearchAnswer] | None] = asyncio.Queue(BATCH)

    async def take(self) -> None:
        """Go through the list, to its end or until the run is to stop.

        Raises
        ------
        RunError
            The run cannot go on.
        """
        searching = asyncio.ensure_future(
            search_ahead(self._targets, self._shared, self._answers, is_retry_pass=self._is_second)
        )
        n_connections = self._shared.limits.workers
        n_workers = min(n_connections, max(1, len(self._targets)))
        self._shared.spare.add(n_connections - n_workers)
        workers = [asyncio.ensure_future(self._work()) for _ in range(n_workers)]
        stopping = asyncio.ensure_future(self._stopping.wait())
        everything = [searching, *workers]
        alarms: list[asyncio.Future[Any]] = [stopping, self._lock_lost]
        try:
            waiting = set(everything)
            while waiting and not stopping.done():
                done, _ = await asyncio.wait(
                    [*waiting, *alarms], return_when=asyncio.FIRST_COMPLETED
                )
                for task in done - {stopping}:
                    # An error of one ends them all.
                    task.result()
                waiting -= done
            if waiting:
                await self._wind_down(searching, workers)
        finally:
            for task in (*everything, stopping):
                task.cancel()
            # The first error ends the run; what others meet while they are stopped is its echo.
            await asyncio.gather(*everything, stopping, return_exceptions=True)

    async def _wind_down(
        self, searching: asyncio.Future[None], workers: Sequence[asyncio.Future[None]]
    ) -> None:
        searching.cancel()
        self._memory.open()
        while not self._answers.empty():
            self._answers.get_nowait()
        self._answers.put_nowait(None)
        done, _ = await asyncio.wait(workers, timeout=_GRACE_S)
        for worker in done:
            worker.result()

    async def _work(self) -> None:
        goes_on = True
        while goes_on and not self._stopping.is_set():
            async with self._memory.turn():
                goes_on = await self._work_on_next()

    async def _work_on_next(self) -> bool:
        """Bring the next target to its end; return whether there was one."""
        item = await self._answers.get()
        if item is None:
            # For the next worker to find.
            self._answers.put_nowait(None)
            self._shared.spare.add()
            return False
        await self._work_on(*item, self._shared)
        return True
