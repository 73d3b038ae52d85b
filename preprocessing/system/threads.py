"""Work in threads, from coroutines that may be cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import TypeVar

__all__ = ["in_threads"]

_T = TypeVar("_T")


async def in_threads(threads: Executor, call: Callable[..., _T], *arguments: object) -> _T:
    """Return what a call in a thread returns; if cancelled, only after the call has ended.

    A thread cannot be stopped, and what it works on must not be touched meanwhile.
    """
    future = asyncio.get_running_loop().run_in_executor(threads, call, *arguments)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        await asyncio.gather(future, return_exceptions=True)
        raise
