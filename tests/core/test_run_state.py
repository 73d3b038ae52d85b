"""Tests of what a run tells, and of what it can be told."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from preprocessing.core.run_state import (
    Command,
    CommandAnswer,
    ControlCommand,
    RunState,
    RunStatus,
    read_history,
)

_FULL = RunStatus(
    run="2026-11-30T20:00:00Z",
    time="2026-11-30T20:10:00Z",
    pid=7,
    host="telescope",
    state=RunState.PAUSED,
    seconds=600.25,
    total=100,
    before=10,
    done=5,
    complete=3,
    partial=1,
    failed=1,
    waiting_for="answers of the archive",
    seconds_left=12.5,
    free_bytes=10**12,
    failures={"timeout": 1},
    answers=(CommandAnswer("k3", "pause", "paused", "2026-11-30T20:09:00Z"),),
)


def test_status_comes_back_from_its_json() -> None:
    """Every member of a status is the same after it was written and read."""
    assert RunStatus.from_json(_FULL.to_json()) == _FULL
    assert _FULL.to_json().count("\n") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{}", RunStatus()),
        ('{"done": 3, "of a later version": [1]}', RunStatus(done=3)),
        (
            '{"done": "3", "rss_bytes": true, "state": 5, "answers": {}, "failures": [1]}',
            RunStatus(),
        ),
        ('{"seconds": NaN, "seconds_left": Infinity, "total": 1e999}', RunStatus()),
        ('{"total": 1' + "0" * 400 + ', "state": "asleep"}', RunStatus()),
        ('{"failures": {"timeout": 2, "corrupt": null}}', RunStatus(failures={"timeout": 2})),
        ('{"answers": [{"id": 3}, "paused", null]}', RunStatus()),
        ('{"seconds_left": 4, "free_bytes": null}', RunStatus(seconds_left=4.0)),
    ],
)
def test_status_of_another_version_is_read_as_far_as_it_is_known(
    text: str, expected: RunStatus
) -> None:
    """Members that are unknown, missing or of a wrong type do not keep the others from a reader."""
    assert RunStatus.from_json(text) == expected


def test_history_without_torn_lines() -> None:
    """A reader gets the whole lines of a history, whatever a crash left between them."""
    first, last = RunStatus(done=1), RunStatus(done=2)
    text = first.to_history() + '{"run": "2026' + "\n" + last.to_history() + last.to_history()[:-9]

    assert list(read_history(text)) == [first, last]
    assert "host" not in _FULL.to_history()


def test_end_of_a_history() -> None:
    """A reader that knows the beginning of a history gets what was added, in the same order."""
    times = [f"2026-11-30T20:00:{second}0Z" for second in range(4)]
    text = "".join(RunStatus(time=time).to_history() for time in times) + "{torn\n"

    assert [each.time for each in read_history(text, times[2])] == times[2:]
    assert read_history(text, "2026-12") == []


@pytest.mark.parametrize(
    ("state", "time", "is_alive"),
    [
        (RunState.RUNNING, "2026-11-30T20:09:55Z", True),
        (RunState.PAUSED, "2026-11-30T20:09:55Z", True),
        (RunState.RUNNING, "2026-11-30T20:09:00Z", False),
        (RunState.RUNNING, "2026-11-30T20:10:05Z", True),
        (RunState.RUNNING, "2026-11-30T22:10:00Z", False),
        (RunState.ENDED, "2026-11-30T20:10:00Z", False),
        (RunState.RUNNING, "tonight", False),
    ],
)
def test_run_is_alive_while_its_status_is_fresh(state: RunState, time: str, is_alive: bool) -> None:
    """A run is alive if its status is of about now, and does not say that it ended."""
    now = datetime(2026, 11, 30, 20, 10, tzinfo=timezone.utc)

    assert RunStatus(state=state, time=time).is_alive(now) is is_alive


def test_command_comes_back_from_its_json() -> None:
    """A command is the same after it was written and read; its time may be missing."""
    command = ControlCommand("k3", Command.RETRY_FAILED, "2026-11-30T20:10:00Z")

    assert ControlCommand.from_json(command.to_json()) == command
    assert ControlCommand.from_json(b'{"id": "k3", "command": "go-on"}').command is Command.GO_ON


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b'{"id": "k3", "comm',
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"command": "pause"}',
        b'{"id": "", "command": "pause"}',
        b'{"id": 3, "command": "pause"}',
        b'{"id": "k3", "command": "explode"}',
        b'{"id": "k3", "command": ["pause"]}',
        b'{"id": "' + b"k" * 201 + b'", "command": "pause"}',
    ],
    ids=lambda text: repr(text[:40]),
)
def test_what_is_no_command_is_refused(text: bytes) -> None:
    """A torn, foreign or unknown command is refused with a reason."""
    with pytest.raises(ValueError, match=r"^(it|its) "):
        ControlCommand.from_json(text)
