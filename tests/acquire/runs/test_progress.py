"""The progress of a run is shown at a terminal, in a notebook, as lines, as JSON, or not at all."""

from __future__ import annotations

import io
import os
import pty
from dataclasses import replace
from functools import partial

import pytest
from tqdm import tqdm

from preprocessing.acquire.runs import progress
from preprocessing.acquire.runs.progress import (
    BarProgress,
    JsonProgress,
    LineProgress,
    TerminalProgress,
    terminal_progress,
)
from preprocessing.acquire.runs.status_lines import Style
from preprocessing.core.run_state import RunState, RunStatus

_STATUS = RunStatus(
    seconds=61.0,
    total=10,
    before=2,
    done=4,
    complete=2,
    partial=1,
    failed=1,
    waiting_for="answers of the archive",
    stars_per_s=0.07,
    bytes_per_s=0.67e6,
    seconds_left=60.0,
    rss_bytes=123 * 10**6,
)


def test_a_line_a_minute_elsewhere() -> None:
    """Without a terminal, one line a minute has the three numbers, the rates and what is left."""
    stream = io.StringIO()
    lines = LineProgress(stream)
    for second in range(200):
        lines.show(replace(_STATUS, seconds=float(second)))
    lines.show(replace(_STATUS, seconds=999.0, state=RunState.ENDED))
    lines.close()
    written = stream.getvalue().splitlines()
    assert len(written) == 3
    assert written[0] == (
        "6/10 stars, 2 complete, 1 partial, 1 failed, 0.07 stars/s, 0.67 MB/s, 1 min 0 s left,"
        " 123 MB memory, waiting for answers of the archive"
    )


@pytest.mark.parametrize(
    ("state", "said"),
    [(RunState.OUTAGE, "the archive is down"), (RunState.PAUSED, "paused")],
)
def test_a_line_while_nothing_can_be_done(state: RunState, said: str) -> None:
    """During an outage or a pause no line says how long the rest takes."""
    stream = io.StringIO()
    LineProgress(stream).show(replace(_STATUS, state=state, seconds_left=None))
    assert said in stream.getvalue() and " left" not in stream.getvalue()


def test_a_bar_in_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bar has the three numbers, the rate and the time left, but none during an outage."""
    stream = io.StringIO()
    monkeypatch.setattr(progress, "_best_tqdm", lambda: partial(tqdm, ncols=120))
    bar = BarProgress(stream)
    bar.show(_STATUS)
    assert "6/10" in stream.getvalue()
    assert "1 min 0 s left, 2 complete, 1 partial, 1 failed, 0.67 MB/s, 123" in stream.getvalue()
    stream.truncate(stream.seek(0))
    bar.show(replace(_STATUS, state=RunState.OUTAGE, seconds_left=None))
    assert "the archive is down, 2 complete" in stream.getvalue()
    bar.close()


def test_json_for_other_programs() -> None:
    """Each line is the whole status."""
    lines: list[str] = []
    JsonProgress(lines.append).show(_STATUS)
    assert [RunStatus.from_json(line) for line in lines] == [_STATUS]


def test_lines_stay_in_place_at_a_terminal() -> None:
    """Each drawing covers the one before, and the last one stays."""
    reader, writer = pty.openpty()
    with open(writer, "w") as terminal:
        shown = TerminalProgress(terminal, Style())
        shown.show(_STATUS)
        shown.show(replace(_STATUS, state=RunState.ENDED))
        shown.close()
        terminal.flush()
        text = ""
        while not text.endswith("\n"):
            text += os.read(reader, 65536).decode()
    os.close(reader)
    first, second = text.split("\r\x1b[2A")
    assert first.count("\n") == 2 and "waiting for answers of the archive" in first
    assert "2 complete | 1 partial | 1 failed" in second and second.endswith("\n")


@pytest.mark.parametrize(
    ("variables", "is_line", "has_colors"),
    [({}, False, True), ({"NO_COLOR": "1"}, False, False), ({"TERM": "dumb"}, True, False)],
)
def test_what_fits_standard_error(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], is_line: bool, has_colors: bool
) -> None:
    """A terminal gets lines that stay, in color unless the user wants none; others get new ones."""
    reader, writer = pty.openpty()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with open(writer, "w") as terminal:
        monkeypatch.setattr("sys.stderr", terminal)
        found = terminal_progress()
        assert isinstance(found, LineProgress) is is_line
        found.show(replace(_STATUS, seconds=99.0))
        terminal.flush()
        assert ("\x1b[3" in os.read(reader, 65536).decode()) is has_colors
        found.close()
        monkeypatch.undo()
    os.close(reader)
    assert isinstance(terminal_progress(), LineProgress)
