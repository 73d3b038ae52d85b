"""A target is given up when it stalls or takes too long, and deliberate waits do not count."""

from __future__ import annotations

import math

from preprocessing.network.transfer import Silence, Transfer


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
