"""What the demo says of its strangest stars."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

_SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "_demo_truth.py"


@pytest.mark.slow
def test_strangest_stars_beside_the_truth(tmp_path: Path) -> None:
    """Each of the first ten is named with what it is, and all strange stars with their places."""
    numbers = list(range(1, 101))
    places = [*range(2, 101), 1]
    table = {"kic": numbers, "name": [f"KIC {n}" for n in numbers], "rank_unexplained": places}
    pq.write_table(pa.table(table), tmp_path / "ranking.parquet")
    with (tmp_path / "truth.csv").open("w", newline="") as stream:
        names = ("number", "kind", "is_strange", "amplitude_over_noise", "spacecraft_faults")
        writer = csv.writer(stream)
        writer.writerow(names)
        for number in numbers:
            is_strange = number in (4, 100)
            kind, ratio = ("slow_fade", "40.4") if is_strange else ("giant", "")
            writer.writerow((number, kind, is_strange, ratio, "step:Q5" if number == 1 else ""))
    files = [str(tmp_path / name) for name in ("ranking.parquet", "truth.csv")]
    command = [sys.executable, str(_SCRIPT), *files]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    assert lines[1] == "   1  KIC 100 * slow fade, 40 times the noise"
    assert lines[2] == "   2  KIC 1   giant; spacecraft: step in Q5"
    assert len(lines) == 13
    assert lines[-2:] == [
        "Strange stars among the first 3 (3 %): 1 of 2.",
        "Their places in the list: 1, 5.",
    ]
