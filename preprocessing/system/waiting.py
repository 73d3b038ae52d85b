"""The clock by which the program waits, time-outs, and threads for work off the event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import datetime, timezone
from types import TracebackType
from typing import Any, TypeVar

__all__ = ["CpuSlots", "Sleep", "WorkThreads", "in_threads", "loop_time", "utc_now", "within"]


#: `asyncio.sleep`, or a test's replacement.
Sleep = Callable[[float], Awaitable[None]]


def loop_time() -> float:
    """Return the running event loop's time in seconds; it never goes back.

    Time-outs and pauses use the same clock, so a test that moves this clock moves them all.
    """
    return asyncio.get_running_loop().time()


def utc_now() -> str:
    """Return the present time as the log writes it: ISO 8601, UTC, whole seconds."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


async def within(seconds: float, work: Coroutine[Any, Any, _T]) -> _T:
    """Return a coroutine's result, or cancel the coroutine when time is up.

    Parameters
    ----------
    seconds : float
        How long the coroutine may take.
    work : coroutine
        The coroutine to await.

    Raises
    ------
    asyncio.TimeoutError
        The coroutine did not end in time.

    Notes
    -----
    Before Python 3.12, `asyncio.wait_for` may lose a cancellation that arrives just as the
    work ends (https://github.com/python/cpython/issues/86296).
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([task], timeout=seconds)
        if not done:
            raise asyncio.TimeoutError
        return task.result()
    finally:
        task.cancel()
        # Also retrieves an error that nobody awaits any more, so that asyncio does not log it.
        await asyncio.gather(task, return_exceptions=True)


_T = TypeVar("_T")

#: No more files are requested while this many wait for a slot. It is enough to hide the response
#: time of a nearby archive, and few enough for the files to stay in the processor's cache.
_FULL_BACKLOG = 8


async def in_threads(threads: Executor, call: Callable[..., _T], *arguments: object) -> _T:
    """Run a call in a thread and return its result.

    If the coroutine is cancelled, it still waits for the call to end: a thread cannot be
    stopped, and nobody may touch the files that it works on meanwhile.

    Parameters
    ----------
    threads : Executor
        The threads to use.
    call : callable
        What to call.
    *arguments : object
        Its arguments.
    """
    future = asyncio.get_running_loop().run_in_executor(threads, call, *arguments)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.gather(future, return_exceptions=True)
        raise


class CpuSlots:
    """Process files in the order in which they arrive.

    Parameters
    ----------
    threads : int
        Number of threads that process files. One more file gets a slot, so that it is ready when
        a thread becomes free.

    Attributes
    ----------
    in_hand : int
        Files that have a slot, or wait for one.
    """

    def __init__(self, threads: int) -> None:
        self._slots = asyncio.Semaphore(threads + 1)
        self.in_hand = 0
        self._waiting = 0
        self._held: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait for a slot and hold it while the block runs."""
        self._waiting += 1
        self.in_hand += 1
        try:
            try:
                await self._slots.acquire()
            finally:
                self._waiting -= 1
                self._let_go()
            try:
                yield
            finally:
                self._slots.release()
        finally:
            self.in_hand -= 1

    async def wait_for_backlog(self) -> None:
        """Wait until few enough files wait for a slot; call this before requesting a file.

        If the archive or the network is the bottleneck, this never waits.
        """
        if self._waiting < _FULL_BACKLOG and not self._held:
            return
        held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held.append(held)
        await held

    def _let_go(self) -> None:
        # If no file waits for a slot, release all held requests: nothing else would.
        many = _FULL_BACKLOG - self._waiting if self._waiting else len(self._held)
        while many > 0 and self._held:
            held = self._held.popleft()
            if not held.done():
                held.set_result(None)
                many -= 1


class WorkThreads:
    """The threads of one run, open while its `with` block runs.

    Parameters
    ----------
    cpu_threads : int
        Threads that compute: as many as the interpreter can keep busy. More would only compete
        for its lock and delay the event loop.
    disk_threads : int
        Threads that wait for the disk.

    Attributes
    ----------
    cpu_slots : CpuSlots
        Decides whose files are computed next, and whether more should be requested.
    """

    def __init__(self, cpu_threads: int, disk_threads: int) -> None:
        self.cpu_slots = CpuSlots(cpu_threads)
        self._cpu = ThreadPoolExecutor(cpu_threads, "xenoscan-cpu")
        self._disk = ThreadPoolExecutor(disk_threads, "xenoscan-disk")

    def __enter__(self) -> WorkThreads:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._disk.shutdown()
        self._cpu.shutdown()

    async def compute(self, call: Callable[..., _T], *arguments: object) -> _T:
        """Run a call that keeps a processor busy, and return its result."""
        return await in_threads(self._cpu, call, *arguments)

    async def write(self, call: Callable[..., _T], *arguments: object) -> _T:
        """Run a call that reads or writes files, and return its result."""
        return await in_threads(self._disk, call, *arguments)
