"""Keep two runs from writing to the same files at the same time."""

from __future__ import annotations

import asyncio
import glob
import json
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from preprocessing.core.errors import RunConflict, RunError
from preprocessing.system.atomic import make_folder, write_synced
from preprocessing.system.lock_owner import Owner, this_process
from preprocessing.system.plain_files import read_head
from preprocessing.system.waiting import Sleep

__all__ = ["CONFIRM_DELAY_S", "HeldLocks", "LockToken", "RunLock", "hold", "owner_of"]

_log = logging.getLogger(__name__)

#: How often a run renews its locks, in seconds.
_HEARTBEAT_S = 30.0
#: A run on another machine counts as dead when its lock was not renewed for this long, in
#: seconds. A network file system may show a change to other machines a minute late.
_DEAD_AFTER_S = 300.0
#: A run that has not renewed its locks for this long checks them before it writes, in seconds.
#: This is well below `_DEAD_AFTER_S`, so nobody can have taken over a lock renewed since.
_CERTAIN_S = 60.0
#: Seconds between taking over a dead run's lock and checking that no other run did the same.
CONFIRM_DELAY_S = 0.5


@dataclass(frozen=True)
class LockToken:
    """Lets other processes write for a run while it holds a lock.

    Parameters
    ----------
    path : Path
        The lock file.
    run : str
        The run that holds it: `Owner.run`.
    """

    path: Path
    run: str

    def ensure(self) -> None:
        """Make sure that the run still holds its lock; call this before writing.

        Raises
        ------
        RunError
            It does not, or its folder is not the same one here.
        OSError
            The file system cannot read the lock file.
        """
        owner = owner_of(self.path)
        if owner is None or owner.run != self.run:
            raise RunError(
                f"there is no lock {self.path} of the run that this work is for: the run has ended,"
                " or this machine has another folder of that name"
            )


class RunLock:
    """A file that says which run writes to the files beside it.

    A run on this machine is dead if its process is. For a run on another machine, over a
    network file system, only the lock's modification time tells: a live run renews it. That
    time is compared with the time of a new file on the same file system, because the clocks of
    machines differ.

    Parameters
    ----------
    path : Path
        The lock file. Its folder is created if missing.
    what : str
        What is locked and which option selects another, for the error message.
    owner : Owner
        The process that takes the lock.
    sleep : callable, optional
        `asyncio.sleep`, or a test's replacement.
    """

    def __init__(self, path: Path, what: str, owner: Owner, sleep: Sleep = asyncio.sleep) -> None:
        self._path = path
        self._what = what
        self._owner = owner
        self._sleep = sleep

    @property
    def token(self) -> LockToken:
        """What lets other processes write while this run holds the lock."""
        return LockToken(self._path, self._owner.run)

    async def acquire(self) -> None:
        """Take the lock, from a dead run if need be.

        Raises
        ------
        RunConflict
            A live run holds the lock.
        OSError
            The file system cannot read or write the lock file.
        """
        if await self.take():
            await self._sleep(CONFIRM_DELAY_S)
            await self.confirm()

    async def take(self) -> bool:
        """Take the lock.

        Returns
        -------
        bool
            Whether the lock was a dead run's. Then call `confirm` a moment later: another run
            may have found the same dead run, and the later of the two keeps the lock.

        Raises
        ------
        RunConflict
            A live run holds the lock.
        OSError
            The file system cannot read or write the lock file.
        """
        return await asyncio.to_thread(self._take)

    async def confirm(self) -> None:
        """Check that a lock taken over from a dead run still belongs to this run.

        Raises
        ------
        RunConflict
            Another run took it over as well.
        """
        if not await asyncio.to_thread(self._is_mine):
            raise self._conflict(owner_of(self._path))

    def renew(self) -> None:
        """Show other machines that this run is alive.

        Raises
        ------
        RunError
            Another run has taken the lock.
        OSError
            The file system cannot read or touch the lock file.
        """
        if not self._is_mine():
            raise RunError(
                f"this run was suspended or cut off for minutes, and another run has taken over"
                f" {self._what}: {owner_of(self._path) or 'its lock is gone'}. Go on with --resume"
                " when the other run has ended"
            )
        os.utime(self._path)

    def release(self) -> None:
        """Give up the lock, if it still belongs to this run."""
        if self._is_mine():
            self._path.unlink(missing_ok=True)

    def _take(self) -> bool:
        make_folder(self._path.parent)
        mine = self._part()
        try:
            write_synced(mine, json.dumps(asdict(self._owner)).encode())
            is_new = _publish_new(mine, self._path)
            if not is_new:
                self._take_over(mine)
        finally:
            mine.unlink(missing_ok=True)
        self._remove_leftovers()
        return not is_new

    def _take_over(self, mine: Path) -> None:
        other = owner_of(self._path)
        if not self._is_dead(other, mine):
            raise self._conflict(other)
        try:
            os.replace(mine, self._path)
        except FileNotFoundError:
            # Another run took over from the dead run first, and removed our part file.
            raise self._conflict(owner_of(self._path)) from None

    def _part(self) -> Path:
        return self._path.with_name(f"{self._path.name}.{self._owner.run}.part")

    def _remove_leftovers(self) -> None:
        """Remove the part files of runs that were killed while they took this lock."""
        for part in self._path.parent.glob(f"{glob.escape(self._path.name)}.*.part"):
            part.unlink(missing_ok=True)

    def _is_dead(self, other: Owner | None, mine: Path) -> bool:
        if other is not None and other.is_of_same_system(self._owner):
            return not other.is_running()
        try:
            # Both times come from the file system's clock: the machines' clocks differ.
            silence_s = mine.stat().st_mtime - self._path.stat().st_mtime
            if silence_s < 0:
                # The clock was set back since the last renewal. Start counting from now.
                os.utime(self._path)
            return silence_s > _DEAD_AFTER_S
        except FileNotFoundError:
            # The run has just ended, or another run took over and removed our part file.
            return True

    def _is_mine(self) -> bool:
        owner = owner_of(self._path)
        return owner is not None and owner.run == self._owner.run

    def _conflict(self, other: Owner | None) -> RunConflict:
        return RunConflict(
            f"another run is writing to {self._what}: {other or 'one that has just started'}."
            f" Wait for it or stop it; if it no longer exists, remove {self._path}"
        )


class HeldLocks:
    """The locks of one run for as long as it lasts.

    Parameters
    ----------
    locks : sequence of RunLock
        Locks that this run has taken.
    sleep : callable
        `asyncio.sleep`, or a test's replacement.
    clocks : collection of callable, optional
        Each returns seconds. The clock that advanced most counts, since one may be set, and
        another may stand still while the machine is suspended.

    Attributes
    ----------
    lost : asyncio.Future
        Fails with `RunError` if a lock is lost; never completes otherwise.
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

    @property
    def token(self) -> LockToken:
        """What lets other processes write while the first of these locks is held."""
        return self._locks[0].token

    async def ensure(self) -> None:
        """Make sure that this run still holds its locks; call this before writing.

        This costs nothing if the locks were renewed recently, since nobody can have taken them
        meanwhile. A run that was suspended for minutes checks the lock files.

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
                # If the disk keeps failing, the run ends where it writes its results.
                _log.warning("cannot renew a lock, will try again: %s", error)
                return
        self._renewed = now

    def _now(self) -> list[float]:
        return [clock() for clock in self._clocks]


@asynccontextmanager
async def hold(
    paths: Collection[tuple[Path, str]], sleep: Sleep = asyncio.sleep
) -> AsyncIterator[HeldLocks]:
    """Hold several locks while the block runs.

    A lock that cannot be renewed for a while only causes a warning.

    Parameters
    ----------
    paths : collection of (Path, str)
        For each lock, the path of its file and what it locks, for the error message.
    sleep : callable, optional
        `asyncio.sleep`, or a test's replacement.

    Yields
    ------
    HeldLocks
        The locks, to be checked before each write.

    Raises
    ------
    RunConflict
        A live run holds one of the locks.
    OSError
        The file system cannot read or write a lock file.
    """
    owner = this_process()
    async with AsyncExitStack() as stack:
        locks = [RunLock(path, what, owner, sleep) for path, what in paths]
        inherited = []
        for lock in locks:
            stack.callback(_release, lock)
            if await lock.take():
                inherited.append(lock)
        if inherited:
            await sleep(CONFIRM_DELAY_S)
        for lock in inherited:
            await lock.confirm()
        held = HeldLocks(locks, sleep)
        try:
            yield held
        finally:
            held.lost.cancel()
            await asyncio.gather(held.lost, return_exceptions=True)


def _release(lock: RunLock) -> None:
    # A failing disk was reported where it mattered. The lock left behind counts as a dead run's.
    with suppress(OSError):
        lock.release()


def _publish_new(part: Path, path: Path) -> bool:
    """Give a written file its final name; return False if the name is taken."""
    try:
        os.link(part, path)
    except (FileExistsError, FileNotFoundError):
        # The run that has the name may also have removed our part file.
        return False
    except OSError:
        # Some file systems have no hard links. There, a run killed between creating and writing
        # the file leaves an empty lock.
        try:
            with open(path, "x", encoding="utf-8") as stream:
                stream.write(part.read_text(encoding="utf-8"))
        except FileExistsError:
            return False
    return True


def owner_of(path: Path) -> Owner | None:
    """Return who holds a lock; None if nobody does or the file is not complete.

    Parameters
    ----------
    path : Path
        The lock's file.
    """
    try:
        return Owner(**json.loads(read_head(path)))
    except (FileNotFoundError, ValueError, TypeError):
        return None
