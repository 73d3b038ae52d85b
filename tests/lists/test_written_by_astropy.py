"""Tables that astropy and numpy write are lists in every text format that they know."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table

from preprocessing.core.errors import UsageError
from preprocessing.lists.target_list import read_target_list
from preprocessing.missions import MISSIONS

_TICS = [162494287, 66818296]
_KINDS = (
    *("basic", "commented_header", "csv", "tab", "rdb", "ecsv", "no_header", "ipac", "mrt", "rst"),
    *("fixed_width", "fixed_width_no_header", "fixed_width_two_line"),
)


def _numbers(path: Path) -> list[int | None]:
    targets = read_target_list(str(path), MISSIONS["TESS"]).targets.targets
    return [target.number for target in targets]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["TIC ID", "tic_id"])
@pytest.mark.parametrize("kind", _KINDS)
def test_text_formats_of_astropy(tmp_path: Path, kind: str, name: str) -> None:
    """The column is found whatever the format, also below units, types and rules."""
    table = Table({"ra": [202.1, 268.1], name: _TICS, "note": ["a b", "c"], "Tmag": [9.9, 8.0]})
    table["ra"].unit, table["Tmag"].unit = "deg", "mag"
    path = tmp_path / "stars.txt"
    if kind == "ipac" and " " in name:
        pytest.skip("astropy writes no IPAC table with blanks in names")
    table.write(path, format=f"ascii.{kind}")
    assert _numbers(path) == _TICS


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["basic", "csv", "tab", "fixed_width_two_line", "ipac", "ecsv"])
def test_masked_rows_of_astropy(tmp_path: Path, kind: str) -> None:
    """A masked number is an empty cell, and moves no other cell into its place."""
    numbers = MaskedColumn([_TICS[0], 1, _TICS[1]], mask=[False, True, False])
    table = Table({"ra": [202.1, 1.5, 268.1], "tic_id": numbers, "sectors": [12345, 23456, 34567]})
    path = tmp_path / "stars.txt"
    table.write(path, format=f"ascii.{kind}")
    assert _numbers(path) == _TICS


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "said"), [("votable", "a VOTable"), ("fits", "a FITS file")])
def test_files_that_are_no_text(tmp_path: Path, kind: str, said: str) -> None:
    """A VOTable and a FITS file are refused with what they are."""
    path = tmp_path / "stars"
    Table({"tic_id": _TICS}).write(path, format=kind)
    with pytest.raises(UsageError, match=said):
        _numbers(path)


@pytest.mark.parametrize("delimiter", [" ", ",", "\t"])
@pytest.mark.parametrize("header", ["", "TIC Tmag"])
def test_tables_of_numpy(tmp_path: Path, delimiter: str, header: str) -> None:
    """Numbers in the form that numpy writes floats are exact."""
    path = tmp_path / "stars.txt"
    rows = np.column_stack([_TICS, [9.9, 8.0]])
    np.savetxt(path, rows, delimiter=delimiter, header=header.replace(" ", delimiter))
    assert _numbers(path) == _TICS
