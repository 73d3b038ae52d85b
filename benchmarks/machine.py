"""What a measurement was made on, and with: nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from benchmarks.measure import ARCHIVE_CORES, CLIENT_CORES
from preprocessing._version import __version__

__all__ = ["describe_machine", "first_line", "package_version"]

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
