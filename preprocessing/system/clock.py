"""The one clock by which waiting is measured, the event loop's own, and time-outs by it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timezone
from typing import Any, TypeVar

__all__ = ["Sleep", "loop_time", "utc_now", "within"]

_T = TypeVar("_T")

#: `asyncio.sleep`, or what a test passes instead.
Sleep = Callable[[float], Awaitable[None]]


def loop_time() -> float:
    """Return the running loop's time, in seconds; it never goes back.

    Time-outs and pauses are kept by the same clock, so that a test which moves that one
    moves all.
    """
    return asyncio.get_running_loop().time()


def utc_now() -> str:
    """Return the time as the log writes it: ISO 8601, UTC, whole seconds."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


async def within(seconds: float, work: Coroutine[Any, Any, _T]) -> _T:
    """Return what a coroutine does, if it ends in time; end it otherwise.

    Raises
    ------
    asyncio.TimeoutError
        It did not.

    Notes
    -----
    `asyncio.wait_for` may lose a cancellation that comes as the work ends, before Python
    3.12 (https://github.com/python/cpython/issues/86296).
    """
    task = asyncio.ensure_future(work)
    try:
        done, _ = await asyncio.wait([task], timeout=seconds)
        if not done:
            raise asyncio.TimeoutError
        return task.result()
    finally:
        task.cancel()
        # Also takes note of an error that nobody waits for any more.
        await asyncio.gather(task, return_exceptions=True)
