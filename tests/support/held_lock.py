"""Another process that holds a lock, as that of a download."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from preprocessing.core.dataset_folder import DatasetFolder

__all__ = ["lock_held", "run_in_progress"]


@contextmanager
def run_in_progress(places: DatasetFolder) -> Iterator[None]:
    """Hold the lock of a download, in another process."""
    with lock_held(places.lightcurves / ".xenoscan.lock"):
        yield


@contextmanager
def lock_held(path: Path) -> Iterator[None]:
    """Hold a lock, in another process."""
    holder = f"""
import asyncio, pathlib, sys
from preprocessing.system.run_lock import hold
async def main():
    async with hold([(pathlib.Path({str(path)!r}), "it")]):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"""
    process = subprocess.Popen(
        [sys.executable, "-c", holder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
    finally:
        process.communicate("")
