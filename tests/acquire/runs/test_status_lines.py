"""What is shown of a run fits every width, the most important first."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from preprocessing.acquire.runs.status_lines import Style, status_lines
from preprocessing.core.run_state import RunState, RunStatus

_STATUS = RunStatus(
    seconds=7800.0,
    total=200_000,
    before=12_000,
    done=174_077 + 1_231 + 1_112,
    complete=174_077,
    partial=1_231,
    failed=1_112,
    retries=2_310,
    requests_in_flight=8,
    waiting_for="answers of the archive",
    stars_per_s=12.13,
    bytes_per_s=114.2e6,
    seconds_left=6000.0,
    rss_bytes=312 * 10**6,
    peak_rss_bytes=401 * 10**6,
    memory_percent=41.0,
    free_bytes=812 * 10**9,
    failures={"timeout": 1000, "corrupt": 112},
)


def test_eighty_columns() -> None:
    """At 80 columns there is everything that one looks for, even in a large run."""
    assert status_lines(_STATUS, 80, Style()) == [
        " 94% #############################-- 188,420 of 200,000 stars | 1 h 40 min left",
        "174,077 complete | 1,231 partial | 1,112 failed | 12.1 stars/s | 114 MB/s",
        "waiting for answers of the archive | 312 MB memory | 8 requests in flight",
    ]


def test_two_hundred_columns() -> None:
    """At 200 columns the room is used: for earlier runs, reasons of failures, and the disk."""
    bar, how_well, now = status_lines(_STATUS, 200, Style(has_unicode=True))
    assert len(bar) == 199 and bar.count("━") > 120
    assert "2 h 10 min so far · 12,000 done in earlier runs · 2,310 requests" in how_well
    assert "312 MB memory (at most 401 MB, 41% of the machine's in use)" in now
    assert now.endswith("failed: 1,000 timeout, 112 corrupt · 812 GB free on disk")


@pytest.mark.parametrize("width", [1, 5, 13, 20, 40, 79, 81, 119, 120, 500])
@pytest.mark.parametrize("state", list(RunState))
def test_every_width(width: int, state: RunState) -> None:
    """No line is wider than the terminal, whatever the state, and the last column stays free."""
    for status in (replace(_STATUS, state=state), RunStatus(state=state)):
        lines = status_lines(status, width, Style(has_colors=True, has_unicode=True))
        assert len(lines) == (2 if state is RunState.ENDED else 3)
        assert all(len(re.sub(r"\x1b\[\d+m", "", line)) < width for line in lines)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (RunState.PAUSED, "paused"),
        (RunState.OUTAGE, "the archive is down"),
        (RunState.STOPPING, "stopping"),
    ],
)
def test_a_run_that_does_not_get_on_says_why(state: RunState, said: str) -> None:
    """A pause, an outage and an interruption stand where else the cause of waiting stands."""
    lines = status_lines(replace(_STATUS, state=state, seconds_left=None), 80, Style())
    assert lines[2].startswith(said)
    assert " left" not in lines[0]
