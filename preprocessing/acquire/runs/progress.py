"""Show the progress of a run: lines at a terminal, a bar in a notebook, JSON, or nothing."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import Protocol, TextIO

from tqdm import TqdmWarning, tqdm

from preprocessing.acquire.runs.status_lines import (
    Style,
    amount,
    speed,
    status_lines,
    time_left,
)
from preprocessing.core.run_state import RunState, RunStatus
from preprocessing.system.live_lines import LiveLines

__all__ = [
    "BarProgress",
    "JsonProgress",
    "LineProgress",
    "Progress",
    "SilentProgress",
    "TerminalProgress",
    "terminal_progress",
]

#: Seconds between two lines where there is no terminal.
_LINE_EVERY_S = 60.0
#: tqdm's own format (its `r_bar`) has the rate, and a remaining time of its own, in this place.
_FORMAT = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}{postfix}]"
#: What is shown instead of the time left.
_INSTEAD = {
    RunState.PAUSED: "paused",
    RunState.OUTAGE: "the archive is down",
    RunState.STOPPING: "stopping",
}


class Progress(Protocol):
    """Gets the status of a run once a second and at its end."""

    def show(self, status: RunStatus) -> None:
        """Show the present status."""

    def close(self) -> None:
        """Show no more."""


class SilentProgress:
    """Shows nothing."""

    def show(self, status: RunStatus) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing more."""


class TerminalProgress:
    """Three lines at the bottom of a terminal.

    Parameters
    ----------
    stream : text file
        The terminal.
    style : Style
        What it can show.
    """

    def __init__(self, stream: TextIO, style: Style) -> None:
        self._lines = LiveLines(stream)
        self._style = style

    def show(self, status: RunStatus) -> None:
        """Draw the lines."""
        width, _ = self._lines.size
        self._lines.draw(status_lines(status, width, self._style))

    def close(self) -> None:
        """Leave the lines in place, and move to the next one."""
        self._lines.close()


class BarProgress:
    """A progress bar, of the notebook if this is one.

    Parameters
    ----------
    stream : text file, optional
        Where it appears if there is no notebook; standard error if not given.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._bar: tqdm[None] | None = None

    def show(self, status: RunStatus) -> None:
        """Redraw the bar."""
        if self._bar is None:
            self._bar = _best_tqdm()(
                total=status.total,
                initial=status.before,
                unit="star",
                file=self._stream or sys.stderr,
                bar_format=_FORMAT,
                dynamic_ncols=True,
            )
        # A figure that nobody has yet would only shorten the bar.
        is_known = status.state in _INSTEAD or status.seconds_left is not None
        ahead = f"{_ahead(status)}, " if is_known else ""
        self._bar.set_postfix_str(
            f"{ahead}{_three(status)}, {speed(status.bytes_per_s / 1e6)} MB/s,"
            f" {amount(status.rss_bytes)} memory",
            refresh=False,
        )
        self._bar.update(status.before + status.done - self._bar.n)
        self._bar.refresh()

    def close(self) -> None:
        """Leave the bar in place, and move to the next line."""
        if self._bar is not None:
            self._bar.close()


class LineProgress:
    """A line every minute, for log files and job schedulers.

    Parameters
    ----------
    stream : text file
        Where the lines go; flushed after each.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._next_s = _LINE_EVERY_S

    def show(self, status: RunStatus) -> None:
        """Write a line if the last one is a minute old."""
        if status.seconds < self._next_s or status.state is RunState.ENDED:
            return
        self._next_s = status.seconds + _LINE_EVERY_S
        waits = f", waiting for {status.waiting_for}" if status.waiting_for else ""
        print(
            f"{status.before + status.done}/{status.total} stars, {_three(status)},"
            f" {speed(status.stars_per_s)} stars/s, {speed(status.bytes_per_s / 1e6)} MB/s,"
            f" {_ahead(status)}, {amount(status.rss_bytes)} memory{waits}",
            file=self._stream,
            flush=True,
        )

    def close(self) -> None:
        """Write no more."""


class JsonProgress:
    """The status as a line of JSON, each second and at the end, for other programs.

    Parameters
    ----------
    write : callable
        Takes each line, with its end.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    def show(self, status: RunStatus) -> None:
        """Write a line."""
        self._write(status.to_json())

    def close(self) -> None:
        """Write no more."""


def _three(status: RunStatus) -> str:
    return f"{status.complete} complete, {status.partial} partial, {status.failed} failed"


def _ahead(status: RunStatus) -> str:
    return _INSTEAD.get(status.state) or time_left(status)


def _best_tqdm() -> type[tqdm[None]]:
    with warnings.catch_warnings():
        # Hides the warning that a notebook without ipywidgets gets a text bar.
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm as auto_tqdm
    return auto_tqdm  # type: ignore[no-any-return]


def terminal_progress() -> Progress:
    """Return what fits standard error: lines that stay in place at a terminal, else one a minute.

    ``NO_COLOR`` (https://no-color.org) turns colors off.
    """
    stream = sys.stderr
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return LineProgress(stream)
    if os.name == "nt":
        # tqdm knows the consoles of Windows.
        return BarProgress(stream)
    has_unicode = (stream.encoding or "").lower().replace("-", "") == "utf8"
    return TerminalProgress(stream, Style(not os.environ.get("NO_COLOR"), has_unicode))
