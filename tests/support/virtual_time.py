"""An event loop whose time passes only while everything waits, and then at once."""

from __future__ import annotations

import asyncio
import selectors
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from unittest.mock import patch

from preprocessing.acquire.runs import run_watch
from preprocessing.acquire.runs.monitor import ResourceMonitor
from preprocessing.system import available_memory
from tests.support.counting_loop import CountingLoop

__all__ = ["VirtualTimeLoop", "run_virtual"]

_T = TypeVar("_T")

#: What was sent over loopback arrives within this time, in real seconds.
_ARRIVAL_S = 0.0002
#: No test waits as long for a thread or a socket, in real seconds.
_PATIENCE_S = 120.0


class VirtualTimeLoop(CountingLoop):
    """Jumps to the next timer as soon as no socket is ready and no thread at work.

    Client and server in one such loop share its clock: an outage of an hour is over as
    soon as all that is left to do is to wait for its end. Sockets and threads are real.
    """

    def __init__(self) -> None:
        self._now = 1000.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Return the time, in virtual seconds."""
        return self._now

    def skip(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds


class _Selector(selectors.DefaultSelector):
    """Waits for sockets and threads as long as it takes, and for timers not at all."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        waits = timeout is None or self._loop.is_at_work
        if timeout == 0:
            return super().select(0)
        ready = super().select(_PATIENCE_S if waits else 0)
        # The loop's own socket, by which threads wake it, is always there.
        if not ready and len(self.get_map()) > 1:
            # Slept, since a selector counts in whole milliseconds.
            time.sleep(_ARRIVAL_S)
            ready = super().select(0)
        if not ready and waits:
            raise RuntimeError(f"nothing happened for {_PATIENCE_S:.0f} s, and nothing will")
        if not ready and timeout is not None:
            self._loop.skip(timeout)
        return ready


def run_virtual(work: Coroutine[Any, Any, _T], show_every_s: float = 60.0) -> _T:
    """Run to its end, in virtual time, as `asyncio.run` does in real time.

    Runs show their progress, and look at memory, once a virtual minute unless told otherwise:
    each look costs a jump of the clock.
    """
    loop = VirtualTimeLoop()
    try:
        asyncio.set_event_loop(loop)
        try:
            with _cheap_looks(show_every_s), patch("os.fsync"):
                return loop.run_until_complete(work)
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


@contextmanager
def _cheap_looks(show_every_s: float) -> Iterator[None]:
    """Let runs look at the machine rarely, and without reading the system's own files."""
    with (
        patch.object(run_watch, "_LOOK_EVERY_S", show_every_s),
        patch.object(ResourceMonitor, "sample", lambda _: None),
        patch.object(available_memory, "_free_bytes_of_groups", lambda *_: ()),
    ):
        yield
