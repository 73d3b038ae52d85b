"""Where the time of a run went, by stage."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

__all__ = ["STAGES", "StageClock"]

#: What a target goes through, in order. Fetching is told apart into waiting for the
#: archive to begin its answer and receiving the file.
STAGES = ("search", "wait", "receive", "verify", "read", "stitch", "write")


class StageClock:
    """Seconds spent in each stage, summed over everything that ran at once."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def add(self, stage: str, seconds: float) -> None:
        """Add time to a stage."""
        self._seconds[stage] += seconds

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the time that a block takes to a stage."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(stage, time.perf_counter() - began)

    def shares(self) -> Mapping[str, float]:
        """Return each stage's share of all the time noted, 0 to 1; empty if none was.

        Examples
        --------
        >>> clock = StageClock()
        >>> clock.add("wait", 3.0)
        >>> clock.add("write", 1.0)
        >>> {stage: share for stage, share in clock.shares().items() if share}
        {'wait': 0.75, 'write': 0.25}
        """
        total = sum(self._seconds.values())
        return {stage: self._seconds[stage] / total for stage in STAGES} if total else {}
