"""Coroutines that are run from code that blocks."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading

import pytest

from preprocessing.system.loop_thread import run_in_loop_thread


def _never() -> None:
    raise AssertionError("nothing was to be stopped")


async def test_it_runs_beside_a_running_loop() -> None:
    """A coroutine is run to its end though the caller's thread has a running event loop."""
    here = asyncio.get_running_loop()

    async def work() -> bool:
        await asyncio.sleep(0)
        return asyncio.get_running_loop() is not here

    assert run_in_loop_thread(work(), _never) is True


def test_errors_reach_the_caller() -> None:
    """What the coroutine raises is raised where it was called from."""

    async def work() -> None:
        raise TimeoutError("of the work itself")

    with pytest.raises(TimeoutError, match="of the work itself"):
        run_in_loop_thread(work(), _never)


def _interrupt() -> None:
    main = threading.main_thread().ident
    assert main is not None
    signal.pthread_kill(main, signal.SIGINT)


@pytest.mark.parametrize("caught", [False, True])
def test_ctrl_c_lets_the_work_end_in_order(caught: bool, caplog: pytest.LogCaptureFixture) -> None:
    """The first Ctrl-C stops the work, whoever handles that signal otherwise; then it is raised."""
    stopping = asyncio.Event()
    ended: list[bool] = []

    async def work() -> None:
        _interrupt()
        await stopping.wait()
        ended.append(True)

    earlier = signal.getsignal(signal.SIGINT)
    if caught:
        signal.signal(signal.SIGINT, lambda *_: None)
    try:
        with caplog.at_level(logging.WARNING), pytest.raises(KeyboardInterrupt):
            run_in_loop_thread(work(), stopping.set)
        assert (signal.getsignal(signal.SIGINT) is earlier) is not caught
    finally:
        signal.signal(signal.SIGINT, earlier)
    assert ended == [True]
    assert "stopping" in caplog.text


@pytest.mark.slow
def test_a_second_ctrl_c_cancels_the_work() -> None:
    """Work that does not stop when it is asked to is cancelled, and cleans up."""
    cleaned: list[bool] = []

    async def work() -> None:
        try:
            _interrupt()
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        run_in_loop_thread(work(), _interrupt)
    assert cleaned == [True]


def test_a_second_ctrl_c_while_the_first_is_answered_abandons_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A Ctrl-C that strikes while another is handled still lets the work clean up."""
    cleaned: list[bool] = []

    async def work() -> None:
        try:
            _interrupt()
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    class SecondCtrlC(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            logging.getLogger("preprocessing.system.loop_thread").removeHandler(self)
            _interrupt()

    logging.getLogger("preprocessing.system.loop_thread").addHandler(SecondCtrlC())
    with pytest.raises(KeyboardInterrupt):
        run_in_loop_thread(work(), lambda: None)
    assert cleaned == [True]
    assert len(caplog.records) == 2


def test_other_threads_may_call_it() -> None:
    """Away from the main thread, signals are left alone."""

    async def work() -> int:
        return 7

    found: list[int] = []
    thread = threading.Thread(target=lambda: found.append(run_in_loop_thread(work(), _never)))
    thread.start()
    thread.join()
    assert found == [7]
