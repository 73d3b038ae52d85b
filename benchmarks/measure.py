"""What one command takes on which machine: wall time, processor time, memory, cores, versions."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from preprocessing._version import __version__
from preprocessing.core.errors import RunError

__all__ = [
    "ARCHIVE_CORES",
    "CLIENT_CORES",
    "Measured",
    "describe_machine",
    "first_line",
    "last_words",
    "measure",
    "measure_sound",
    "package_version",
    "pinned",
]


_PACKAGES = ("aiohttp", "numpy", "astropy", "astroquery", "lightkurve")
_TOOLS = ("aria2c", "curl")


def describe_machine() -> dict[str, str]:
    """Return what may matter for a measurement, by name."""
    return {
        "processor": _processor(),
        "cores": str(os.cpu_count()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "load at start": f"{os.getloadavg()[0]:.2f}",
        "pinned": _pinning(),
        "xenoscan": __version__,
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
        **{tool: said for tool in _TOOLS if (said := _tool_version(tool))},
    }


def package_version(package: str) -> str:
    """Return the version of an installed package; nothing if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def first_line(command: Sequence[str]) -> str:
    """Return the first line that a command prints; nothing if it is not there or fails."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return ""
    return next(iter(ended.stdout.splitlines()), "").strip()


def _tool_version(tool: str) -> str:
    # What curl is built with follows in brackets.
    return first_line([tool, "--version"]).partition(" (")[0]


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    if described.exists():
        for line in described.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _pinning() -> str:
    if ARCHIVE_CORES is None:
        return "no: archive and client share every core"
    return f"archive to cores {ARCHIVE_CORES}, client to {CLIENT_CORES}"


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
