"""The recovery of planets is measured star by star, and goes on where it was interrupted."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.recovery import recovery


def test_a_second_run_adds_to_the_first(tmp_path: Path) -> None:
    """Rows that are there are kept, those that are missing come, and the tables hold all."""
    rows = tmp_path / "recovery-rows.jsonl"

    def run(injections: int) -> list[str]:
        recovery(injections, 0, 0, None, None, "noise, white", tmp_path)
        return rows.read_text().splitlines()

    first = run(1)
    assert [json.loads(line)["search"] for line in first] == ["xenoscan", "alarm"]
    both = run(2)
    assert both[:2] == first
    assert len(both) == 4
    report = (tmp_path / "recovery.md").read_text()
    assert "noise, white, 1,470 d" in report
    assert "95 % interval" in report
