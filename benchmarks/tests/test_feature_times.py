"""What features cost is measured on files of the missions, one star a process."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.feature_times import feature_times


def test_every_case_is_timed(tmp_path: Path) -> None:
    """The report has a line for each star, with its passes and its memory."""
    folder = os.environ.get("XENOSCAN_REAL_FILES")
    if folder is None:
        pytest.skip("XENOSCAN_REAL_FILES names no folder of real files")
    feature_times(Path(folder), 1, False, tmp_path)
    report = (tmp_path / "features.md").read_text()
    assert report.count("| Kepler,") == 3
    assert report.count("| TESS,") == 2
