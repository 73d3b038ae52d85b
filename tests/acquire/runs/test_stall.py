"""Work has a time limit, which grows while it waits on purpose."""

from __future__ import annotations

import asyncio

import pytest

from preprocessing.acquire.runs.star import wait_for_stall
from preprocessing.system.waiting import loop_time
from tests.support.virtual_time import VirtualTimeLoop, run_virtual


class Patience:
    """Gives work so many seconds, and again so often as many."""

    def __init__(self, seconds: float, renewals: int = 0, asking_s: float = 0.0) -> None:
        self._seconds = seconds
        self._until = loop_time() + seconds
        self._renewals = renewals
        self._asking_s = asking_s
        self.forgiven_s = 0.0

    def left(self) -> float:
        return self._until - loop_time()

    def exclude_time(self, seconds: float) -> None:
        self.forgiven_s += seconds
        self._until += seconds

    async def renew(self) -> bool:
        await asyncio.sleep(self._asking_s)
        self._renewals -= 1
        self._until = loop_time() + self._seconds
        return self._renewals >= 0


def _stall(patience: Patience) -> asyncio.Future[None]:
    return asyncio.ensure_future(
        wait_for_stall(patience.left, patience.exclude_time, patience.renew)
    )


def _ends(work_s: float, renewals: int = 0, asking_s: float = 0.0) -> bool:
    """Return whether work that takes so long ends in ten seconds, or as often as many."""

    async def play() -> bool:
        patience = Patience(10.0, renewals, asking_s)
        work = asyncio.ensure_future(asyncio.sleep(work_s))
        stall = _stall(patience)
        try:
            await asyncio.wait([work, stall], return_when=asyncio.FIRST_COMPLETED)
            return work.done()
        finally:
            work.cancel()
            stall.cancel()

    return run_virtual(play())


@pytest.mark.parametrize(
    ("work_s", "renewals", "ends"),
    [(9.0, 0, True), (11.0, 0, False), (11.0, 1, True), (29.0, 2, True), (31.0, 2, False)],
)
def test_time_and_more_time(work_s: float, renewals: int, ends: bool) -> None:
    """Work ends at its limit unless more time is granted."""
    assert _ends(work_s, renewals) is ends


def test_work_that_ends_while_one_asks_has_ended() -> None:
    """Work that ends while more time is being decided has ended."""
    assert _ends(work_s=60.0, asking_s=100.0)


def test_a_process_that_did_not_run_is_forgiven() -> None:
    """A process that was stopped is not charged for the time it did not run."""

    async def play() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        patience = Patience(10.0)
        work = asyncio.ensure_future(asyncio.sleep(9.0))
        stall = _stall(patience)
        # In its first pause time goes on without the loop.
        loop.call_later(0.5, loop.skip, 300.0)
        await work
        assert not stall.done()
        stall.cancel()
        return patience.forgiven_s

    assert run_virtual(play()) > 290
