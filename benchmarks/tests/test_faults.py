"""The table of faults: its rows can be set up, and its programs are judged by what they do."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.fault_rows import ROWS, FaultRow, FaultStar, Spell
from benchmarks.faults import faults
from preprocessing.missions import LONG, SHORT
from preprocessing.simulator.calls import Call, CallKind
from preprocessing.simulator.faults.fault_kinds import FAULTS

_STAR = FaultStar()


def test_rows_have_names_of_their_own() -> None:
    """Rows have distinct names, and the archive knows each fault."""
    assert max(Counter(row.name for row in ROWS).values()) == 1
    assert {row.kind for row in ROWS[1:]} <= FAULTS.keys()
    assert ROWS[0].kind == ""


@pytest.mark.parametrize("row", ROWS[1:], ids=lambda row: row.name)
def test_a_row_strikes_what_it_says(row: FaultRow) -> None:
    """A row strikes once, always or for a while, at the search or each file."""
    kinds = FAULTS[row.kind].calls
    names = [product.file_name for product in _STAR.asked]
    kind = CallKind.HEAD if CallKind.DOWNLOAD not in kinds else CallKind.DOWNLOAD
    calls = [Call(kind, name, name) for name in names]
    if row.of_search:
        calls = [Call(CallKind.PORTAL, "Mast.Caom.Filtered", "question")]
    plan = row.plan(_STAR.asked)
    first = [plan.choose(call) is not None for call in calls]
    again = [plan.choose(call) is not None for call in calls]
    late = [plan.choose(call, 3600.0) is not None for call in calls]
    expected = {
        Spell.ONCE: (True, False, False),
        Spell.ALWAYS: (True, True, True),
        Spell.OUTAGE: (True, True, False),
    }[row.spell]
    assert (all(first), any(again), any(late)) == expected


def test_the_star() -> None:
    """The star has two files, and other files can come in their place."""
    assert len(_STAR.asked) == 2
    assert {p.cadence for p in _STAR.asked} == {LONG}
    assert any(p.cadence == SHORT for p in _STAR.products(_STAR.number))
    (other,) = set(_STAR.star_keys()) - {_STAR.number}
    assert [p.stamp for p in _STAR.products(other)] == [p.stamp for p in _STAR.asked]
    assert {len(body) for body in _STAR.files().values()} == {
        _STAR.size(product) for product in _STAR.asked
    }
    assert set(_STAR.star(_STAR.number).products) > set(_STAR.asked)


def test_ours_beside_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """We recover from a single fault, and a fault that never comes is not met."""
    chosen = {"no fault", "two blocks swapped, once", "HEAD refused, always"}
    rows = tuple(row for row in ROWS if row.name in chosen)
    monkeypatch.setattr("benchmarks.faults.ROWS", rows)
    faults(["xenoscan"], tmp_path / "data", tmp_path / "results")
    report = (tmp_path / "results" / "faults.md").read_text()
    lines = [" ".join(line.split()) for line in report.splitlines()]
    assert "| two blocks swapped, once | recovered |" in lines
    assert "| HEAD refused, always | not met |" in lines
    assert (tmp_path / "results" / "faults.json").exists()
    assert "two blocks swapped, once; xenoscan: recovered" in capsys.readouterr().out
