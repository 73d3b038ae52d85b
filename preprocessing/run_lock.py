"""Keep two runs from writing into the same place at once."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from preprocessing.exceptions import RunConflict, RunError
from preprocessing.outcomes import utc_now

__all__ = ["Owner", "RunLock", "hold", "this_process"]

_log = logging.getLogger(__name__)

#: How often a run shows that it lives, in seconds.
_HEARTBEAT_S = 30.0
#: After so long without a sign of life a run on another machine is taken for dead, in
#: seconds. Network file systems may show a change to others a minute late.
_DEAD_AFTER_S = 300.0
#: Between taking over from a dead run and looking whether another did the same.
_SECOND_LOOK_S = 0.5
#: Boot times of one machine, as two processes work them out, differ by less, in seconds.
_SAME_BOOT_S = 10.0

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Owner:
    """Who holds a lock.

    Parameters
    ----------
    run : str
        Random, so that no two are alike.
    host : str
    boot_time : float
        When the machine started, seconds since 1970: its name may not be its alone.
    pid_namespace : str
        Tells containers of one machine apart, which do not see each other's processes.
    pid : int
    process_time : float
        When the process started, seconds since 1970: its number is given again.
    since : str
        ISO 8601, UTC.
    """

    run: str
    host: str
    boot_time: float
    pid_namespace: str
    pid: int
    process_time: float
    since: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


def this_process() -> Owner:
    """Return this process as an owner, each time another one."""
    process = psutil.Process()
    return Owner(
        run=secrets.token_hex(8),
        host=socket.gethostname(),
        boot_time=psutil.boot_time(),
        pid_namespace=_pid_namespace(),
        pid=process.pid,
        process_time=process.create_time(),
        since=utc_now(),
    )


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        # Only Linux has them.
        return ""


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
        if await asyncio.to_thread(self._create):
            return
        await asyncio.to_thread(self._take_over)
        # Another run may have found the same dead one, and the later of the two has it.
        await self._sleep(_SECOND_LOOK_S)
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

    def _create(self) -> bool:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(self._path, "x", encoding="utf-8") as stream:
                json.dump(asdict(self._owner), stream)
        except FileExistsError:
            return False
        return True

    def _take_over(self) -> None:
        other = _read(self._path)
        if not self._is_dead(other):
            raise self._conflict(other)
        mine = self._path.with_name(f"{self._path.name}.{self._owner.run}.part")
        mine.write_text(json.dumps(asdict(self._owner)), encoding="utf-8")
        os.replace(mine, self._path)

    def _is_dead(self, other: Owner | None) -> bool:
        if other is not None and self._is_here(other):
            return not _is_running(other)
        try:
            return self._silence_s() > _DEAD_AFTER_S
        except FileNotFoundError:
            # It ended in this moment.
            return True

    def _is_here(self, other: Owner) -> bool:
        mine = self._owner
        same_boot = abs(other.boot_time - mine.boot_time) < _SAME_BOOT_S
        same_names = (other.host, other.pid_namespace) == (mine.host, mine.pid_namespace)
        return same_boot and same_names

    def _silence_s(self) -> float:
        probe = self._path.with_name(f"{self._path.name}.{self._owner.run}.part")
        try:
            probe.write_bytes(b"")
            return probe.stat().st_mtime - self._path.stat().st_mtime
        finally:
            probe.unlink(missing_ok=True)

    def _is_mine(self) -> bool:
        owner = _read(self._path)
        return owner is not None and owner.run == self._owner.run

    def _conflict(self, other: Owner | None) -> RunConflict:
        return RunConflict(
            f"another run writes to {self._what}: {other or 'one that has just begun'}. Let it"
            f" end, or end it; if it cannot be there any more, remove {self._path}"
        )


@asynccontextmanager
async def hold(
    places: Collection[tuple[Path, str]], sleep: Sleep = asyncio.sleep
) -> AsyncIterator[asyncio.Future[None]]:
    """Hold the locks of some places while the block runs.

    Parameters
    ----------
    places : collection of (Path, str)
        The lock's path, and what it locks.
    sleep : callable, optional

    Yields
    ------
    asyncio.Future
        Fails with `RunError` if a lock is lost; never ends otherwise. A lock that cannot
        be renewed for now is no more than a warning.

    Raises
    ------
    RunConflict
        A run that lives has one of them.
    OSError
        From the file system.
    """
    owner = this_process()
    async with AsyncExitStack() as held:
        locks = []
        for path, what in places:
            lock = RunLock(path, what, owner, sleep)
            await lock.acquire()
            held.callback(_release, lock)
            locks.append(lock)
        beating = asyncio.ensure_future(_beat(locks, sleep))
        try:
            yield beating
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)


async def _beat(locks: Collection[RunLock], sleep: Sleep) -> None:
    while True:
        await sleep(_HEARTBEAT_S)
        for lock in locks:
            try:
                await asyncio.to_thread(lock.renew)
            except OSError as error:
                # A disk that fails for longer ends the run where it writes its results.
                _log.warning("a lock could not be renewed: %s", error)


def _release(lock: RunLock) -> None:
    # A disk that fails now has been spoken of where it mattered; the lock is taken for dead.
    with suppress(OSError):
        lock.release()


def _read(path: Path) -> Owner | None:
    """Return who holds a lock; None if nobody does, or it is still being written."""
    try:
        return Owner(**json.loads(path.read_bytes()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _is_running(owner: Owner) -> bool:
    try:
        process = psutil.Process(owner.pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        started: float = process.create_time()
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
    return abs(started - owner.process_time) < 1.0
