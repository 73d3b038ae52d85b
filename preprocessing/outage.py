"""Wait for an archive that is down, ask it now and then, and go on when it is back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from preprocessing.clock import loop_time
from preprocessing.exceptions import XenoscanError
from preprocessing.run_log import EVERY_TIME

__all__ = ["Outage"]

_log = logging.getLogger(__name__)

#: So many tries in a row without one sound file: by chance, where one in five fails, that
#: happens once in ten million tries.
_FAILURES_IN_A_ROW = 10
#: Between two tries while the archive is down, in seconds: at first, and at most.
_FIRST_INTERVAL_S, _LONGEST_INTERVAL_S = 5.0, 300.0


class Outage:
    """Holds all requests for files while none of them can be had.

    During an outage a single request is let through, after growing intervals: it is the
    probe. The first sound file ends the outage.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.

    Notes
    -----
    This is a circuit breaker (M. Nygard, "Release It!", 2nd edition, section 5.2) whose
    probes are requests that have to be made anyway.
    """

    def __init__(self, clock: Callable[[], float] = loop_time) -> None:
        self._clock = clock
        self._failures = 0
        self._began: float | None = None
        self._next_probe = 0.0
        self._interval_s = _FIRST_INTERVAL_S
        self._is_over = asyncio.Event()

    @property
    def is_on(self) -> bool:
        """Whether the archive is taken to be down."""
        return self._began is not None

    async def passage(self) -> None:
        """Wait until a file may be asked for: at once, unless there is an outage."""
        while self.is_on:
            wait_s = self._next_probe - self._clock()
            if wait_s <= 0:
                self._interval_s = min(_LONGEST_INTERVAL_S, 2 * self._interval_s)
                self._next_probe = self._clock() + self._interval_s
                return
            try:
                await asyncio.wait_for(self._is_over.wait(), wait_s)
            except asyncio.TimeoutError:
                continue

    def note_failure(self, error: XenoscanError) -> None:
        """Note a try that gave no sound file."""
        self._failures += 1
        if self.is_on:
            _log.info(
                "still no file: %s; asking again in %.0f s",
                error,
                max(0.0, self._next_probe - self._clock()),
            )
        elif self._failures >= _FAILURES_IN_A_ROW:
            self._begin(error)

    def note_success(self) -> None:
        """Note a sound file."""
        self._failures = 0
        if self._began is not None:
            seconds = self._clock() - self._began
            _log.warning(
                "the archive is back after %.0f min; going on", seconds / 60, extra=EVERY_TIME
            )
            self._began = None
            self._is_over.set()

    def _begin(self, error: XenoscanError) -> None:
        _log.warning(
            "the archive seems to be down: %d tries in a row failed, the last with: %s. Waiting;"
            " it is asked again after %.0f s, then less and less often, every %.0f min at last",
            self._failures,
            error,
            _FIRST_INTERVAL_S,
            _LONGEST_INTERVAL_S / 60,
            extra=EVERY_TIME,
        )
        self._began = self._clock()
        self._interval_s = _FIRST_INTERVAL_S
        self._next_probe = self._began + self._interval_s
        self._is_over.clear()
