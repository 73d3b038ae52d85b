"""The progress of a run is shown as a bar, as lines, or not at all."""

from __future__ import annotations

import io
import os
import re
from functools import partial
from typing import cast

import pytest
from tqdm import tqdm

from preprocessing.acquire.runs import progress
from preprocessing.acquire.runs.monitor import ResourceMonitor
from preprocessing.acquire.runs.progress import (
    BarProgress,
    LineProgress,
    SilentProgress,
    open_progress,
)
from preprocessing.acquire.runs.summary import Tally
from preprocessing.core.reasons import Reason
from tests.support.scraping import outcome


class _Monitor:
    """A monitor whose clock is set by hand."""

    seconds = 10.0
    rss_bytes = 123 * 10**6


def _tally(done: int) -> Tally:
    tally = Tally(total=10, before=2)
    for number in range(done):
        tally.add(outcome(f"KIC {number}"))
    return tally


def test_a_bar_at_a_terminal() -> None:
    """The bar shows progress, success rate, MB/s and memory, and ends its line."""
    reader, writer = os.openpty()
    with open(writer, "w") as terminal:
        bar = BarProgress(terminal)
        monitor = cast(ResourceMonitor, _Monitor())
        bar.show(_tally(0), monitor)
        bar.show(_tally(3), monitor)
        bar.close()
        terminal.flush()
        shown = ""
        while not shown.endswith("\n"):
            shown += os.read(reader, 65536).decode()
    os.close(reader)
    assert "5/10" in shown
    assert "100% ok, 3.0 MB/s, 123 MB mem" in shown
    assert shown.endswith("\n")


def test_a_line_a_minute_elsewhere() -> None:
    """Without a terminal, one line a minute says what is left."""
    stream, monitor = io.StringIO(), _Monitor()
    lines = LineProgress(stream)
    for monitor.seconds in range(0, 200):
        lines.show(_tally(4), cast(ResourceMonitor, monitor))
    lines.close()
    written = stream.getvalue().splitlines()
    assert len(written) == 3
    assert written[0].startswith("6/10 stars, 100% ok, 0.07 stars/s, 0.67 MB/s, 1 min left")


def test_a_line_without_any_star_done() -> None:
    """The line divides nothing by zero before the first star is done."""
    stream, monitor = io.StringIO(), _Monitor()
    monitor.seconds = 61.0
    LineProgress(stream).show(_tally(0), cast(ResourceMonitor, monitor))
    assert "no star done yet" in stream.getvalue()
    assert "% ok" not in stream.getvalue()


def test_partial_stars_are_not_ok() -> None:
    """The share that is ok is of the finished stars, of which partial ones are not."""
    tally, stream, monitor = _tally(1), io.StringIO(), _Monitor()
    tally.add(outcome("KIC 9", reason=Reason.PARTIAL))
    monitor.seconds = 61.0
    LineProgress(stream).show(tally, cast(ResourceMonitor, monitor))
    assert stream.getvalue().startswith("4/10 stars, 50% ok,")


def test_a_line_during_an_outage() -> None:
    """During an outage no line says how long the rest takes; afterwards its time does not count."""
    tally, stream, monitor = _tally(4), io.StringIO(), _Monitor()
    lines = LineProgress(stream)
    tally.files_are_down, tally.outage_s = True, 900.0
    for tally.files_are_down, monitor.seconds in ((True, 900.0), (False, 960.0)):
        lines.show(tally, cast(ResourceMonitor, monitor))
    during, after = stream.getvalue().splitlines()
    assert "the archive is down" in during and " left" not in during
    assert "1 min left" in after


def test_a_bar_during_an_outage() -> None:
    """During an outage the bar has no remaining time, and later one again."""
    tally, monitor = _tally(3), cast(ResourceMonitor, _Monitor())
    stream = io.StringIO()
    bar = BarProgress()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(progress, "_notebook_tqdm", lambda: partial(tqdm, file=stream))
        bar.show(tally, monitor)
        shown = []
        for tally.search_is_down in (True, False):
            stream.truncate(stream.seek(0))
            bar.show(tally, monitor)
            shown.append(stream.getvalue())
        bar.close()
    assert re.search(r"5/10 \[\d\d:\d\d, the archive is down, 100% ok", shown[0])
    assert re.search(r"5/10 \[\d\d:\d\d<", shown[1])


def test_quiet_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """`--quiet` chooses the progress that prints nothing."""
    progress = open_progress(quiet=True)
    assert isinstance(progress, SilentProgress)
    progress.show(_tally(1), ResourceMonitor())
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_standard_error_decides(capsys: pytest.CaptureFixture[str]) -> None:
    """Progress goes to a pipe or a file as lines."""
    assert isinstance(open_progress(quiet=False), LineProgress)
