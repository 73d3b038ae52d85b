"""Who holds a lock: a process, told apart from all others of all machines."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

from preprocessing.system.clock import utc_now

__all__ = ["Owner", "this_process"]

#: Boot times of one machine, as two processes work them out, differ by less, in seconds.
_SAME_BOOT_S = 10.0
#: So do the starts of one process. Its number is not given again as soon.
_SAME_PROCESS_S = 1.0


@dataclass(frozen=True)
class Owner:
    """Who holds a lock.

    Parameters
    ----------
    run : str
        Random, so that no two are alike.
    host : str
    boot_id : str
        Of the machine's start, where the system gives it one: its name may not be its
        alone.
    boot_time : float
        When the machine started, seconds since 1970. Another one once its clock is set.
    pid_namespace : str
        Tells containers of one machine apart, which do not see each other's processes.
    pid : int
    process_time : float
        When the process started, seconds since `boot_time`: its number is given again.
    since : str
        ISO 8601, UTC.
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
        """Tell whether the two would see each other's process."""
        same_names = (self.host, self.pid_namespace) == (other.host, other.pid_namespace)
        if self.boot_id or other.boot_id:
            return same_names and self.boot_id == other.boot_id
        return same_names and abs(self.boot_time - other.boot_time) < _SAME_BOOT_S

    def is_running(self) -> bool:
        """Tell whether the process lives; only on its own system can it be told."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            started = _process_time(process)
        except psutil.NoSuchProcess:
            return False
        except psutil.AccessDenied:
            return True
        return abs(started - self.process_time) < _SAME_PROCESS_S

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.since}"


def this_process() -> Owner:
    """Return this process as an owner, each time another one."""
    process = psutil.Process()
    return Owner(
        run=secrets.token_hex(8),
        host=socket.gethostname(),
        boot_id=_boot_id(),
        boot_time=psutil.boot_time(),
        pid_namespace=_pid_namespace(),
        pid=process.pid,
        process_time=_process_time(process),
        since=utc_now(),
    )


def _boot_id() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        # Only Linux has them, as it has namespaces.
        return ""


def _pid_namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""


def _process_time(process: psutil.Process) -> float:
    # Both are worked out from the clock of this moment, which may be set before the next.
    return float(process.create_time() - psutil.boot_time())
