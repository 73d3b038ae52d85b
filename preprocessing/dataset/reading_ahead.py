"""Read groups of light curves ahead, in threads, and hand them out in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

__all__ = ["read_ahead"]

#: Light curves that are read ahead for each thread. A group that holds more is read all the same.
_AHEAD = 2

_Item = TypeVar("_Item")
_T = TypeVar("_T")


def read_ahead(
    read: Callable[[Sequence[_Item]], Sequence[_T]],
    groups: Iterable[Sequence[_Item]],
    jobs: int,
) -> Iterator[_T]:
    """Yield what `read` returns of each group, in their order, and read some ahead.

    Parameters
    ----------
    read : callable
        Called with one group, in a thread; returns one value for each item.
    groups : iterable of sequence
        Asked for as they are read.
    jobs : int
        Threads.
    """
    waiting: deque[tuple[int, Future[Sequence[_T]]]] = deque()
    n_waiting = 0
    with ThreadPoolExecutor(jobs, "xenoscan-read") as threads:
        try:
            for group in groups:
                waiting.append((len(group), threads.submit(read, group)))
                n_waiting += len(group)
                if len(waiting) > jobs and n_waiting > _AHEAD * jobs:
                    size, future = waiting.popleft()
                    n_waiting -= size
                    yield from future.result()
            while waiting:
                yield from waiting.popleft()[1].result()
        finally:
            for _, future in waiting:
                future.cancel()
