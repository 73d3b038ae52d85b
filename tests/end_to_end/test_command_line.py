"""The command works as a user runs it, from any folder and at a terminal."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.scraping import Place, Scrape

pytestmark = pytest.mark.slow


def test_the_embedded_archive_from_any_folder(tmp_path: Path) -> None:
    """A run started elsewhere without paths keeps its files below data/embedded."""
    place = Place(tmp_path / "unused")
    command = [word for word in place.command() if word not in place.options()]
    done = subprocess.run(
        [*command, "--archive", "embedded --quarters 2", "--targets", "3", "--log-level", "debug"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "What bounded the run" in done.stdout
    base = tmp_path / "data" / "embedded"
    assert len(list((base / "raw").glob("KIC_*.fits"))) == 3
    assert (base / "download_results.csv").exists()
    assert (base / "checkpoints" / "scraper_checkpoint.json").exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"data", "xenoscan-cache"}


def test_a_bar_at_a_terminal(scrape: Scrape, real_files: Path) -> None:
    """At a terminal the run draws lines that end at the total."""
    reader, writer = os.openpty()
    run = scrape.start("--targets", "2", "--archive", str(real_files), stderr=writer)
    os.close(writer)
    shown = b""
    while True:
        try:
            piece = os.read(reader, 65536)
        except OSError:
            # Linux says so where the other end of a terminal is closed.
            break
        if not piece:
            break
        shown += piece
    os.close(reader)
    run.communicate(timeout=60)
    assert run.returncode == 0
    assert b"2 of 2 stars" in shown
    assert b"2 complete" in shown
