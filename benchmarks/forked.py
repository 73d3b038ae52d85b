"""Start the scraper many times without waiting for Python each time, and kill it."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["kill_group", "start_scraper"]

#: Loaded once, by the process that each run is a fork of.
_LOADED = (
    "preprocessing.cli.download",
    "preprocessing.acquire.archives",
    "preprocessing.acquire.downloader",
)

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([*_LOADED, __name__])


def start_scraper(arguments: Sequence[str], cache: Path, said: Path) -> BaseProcess:
    """Start the scraper's command line, in a process group of its own.

    Parameters
    ----------
    arguments : sequence of str
    cache : Path
        Its cache folder.
    said : Path
        What it says is appended there.
    """
    process = _FORKS.Process(target=_run, args=(list(arguments), cache, said))
    process.start()
    return process


def kill_group(process: BaseProcess) -> bool:
    """Kill a scraper with all that it started; return whether it still ran."""
    assert process.pid is not None
    # In its first moments it has no group of its own yet.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def _run(arguments: list[str], cache: Path, said: Path) -> None:
    os.setsid()
    os.environ["XENOSCAN_CACHE_DIR"] = str(cache)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    words = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number, replacement in enumerate((nowhere, words, words)):
        os.dup2(replacement, number)

    from scripts.xenoscan_scraper import main

    sys.exit(main(arguments))
