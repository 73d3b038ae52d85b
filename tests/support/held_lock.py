"""Another process that holds the lock of a download."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from preprocessing.core.dataset_folder import DatasetFolder

__all__ = ["run_in_progress"]


@contextmanager
def run_in_progress(places: DatasetFolder) -> Iterator[None]:
    """Hold the lock of a download, in another process."""
    holder = f"""
import asyncio, pathlib, sys
from preprocessing.system.run_lock import hold
async def main():
    async with hold([(pathlib.Path({str(places.lightcurves / ".xenoscan.lock")!r}), "it")]):
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
