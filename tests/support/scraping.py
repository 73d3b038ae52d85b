"""What tests of whole runs share: a place for one, the command that makes it, its records."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.simulator.server import ArchiveThread
from scripts.xenoscan_scraper import main

PROGRAM = Path(__file__).resolve().parents[2] / "scripts" / "xenoscan_scraper.py"

_OUTCOME = TargetOutcome(
    target_id="KIC 757076",
    success=True,
    n_points=1000,
    duration_days=89.5,
    filepath="raw/KIC_757076.fits",
    error="",
    download_time=1.5,
    timestamp="2026-01-02T03:04:05Z",
    reason=Reason.COMPLETE,
    quarters_found=17,
    quarters_used=17,
    bytes=10**7,
)


def outcome(target_id: str = _OUTCOME.target_id, **changes: Any) -> TargetOutcome:
    """Return an outcome, complete unless changed."""
    return replace(_OUTCOME, target_id=target_id, **changes)


class Place:
    """Where one run keeps its outputs and records."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.raw = root / "raw"
        self.results = root / "results.csv"
        self.checkpoint = root / "checkpoints" / "scraper_checkpoint.json"

    def options(self) -> list[str]:
        return [
            f"--output={self.raw}",
            f"--results={self.results}",
            f"--checkpoint-dir={self.checkpoint.parent}",
        ]

    def rows(self) -> list[dict[str, str]]:
        with open(self.results, encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def row(self, target_id: str) -> dict[str, str]:
        (row,) = (row for row in self.rows() if row["target_id"] == target_id)
        return row

    def outputs(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in sorted(self.raw.iterdir())}

    def noted(self) -> dict[str, Any]:
        return dict(json.loads(self.checkpoint.read_text()))

    def scrape(self, *arguments: str) -> int:
        """Run the command in this process; return its exit status."""
        return main([*self.options(), *arguments])

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(PROGRAM), *self.options(), *arguments]

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start the command in a process of its own."""
        streams: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.command(*arguments), text=True, **{**streams, **options})


#: What the fixture `archive` returns: it starts a simulator of some holdings, with options.
StartArchive = Callable[..., ArchiveThread]


class Scrape(Place):
    """The command in a place of its own: called with arguments, it runs there."""

    def __call__(self, *arguments: str) -> int:
        """Run the command in this process; return its exit status."""
        return self.scrape(*arguments)


def everything_below(folder: Path) -> Mapping[str, tuple[int, bytes]]:
    """Return every file below a folder, with its time of change and its content."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def wait_until(condition: Callable[[], bool], patience_s: float = 60.0) -> None:
    """Wait for what another process or thread does."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def environment(**changes: str) -> dict[str, str]:
    return {**os.environ, **changes}
