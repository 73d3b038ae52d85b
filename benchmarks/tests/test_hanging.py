"""Runs against archives that leave requests hanging are timed, and their outputs compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import hanging
from benchmarks.__main__ import main
from benchmarks.archive import ROOT


def test_each_build_is_measured_against_each_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds download a star from each of the three archives."""
    # So few hang that the test does not wait for them.
    monkeypatch.setattr(hanging, "_SHARE", 1e-6)
    folders = [f"--data={tmp_path / 'data'}", f"--results={tmp_path / 'results'}"]
    assert main(["hanging", "--stars", "1", "--against", str(ROOT), *folders]) == 0
    found = json.loads((tmp_path / "results" / "hanging.json").read_text())["hanging"]
    assert [(hung["recipe"], hung["build"]) for hung in found[:2]] == [
        ("healthy", "xenoscan"),
        ("healthy", "other build"),
    ]
    assert len(found) == 6
    assert {hung["complete"] for hung in found} == {1}
    assert len({tuple(hung["outputs"].values()) for hung in found}) == 1
