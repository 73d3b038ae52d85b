"""What a command takes is measured from outside, and is its own."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from benchmarks.measure import last_words, measure, measure_sound
from preprocessing.core.errors import RunError

_PATIENCE_S = 60


def test_time_and_memory_are_those_of_the_command(tmp_path: Path) -> None:
    """Wall time, processor time and memory are what the command was seen to take."""
    program = (
        "import time; x = bytearray(10**8); x[::4096] = b'x' * len(x[::4096]); time.sleep(0.2)"
    )
    measured = measure([sys.executable, "-c", program], tmp_path, os.environ, _PATIENCE_S)
    assert measured.status == 0
    assert measured.wall_s >= 0.2
    assert 0 < measured.cpu_s < measured.wall_s + 1
    assert 100 < measured.peak_rss_mb < 150


def test_memory_of_this_process_does_not_count(tmp_path: Path) -> None:
    """A small command stays small, however much the process has that measures it."""
    ballast = b"x" * 2 * 10**8
    measured = measure(["true"], tmp_path, os.environ, _PATIENCE_S)
    assert measured.peak_rss_mb < len(ballast) / 1e6 / 4


def test_processor_time_of_children_counts(tmp_path: Path) -> None:
    """What the command lets others do is part of what it takes."""
    busy = f"{sys.executable} -c 'while __import__(\"time\").process_time() < 0.3: pass'"
    measured = measure(["sh", "-c", f"{busy}; true"], tmp_path, os.environ, _PATIENCE_S)
    assert measured.cpu_s >= 0.3


def test_a_command_that_does_not_end_is_killed(tmp_path: Path) -> None:
    """After its time a command is killed, with what it started."""
    measured = measure(["sh", "-c", "sleep 60; true"], tmp_path, os.environ, timeout_s=1)
    assert measured.status == -9
    assert measured.wall_s < 30


def test_what_a_command_said_is_kept(tmp_path: Path) -> None:
    """The log has both streams of the command, and its last line can be read."""
    measure(["sh", "-c", "echo first; echo second >&2; exit 3"], tmp_path, os.environ, _PATIENCE_S)
    assert last_words(tmp_path) == "second"


def test_a_command_that_has_to_succeed_and_does_not(tmp_path: Path) -> None:
    """The error says how the command ended and what it said."""
    with pytest.raises(RunError, match="sh ended with status 3: no luck"):
        measure_sound(["sh", "-c", "echo no luck; exit 3"], tmp_path, os.environ, _PATIENCE_S)


def test_a_command_that_is_not_there(tmp_path: Path) -> None:
    """A command that cannot be started is an error, not a measurement."""
    with pytest.raises(RunError, match="no-such-program"):
        measure(["no-such-program"], tmp_path, os.environ, _PATIENCE_S)
