"""A run leaves its status and history, and takes commands, without ever failing for them."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from preprocessing.acquire.records import live_files
from preprocessing.acquire.records.live_files import LiveFiles
from preprocessing.core.run_state import (
    CONTROL_NAME,
    RUN_HISTORY_NAME,
    RUN_STATUS_NAME,
    Command,
    ControlCommand,
    RunState,
    RunStatus,
    read_history,
)

_STATUS = RunStatus(run="2026-11-30T20:00:00Z", done=3)


def _history(folder: Path) -> list[float]:
    return [each.seconds for each in read_history((folder / RUN_HISTORY_NAME).read_text())]


def test_a_status_a_second_and_a_line_every_ten(tmp_path: Path) -> None:
    """The status is that of the last second; the history has every tenth, and the end."""
    live = LiveFiles(tmp_path)
    live.open()
    for second in range(25):
        live.exchange(replace(_STATUS, seconds=float(second)))
    live.exchange(replace(_STATUS, seconds=25.0, state=RunState.ENDED))
    last = RunStatus.from_json((tmp_path / RUN_STATUS_NAME).read_bytes())
    assert (last.seconds, last.state) == (25.0, RunState.ENDED)
    assert _history(tmp_path) == [0.0, 10.0, 20.0, 25.0]
    assert sorted(os.listdir(tmp_path)) == [RUN_HISTORY_NAME, RUN_STATUS_NAME]


def test_a_history_goes_on_after_a_crash(tmp_path: Path) -> None:
    """A torn last line, and a status that a power cut emptied, are in nobody's way."""
    (tmp_path / RUN_HISTORY_NAME).write_text(_STATUS.to_history() + '{"run": "2026-11-3')
    (tmp_path / RUN_STATUS_NAME).write_bytes(bytes(100))
    live = LiveFiles(tmp_path)
    live.open()
    live.exchange(replace(_STATUS, seconds=7.0))
    assert _history(tmp_path) == [0.0, 7.0]
    assert RunStatus.from_json((tmp_path / RUN_STATUS_NAME).read_bytes()).seconds == 7.0


def test_a_history_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long history loses every second line, but not the ends of runs, and goes on."""
    monkeypatch.setattr(live_files, "_LONGEST_HISTORY", 10_000)
    live = LiveFiles(tmp_path)
    for number in range(100):
        state = RunState.ENDED if number == 9 else RunState.RUNNING
        live.exchange(replace(_STATUS, seconds=10.0 * number, state=state))
        assert (tmp_path / RUN_HISTORY_NAME).stat().st_size < 11_000
    kept = _history(tmp_path)
    assert kept[0] == 0.0 and kept[-1] == 990.0 and 90.0 in kept
    assert kept == sorted(kept) and len(kept) > 10


def test_a_command_is_taken_once(tmp_path: Path) -> None:
    """A command of before the run, and one that was taken, are none; one of a new id is."""
    control = tmp_path / CONTROL_NAME

    def told(name: str, command: Command) -> list[ControlCommand]:
        control.write_text(ControlCommand(name, command).to_json())
        return live.exchange(_STATUS)

    control.write_text(ControlCommand("old", Command.PAUSE).to_json())
    live = LiveFiles(tmp_path)
    live.open()
    assert live.exchange(_STATUS) == []
    assert told("old", Command.PAUSE) == []
    assert told("new", Command.PAUSE) == [ControlCommand("new", Command.PAUSE)]
    assert live.exchange(_STATUS) == []
    assert told("new", Command.GO_ON) == []
    control.unlink()
    assert live.exchange(_STATUS) == []
    assert told("newer", Command.GO_ON) == [ControlCommand("newer", Command.GO_ON)]


def test_commands_of_one_second_are_all_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Lines that were added are commands in their order; what is between them is said once."""
    live = LiveFiles(tmp_path)
    live.open()
    control = tmp_path / CONTROL_NAME
    first, second, third = (ControlCommand(name, Command.PAUSE) for name in "abc")
    control.write_text(first.to_json() + "\nstop!\n" + second.to_json())
    assert live.exchange(_STATUS) == [first, second]
    with control.open("a") as stream:
        stream.write(third.to_json())
    assert live.exchange(_STATUS) == [third]
    assert caplog.text.count("is no command to this run: it is no JSON") == 1


def test_a_command_of_the_last_instant_is_found(tmp_path: Path) -> None:
    """What is told before the status says that the run ended is returned with that status."""
    live = LiveFiles(tmp_path)
    live.open()
    command = ControlCommand("late", Command.RETRY_FAILED)
    (tmp_path / CONTROL_NAME).write_text(command.to_json())
    assert live.exchange(replace(_STATUS, state=RunState.ENDED)) == [command]


@pytest.mark.parametrize("what", ["torn", "huge", "folder", "pipe", "link"])
def test_what_is_no_command_is_said_once(
    tmp_path: Path, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    """What has the name of a command and is none costs a line in the log, and no waiting."""
    control = tmp_path / CONTROL_NAME
    live = LiveFiles(tmp_path)
    live.open()
    if what == "folder":
        control.mkdir()
    elif what == "pipe":
        os.mkfifo(control)
    elif what == "link":
        control.symlink_to("/dev/zero")
    else:
        control.write_text('{"id": "7",' + (" " * 10**6 if what == "huge" else ""))
    for _ in range(3):
        assert live.exchange(_STATUS) == []
    assert caplog.text.count("is no command to this run") == 1


def test_a_full_disk_costs_the_files_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What cannot be written is said once, leaves nothing, and is written when there is room."""
    live = LiveFiles(tmp_path)
    live.open()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live_files, "append_whole", full)
        patch.setattr("os.replace", full)
        for second in range(20):
            live.exchange(replace(_STATUS, seconds=float(second)))
    assert caplog.text.count("No space left on device") == 2
    assert os.listdir(tmp_path) == [RUN_HISTORY_NAME]
    live.exchange(replace(_STATUS, seconds=20.0))
    assert _history(tmp_path) == [20.0]
    assert (tmp_path / RUN_STATUS_NAME).exists()


def test_files_of_somebody_else_stay(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A file of another program is not written to, nor what a link of that name points to."""
    (tmp_path / RUN_HISTORY_NAME).write_text("my notes\n")
    (tmp_path / "mine").write_text("mine")
    (tmp_path / RUN_STATUS_NAME).symlink_to("mine")
    live = LiveFiles(tmp_path)
    live.open()
    live.exchange(_STATUS)
    assert (tmp_path / RUN_HISTORY_NAME).read_text() == "my notes\n"
    assert (tmp_path / "mine").read_text() == "mine"
    assert caplog.text.count("the run goes on without") == 2


def test_a_run_that_lost_its_lock_writes_nothing(tmp_path: Path) -> None:
    """Another run has the files then."""
    live = LiveFiles(tmp_path, may_write=lambda: False)
    live.exchange(_STATUS)
    assert os.listdir(tmp_path) == []
