"""Show the progress of a run: a bar at a terminal, a line per minute elsewhere, or nothing."""

from __future__ import annotations

import os
import sys
import warnings
from typing import Protocol, TextIO

from tqdm import TqdmWarning, tqdm

from preprocessing.acquire.runs.monitor import ResourceMonitor
from preprocessing.acquire.runs.summary import Tally

__all__ = ["BarProgress", "LineProgress", "Progress", "SilentProgress", "open_progress"]

#: Seconds between two lines where there is no terminal.
_LINE_EVERY_S = 60.0
#: Columns and rows of a terminal that does not say how many it has.
_USUAL_WIDTH, _USUAL_HEIGHT = 100, 24
#: What is shown instead of the time left while nothing can be fetched.
_OUTAGE = "the archive is down"
#: tqdm's own format (its `r_bar`) has the time left and the rate in this place.
_FORMAT_OF_OUTAGE = f"{{l_bar}}{{bar}}| {{n_fmt}}/{{total_fmt}} [{{elapsed}}, {_OUTAGE}{{postfix}}]"


class Progress(Protocol):
    """Gets the counts of a run once a second and at its end."""

    def show(self, tally: Tally, monitor: ResourceMonitor) -> None:
        """Show the present counts."""

    def close(self) -> None:
        """Show no more."""


class SilentProgress:
    """Shows nothing."""

    def show(self, tally: Tally, monitor: ResourceMonitor) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Show nothing more."""


class BarProgress:
    """A progress bar.

    Parameters
    ----------
    stream : text file, optional
        A terminal. If not given, the bar appears in the notebook or on standard error.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._bar: tqdm[None] | None = None

    def show(self, tally: Tally, monitor: ResourceMonitor) -> None:
        """Redraw the bar."""
        if self._bar is None:
            make_bar = _notebook_tqdm() if self._stream is None else tqdm
            self._bar = make_bar(
                total=tally.total,
                initial=tally.before,
                unit="star",
                smoothing=0.05,
                **_size(self._stream),
            )
        if tally.is_outage:
            # The time of an outage says nothing about the pace of the run.
            self._bar.unpause()
        self._bar.bar_format = _FORMAT_OF_OUTAGE if tally.is_outage else None
        rate = tally.bytes / 1e6 / max(monitor.seconds, 1e-9)
        self._bar.set_postfix_str(
            f"{_share_ok(tally)}, {rate:.1f} MB/s, {monitor.rss_bytes / 1e6:.0f} MB mem",
            refresh=False,
        )
        self._bar.update(tally.before + tally.done - self._bar.n)
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

    def show(self, tally: Tally, monitor: ResourceMonitor) -> None:
        """Write a line if the last one is a minute old."""
        seconds = monitor.seconds
        if seconds < self._next_s:
            return
        self._next_s = seconds + _LINE_EVERY_S
        rate = tally.done / max(seconds - tally.outage_s, 1e-9)
        print(
            f"{tally.before + tally.done}/{tally.total} stars, {_share_ok(tally)},"
            f" {rate:.2f} stars/s, {tally.bytes / 1e6 / seconds:.2f} MB/s,"
            f" {_time_left(tally, rate)},"
            f" {monitor.rss_bytes / 1e6:.0f} MB memory",
            file=self._stream,
            flush=True,
        )

    def close(self) -> None:
        """Write no more."""


def _share_ok(tally: Tally) -> str:
    return f"{tally.complete_percent}% ok" if tally.done else "no star done yet"


def _time_left(tally: Tally, rate: float) -> str:
    if tally.is_outage:
        return _OUTAGE
    left = tally.total - tally.before - tally.done
    return f"{left / rate / 60:.0f} min left" if rate else "time left unknown"


def _notebook_tqdm() -> type[tqdm[None]]:
    with warnings.catch_warnings():
        # Hides the warning that a notebook without ipywidgets gets a text bar.
        warnings.simplefilter("ignore", TqdmWarning)
        from tqdm.auto import tqdm as auto_tqdm
    return auto_tqdm  # type: ignore[no-any-return]


def _size(stream: TextIO | None) -> dict[str, object]:
    if stream is None:
        return {}
    # Terminals of containers and job schedulers may report 0 columns, for an empty bar.
    if os.get_terminal_size(stream.fileno()).columns:
        return {"file": stream, "dynamic_ncols": True}
    return {"file": stream, "ncols": _USUAL_WIDTH, "nrows": _USUAL_HEIGHT}


def open_progress(quiet: bool) -> Progress:
    """Return the display for standard error: a bar at a terminal, else lines; none if quiet."""
    if quiet:
        return SilentProgress()
    return BarProgress(sys.stderr) if sys.stderr.isatty() else LineProgress(sys.stderr)
