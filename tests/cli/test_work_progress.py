"""The progress of a command's work, where there is no terminal."""

from __future__ import annotations

import time

import pytest

from preprocessing.cli.work_progress import WorkProgress


def test_compiling_is_no_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The remaining time follows from what was done after the first star."""
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    with WorkProgress("star", is_shown=True) as progress:
        progress.note("compiling")
        for later_s, done in ((70, 1), (70, 8), (130, 15)):
            now_s = 1000.0 + later_s
            progress.show(done, 29)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "compiling",
        "1/29 stars, time left unknown",
        "15/29 stars, 0.23 stars/s, 1 min left",
    ]


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is shown if nothing is wanted."""
    with WorkProgress("star", is_shown=False) as progress:
        progress.note("compiling")
        progress.show(1, 2)
    assert capsys.readouterr().err == ""
