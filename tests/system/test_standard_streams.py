"""A process that was started without standard streams has some that lead nowhere."""

from __future__ import annotations

import sys

import pytest

from preprocessing.system.standard_streams import open_closed_streams


def test_closed_streams_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is printed is lost, what is read is empty, and neither fails."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    open_closed_streams()
    print("said", flush=True)
    print("complained", file=sys.stderr, flush=True)
    assert sys.stdin.read() == ""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.close()


def test_open_streams_stay() -> None:
    """Streams that are there are left alone."""
    before = (sys.stdin, sys.stdout, sys.stderr)
    open_closed_streams()
    assert (sys.stdin, sys.stdout, sys.stderr) == before
