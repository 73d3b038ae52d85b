"""The fuzzing command counts what it did, and fails if the law was broken."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.__main__ import main
from preprocessing.fits.stitch import StitchedFile, stitch_file
from tests.support import acceptance


def _fuzz(folder: Path, seconds: int = 1) -> tuple[int, dict[str, Any]]:
    status = main(["fuzz", f"--seconds={seconds}", "--seed=7", f"--results={folder}"])
    return status, json.loads((folder / "fuzz.json").read_text())["fuzz"]


def test_what_was_tried_is_counted(tmp_path: Path) -> None:
    """The counts say how many of each kind were tried and accepted, and the worst cost."""
    status, found = _fuzz(tmp_path)
    assert (status, found["problems"]) == (0, [])
    counts = found["counts"].values()
    assert sum(count["tried"] for count in counts) >= found["tried"] > 0
    assert all(0 <= count["accepted"] <= count["tried"] for count in counts)
    assert all(count["largest_share"] < 1 for count in counts)


def test_a_reader_that_alters_rows_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reader that alters rows is found, with the seed that shows it again."""

    def wrong(*arguments: Any) -> StitchedFile:
        quarter = stitch_file(*arguments)
        rows = quarter.rows.copy()
        rows["FLUX"] += 1
        return replace(quarter, rows=rows)

    monkeypatch.setattr(acceptance, "stitch_file", wrong)
    # A busy machine may try too few files in a second.
    for seconds in (1, 10, 60):
        status, found = _fuzz(tmp_path, seconds)
        if found["problems"]:
            break
    assert status == 1
    assert "another FLUX than astropy reads" in found["problems"][0]
    assert "seed " in capsys.readouterr().err
