"""What one target's requests moved, for how long they have not, and how long a file takes."""

from __future__ import annotations

import math
import statistics
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from preprocessing.system.waiting import loop_time

__all__ = ["FilePace", "Transfer"]

#: The usual time of a file is that of the last so many.
_PACE_FILES = 101
#: Before so many came, no time is usual.
_PACE_ENOUGH = 10
#: A target that takes so many times as long as its files usually do is stuck.
_TIMES_THE_USUAL = 20.0


class Transfer:
    """Counts what one target's requests moved, and when the last byte came.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.
    is_urgent : bool
        Whether its requests need not wait for others.
    """

    def __init__(self, clock: Callable[[], float] = loop_time, *, is_urgent: bool = False) -> None:
        self._clock = clock
        self.is_urgent = is_urgent
        self.bytes = 0
        self.waiting_s = 0.0
        self._began = self._last_progress = clock()
        self._pauses = 0
        self._paused_since = self._began
        self._paused_s = 0.0

    def received(self, count: int) -> None:
        """Note that so many bytes came."""
        self.bytes += count
        self._last_progress = self._clock()

    def touch(self) -> None:
        """Note progress of another kind."""
        self._last_progress = self._clock()

    def restart(self) -> None:
        """Let no time count that has passed so far."""
        self._began = self._last_progress = self._paused_since = self._clock()
        self._paused_s = 0.0

    def exclude_time(self, seconds: float) -> None:
        """Note that this process did not run for so long: nothing can have moved meanwhile."""
        if not self._pauses:
            self._began += seconds
            self._last_progress += seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let no time count while the block runs: it waits on purpose."""
        if self._pauses == 0:
            self._paused_since = self._clock()
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            self._last_progress = self._clock()
            if self._pauses == 0:
                self._paused_s += self._last_progress - self._paused_since

    def seconds_left(self, patience_s: float, budget_s: float = math.inf) -> float:
        """Return how long until the target should be given up for now.

        Parameters
        ----------
        patience_s : float
            How long nothing may move.
        budget_s : float, optional
            How long all of it may take.
        """
        if self._pauses:
            return patience_s
        now = self._clock()
        of_progress = self._last_progress + patience_s - now
        return min(of_progress, self._began + self._paused_s + budget_s - now)

    def waited(self, seconds: float) -> None:
        """Note how long the archive took to begin an answer."""
        self.waiting_s += seconds


class FilePace:
    """The usual time from requesting a file to having it, over the last files of a run.

    Examples
    --------
    >>> pace = FilePace()
    >>> for _ in range(10):
    ...     pace.add(0.5)
    >>> pace.budget_s(n_files=17, timeout_s=180.0)
    350.0
    """

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_PACE_FILES)

    def add(self, seconds: float) -> None:
        """Note how long a file took."""
        self._seconds.append(seconds)

    def budget_s(self, n_files: int, timeout_s: float) -> float:
        """Return how long a target may take in all, in seconds.

        Parameters
        ----------
        n_files : int
            Files of the target.
        timeout_s : float
            What it may take at least, however quick the others are.
        """
        if len(self._seconds) < _PACE_ENOUGH:
            return math.inf
        return timeout_s + _TIMES_THE_USUAL * n_files * statistics.median(self._seconds)
