"""Signals that end a run: in order, or at once."""

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
    """Ctrl-C and SIGTERM: the first ends the run in order, the second at once.

    A terminal that is closed (SIGHUP) ends it in order too, however often that is said,
    unless the run was started with nohup.

    Parameters
    ----------
    action : callable
        What the first does; replaced when the run has begun.
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
            # Unfinished files are hidden beside the others, and the rows written so far
            # are whole.
            os._exit(self._status)
        self._asked = True
        with suppress(OSError):
            print("\nStopping: a few seconds for the targets in flight.", file=sys.stderr)
        self.action()

    def _hang_up(self) -> None:
        _leave_terminal()
        if not self._asked:
            self._stop()


def _leave_terminal() -> None:
    """Let what would be written to a terminal that is gone vanish, rather than fail."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        if stat.S_ISCHR(os.fstat(number).st_mode):
            os.dup2(nowhere, number)
    os.close(nowhere)
