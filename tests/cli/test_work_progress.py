"""The progress of a command's work, where there is no terminal."""

from __future__ import annotations

import json
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


def test_two_works_of_one_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The rate of the second work follows from what was done of it alone."""
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    with WorkProgress("star", is_shown=True) as progress:
        for later_s, done, total in ((70, 10, 1000), (140, 990, 1000), (210, 1, 18), (280, 8, 18)):
            now_s = 1000.0 + later_s
            progress.show(done, total)
    assert capsys.readouterr().err.splitlines()[2:] == [
        "1/18 stars, time left unknown",
        "8/18 stars, 0.10 stars/s, 2 min left",
    ]


def test_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is shown if nothing is wanted."""
    with WorkProgress("star", is_shown=False) as progress:
        progress.note("compiling")
        progress.show(1, 2)
    assert capsys.readouterr().err == ""


def test_json_for_other_programs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An object a second at most, and one at the end; notes are not among them."""
    now_s = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now_s)
    with WorkProgress("star", is_shown=False, is_json=True) as progress:
        progress.note("compiling")
        for later_s, done in ((0.5, 1), (1.5, 2), (1.6, 3), (2.6, 4)):
            now_s = 1000.0 + later_s
            progress.show(done, 4)
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["state"], each["done"], each["total"]) for each in found] == [
        ("running", 2, 4),
        ("running", 4, 4),
        ("ended", 4, 4),
    ]
    assert (found[0]["per_s"], found[0]["seconds_left"]) == (1.0, 2.0)
