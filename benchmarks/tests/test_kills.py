"""What a killed run leaves is looked at, and kills lose nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.kills import kill_rounds, open_archive
from benchmarks.place import Place, Remains, differences

_ROW = {
    "target_id": "KIC 1",
    "success": "True",
    "n_points": "9",
    "duration_days": "1.0",
    "reason": "complete",
    "quarters_found": "1",
    "quarters_used": "1",
    "filepath": "raw/KIC_1.fits",
}


def _line(**changes: str) -> str:
    return ",".join({**_ROW, **changes}.values()) + "\n"


def _left(folder: Path, rows: str) -> Remains:
    place = Place(folder)
    place.output.mkdir(parents=True)
    (place.output / "KIC_1.fits").write_bytes(b"light")
    place.results.write_text(",".join(_ROW) + "\n" + rows)
    return Remains.of(place)


def test_the_same_remains_have_no_difference(tmp_path: Path) -> None:
    """The same remains have no difference, wherever they are."""
    assert list(differences(_left(tmp_path / "a", _line()), _left(tmp_path / "b", _line()))) == []


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ("", "0 rows of KIC 1, not 1"),
        (_line() + _line(), "2 rows of KIC 1, not 1"),
        (_line() + _line(target_id="KIC 2"), "1 rows of KIC 2, not 0"),
        (_line(n_points="8"), "KIC 1: ('True', '8', "),
        (_line().rstrip(), "0 rows of KIC 1, not 1"),
    ],
)
def test_rows_that_differ_are_told(tmp_path: Path, rows: str, problem: str) -> None:
    """A lost, torn, repeated, foreign or changed row is reported."""
    (found,) = differences(_left(tmp_path / "a", rows), _left(tmp_path / "b", _line()))
    assert found.startswith(problem)


def test_files_that_differ_are_told(tmp_path: Path) -> None:
    """A changed, missing or leftover file is reported."""
    whole = _left(tmp_path, _line())
    name = "raw/KIC_1.fits"
    for changed, problem in (
        (replace(whole, outputs={"KIC_1.fits": "0"}), "KIC_1.fits has other bytes"),
        (replace(whole, files=whole.files - {name}), f"{name} is missing"),
        (replace(whole, files=whole.files | {"raw/.a.part"}), "raw/.a.part was left behind"),
    ):
        assert list(differences(changed, whole)) == [problem]


def test_kills_lose_nothing(tmp_path: Path) -> None:
    """After five kills every star is there once, and only stars in flight were fetched again."""
    with open_archive() as archive:
        killing = kill_rounds(5, 1, tmp_path, archive)
    assert killing.violations == []
    assert killing.kills == sum(killing.moments.values()) == 5
    assert killing.files_sent > 0
