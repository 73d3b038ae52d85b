"""A scheduler and workers of Dask in processes of their own, to be killed and cut off."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.scraping import wait_until

__all__ = ["OwnCluster"]

_ROOT = Path(__file__).resolve().parents[2]


class OwnCluster:
    """A cluster whose scheduler and workers can be killed one by one.

    Parameters
    ----------
    folder : Path
        For what it writes.
    host : str, optional
        The address on which the scheduler listens.
    silent : str, optional
        How long a worker may say nothing before its work is given to others.
    """

    def __init__(self, folder: Path, host: str = "127.0.0.1", silent: str = "300s") -> None:
        self._folder = folder
        self._silent = silent
        self._place = folder / "scheduler.json"
        self._workers: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start(
            [],
            "scheduler",
            "--no-dashboard",
            "--host",
            host,
            "--port",
            "0",
            "--scheduler-file",
            str(self._place),
        )
        wait_until(self._is_up)

    @property
    def address(self) -> str:
        return str(json.loads(self._place.read_text())["address"])

    def add_worker(self, *before: str, host: str = "") -> None:
        """Start a worker at an address of its own, with these words before its command."""
        worker = self._start(
            [*before],
            "worker",
            self.address,
            "--nthreads",
            "1",
            "--no-dashboard",
            "--no-nanny",
            "--local-directory",
            str(self._folder),
            *(("--host", host) if host else ()),
        )
        self._workers.append(worker)

    def close(self) -> None:
        for process in (*self._workers, self.scheduler):
            process.kill()
            process.wait()

    def _is_up(self) -> bool:
        try:
            return bool(self.address)
        except (OSError, ValueError):
            return False

    def _start(self, before: list[str], what: str, *words: str) -> subprocess.Popen[bytes]:
        command = [*before, sys.executable, "-m", f"distributed.cli.dask_{what}", *words]
        environment = {
            **os.environ,
            "PYTHONPATH": str(_ROOT),
            "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": self._silent,
        }
        return subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
