"""Work ends in time or is ended, and a cancellation passes through."""

from __future__ import annotations

import asyncio

import pytest

from preprocessing.system.waiting import loop_time, within
from tests.support.virtual_time import run_virtual


async def _work(seconds: float, ended: list[str]) -> str:
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        # Ending may take its time.
        await asyncio.sleep(1)
        ended.append("cancelled")
        raise
    return "done"


def test_what_ends_in_time() -> None:
    """Work that ends in time returns its result."""
    assert run_virtual(within(10, _work(9, []))) == "done"


def test_what_does_not_is_ended() -> None:
    """Work that runs late has ended when the time-out is raised."""

    async def work() -> tuple[float, list[str]]:
        began, ended = loop_time(), list[str]()
        with pytest.raises(asyncio.TimeoutError):
            await within(10, _work(3600, ended))
        return loop_time() - began, ended

    assert run_virtual(work()) == (11.0, ["cancelled"])


def test_errors_pass() -> None:
    """An error of the work is raised unchanged."""

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_virtual(within(10, fail()))


@pytest.mark.parametrize("after", [0.0, 5.0, 9.0])
def test_cancellation_passes(after: float) -> None:
    """A cancellation passes through, even at the moment the work ends."""

    async def work() -> None:
        ended: list[str] = []
        task = asyncio.ensure_future(within(20, _work(9, ended)))
        await asyncio.sleep(after)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # At 9 s the work has just ended.
        assert ended == ([] if after == 9.0 else ["cancelled"])

    run_virtual(work())
