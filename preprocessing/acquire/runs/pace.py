"""How long a file takes, as seen in this run: what a target may take follows from it."""

from __future__ import annotations

import math
import statistics
from collections import deque

__all__ = ["FilePace"]

#: Files that tell how long one takes.
_FILES = 101
#: Before so many came nothing is known.
_ENOUGH = 10
#: A target that takes so many times as long as its files usually do is stuck.
_TIMES_THE_USUAL = 20.0


class FilePace:
    """The usual time from asking for a file to having it, over the last files.

    Examples
    --------
    >>> pace = FilePace()
    >>> for _ in range(10):
    ...     pace.add(0.5)
    >>> pace.budget_s(n_files=17, timeout_s=180.0)
    350.0
    """

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_FILES)

    def add(self, seconds: float) -> None:
        """Note how long a file took."""
        self._seconds.append(seconds)

    def budget_s(self, n_files: int, timeout_s: float) -> float:
        """Return how long a target may take in all, in seconds.

        Parameters
        ----------
        n_files : int
        timeout_s : float
            What it may take however quick the others are.
        """
        if len(self._seconds) < _ENOUGH:
            return math.inf
        return timeout_s + _TIMES_THE_USUAL * n_files * statistics.median(self._seconds)
