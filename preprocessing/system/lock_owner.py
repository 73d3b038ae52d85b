"""The process that holds a lock, identified across machines and containers."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from preprocessing.system.waiting import utc_now

__all__ = ["Owner", "this_process"]

#: Two processes on one machine compute boot times that differ by less than this, in seconds.
_SAME_BOOT_S = 10.0
#: Two readings of one process's start differ by less than this, in seconds. The system does not
#: reuse a process number as quickly.
_SAME_PROCESS_S = 1.0


@dataclass(frozen=True)
class Owner:
    """The process that holds a lock.

    Parameters
    ----------
    run : str
        A random identifier of the run, so that no two owners are equal.
    host : str
        The machine's name in the network.
    boot_id : str
        Linux's identifier of the machine's last start; empty on other systems. Two machines
        may share a host name, but never this.
    boot_time : float
        When the machine started, in seconds since 1970. It changes when the clock is set. 0 if the
        system does not tell.
    pid_namespace : str
        Linux's namespace of process numbers: containers on one machine have one each and do
        not see each other's processes. Empty on other systems.
    pid : int
        The process number.
    process_time : float
        When the process started, in seconds since `boot_time`. Tells a process from a later
        one with the same number. 0 if the system does not tell.
    since : str
        When the lock was taken: ISO 8601, UTC.
    """

    run: str
    host: str
    boot_id: str
    boot_time: float
    pid_namespace: str
    pid: int
    process_time: float
    since: str

    def is_of_same_system(self, other: Owner) -> bool:
        """Tell whether the two owners' processes would see each other.

        Parameters
        ----------
        other : Owner
            The owner to compare with.
        """
        same_names = (self.host, self.pid_namespace) == (other.host, other.pid_namespace)
        if self.boot_id or other.boot_id:
            return same_names and self.boot_id == other.boot_id
        return same_names and abs(self.boot_time - other.boot_time) < _SAME_BOOT_S

    def is_running(self) -> bool:
        """Tell whether the owner's process is alive.

        The answer is only meaningful on the owner's own system: see `is_of_same_system`.
        """
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            started = _process_time(process)
        except psutil.NoSuchProcess:
            return not _are_processes_shown() and _takes_signals(self.pid)
        except psutil.AccessDenied:
            return True
        is_known = bool(started and self.process_time)
        return not is_known or abs(started - self.process_time) < _SAME_PROCESS_S

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


def this_process() -> Owner:
    """Return this process as an owner, with a new `run` at each call."""
    return Owner(
        run=secrets.token_hex(8),
        host=socket.gethostname(),
        boot_id=_boot_id(),
        boot_time=_boot_time(),
        pid_namespace=_pid_namespace(),
        pid=os.getpid(),
        process_time=_process_time(psutil.Process()) if _are_processes_shown() else 0.0,
        since=utc_now(),
    )


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        # Only Linux has boot identifiers (and process namespaces, below).
        return ""


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _are_processes_shown() -> bool:
    """Tell whether the system lists processes: Linux does not where /proc is not mounted."""
    try:
        psutil.Process()
    except psutil.NoSuchProcess:
        return False
    return True


def _takes_signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        # It is another user's.
        return True
    return True


def _boot_time() -> float:
    try:
        return float(psutil.boot_time())
    except OSError:
        return 0.0


def _process_time(process: psutil.Process) -> float:
    boot_time = _boot_time()
    if not boot_time:
        return 0.0
    # psutil derives both from the current clock. Their difference survives a change of the clock.
    return float(process.create_time() - boot_time)
