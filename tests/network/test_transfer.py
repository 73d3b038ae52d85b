"""A target is given up when it stalls or takes too long, and deliberate waits do not count."""

from __future__ import annotations

import asyncio
import math

import pytest

from preprocessing.network.transfer import OwnRequest, Silence, Transfer
from tests.support.virtual_time import VirtualTimeLoop, run_virtual


class FakeClock:
    """Shows the time that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_patience_runs_from_the_last_progress() -> None:
    """Each byte or other progress restarts the time-out."""
    clock = FakeClock()
    transfer = Transfer(clock)
    clock.now = 130.0
    assert transfer.seconds_left(180.0) == 150.0
    transfer.received(10)
    assert transfer.seconds_left(180.0) == 180.0
    clock.now = 400.0
    assert transfer.seconds_left(180.0) == -90.0
    transfer.touch()
    assert transfer.seconds_left(180.0) == 180.0
    assert transfer.bytes == 10


def test_a_wait_on_purpose_is_no_stall() -> None:
    """A deliberate wait is no stall, and the time-out restarts after it."""
    clock = FakeClock()
    transfer = Transfer(clock)
    with transfer.paused():
        clock.now += 4000.0
        assert transfer.seconds_left(180.0, 500.0) == 180.0
        with transfer.paused():
            transfer.received(10)
            clock.now += 1000.0
    assert transfer.seconds_left(180.0) == 180.0


def test_all_of_it_has_a_budget() -> None:
    """A trickle of bytes does not extend the budget, and deliberate waits do not count."""
    clock = FakeClock()
    transfer = Transfer(clock)
    for _ in range(50):
        clock.now += 10.0
        transfer.received(1)
    assert transfer.seconds_left(180.0, math.inf) == 180.0
    assert transfer.seconds_left(180.0, 600.0) == 100.0
    with transfer.paused():
        clock.now += 3600.0
    assert transfer.seconds_left(180.0, 600.0) == 100.0
    clock.now += 101.0
    transfer.received(1)
    assert transfer.seconds_left(180.0, 600.0) == -1.0


def test_silence_runs_from_the_last_bytes_of_a_request() -> None:
    """Before it is sent a request is not silent, and the longest silence is kept."""
    clock = FakeClock()
    silence = Silence(clock)
    clock.now += 50.0
    assert (silence.is_sent, silence.seconds) == (False, 0.0)
    silence.begin()
    clock.now += 2.0
    assert (silence.seconds, silence.first_wait_s, silence.has_answer) == (2.0, 2.0, False)
    silence.heard()
    clock.now += 5.0
    silence.heard()
    clock.now += 1.0
    assert (silence.seconds, silence.first_wait_s, silence.longest_s) == (1.0, 2.0, 5.0)


def test_a_time_in_which_nothing_is_read_is_no_silence() -> None:
    """A request is not silent while we ourselves do not read."""
    clock = FakeClock()
    silence = Silence(clock)
    silence.begin()
    silence.heard()
    silence.exclude_time(7.0)
    clock.now += 8.0
    silence.heard()
    assert silence.longest_s == 1.0


async def _hang(silence: Silence, is_rival: bool) -> str:
    await asyncio.sleep(3600)
    return "late"


async def _race(first: OwnRequest[str]) -> str:
    await asyncio.sleep(2)
    first.cancel()
    return "rival"


def test_a_race_leaves_no_trace_in_the_task() -> None:
    """A task whose request lost a race counts as never cancelled, and may still be."""

    async def work() -> tuple[str, int]:
        answer = await OwnRequest[str]().answer(_hang, _race, 1.0, lambda _: None)
        task = asyncio.current_task()
        return answer, getattr(task, "cancelling", lambda: 0)()

    assert run_virtual(work()) == ("rival", 0)


def test_cancelling_a_request_ends_its_race() -> None:
    """Whoever gives a request up during its race leaves no task behind."""

    async def work() -> tuple[bool, int]:
        coroutine = OwnRequest[str]().answer(_hang, _race, 1.0, lambda _: None)
        hanging = asyncio.ensure_future(coroutine)
        await asyncio.sleep(2)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)
        return hanging.cancelled(), len(asyncio.all_tasks())

    assert run_virtual(work()) == (True, 1)


def test_the_usual_request_has_no_race() -> None:
    """An answer that comes before the race would begin is noted with its silence."""
    noted: list[float] = []

    async def send(silence: Silence, is_rival: bool) -> str:
        silence.begin()
        await asyncio.sleep(0.5)
        silence.heard()
        return "soon"

    async def work() -> str:
        return await OwnRequest[str]().answer(send, _race, 1.0, noted.append)

    assert run_virtual(work()) == "soon"
    assert noted == [0.5]


def test_no_race_begins_because_this_process_was_stopped() -> None:
    """What came while the process did not run is read before a request counts as silent."""

    async def send(silence: Silence, is_rival: bool) -> str:
        silence.begin()
        await asyncio.sleep(0.5)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        loop.skip(5.0)
        await asyncio.sleep(0.4)
        return "soon"

    async def work() -> tuple[str, float]:
        began = asyncio.get_running_loop().time()
        answer = await OwnRequest[str]().answer(send, _race, 1.0, lambda _: None)
        return answer, asyncio.get_running_loop().time() - began

    answer, seconds = run_virtual(work())
    assert answer == "soon"
    assert seconds == pytest.approx(5.9)
