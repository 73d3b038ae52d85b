"""Ctrl-C is not lost where a library drops errors."""

from __future__ import annotations

import signal
import threading
from contextlib import suppress

import pytest

from preprocessing.system.interrupts import remembered_interrupts


@pytest.fixture(autouse=True)
def usual_handler() -> None:
    """Tests need Ctrl-C to be what it is in a program at a terminal."""
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupt_that_was_dropped_is_raised_again() -> None:
    """It is raised at once, and when asked for until the block ends."""
    with remembered_interrupts() as check:
        check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                check()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_fails_after_an_interrupt_was_interrupted() -> None:
    """An error counts as the interrupt that a library dropped before it, and else as itself."""
    with pytest.raises(KeyboardInterrupt), remembered_interrupts():
        with suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        raise AttributeError("partially initialized module")
    with pytest.raises(AttributeError), remembered_interrupts():
        raise AttributeError("a bug")


def test_a_handler_of_somebody_else_stays() -> None:
    """Where Ctrl-C is ignored, as of a program in the background, it still is."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with remembered_interrupts() as check:
            signal.raise_signal(signal.SIGINT)
            check()
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_thread_changes_nothing() -> None:
    """Only the main thread can say what a signal does, and a thread does not fail for it."""
    found: list[object] = []

    def work() -> None:
        with remembered_interrupts() as check, suppress(KeyboardInterrupt):
            check()
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]
