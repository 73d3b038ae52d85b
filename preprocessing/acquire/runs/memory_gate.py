"""Fewer targets at once while memory is short."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from preprocessing.system.available_memory import available_bytes

__all__ = ["MemoryGate"]

_log = logging.getLogger(__name__)

#: With less than this left, fewer targets are worked on: a search's answer and what it is parsed
#: into may take as much at once.
_SHORT_BYTES = 200 * 10**6
#: With more than this left, more are again.
_ENOUGH_BYTES = 2 * _SHORT_BYTES


class MemoryGate:
    """Lets as many workers take a target as memory allows: half as many while it is short.

    Parameters
    ----------
    workers : int
        With enough memory all of them.
    available : callable
        Bytes that can still be had.
    """

    def __init__(self, workers: int, available: Callable[[], int] = available_bytes) -> None:
        self._workers = workers
        self._available = available
        self._inside = 0
        self._changed = asyncio.Event()
        self.allowed = workers

    def adjust(self) -> None:
        """Look how much memory is left; to be called about once a second."""
        try:
            left = self._available()
        except OSError:
            # No file can be opened to read it from: nothing is known, and nothing changes.
            return
        if left < _SHORT_BYTES and self.allowed > 1:
            self.allowed //= 2
            _log.warning(
                "memory is short, %.0f MB are left: %d targets at once instead of %d for now",
                left / 1e6,
                self.allowed,
                self._workers,
            )
        elif left > _ENOUGH_BYTES and self.allowed < self._workers:
            self.allowed += 1
            self._changed.set()
            if self.allowed == self._workers:
                _log.warning("there is memory again: %d targets at once", self._workers)

    def open(self) -> None:
        """Let every worker pass from now on: to its end."""
        self._available = lambda: _ENOUGH_BYTES
        self.allowed = self._workers
        self._changed.set()

    @asynccontextmanager
    async def slot(self) -> AsyncIterator[None]:
        """Wait until one more target may be downloaded, and count it while the block runs."""
        while self._inside >= self.allowed:
            self._changed.clear()
            await self._changed.wait()
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1
            self._changed.set()
