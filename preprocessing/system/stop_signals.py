"""Signals that end a run, gracefully or at once."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Callable
from contextlib import suppress

__all__ = ["StopSignals"]


class StopSignals:
    """Handle Ctrl-C and SIGTERM: the first ends the run gracefully, the second at once.

    A closed terminal (SIGHUP) also ends the run gracefully, however often the signal arrives.
    It is ignored if the run was started with nohup.

    Parameters
    ----------
    action : callable
        What the first signal calls. Replace the attribute `action` once the run has begun.
    status : int
        Exit status of a run that ends at once.
    """

    def __init__(self, action: Callable[[], object], status: int) -> None:
        self.action = action
        self._status = status
        self._asked = False
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            try:
                loop.add_signal_handler(number, self._stop)
            except NotImplementedError:
                # Windows has no such handlers.
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(self._stop))
        hangup = getattr(signal, "SIGHUP", None)
        if hangup is not None and signal.getsignal(hangup) is not signal.SIG_IGN:
            loop.add_signal_handler(hangup, self._hang_up)

    def _stop(self) -> None:
        if self._asked:
            # Nothing is torn: unfinished files have hidden names, and every row written is whole.
            os._exit(self._status)
        self._asked = True
        with suppress(OSError):
            print("\nStopping: the targets in flight get a few seconds.", file=sys.stderr)
        self.action()

    def _hang_up(self) -> None:
        _leave_terminal()
        if not self._asked:
            self._stop()


def _leave_terminal() -> None:
    """Discard later output to the closed terminal, so that writing to it does not fail."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        if stat.S_ISCHR(os.fstat(number).st_mode):
            os.dup2(nowhere, number)
    os.close(nowhere)
