"""What long lists and long runs cost is measured, here with short ones."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.__main__ import main
from benchmarks.soak import Sample, memory_at


def test_the_memory_at_a_star_is_that_of_the_samples_near_it() -> None:
    """The memory at a star is the median of the samples near it, or the nearest."""
    samples = [Sample(n, n, mb) for n, mb in ((0, 10.0), (99, 50.0), (100, 90.0), (101, 70.0))]
    assert memory_at(100, samples, stars=100) == 70
    assert memory_at(40, samples, stars=100) == 10


def _run(folder: Path, *arguments: str) -> None:
    folders = [f"--data={folder / 'data'}", f"--results={folder / 'results'}"]
    assert main([*arguments, *folders]) == 0


def test_a_list_that_is_all_but_done_is_resumed(tmp_path: Path) -> None:
    """Each length has the cost of resuming it and the time of a checkpoint."""
    _run(tmp_path, "scaling", "--quick", "--rounds", "1", "--only", "list")
    found = json.loads((tmp_path / "results" / "scaling.json").read_text())["scaling"]["list"]
    assert [of_length["targets"] for (of_length,) in found.values()] == [200, 400]
    assert all(of_length["checkpoint_ms"] > 0 for (of_length,) in found.values())


def test_memory_is_watched_while_outputs_go(tmp_path: Path) -> None:
    """A soak ends with every star done, and leaves no light curve behind."""
    _run(tmp_path, "soak", "--stars", "4", "--workers", "2")
    samples = json.loads((tmp_path / "results" / "soak.json").read_text())["soak"]["samples"]
    assert samples
    assert all(sample["rss_mb"] > 0 for sample in samples)
    assert list((tmp_path / "data").iterdir()) == []
