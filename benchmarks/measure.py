"""What one command takes: wall time, processor time, memory; and the cores it may use."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from preprocessing.core.errors import RunError

__all__ = [
    "ARCHIVE_CORES",
    "CLIENT_CORES",
    "Measured",
    "last_words",
    "measure",
    "measure_sound",
    "pinned",
]

_LAUNCHER = Path(__file__).with_name("launcher.py")

#: With fewer cores neither side could be given its own without starving the other.
_LEAST_CORES = 4
#: The archive is one process whose threads seldom run at once.
_CORES_OF_ARCHIVE = 2


@dataclass(frozen=True)
class Measured:
    """What one command took.

    Parameters
    ----------
    status : int
        Exit status; minus the number of the signal that ended it.
    wall_s : float
        From its start to its end, in seconds.
    cpu_s : float
        User and system time, that of its children included, in seconds.
    peak_rss_mb : float
        Most memory that it, or one of its children, had at a time, in 10**6 bytes.
    """

    status: int
    wall_s: float
    cpu_s: float
    peak_rss_mb: float


def measure(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout_s: int
) -> Measured:
    """Run a command to its end, apart from the cores of the archive where that can be.

    Parameters
    ----------
    command : sequence of str
    folder : Path
        Where it runs. What it says goes into a log there.
    environment : mapping of str to str
        All of it.
    timeout_s : int
        After which it is killed.

    Raises
    ------
    RunError
        It could not be started.
    """
    report = folder / "measured.json"
    launch = [sys.executable, "-I", "-S", *map(str, (_LAUNCHER, report, _log_path(folder)))]
    ended = subprocess.run(
        [*launch, str(timeout_s), *pinned(command, CLIENT_CORES)],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise RunError(ended.stderr.strip())
    return Measured(**json.loads(report.read_text()))


def measure_sound(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], timeout_s: int
) -> tuple[Measured, str]:
    """Run a command as `measure` does; return what it took, and what it said.

    Raises
    ------
    RunError
        It could not be started, or ended badly.
    """
    measured = measure(command, folder, environment, timeout_s)
    said = _log_path(folder).read_text(errors="replace").strip()
    if measured.status != 0:
        raise RunError(f"{command[0]} ended with status {measured.status}: {said}")
    return measured, said


def last_words(folder: Path) -> str:
    """Return the last line that the command that was measured in a folder said."""
    lines = _log_path(folder).read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _log_path(folder: Path) -> Path:
    return folder / "output.log"


def pinned(command: Sequence[str], cores: str | None) -> list[str]:
    """Return a command that keeps to some cores, or the same if there are none to keep to."""
    return list(command) if cores is None else ["taskset", "--cpu-list", cores, *command]


def _split_cores() -> tuple[str | None, str | None]:
    if shutil.which("taskset") is None:
        return None, None
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < _LEAST_CORES:
        return None, None
    halves = cores[:_CORES_OF_ARCHIVE], cores[_CORES_OF_ARCHIVE:]
    archive, client = (",".join(map(str, half)) for half in halves)
    return archive, client


#: Cores of the archive and of its clients, as taskset takes them; None if they share all.
ARCHIVE_CORES, CLIENT_CORES = _split_cores()
