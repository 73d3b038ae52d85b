"""A process is told apart from all others, whatever its number and whatever the clock."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

import psutil
import pytest

from preprocessing.system.lock_owner import Owner, this_process


def _dead() -> Owner:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return replace(this_process(), pid=child.pid)


def test_this_process_runs_here() -> None:
    """Each owner is a new one, and its description names this process."""
    one, other = this_process(), this_process()
    assert one != other
    assert one.is_of_same_system(other)
    assert one.is_running()
    assert str(one).startswith(f"process {os.getpid()} on {one.host}, since 20")


def test_a_process_that_is_gone_does_not_run() -> None:
    """An ended process does not run, even if its number is in use again."""
    mine = this_process()
    assert not _dead().is_running()
    assert not replace(mine, process_time=mine.process_time - 3600).is_running()


def test_a_system_that_hides_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc is not mounted, signals tell whether a process runs."""
    dead = _dead()

    def hidden(pid: int | None = None) -> None:
        raise psutil.NoSuchProcess(pid or os.getpid())

    def no_file() -> float:
        raise FileNotFoundError("/proc/stat")

    monkeypatch.setattr(psutil, "Process", hidden)
    monkeypatch.setattr(psutil, "boot_time", no_file)
    mine = this_process()
    assert (mine.boot_time, mine.process_time) == (0.0, 0.0)
    assert mine.is_running()
    assert not dead.is_running()


def test_a_start_that_is_not_known() -> None:
    """A process whose start nobody noted counts as running while its number is in use."""
    assert replace(this_process(), process_time=0.0).is_running()


def test_other_systems_are_told_by_any_of_their_marks() -> None:
    """A namesake, a restarted machine and a container are other systems."""
    mine = this_process()
    for other in (
        replace(mine, host="node-17"),
        replace(mine, boot_id="other"),
        replace(mine, pid_namespace="pid:[1]"),
    ):
        assert not other.is_of_same_system(mine)


def test_a_clock_that_is_set_makes_no_other_system() -> None:
    """A changed clock does not make the machine another system."""
    mine = replace(this_process(), boot_id="a1b2")
    assert replace(mine, boot_time=mine.boot_time - 7200).is_of_same_system(mine)
    mine = replace(mine, boot_id="")
    assert replace(mine, boot_time=mine.boot_time + 5).is_of_same_system(mine)
    assert not replace(mine, boot_time=mine.boot_time + 7200).is_of_same_system(mine)
