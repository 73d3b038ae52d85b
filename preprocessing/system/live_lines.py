"""Lines at the bottom of a terminal that are drawn again and again, with other text above them."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Sequence
from typing import TextIO

__all__ = ["LiveLines", "write_above"]

#: Columns and rows of a terminal that does not say how many it has: some of containers and of job
#: schedulers say 0.
_USUAL_WIDTH, _USUAL_HEIGHT = 80, 24
#: Sequences of ECMA-48, which all terminals know but those that call themselves dumb.
_UP, _CLEAR_LINE, _CLEAR_BELOW = "\x1b[{}A", "\x1b[K", "\x1b[J"
_COLORS = re.compile(r"\x1b\[[\d;]*m")

# A signal may be logged in the middle of a drawing.
_lock = threading.RLock()
_current: LiveLines | None = None


class LiveLines:
    """Lines that stay at the bottom of a terminal.

    Each drawing is one write that covers the last one, so that nothing flickers.

    Parameters
    ----------
    stream : text file
        The terminal.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: Sequence[str] = ()
        self._width = 0

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of the terminal, which may be resized at any time."""
        found = os.get_terminal_size(self._stream.fileno())
        return found.columns or _USUAL_WIDTH, found.lines or _USUAL_HEIGHT

    def draw(self, lines: Sequence[str]) -> None:
        """Draw lines over those that were drawn last.

        Parameters
        ----------
        lines : sequence of str
            Each of them fits into a line. Colors take no room.

        Raises
        ------
        OSError
            The terminal is gone.
        """
        global _current
        with _lock:
            _current = self
            width, height = self.size
            start = self._start(width)
            # The last column stays free: some terminals begin a new line after it.
            self._lines, self._width = lines[: max(1, height - 1)], width
            self._write(start + self._drawn())

    def close(self) -> None:
        """Leave the lines where they are, and go to the next one."""
        global _current
        with _lock:
            _current = None
            if self._lines:
                self._write("\n")

    def write_above(self, text: str) -> None:
        """Write a text above the lines: the caller holds the lock."""
        self._write(f"{self._start(self.size[0])}{_CLEAR_BELOW}{text}\n{self._drawn()}")

    def _start(self, width: int) -> str:
        """Return what brings the cursor to where the lines begin."""
        if not self._lines:
            return ""
        # A terminal that became narrower has broken them into more.
        lengths = [len(_COLORS.sub("", line)) for line in self._lines]
        rows = sum(max(1, -(-length // width)) for length in lengths)
        up = _UP.format(rows - 1) if rows > 1 else ""
        return f"\r{up}" + (_CLEAR_BELOW if width != self._width else "")

    def _drawn(self) -> str:
        return f"{_CLEAR_LINE}\n".join(self._lines) + _CLEAR_BELOW

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def write_above(text: str) -> bool:
    """Write a text above the lines that are being shown; return whether there are any.

    Raises
    ------
    OSError
        The terminal is gone.
    """
    with _lock:
        if _current is None:
            return False
        _current.write_above(text)
        return True
