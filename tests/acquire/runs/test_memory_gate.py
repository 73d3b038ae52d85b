"""While memory is short, fewer targets are worked on at once, and the log says so."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.runs.run import MemoryGate

_MB = 10**6


def test_half_as_many_while_it_is_short_and_one_more_when_it_is_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Short memory halves the targets, enough memory adds one, and the log says so."""
    left = [9000]
    gate = MemoryGate(8, lambda: left[0] * _MB)
    seen = []
    for left[0] in (9000, 150, 150, 150, 150, 300, 9000, 150, *(500,) * 8):
        gate.adjust()
        seen.append(gate.allowed)
    assert seen == [8, 4, 2, 1, 1, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    said = [record.getMessage() for record in caplog.records]
    assert said[0] == "memory is short, 150 MB are left: 4 targets at once instead of 8 for now"
    assert said[-1] == "there is memory again: 8 targets at once"
    assert len(said) == 5


@pytest.mark.slow
@given(st.lists(st.integers(0, 1000), max_size=60), st.integers(1, 70))
def test_from_one_to_all(readings: list[int], workers: int) -> None:
    """For any reading, between one target and all workers go on."""
    left = 0
    gate = MemoryGate(workers, lambda: left * _MB)
    for left in readings:  # noqa: B007
        gate.adjust()
        assert 1 <= gate.allowed <= workers


def test_what_cannot_be_read_changes_nothing() -> None:
    """A reading that fails changes nothing."""

    def fail() -> int:
        raise OSError("Too many open files")

    gate = MemoryGate(4, fail)
    gate.adjust()
    assert gate.allowed == 4


async def test_workers_wait_their_turn() -> None:
    """Running targets finish, and others wait for a slot or for memory."""
    left = 9000
    gate = MemoryGate(4, lambda: left * _MB)
    inside, most = 0, 0
    begun = asyncio.Event()

    async def work() -> None:
        nonlocal inside, most
        async with gate.slot():
            inside += 1
            most = max(most, inside)
            begun.set()
            await asyncio.sleep(0)
            inside -= 1

    left = 100
    gate.adjust()
    gate.adjust()
    await asyncio.gather(*(work() for _ in range(9)))
    assert most == 1
    left = 9000
    for _ in range(3):
        gate.adjust()
    await asyncio.gather(*(work() for _ in range(9)))
    assert most == 4


async def test_an_open_gate_holds_nobody_up() -> None:
    """An opened gate lets everyone pass, and later readings change nothing."""
    gate = MemoryGate(4, lambda: 0)
    gate.adjust()
    gate.adjust()
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(gate.slot())
        waiting = asyncio.ensure_future(stack.enter_async_context(gate.slot()))
        await asyncio.sleep(0)
        assert not waiting.done()
        gate.open()
        gate.adjust()
        await waiting
        assert gate.allowed == 4


async def test_who_gives_up_waiting_takes_no_turn() -> None:
    """A cancelled worker leaves the slots to the others."""
    gate = MemoryGate(1)
    async with gate.slot():
        waiting = asyncio.ensure_future(gate.slot().__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
    async with gate.slot():
        pass
