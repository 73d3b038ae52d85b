"""A cluster's workers are measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cluster import cluster


@pytest.mark.slow
def test_workers_are_measured(tmp_path: Path) -> None:
    """The report has a row for each number of workers."""
    cluster([1], 2, 1, 0.01, tmp_path / "data", tmp_path / "results")
    assert "| 1 " in (tmp_path / "results" / "cluster.md").read_text()
