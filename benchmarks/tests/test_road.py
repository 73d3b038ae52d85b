"""The measurement of the whole road reads what the command prints, and what it found."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.road import rank_others, stage_costs, strange_stars
from tests.support.ranked_stars import DIPPER, write_tables

_PRINTS = """
print("1/2 Download light curves.")
print("300 targets from here.")
print("(3 s)", flush=True)
print()
print("2/2 Rank the stars (xenoscan rank).")
sum(range(10**6))
print("(4 s)", flush=True)
"""


def test_costs_by_stage() -> None:
    """Each stage has its name, the time that the command tells, and processor time of its own."""
    costs = list(stage_costs([sys.executable, "-c", _PRINTS]))
    assert [(one.what, one.wall_s) for one in costs] == [
        ("Download light curves", 3.0),
        ("Rank the stars", 4.0),
    ]
    assert 0 <= costs[1].cpu_s < 10


def test_stars_beside_their_truth(tmp_path: Path) -> None:
    """Stars are in the order of what labels leave, each with its kind and amplitude."""
    rows = {
        "kic": [1, 2],
        "rank": [1, 2],
        "rank_unexplained": [2, 1],
        "class": ["eclipse", "irregular dips"],
        "why_unexplained": [None, "dims"],
    }
    pq.write_table(pa.table(rows), tmp_path / "ranking.parquet")
    truth = tmp_path / "truth.csv"
    truth.write_text(
        "number,kind,is_strange,amplitude_over_noise,spacecraft_faults\n"
        "1,giant,False,,step:Q5 ramp:Q5\n2,dipper,True,7.5,\n"
    )
    first, second = strange_stars(tmp_path / "ranking.parquet", truth)
    assert (first.kic, first.kind, first.is_strange, first.over_noise) == (2, "dipper", True, 7.5)
    assert (second.kic, second.over_noise, second.faults) == (1, 0.0, "step ramp")


@pytest.mark.slow
def test_the_others_are_ranked_alone(tmp_path: Path) -> None:
    """The ranking without some stars is made by the command, and holds all the others."""
    write_tables(tmp_path / "all", 150)
    rank_others(tmp_path / "all", tmp_path / "others", {DIPPER})
    ranked = pq.read_table(tmp_path / "others" / "ranking.parquet")["kic"].to_pylist()
    assert sorted(ranked) == list(range(DIPPER + 1, DIPPER + 150))
