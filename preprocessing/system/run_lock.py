"""Keep two runs from writing into the same place at once."""

from __future__ import annotations

import asyncio
import glob
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from preprocessing.core.errors import RunConflict, RunError
from preprocessing.system.atomic import make_folder, write_synced
from preprocessing.system.clock import Sleep
from preprocessing.system.lock_owner import Owner, this_process

__all__ = ["SECOND_LOOK_S", "HeldLocks", "RunLock", "hold"]

_log = logging.getLogger(__name__)

#: How often a run shows that it lives, in seconds.
_HEARTBEAT_S = 30.0
#: After so long without a sign of life a run on another machine is taken for dead, in
#: seconds. Network file systems may show a change to others a minute late.
_DEAD_AFTER_S = 300.0
#: Without having renewed its lock for so long, a run first looks whether it still has it
#: before it writes, in seconds: long before another may take it for dead.
_CERTAIN_S = 60.0
#: Between taking over from dead runs and looking whether another did the same.
SECOND_LOOK_S = 0.5


class RunLock:
    """A file that says which run writes here.

    A run on this machine is dead if its process is. Of one on another machine, over a
    network file system, only the lock's time of change tells, which it renews as long as
    it lives; it is compared with that of a new file, since clocks differ.

    Parameters
    ----------
    path : Path
        Its folder is made if absent.
    what : str
        What is locked, and with which option another is chosen.
    owner : Owner
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    """

    def __init__(self, path: Path, what: str, owner: Owner, sleep: Sleep = asyncio.sleep) -> None:
        self._path = path
        self._what = what
        self._owner = owner
        self._sleep = sleep

    async def acquire(self) -> None:
        """Take the lock, from a dead run too.

        Raises
        ------
        RunConflict
            A run that lives has it.
        OSError
            From the file system.
        """
        if await self.take():
            await self._sleep(SECOND_LOOK_S)
            await self.confirm()

    async def take(self) -> bool:
        """Take the lock; return whether it was a dead run's, so that one must `confirm` it.

        Another run may have found the same dead one, and the later of the two has it.

        Raises
        ------
        RunConflict
            A run that lives has it.
        OSError
            From the file system.
        """
        return await asyncio.to_thread(self._take)

    async def confirm(self) -> None:
        """TargetPass whether the lock is this run's still, a moment after it was a dead run's.

        Raises
        ------
        RunConflict
            Another run has it.
        """
        if not await asyncio.to_thread(self._is_mine):
            raise self._conflict(_read(self._path))

    def renew(self) -> None:
        """Show that this run lives.

        Raises
        ------
        RunError
            Another run has taken the lock.
        OSError
            From the file system.
        """
        if not self._is_mine():
            raise RunError(
                f"another run writes to {self._what} since this one was suspended or cut off for"
                f" minutes: {_read(self._path) or 'its lock is gone'}. Go on with --resume when"
                " that one has ended"
            )
        os.utime(self._path)

    def release(self) -> None:
        """Give the lock up, if it is this run's still."""
        if self._is_mine():
            self._path.unlink(missing_ok=True)

    def _take(self) -> bool:
        make_folder(self._path.parent)
        mine = self._part()
        try:
            write_synced(mine, json.dumps(asdict(self._owner)).encode())
            is_new = _place(mine, self._path)
            if not is_new:
                self._take_over(mine)
        finally:
            mine.unlink(missing_ok=True)
        self._remove_leftovers()
        return not is_new

    def _take_over(self, mine: Path) -> None:
        other = _read(self._path)
        if not self._is_dead(other, mine):
            raise self._conflict(other)
        try:
            os.replace(mine, self._path)
        except FileNotFoundError:
            # Another heir of the dead run was faster, and has tidied up.
            raise self._conflict(_read(self._path)) from None

    def _part(self) -> Path:
        return self._path.with_name(f"{self._path.name}.{self._owner.run}.part")

    def _remove_leftovers(self) -> None:
        """Remove what runs left that were killed while they took this lock."""
        for part in self._path.parent.glob(f"{glob.escape(self._path.name)}.*.part"):
            part.unlink(missing_ok=True)

    def _is_dead(self, other: Owner | None, mine: Path) -> bool:
        if other is not None and other.is_of_same_system(self._owner):
            return not other.is_running()
        try:
            # By the file system's own clock: those of machines differ.
            silence_s = mine.stat().st_mtime - self._path.stat().st_mtime
            if silence_s < 0:
                # The clock was set back since: from now on it can be told.
                os.utime(self._path)
            return silence_s > _DEAD_AFTER_S
        except FileNotFoundError:
            # It ended in this moment, or an heir has tidied up.
            return True

    def _is_mine(self) -> bool:
        owner = _read(self._path)
        return owner is not None and owner.run == self._owner.run

    def _conflict(self, other: Owner | None) -> RunConflict:
        return RunConflict(
            f"another run writes to {self._what}: {other or 'one that has just begun'}. Let it"
            f" end, or end it; if it cannot be there any more, remove {self._path}"
        )


class HeldLocks:
    """The locks of one run while it lasts.

    Parameters
    ----------
    locks : sequence of RunLock
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    clocks : collection of callable
        Seconds; their greatest difference counts. One may be set, and another stands still
        while the machine is suspended.

    Attributes
    ----------
    lost : asyncio.Future
        Fails with `RunError` if a lock is lost; never ends otherwise.
    """

    def __init__(
        self,
        locks: Sequence[RunLock],
        sleep: Sleep,
        clocks: Collection[Callable[[], float]] = (time.monotonic, time.time),
    ) -> None:
        self._locks = locks
        self._sleep = sleep
        self._clocks = clocks
        self._renewed = self._now()
        self.lost = asyncio.ensure_future(self._beat())

    async def ensure(self) -> None:
        """Make sure, before something is written, that the locks are still this run's.

        Costs nothing as long as they were renewed a while ago: nobody can have taken them
        since. A run that was stopped for minutes must look.

        Raises
        ------
        RunError
            A lock is lost.
        """
        if self.lost.done():
            self.lost.result()
        since = zip(self._now(), self._renewed, strict=True)
        if any(abs(now - renewed) > _CERTAIN_S for now, renewed in since):
            await self._renew()

    async def _beat(self) -> None:
        while True:
            await self._sleep(_HEARTBEAT_S)
            await self._renew()

    async def _renew(self) -> None:
        now = self._now()
        for lock in self._locks:
            try:
                await asyncio.to_thread(lock.renew)
            except OSError as error:
                # A disk that fails for longer ends the run where it writes its results.
                _log.warning("a lock could not be renewed: %s", error)
                return
        self._renewed = now

    def _now(self) -> list[float]:
        return [clock() for clock in self._clocks]


@asynccontextmanager
async def hold(
    places: Collection[tuple[Path, str]], sleep: Sleep = asyncio.sleep
) -> AsyncIterator[HeldLocks]:
    """Hold the locks of some places while the block runs.

    Parameters
    ----------
    places : collection of (Path, str)
        The lock's path, and what it locks.
    sleep : callable, optional

    Yields
    ------
    HeldLocks
        A lock that cannot be renewed for now is no more than a warning.

    Raises
    ------
    RunConflict
        A run that lives has one of them.
    OSError
        From the file system.
    """
    owner = this_process()
    async with AsyncExitStack() as stack:
        locks = [RunLock(path, what, owner, sleep) for path, what in places]
        inherited = []
        for lock in locks:
            stack.callback(_release, lock)
            if await lock.take():
                inherited.append(lock)
        if inherited:
            await sleep(SECOND_LOOK_S)
        for lock in inherited:
            await lock.confirm()
        held = HeldLocks(locks, sleep)
        try:
            yield held
        finally:
            held.lost.cancel()
            await asyncio.gather(held.lost, return_exceptions=True)


def _release(lock: RunLock) -> None:
    # A disk that fails now has been spoken of where it mattered; the lock is taken for dead.
    with suppress(OSError):
        lock.release()


def _place(part: Path, path: Path) -> bool:
    """Let a written file appear under its name, whole; return False if the name is taken."""
    try:
        os.link(part, path)
    except (FileExistsError, FileNotFoundError):
        # Who has it tidies up, and may have removed the file to be placed.
        return False
    except OSError:
        # Some file systems have no links; there a run may be killed between name and content.
        try:
            with open(path, "x", encoding="utf-8") as stream:
                stream.write(part.read_text(encoding="utf-8"))
        except FileExistsError:
            return False
    return True


def _read(path: Path) -> Owner | None:
    """Return who holds a lock; None if nobody does, or it is still being written."""
    try:
        return Owner(**json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
