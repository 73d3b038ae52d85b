"""Many stars in blocks, several of them at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["in_blocks"]

_T = TypeVar("_T")
#: Stars of a block: their numbers fit into a processor's cache, and all overheads are small.
_BLOCK = 4_096


def in_blocks(n_stars: int, jobs: int, compute: Callable[[slice], _T]) -> list[_T]:
    """Compute something of each block of stars, in threads.

    Parameters
    ----------
    n_stars : int
        How many stars.
    jobs : int
        Threads that work at the same time. What is computed must not hold Python's lock.
    compute : callable
        Takes the rows of a block.

    Returns
    -------
    list
        What was computed, in the order of the stars; of no star, what is computed of no row.
    """
    blocks = [slice(first, first + _BLOCK) for first in range(0, max(n_stars, 1), _BLOCK)]
    if jobs == 1 or len(blocks) == 1:
        return [compute(block) for block in blocks]
    with ThreadPoolExecutor(jobs) as threads:
        return list(threads.map(compute, blocks))
