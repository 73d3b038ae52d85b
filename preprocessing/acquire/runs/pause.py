"""Hold a run up while it is told to pause."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from preprocessing.system.waiting import loop_time

__all__ = ["PauseGate"]


class PauseGate:
    """What begins waits here while the run is paused; what has begun goes on.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.

    Attributes
    ----------
    is_closed : bool
        Whether the run is paused.
    """

    def __init__(self, clock: Callable[[], float] = loop_time) -> None:
        self._clock = clock
        self._is_open = asyncio.Event()
        self._is_open.set()
        self.is_closed = False
        self._closed_at = 0.0
        self._paused_s = 0.0

    @property
    def paused_s(self) -> float:
        """How long the run has been paused in all, in seconds."""
        present_s = self._clock() - self._closed_at if self.is_closed else 0.0
        return self._paused_s + present_s

    def running_time(self) -> float:
        """Return the seconds of a clock that stands still while the run is paused."""
        return self._clock() - self.paused_s

    def close(self) -> None:
        """Pause."""
        if not self.is_closed:
            self._closed_at = self._clock()
            self.is_closed = True
            self._is_open.clear()

    def open(self) -> None:
        """Go on."""
        if self.is_closed:
            self._paused_s = self.paused_s
            self.is_closed = False
            self._is_open.set()

    async def passed(self) -> None:
        """Wait until the run is not paused."""
        await self._is_open.wait()
