"""The one clock by which waiting is measured: the event loop's own."""

from __future__ import annotations

import asyncio

__all__ = ["loop_time"]


def loop_time() -> float:
    """Return the running loop's time, in seconds; it never goes back.

    Time-outs and pauses are kept by the same clock, so that a test which moves that one
    moves all.
    """
    return asyncio.get_running_loop().time()
