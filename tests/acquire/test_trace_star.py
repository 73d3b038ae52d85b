"""How far it is from the command to one file: `scripts/trace_star`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

_TRACER = Path(__file__).resolve().parents[2] / "scripts" / "_trace_star.py"
_MOST_FRAMES = 15
_MOST_MODULES = 25


@pytest.fixture(scope="module")
def trace() -> dict[str, list[str]]:
    command = [sys.executable, str(_TRACER), "--list"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names: dict[str, list[str]] = {}
    for line in printed.splitlines():
        title, _, count = line.partition(": ")
        if count:
            names[title] = []
        else:
            names[[*names][-1]].append(re.sub(r"^ *\d+ ", "", line))
    return names


def test_the_way_from_the_command_to_one_file_stays_short(trace: dict[str, list[str]]) -> None:
    """A reader follows one star through few calls and few modules."""
    assert len(trace["frames"]) <= _MOST_FRAMES, trace["frames"]
    assert len(trace["modules"]) <= _MOST_MODULES, trace["modules"]


def test_the_trace_begins_at_main_and_ends_at_the_http_client(
    trace: dict[str, list[str]],
) -> None:
    """The numbers cannot become small because the trace lost its ends."""
    frames = trace["frames"]
    assert frames[0].endswith(":main")
    assert frames[-1].startswith("network/http_client.py:")
    assert any(frame.startswith("acquire/archives/") for frame in frames)
