"""A clock of several processes jumps while they wait, and never while one works."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from benchmarks.shared_clock import SharedClock, SharedTimeLoop

_T = TypeVar("_T")


@pytest.fixture
def clock(tmp_path: Path) -> Iterator[SharedClock]:
    """Return a clock that nothing else shares."""
    yield SharedClock(tmp_path / "clock")


def _run(clock: SharedClock, work: Callable[[], Awaitable[_T]], jumps: bool = True) -> _T:
    loop = SharedTimeLoop(clock, jumps)

    async def run() -> _T:
        return await work()

    try:
        return loop.run_until_complete(run())
    finally:
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()


def test_a_wait_of_minutes_is_soon_over(clock: SharedClock) -> None:
    """A wait of minutes ends soon, and took its time by the clock."""
    real, shared = time.monotonic(), clock.now()
    _run(clock, lambda: asyncio.sleep(120))
    assert 120 <= clock.now() - shared < 125
    assert time.monotonic() - real < 60


def test_another_process_sees_the_same_time(clock: SharedClock, tmp_path: Path) -> None:
    """Every process that opens the file sees the same time."""
    other = SharedClock(tmp_path / "clock")
    clock.jump(1000.0)
    assert abs(other.now() - clock.now()) < 10
    other.note_archive(3)
    assert clock.is_archive_at_work
    other.note_archive(0)
    assert not clock.is_archive_at_work


def test_no_jump_while_a_thread_works(clock: SharedClock) -> None:
    """Time does not jump while a thread works."""

    async def work() -> float:
        began = clock.now()
        waiting = asyncio.ensure_future(asyncio.sleep(1000))
        await asyncio.to_thread(time.sleep, 0.1)
        waiting.cancel()
        return clock.now() - began

    assert _run(clock, work) < 60


def test_no_jump_while_the_archive_works_nor_in_the_archive(clock: SharedClock) -> None:
    """Time jumps only in the scraper, and only while nobody answers it."""

    async def work() -> float:
        began = clock.now()
        waiting = asyncio.ensure_future(asyncio.sleep(1000))
        loop = asyncio.get_running_loop()
        for _ in range(5):
            # Wakes the loop in real time.
            timer = loop.run_in_executor(None, time.sleep, 0.02)
            await timer
            await asyncio.sleep(0)
        waiting.cancel()
        return clock.now() - began

    clock.note_archive(1)
    assert _run(clock, work) < 60
    clock.note_archive(0)
    assert _run(clock, work, jumps=False) < 60
