"""Two runs never write into the same place, and a dead one is in nobody's way."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from preprocessing.core.errors import RunConflict, RunError
from preprocessing.system.lock_owner import Owner, this_process
from preprocessing.system.run_lock import HeldLocks, RunLock, hold

_WHAT = "data/raw (--output)"


async def _no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


async def _wait_for_ever(seconds: float) -> None:
    await asyncio.Event().wait()


def _lock(path: Path, owner: Owner | None = None) -> RunLock:
    return RunLock(path, _WHAT, owner or this_process(), _no_sleep)


def _elsewhere() -> Owner:
    """Return a process of another machine, with the number of one that runs here."""
    return replace(this_process(), host="node-17", boot_id="other", boot_time=1.0)


def _age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".xenoscan.lock"


async def test_the_second_run_refuses_and_names_the_first(path: Path) -> None:
    """A second run refuses and names the first with machine, process, time and advice."""
    first = this_process()
    await _lock(path, first).acquire()
    with pytest.raises(RunConflict) as caught:
        await _lock(path).acquire()
    for word in (_WHAT, f"process {first.pid} on {first.host}, since {first.since}", str(path)):
        assert word in str(caught.value)


async def test_a_released_lock_is_free(path: Path) -> None:
    """A released lock leaves nothing behind."""
    lock = _lock(path)
    await lock.acquire()
    lock.release()
    assert list(path.parent.iterdir()) == []
    await _lock(path).acquire()


async def test_a_dead_process_is_no_obstacle(path: Path) -> None:
    """The lock of a dead process is free, even if its number is in use again."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    gone = replace(this_process(), pid=child.pid)
    reused = replace(this_process(), process_time=this_process().process_time - 3600)
    for dead in (gone, reused):
        await _lock(path, dead).acquire()
        lock = _lock(path)
        await lock.acquire()
        lock.release()


async def test_a_run_on_another_machine_lives_while_it_shows_it(path: Path) -> None:
    """A run elsewhere counts as dead five minutes after its last sign of life."""
    other = _lock(path, _elsewhere())
    await other.acquire()
    for silence_s in (0, 240):
        _age(path, silence_s)
        with pytest.raises(RunConflict, match="on node-17"):
            await _lock(path).acquire()
    _age(path, 900)
    other.renew()
    with pytest.raises(RunConflict, match="on node-17"):
        await _lock(path).acquire()
    _age(path, 301)
    await _lock(path).acquire()
    with pytest.raises(RunError, match="another run has taken over data/raw"):
        other.renew()
    other.release()
    assert path.exists()


async def test_a_process_of_another_container_is_not_looked_for_here(path: Path) -> None:
    """Only signs of life count for a process of another container."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    await _lock(path, replace(this_process(), pid_namespace="pid:[1]", pid=child.pid)).acquire()
    with pytest.raises(RunConflict):
        await _lock(path).acquire()


async def test_of_two_heirs_of_a_dead_run_one_has_it(path: Path) -> None:
    """Only one of two runs takes over a dead run's lock."""
    await _lock(path, _elsewhere()).acquire()
    _age(path, 900)
    second = _lock(path)

    async def meanwhile(seconds: float) -> None:
        _age(path, 900)
        await second.acquire()

    # On another machine, whose process the second cannot see.
    first = RunLock(path, _WHAT, replace(_elsewhere(), host="node-18"), meanwhile)
    with pytest.raises(RunConflict, match=f"process {os.getpid()}"):
        await first.acquire()
    second.renew()


async def test_a_lock_without_content_counts_by_its_age(path: Path) -> None:
    """An empty lock is respected while it is new, and ignored when old."""
    path.touch()
    with pytest.raises(RunConflict, match="one that has just started"):
        await _lock(path).acquire()
    _age(path, 301)
    await _lock(path).acquire()


async def test_a_pipe_with_a_locks_name_keeps_nobody_waiting(path: Path) -> None:
    """What has a lock's name and no content is in the way, but is not waited for."""
    os.mkfifo(path)
    with pytest.raises(RunConflict, match=f"remove {path}"):
        await _lock(path).acquire()


async def test_locks_are_held_and_renewed_while_the_block_runs(tmp_path: Path) -> None:
    """All locks are held and renewed, and a failure gives the others back."""
    places = [(tmp_path / f"{n}.lock", f"place {n}") for n in range(3)]
    beats = asyncio.Event()
    released = asyncio.Event()

    async def beat(seconds: float) -> None:
        beats.set()
        await released.wait()
        released.clear()

    async with hold(places, beat) as held:
        for path, _ in places:
            _age(path, 900)
        await beats.wait()
        released.set()
        beats.clear()
        await beats.wait()
        assert all(time.time() - path.stat().st_mtime < 60 for path, _ in places)
        with pytest.raises(RunConflict, match="place 1"):
            async with hold([(tmp_path / "4.lock", "place 4"), places[1]]):
                pass
        assert not (tmp_path / "4.lock").exists()
        places[2][0].unlink()
        released.set()
        with pytest.raises(RunError, match="its lock is gone"):
            await held.lost
    assert list(tmp_path.iterdir()) == []


async def test_locks_of_dead_runs_are_looked_at_again_together(tmp_path: Path) -> None:
    """Several dead locks cost a single pause."""
    places = [(tmp_path / f"{n}.lock", f"place {n}") for n in range(3)]
    for path, _ in places:
        await _lock(path, _elsewhere()).acquire()
        _age(path, 900)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > 1:
            await asyncio.Event().wait()

    async with hold(places, pause):
        assert len(pauses) == 1
    assert list(tmp_path.iterdir()) == []


async def test_a_kill_while_a_lock_is_taken_leaves_nothing_in_the_way(path: Path) -> None:
    """A kill while a lock is taken leaves nothing in the next run's way."""
    path.with_name(f"{path.name}.0123456789abcdef.part").write_text("{")
    lock = _lock(path)
    await lock.acquire()
    assert list(path.parent.iterdir()) == [path]
    lock.release()


async def test_a_file_system_without_links_will_do(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without hard links the lock takes two steps and still refuses a second run."""

    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    lock = _lock(path)
    await lock.acquire()
    with pytest.raises(RunConflict, match=f"process {os.getpid()}"):
        await _lock(path).acquire()
    lock.renew()


@pytest.mark.slow
async def test_a_clock_that_is_set_hides_no_run_of_this_machine(path: Path) -> None:
    """A changed clock hides neither a living process nor a dead one."""
    before = replace(this_process(), boot_time=this_process().boot_time - 7200)
    await _lock(path, before).acquire()
    _age(path, 900)
    with pytest.raises(RunConflict):
        await _lock(path).acquire()
    path.unlink()
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    await _lock(path, replace(before, pid=child.pid)).acquire()
    _age(path, -7200)
    await _lock(path).acquire()


async def test_a_clock_that_was_set_back_locks_nobody_out_for_long(path: Path) -> None:
    """A sign of life from the future counts from when it is first seen."""
    await _lock(path, _elsewhere()).acquire()
    _age(path, -7200)
    with pytest.raises(RunConflict, match="on node-17"):
        await _lock(path).acquire()
    assert abs(path.stat().st_mtime - time.time()) < 60
    _age(path, 301)
    await _lock(path).acquire()


@pytest.mark.parametrize("which", [0, 1])
async def test_a_run_that_was_stopped_looks_before_it_writes(path: Path, which: int) -> None:
    """A stopped run checks its lock before it writes again, by any clock."""
    clocks = [1000.0, 1000.0]
    lock = _lock(path, _elsewhere())
    await lock.acquire()
    held = HeldLocks([lock], _wait_for_ever, (lambda: clocks[0], lambda: clocks[1]))
    try:
        await held.ensure()
        clocks[which] += 400
        await held.ensure()
        # Set back, as it may be.
        clocks[which] -= 7200
        await held.ensure()
        _age(path, 400)
        await _lock(path).acquire()
        await held.ensure()
        clocks[which] += 400
        with pytest.raises(RunError, match=r"this run was suspended.*--resume"):
            await held.ensure()
    finally:
        held.lost.cancel()


async def test_a_lock_that_cannot_be_renewed_is_not_lost(
    path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failed renewal causes a warning, and the run continues."""
    renewals = 0

    def fail(*_: object) -> None:
        nonlocal renewals
        renewals += 1
        raise OSError("stale file handle")

    monkeypatch.setattr(os, "utime", fail)
    async with hold([(path, _WHAT)], _no_sleep) as held:
        while renewals < 3:
            await asyncio.sleep(0.001)
        assert not held.lost.done()
    assert "cannot renew a lock, will try again: stale file handle" in caplog.text
