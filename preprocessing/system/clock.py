"""The clock by which the program waits, and time-outs that use it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timezone
from typing import Any, TypeVar

__all__ = ["Sleep", "loop_time", "utc_now", "within"]

_T = TypeVar("_T")

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
