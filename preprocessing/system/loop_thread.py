"""Run a coroutine to its end from code that blocks, whether or not an event loop is running."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import signal
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any, TypeVar

__all__ = ["run_in_loop_thread"]

_log = logging.getLogger(__name__)

_T = TypeVar("_T")

#: How long to wait at a time: on Windows, Ctrl-C does not end a wait that has no time-out.
_WAIT_S = 0.5


def run_in_loop_thread(
    work: Coroutine[Any, Any, _T], stop: Callable[[], object], name: str = "event-loop"
) -> _T:
    """Run a coroutine in a thread with an event loop of its own, and wait for its result.

    The event loop of the calling thread, such as that of a notebook, may be running: it stands
    still meanwhile, as it does for any other call that blocks.

    Parameters
    ----------
    work : coroutine
        What to run.
    stop : callable
        Called in the event loop at the first Ctrl-C; should let the work end soon. At the
        second one the work is cancelled, and at the third it is abandoned.
    name : str, optional
        The name of the thread.

    Returns
    -------
    object
        What the coroutine returned. What it raised is raised.

    Raises
    ------
    KeyboardInterrupt
        There was a Ctrl-C, and the work has ended since.
    """
    done: Future[_T] = Future()
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def main() -> _T:
        task = asyncio.current_task()
        assert task is not None
        started.set_result((asyncio.get_running_loop(), task))
        return await work

    def run() -> None:
        try:
            done.set_result(asyncio.run(main()))
        except BaseException as error:
            # Whatever it is, the caller raises it.
            done.set_exception(error)

    # With the caller's context, by which notebooks know the cell that output belongs to.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(run,), name=name, daemon=True)

    def cancel() -> None:
        started.result()[1].cancel()

    def in_loop(action: Callable[[], object]) -> None:
        # Once the loop runs, which a Ctrl-C may precede; it may also have ended just now.
        def act(running: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]]) -> None:
            with suppress(RuntimeError):
                running.result()[0].call_soon_threadsafe(action)

        started.add_done_callback(act)

    actions = (lambda: in_loop(stop), lambda: in_loop(cancel))
    with _interrupts(actions) as interrupts:
        thread.start()
        while not done.done():
            wait([done], _WAIT_S)
    if interrupts:
        raise KeyboardInterrupt
    return done.result()


@contextmanager
def _interrupts(actions: Sequence[Callable[[], None]]) -> Iterator[list[int]]:
    """Take one action at each Ctrl-C, and list them; the one after the last action is raised.

    They are taken in the signal's handler: an exception that it raised instead could strike
    while an earlier one is being handled, and would abandon the work.
    """
    interrupts: list[int] = []

    def take(signal_number: int, frame: FrameType | None) -> None:
        if len(interrupts) == len(actions):
            raise KeyboardInterrupt
        action = actions[len(interrupts)]
        interrupts.append(signal_number)
        _log.warning("stopping: a few seconds for what is on its way")
        action()

    earlier = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or earlier in (None, signal.SIG_IGN):
        yield interrupts
        return
    signal.signal(signal.SIGINT, take)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, earlier)
