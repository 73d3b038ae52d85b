"""Files are processed in order, and requests pause while too many files wait."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.system.waiting import CpuSlots


async def _passes() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_requests_are_held_while_eight_files_wait() -> None:
    """Requests pause while eight files wait and resume in order as files are processed."""
    turns, ends = CpuSlots(1), [asyncio.Event() for _ in range(12)]

    async def use(end: asyncio.Event) -> None:
        async with turns.slot():
            await end.wait()

    files = [asyncio.ensure_future(use(end)) for end in ends[:9]]
    await _passes()
    # Two have their turns, seven wait.
    await asyncio.wait_for(turns.wait_for_backlog(), 1)
    files += [asyncio.ensure_future(use(end)) for end in ends[9:]]
    await _passes()
    requests = [asyncio.ensure_future(turns.wait_for_backlog()) for _ in range(3)]
    for n_ended, n_let_go in ((2, 0), (3, 1), (4, 3)):
        for end in ends[:n_ended]:
            end.set()
        await _passes()
        assert [request.done() for request in requests] == [n < n_let_go for n in range(3)]
    for end in ends:
        end.set()
    await asyncio.gather(*files)


@pytest.mark.slow
@given(st.integers(1, 3), st.integers(1, 40), st.integers(0, 10**9))
def test_nobody_is_held_for_ever(threads: int, n_stars: int, seed: int) -> None:
    """No failure, cancellation or delay blocks anyone, and the limit on work holds."""

    async def run() -> int:
        turns, random = CpuSlots(threads), Random(seed)
        at_work = peak = 0

        async def star() -> None:
            nonlocal at_work, peak
            for _ in range(5):
                await turns.wait_for_backlog()
                for _ in range(random.randint(0, 3)):
                    await asyncio.sleep(0)
                if random.random() < 0.3:
                    # The request failed.
                    continue
                async with turns.slot():
                    at_work += 1
                    peak = max(peak, at_work)
                    try:
                        await asyncio.sleep(0)
                    finally:
                        at_work -= 1

        stars = [asyncio.ensure_future(star()) for _ in range(n_stars)]
        await asyncio.sleep(0)
        for one in stars:
            if random.random() < 0.2:
                one.cancel()
        for one in stars:
            with suppress(asyncio.CancelledError):
                await asyncio.wait_for(one, 30)
        await asyncio.wait_for(turns.wait_for_backlog(), 1)
        return peak

    assert asyncio.run(run()) <= threads + 1
