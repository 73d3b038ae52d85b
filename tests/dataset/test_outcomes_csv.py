"""The results CSV is read as a table of outcomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessing.acquire.records.results import HEADER, encode_row
from preprocessing.core.errors import UsageError
from preprocessing.core.outcomes import COLUMNS
from preprocessing.core.reasons import Reason
from preprocessing.dataset.outcomes_csv import outcome_table, read_outcomes
from tests.support.scraping import outcome


def write(path: Path, *rows: bytes) -> Path:
    """Write a results CSV."""
    path.write_bytes(HEADER + b"".join(rows))
    return path


def test_outcomes_come_back_as_they_were_written(tmp_path: Path) -> None:
    """Every cell is read as what it was, text that a spreadsheet might run included."""
    outcomes = (
        outcome("KIC 1", reason=Reason.PARTIAL, error="Q4 not_found"),
        outcome("Kepler-10", success=False, filepath="", error='=1+1, "quoted"'),
    )
    assert read_outcomes(write(tmp_path / "r.csv", *map(encode_row, outcomes))) == outcomes


def test_later_rows_of_a_target_count(tmp_path: Path) -> None:
    """A target that was tried again has the outcome of the last attempt."""
    rows = [outcome("KIC 1", n_points=1), outcome("KIC 2"), outcome("kic0000001", n_points=2)]
    found = read_outcomes(write(tmp_path / "r.csv", *map(encode_row, rows)))
    assert [(o.target_id, o.n_points) for o in found] == [("KIC 2", 1000), ("kic0000001", 2)]


def test_last_line_may_be_cut_off(tmp_path: Path) -> None:
    """What a crash left of a row is no outcome, whether or not it could be read."""
    row = encode_row(outcome("KIC 1"))
    for size in (5, len(row) - 1):
        assert len(read_outcomes(write(tmp_path / "r.csv", row, row[:size]))) == 1


def test_columns_of_other_versions(tmp_path: Path) -> None:
    """Columns that came later are left out or have their defaults."""
    path = tmp_path / "r.csv"
    always = COLUMNS[: COLUMNS.index("quarters_found")]
    cells = encode_row(outcome("KIC 1")).decode().split(",")[: len(always)]
    path.write_text(f"{','.join(always)},moons\n{','.join(cells)},3\n")
    (found,) = read_outcomes(path)
    assert (found.n_points, found.quarters_used) == (1000, 0)


@pytest.mark.parametrize("text", ["", "\n", "kepid\n1\n", "damaged", "row", "\0"])
def test_other_files_are_refused(text: str, tmp_path: Path) -> None:
    """A file that is no results CSV is named, and a damaged line by its number."""
    path = tmp_path / "r.csv"
    path.write_text(text)
    if text in ("damaged", "row"):
        row = encode_row(outcome("KIC 1"))
        write(path, row, row.replace(b"True", b"maybe") if text == "damaged" else b"KIC 2,True\n")
    with pytest.raises(UsageError, match=r"r\.csv(, line 3:| is no results CSV)"):
        read_outcomes(path)


def test_table_has_one_array_a_column(tmp_path: Path) -> None:
    """Columns are arrays of numbers, truth values and text, in the order of the CSV."""
    table = outcome_table([outcome("KIC 1"), outcome("KIC 2", success=False)])
    assert tuple(table) == COLUMNS
    assert table["success"].dtype == np.bool_
    assert table["n_points"].dtype.kind == "i"
    assert list(table["reason"]) == ["complete", "complete"]
