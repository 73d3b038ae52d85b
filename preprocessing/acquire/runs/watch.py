"""Wait for the work on a target to end, but not for ever."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from preprocessing.system.clock import loop_time

__all__ = ["watch"]

_log = logging.getLogger(__name__)

#: How often a target is looked after: after this share of the time that it has left, or after
#: so many seconds. A look that comes late by as much again means that this process was
#: stopped, or the machine asleep.
_LOOKS, _LEAST_LOOK_S = 0.1, 0.5


async def watch(
    work: asyncio.Future[None],
    seconds_left: Callable[[], float],
    exclude_time: Callable[[float], None],
    is_waited_for: Callable[[], Awaitable[bool]],
) -> bool:
    """Wait for work to end; return False as soon as it has no time left.

    Parameters
    ----------
    work : asyncio.Future
    seconds_left : callable
        How long it may still take.
    exclude_time : callable
        Told of seconds in which this process did not run.
    is_waited_for : callable
        Asked when the time is up; whether more has been given.
    """
    while True:
        remaining = seconds_left()
        if remaining <= 0:
            if not await is_waited_for():
                # To find out takes time, in which it may have ended.
                return work.done()
            continue
        pause = min(remaining, max(_LEAST_LOOK_S, _LOOKS * remaining))
        due = loop_time() + pause
        done, _ = await asyncio.wait([work], timeout=pause)
        if done:
            return True
        late_s = loop_time() - due
        if late_s > pause:
            _log.info("this process did not run for %.0f s", late_s)
            exclude_time(late_s)
