"""Run blocking calls in threads from coroutines that may be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

__all__ = ["in_threads"]

_T = TypeVar("_T")


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
