"""A process is told apart from all others, whatever its number and whatever the clock."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace

from preprocessing.system.lock_owner import Owner, this_process


def _dead() -> Owner:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    return replace(this_process(), pid=child.pid)


def test_this_process_runs_here() -> None:
    """It is another owner each time, and says so to people."""
    one, other = this_process(), this_process()
    assert one != other
    assert one.is_of_same_system(other)
    assert one.is_running()
    assert str(one).startswith(f"process {os.getpid()} on {one.host}, since 20")


def test_a_process_that_is_gone_does_not_run() -> None:
    """Nor does one whose number another process has now."""
    mine = this_process()
    assert not _dead().is_running()
    assert not replace(mine, process_time=mine.process_time - 3600).is_running()


def test_other_systems_are_told_by_any_of_their_marks() -> None:
    """A machine of the same name, one that was started again, another container."""
    mine = this_process()
    for other in (
        replace(mine, host="node-17"),
        replace(mine, boot_id="other"),
        replace(mine, pid_namespace="pid:[1]"),
    ):
        assert not other.is_of_same_system(mine)


def test_a_clock_that_is_set_makes_no_other_system() -> None:
    """Where the system numbers its starts; elsewhere their times have to do."""
    mine = replace(this_process(), boot_id="a1b2")
    assert replace(mine, boot_time=mine.boot_time - 7200).is_of_same_system(mine)
    mine = replace(mine, boot_id="")
    assert replace(mine, boot_time=mine.boot_time + 5).is_of_same_system(mine)
    assert not replace(mine, boot_time=mine.boot_time + 7200).is_of_same_system(mine)
