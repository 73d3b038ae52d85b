"""What the ranking is timed on can be ranked, and each thing is timed."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from benchmarks import ranking_times
from preprocessing.anomalies.table.reading import read_dataset
from tests.support.ranked_stars import DIPPER


def test_many_stars_are_made_of_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies have names and features of their own, and their tables are of each other."""
    monkeypatch.setattr(ranking_times, "_MADE", 60)
    ranking_times.write_many(tmp_path, 150)
    rows = read_dataset(tmp_path)
    assert list(rows.number) == [DIPPER + n for n in range(150)]
    assert len(set(rows.file)) == 150
    white = rows.stars.feature("stat_white")
    assert len(set(white[[0, 60, 120]])) == 3
    events = pq.read_table(tmp_path / "events.parquet")
    assert events["fits_file"].to_pylist() == [f"KIC_{DIPPER + n}.fits" for n in (0, 60, 120)]


def test_time_taken() -> None:
    """A thing is timed by the clock and by the processors."""
    taken = ranking_times._timed(lambda: sum(range(10**6)))
    assert 0 < taken.wall_s < 60
    assert 0 < taken.cpu_s < 60
