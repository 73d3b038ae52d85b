"""Show how far a command's work is: a bar at a terminal, a line per minute elsewhere, or JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from types import TracebackType

from tqdm import tqdm

from preprocessing.cli.progress_option import NONE, is_for_programs
from preprocessing.cli.terminal import show_to_programs

__all__ = ["WorkProgress", "open_work_progress"]

#: Seconds between two lines where there is no terminal, and between two for programs.
_LINE_EVERY_S, _JSON_EVERY_S = 60.0, 1.0


class WorkProgress:
    """Shows how much is done, at which rate, and how long the rest will take.

    The time until the first of it is done does not count: in that, programs are compiled, once.

    Parameters
    ----------
    unit : str
        What is counted.
    is_shown : bool
        Whether anything is shown to a person.
    is_json : bool, optional
        Whether lines of JSON are printed, for other programs.
    """

    def __init__(self, unit: str, *, is_shown: bool, is_json: bool = False) -> None:
        self._unit = unit
        self._is_shown = is_shown
        self._is_json = is_json
        self._bar: tqdm[None] | None = None
        self._began = time.monotonic()
        self._next_s = self._began + (_JSON_EVERY_S if is_json else _LINE_EVERY_S)
        self._first: tuple[int, float] | None = None
        self._done = self._total = 0

    def __enter__(self) -> WorkProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_json:
            self._print_json("ended" if error is None else "stopped")
        self._close()

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
        now_s = time.monotonic()
        if total != self._total:
            # The next work of the same command.
            self._total, self._first = total, None
            self._close()
        self._done = done
        if self._first is None:
            self._first = done, now_s
        is_due = now_s >= self._next_s
        if self._is_json and is_due:
            self._next_s = now_s + _JSON_EVERY_S
            self._print_json("running")
        elif self._is_shown and sys.stderr.isatty():
            if self._bar is None:
                self._bar = tqdm(
                    total=total, initial=done, unit=self._unit, file=sys.stderr, smoothing=0.05
                )
            self._bar.update(done - self._bar.n)
        elif self._is_shown and is_due:
            self._next_s = now_s + _LINE_EVERY_S
            self._print_line()

    def _print_line(self) -> None:
        rate, left_s = self._pace()
        left = (
            f"{rate:.2f} {self._unit}s/s, {left_s / 60:.0f} min left"
            if left_s is not None
            else "time left unknown"
        )
        print(f"{self._done}/{self._total} {self._unit}s, {left}", file=sys.stderr, flush=True)

    def _print_json(self, state: str) -> None:
        rate, left_s = self._pace()
        is_running = state == "running"
        content = {
            "state": state,
            "unit": self._unit,
            "seconds": round(time.monotonic() - self._began, 3),
            "done": self._done,
            "total": self._total,
            "per_s": round(rate, 3),
            "seconds_left": round(left_s, 3) if is_running and left_s is not None else None,
        }
        show_to_programs(json.dumps(content) + "\n")

    def _pace(self) -> tuple[float, float | None]:
        """Return how much is done in a second, and the seconds left; None if not known yet."""
        before, start_s = self._first or (0, 0.0)
        seconds = time.monotonic() - start_s
        rate = (self._done - before) / seconds if seconds > 0 else 0.0
        return rate, (self._total - self._done) / rate if rate else None

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def open_work_progress(given: argparse.Namespace, unit: str) -> WorkProgress:
    """Return what shows the progress of a command's work.

    Parameters
    ----------
    given : argparse.Namespace
        The options ``quiet`` and ``progress``.
    unit : str
        What is counted.
    """
    is_json = is_for_programs(given)
    is_shown = not (is_json or given.quiet or given.progress == NONE)
    return WorkProgress(unit, is_shown=is_shown, is_json=is_json)
