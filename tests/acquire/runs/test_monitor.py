"""The monitor measures what the run takes of this machine."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from preprocessing.acquire.runs.monitor import ResourceMonitor, free_bytes
from tests.support.limits import lowered


def test_peaks_are_remembered() -> None:
    """Memory that was given back still counts toward the peak."""
    monitor = ResourceMonitor()
    block = bytearray(os_pages := 60 * 2**20)
    block[::4096] = b"x" * len(range(0, os_pages, 4096))
    monitor.sample()
    held = monitor.rss_bytes
    del block
    monitor.sample()
    assert monitor.rss_bytes < held <= monitor.peak_rss_bytes
    assert 0 < monitor.peak_memory_percent <= 100


def test_a_shortage_of_open_files_costs_no_more_than_a_sample() -> None:
    """A sample that cannot be taken leaves the last one, and the next follows later."""
    monitor = ResourceMonitor()
    before = monitor.rss_bytes
    with lowered(resource.RLIMIT_NOFILE, 0):
        monitor.sample()
    assert monitor.rss_bytes == before
    monitor.sample()


def test_clocks_run() -> None:
    """Wall time and processor time count from the monitor's start."""
    monitor = ResourceMonitor()
    sum(range(10**6))
    assert monitor.seconds > 0
    assert monitor.cpu_seconds > 0


def test_free_room_needs_a_folder(tmp_path: Path) -> None:
    """Free space is reported only for a folder that exists."""
    assert free_bytes(tmp_path) > 0
    with pytest.raises(OSError):
        free_bytes(tmp_path / "nowhere")
