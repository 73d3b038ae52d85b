"""A clock that processes share, and that jumps ahead while all of them only wait.

``python -m benchmarks.shared_clock CLOCK [scraper's arguments]`` runs the scraper by it.
"""

from __future__ import annotations

import asyncio
import mmap
import selectors
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.support.counting_loop import CountingLoop

__all__ = ["SharedClock", "SharedTimeLoop", "use_shared_time"]

_T = TypeVar("_T")

#: How far the clock is ahead of the real one, in seconds; whether the archive is at work.
_LAYOUT = struct.Struct("=dd")
#: So long, in real seconds, nothing must happen before the clock jumps: what was sent over
#: loopback has come by then.
_ARRIVAL_S = 0.01
#: Most that it jumps at once, in its own seconds, so that the others' timers keep up.
_STEP_S = 1.0


class SharedClock:
    """Seconds that pass as the real ones do, and jump for all processes that share the file.

    Parameters
    ----------
    path : Path
        Made if absent.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(_LAYOUT.pack(0.0, 0.0))
        with open(path, "r+b") as stream:
            self._memory = mmap.mmap(stream.fileno(), _LAYOUT.size)
        self._numbers = memoryview(self._memory).cast("d")
        self._real = time.monotonic

    def now(self) -> float:
        """Return the time, in seconds; it never goes back."""
        return self._real() + self._numbers[0]

    def jump(self, seconds: float) -> None:
        """Let time pass at once. One process alone may do so."""
        self._numbers[0] += seconds

    @property
    def is_archive_at_work(self) -> bool:
        """Whether an answer is being made or sent."""
        return self._numbers[1] > 0

    def note_archive(self, in_flight: int) -> None:
        """Note how many requests the archive has to answer."""
        self._numbers[1] = float(in_flight)


class SharedTimeLoop(CountingLoop):
    """An event loop by a shared clock.

    Parameters
    ----------
    clock : SharedClock
    jumps : bool
        Whether it makes the clock jump when nothing but time is waited for. Another
        looks at the clock often, since another one does.
    before_waiting : callable
        Called each time before it waits.
    """

    def __init__(
        self, clock: SharedClock, jumps: bool, before_waiting: Callable[[], None] = lambda: None
    ) -> None:
        self.clock = clock
        self.jumps = jumps
        self.before_waiting = before_waiting
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Return the shared time, in seconds."""
        return self.clock.now()

    @property
    def only_waits(self) -> bool:
        """Whether no thread and no archive has something to do for it."""
        return not self.is_at_work and not self.clock.is_archive_at_work


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: SharedTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self._loop.before_waiting()
        if timeout is None or timeout <= _ARRIVAL_S:
            return super().select(timeout)
        ready = super().select(_ARRIVAL_S)
        if not ready and self._loop.jumps and self._loop.only_waits:
            self._loop.clock.jump(min(timeout, _STEP_S))
        return ready


def use_shared_time(loop: Callable[[], SharedTimeLoop]) -> None:
    """Let every event loop that this process begins be such a one."""
    # A policy would be the way, but they are on their way out (Python 3.14).
    asyncio.events.new_event_loop = loop


def main(clock_path: Path, arguments: list[str]) -> int:
    """Run the scraper by a shared clock; return its exit status."""
    clock = SharedClock(clock_path)
    use_shared_time(lambda: SharedTimeLoop(clock, jumps=True))
    # All that measures waiting measures it by the same clock.
    time.monotonic = clock.now

    from scripts.xenoscan_scraper import main as scrape

    return scrape(arguments)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
