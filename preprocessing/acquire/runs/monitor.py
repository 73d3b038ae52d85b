"""Measure what a run uses: memory, processor time, disk."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path

import psutil

__all__ = ["ResourceMonitor", "free_bytes"]


class ResourceMonitor:
    """Samples the memory of the process and of the machine, and keeps the peaks.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._cpu_began = time.process_time()
        self.rss_bytes = 0
        self.peak_rss_bytes = 0
        self.memory_percent = 0.0
        self.peak_memory_percent = 0.0
        self.sample()

    def sample(self) -> None:
        """Take a sample, unless the system does not give the figures."""
        try:
            self.rss_bytes = psutil.Process().memory_info().rss
            self.memory_percent = float(psutil.virtual_memory().percent)
        except (OSError, psutil.Error):
            # A run that has used up its open files, or has no /proc, must not fail for statistics.
            return
        self.peak_rss_bytes = max(self.peak_rss_bytes, self.rss_bytes)
        self.peak_memory_percent = max(self.peak_memory_percent, self.memory_percent)

    @property
    def seconds(self) -> float:
        """Seconds since the monitor was created."""
        return self._clock() - self._began

    @property
    def cpu_seconds(self) -> float:
        """Processor time of this process since then, user and system."""
        return time.process_time() - self._cpu_began


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free on the disk of a folder.

    Raises
    ------
    OSError
        The folder does not exist.
    """
    return shutil.disk_usage(folder).free
