"""A run says what it mostly waits for."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from preprocessing.acquire.runs.activity import Activity
from preprocessing.acquire.runs.summary import StageClock
from preprocessing.network.traffic import Traffic
from preprocessing.system.waiting import CpuSlots


def _waits_for(
    what: str, *, is_local: bool = False, is_elsewhere: bool = False, cpu_s: float = 0.1
) -> str | None:
    traffic, stages, slots = Traffic(), StageClock(), CpuSlots(1)
    activity = Activity(
        traffic, stages, None if is_elsewhere else slots, is_local=is_local, max_rate_mb_s=10.0
    )
    with ExitStack() as stack:
        traffic.in_flight = 4 if what in ("request", "answer") else 0
        traffic.receiving = 3 if what == "answer" else 0
        if what in ("write", "search"):
            stack.enter_context(stages.timed(what))
        slots.in_hand = 5 if what == "process" else 0
        for second in range(20):
            activity.look(float(second), cpu_s * second)
    return activity.waiting_for(9.5e6 if what == "limit" else 1e6)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("nothing", None),
        ("request", "answers of the archive"),
        ("answer", "files to arrive"),
        ("process", "the processor"),
        ("write", "the disk"),
        ("search", "the search"),
        ("limit", "the limit --max-rate"),
    ],
)
def test_what_is_under_way_is_waited_for(what: str, expected: str | None) -> None:
    """What is seen most often, once a second, is what the run waits for."""
    assert _waits_for(what) == expected


def test_other_places() -> None:
    """Directories are of the disk, units of other processes, and a busy processor counts most."""
    assert _waits_for("request", is_local=True) == "the disk"
    assert _waits_for("request", is_elsewhere=True) == "other processes"
    assert _waits_for("request", cpu_s=0.95) == "the processor"
