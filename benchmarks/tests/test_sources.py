"""Every source gives the same star."""

from __future__ import annotations

from pathlib import Path

from benchmarks.sources import sources


def test_every_source_gives_the_same_star(tmp_path: Path) -> None:
    """A star comes out complete and right from each of the four sources."""
    sources(1, 1, tmp_path / "data", tmp_path / "results")
    rows = (tmp_path / "results" / "sources.md").read_text().split("\n| ---")[1].split("\n")[1:5]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    assert [row[0] for row in cells] == ["mast", "s3", "stsci", "directory"]
    assert {row[1] for row in cells} == {"1 of 1"}
    assert cells[3][4] == "0"
