"""Pairs of runs are measured, one of which leaves its status."""

from __future__ import annotations

from pathlib import Path

from benchmarks.live_files import live_files


def test_a_pair_is_measured(tmp_path: Path) -> None:
    """The report has a row for the pair, and the medians."""
    live_files(6, 2, 1, tmp_path / "data", tmp_path / "results")
    text = (tmp_path / "results" / "live-files.md").read_text()
    assert text.count("\n| 1 ") == 1
    assert "Medians: rate " in text
