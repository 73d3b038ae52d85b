"""Show how far a command's work is: a bar at a terminal, a line per minute elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType

from tqdm import tqdm

__all__ = ["WorkProgress"]

#: Seconds between two lines where there is no terminal.
_LINE_EVERY_S = 60.0


class WorkProgress:
    """Shows how much is done, at which rate, and how long the rest will take.

    The time until the first of it is done does not count: in that, programs are compiled, once.

    Parameters
    ----------
    unit : str
        What is counted.
    is_shown : bool
        Whether anything is shown.
    """

    def __init__(self, unit: str, *, is_shown: bool) -> None:
        self._unit = unit
        self._is_shown = is_shown
        self._bar: tqdm[None] | None = None
        self._next_s = time.monotonic() + _LINE_EVERY_S
        self._first: tuple[int, float] | None = None

    def __enter__(self) -> WorkProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def note(self, text: str) -> None:
        """Say what is done before anything is finished.

        Parameters
        ----------
        text : str
            A line.
        """
        if self._is_shown:
            print(text, file=sys.stderr, flush=True)

    def show(self, done: int, total: int) -> None:
        """Show the present counts.

        Parameters
        ----------
        done : int
            What is done.
        total : int
            What there is to do.
        """
        if not self._is_shown:
            return
        now_s = time.monotonic()
        if self._first is None:
            self._first = done, now_s
        if sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(
                    total=total, initial=done, unit=self._unit, file=sys.stderr, smoothing=0.05
                )
            self._bar.update(done - self._bar.n)
            return
        if now_s >= self._next_s:
            self._next_s = now_s + _LINE_EVERY_S
            n_before, start_s = self._first
            rate = (done - n_before) / (now_s - start_s) if now_s > start_s else 0.0
            left = (
                f"{rate:.2f} {self._unit}s/s, {(total - done) / rate / 60:.0f} min left"
                if rate
                else "time left unknown"
            )
            print(f"{done}/{total} {self._unit}s, {left}", file=sys.stderr, flush=True)
