"""A call in a thread is waited for, even by whoever is cancelled meanwhile."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from preprocessing.system.waiting import in_threads


async def test_its_result_or_error_comes_back() -> None:
    """The result or the error of a call comes back."""
    with ThreadPoolExecutor(1) as threads:
        assert await in_threads(threads, divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await in_threads(threads, divmod, 7, 0)


async def test_a_cancellation_waits_for_the_thread() -> None:
    """A cancelled caller waits until the thread has ended."""
    began, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def call() -> None:
        began.set()
        may_end.wait(60)
        ended.set()

    with ThreadPoolExecutor(1) as threads:
        waiting = asyncio.ensure_future(in_threads(threads, call))
        await asyncio.to_thread(began.wait, 60)
        waiting.cancel()
        await asyncio.sleep(0.01)
        assert not waiting.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert ended.is_set()
