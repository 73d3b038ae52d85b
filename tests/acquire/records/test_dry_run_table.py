"""The table of a dry run has every target without light curves, and replaces only its like."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.acquire.records.dry_run_table import Unresolved, dry_run_path, save_unresolved
from preprocessing.core.errors import UsageError
from preprocessing.core.reasons import Reason

_MISSING = [
    Unresolved("KIC 1", Reason.NO_DATA, "the archive has none"),
    Unresolved("=1+1", Reason.INVALID_TARGET, "a, b"),
]


def test_the_table(tmp_path: Path) -> None:
    """The table has a row for each target, harmless to spreadsheets, and is replaced later."""
    path = dry_run_path(tmp_path / "new" / "results.csv")
    assert save_unresolved(path, _MISSING)
    assert path.read_text() == (
        'target_id,reason,error\nKIC 1,no_data,the archive has none\n\'=1+1,invalid_target,"a, b"\n'
    )
    assert save_unresolved(path, [])
    assert path.read_text() == "target_id,reason,error\n"


def test_nothing_to_say(tmp_path: Path) -> None:
    """Without such targets and an earlier table, nothing is written."""
    assert not save_unresolved(tmp_path / "new" / "table.csv", [])
    assert list(tmp_path.iterdir()) == []


def test_files_of_others_stay(tmp_path: Path) -> None:
    """A file with the table's name that is no table of a dry run is left alone and named."""
    path = tmp_path / "table.csv"
    path.write_text("precious")
    with pytest.raises(UsageError, match=r"table\.csv is not the table of a dry run"):
        save_unresolved(path, _MISSING)
    assert path.read_text() == "precious"
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write"):
        save_unresolved(tmp_path / "file" / "table.csv", _MISSING)
