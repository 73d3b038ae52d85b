"""What one target's requests moved, and for how long they have not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from preprocessing.system.clock import loop_time

__all__ = ["Transfer"]


class Transfer:
    """Counts what one target's requests moved, and when the last byte came.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.
    is_urgent : bool
        Whether its requests take no turns with others.
    """

    def __init__(self, clock: Callable[[], float] = loop_time, *, is_urgent: bool = False) -> None:
        self._clock = clock
        self.is_urgent = is_urgent
        self.bytes = 0
        self.waiting_s = 0.0
        self._began = self._last_progress = clock()
        self._holds = 0
        self._held_since = self._began
        self._held_s = 0.0

    def received(self, count: int) -> None:
        """Note that so many bytes came."""
        self.bytes += count
        self._last_progress = self._clock()

    def touch(self) -> None:
        """Note progress of another kind."""
        self._last_progress = self._clock()

    def begin_anew(self) -> None:
        """Let no time count that has passed so far."""
        self._began = self._last_progress = self._held_since = self._clock()
        self._held_s = 0.0

    def exclude_time(self, seconds: float) -> None:
        """Note that this process did not run for so long: nothing can have moved meanwhile."""
        if not self._holds:
            self._began += seconds
            self._last_progress += seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let no time count while the block runs: it waits on purpose."""
        if self._holds == 0:
            self._held_since = self._clock()
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self._last_progress = self._clock()
            if self._holds == 0:
                self._held_s += self._last_progress - self._held_since

    def seconds_left(self, patience_s: float, budget_s: float = math.inf) -> float:
        """Return how long until the target should be given up for now.

        Parameters
        ----------
        patience_s : float
            How long nothing may move.
        budget_s : float, optional
            How long all of it may take.
        """
        if self._holds:
            return patience_s
        now = self._clock()
        of_progress = self._last_progress + patience_s - now
        return min(of_progress, self._began + self._held_s + budget_s - now)

    def waited(self, seconds: float) -> None:
        """Note how long the archive took to begin an answer."""
        self.waiting_s += seconds
