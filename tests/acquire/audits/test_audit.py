"""An audit finds every change to a data set."""

from __future__ import annotations

import shutil

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocessing.acquire.audits.audit import audit
from preprocessing.acquire.audits.dataset_records import read_records
from preprocessing.fits.format import BLOCK
from tests.support.finished_run import HOLDINGS, RECORDS, FinishedRun


def _said(finished: FinishedRun) -> list[str]:
    root = f"{finished.place.root}/"
    return [str(finding).replace(root, "") for finding in audit(finished.data_set).findings]


@pytest.mark.slow
def test_a_finished_run_is_sound(finished: FinishedRun) -> None:
    """An audit of a finished run finds nothing, and counts targets without output."""
    result = audit(finished.data_set)
    assert result.findings == []
    assert result.checked == len(HOLDINGS.star_keys())
    lines = list(result.describe())
    assert lines[0].startswith("6 targets recorded: 5 complete, 0 partial, and 1 without an output")
    assert lines[-1] == "All of it is sound."


@pytest.mark.slow
@pytest.mark.parametrize("name", RECORDS)
def test_any_flipped_bit_of_a_record_is_found(finished: FinishedRun, name: str) -> None:
    """A flipped bit anywhere in a record is found."""
    path = finished.place.root / name
    # Odd, so that all bits have their turn.
    stride = len(finished.content[name]) // 400 | 1
    for place in range(0, len(finished.content[name]), stride):
        finished.flip(name, place, place % 8)
        assert read_records(finished.data_set).findings, (name, place)
        path.write_bytes(finished.content[name])


@pytest.mark.slow
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_bit_of_any_file_is_found(finished: FinishedRun, data: st.DataObject) -> None:
    """A flipped bit anywhere in any file is found."""
    names = [n for n in finished.content if n.endswith(".fits") or n in RECORDS]
    name = data.draw(st.sampled_from(sorted(names)))
    path = finished.place.root / name
    place = data.draw(st.integers(0, len(finished.content[name]) - 1))
    finished.flip(name, place, data.draw(st.integers(0, 7)))
    assert audit(finished.data_set).findings
    path.write_bytes(finished.content[name])


@pytest.mark.parametrize("name", [*RECORDS, f"raw/KIC_{HOLDINGS.star_keys()[1]}.fits"])
@pytest.mark.parametrize("keep", [0.0, 0.5, 0.999])
def test_a_file_that_was_cut_off_is_found(finished: FinishedRun, name: str, keep: float) -> None:
    """A file cut at its start, in its middle or in its last line is found."""
    path = finished.place.root / name
    content = finished.content[name]
    path.write_bytes(content[: int(keep * len(content))])
    assert any(name in line for line in _said(finished))


@pytest.mark.parametrize("name", ["results.csv", "results_manifest.jsonl"])
def test_whole_lines_missing_or_swapped_are_found(finished: FinishedRun, name: str) -> None:
    """Missing or swapped lines are found wherever they stand."""
    path = finished.place.root / name
    lines = finished.content[name].splitlines(keepends=True)
    for number in range(len(lines)):
        rest = lines[:number] + lines[number + 1 :]
        path.write_bytes(b"".join(rest))
        assert read_records(finished.data_set).findings, number
        path.write_bytes(b"".join([*rest[:2], lines[number], *rest[2:]]))
        if path.read_bytes() != finished.content[name]:
            assert read_records(finished.data_set).findings, number


def test_each_kind_is_named_once(finished: FinishedRun) -> None:
    """Each missing, damaged or unrecorded file has one line of its own."""
    first, second, third, fourth = sorted(finished.outputs)
    raw = finished.place.raw
    (raw / first).unlink()
    finished.flip(f"raw/{second}", 9 * BLOCK, 1)
    shutil.copy(raw / fourth, raw / third)
    (raw / "notes.txt").write_text("mine")
    (raw / ".KIC_9.fits.part").touch()
    said = _said(finished)
    assert said[:2] == [
        f"missing: raw/{first}: is not there",
        f"damaged: raw/{second}: a checksum is wrong",
    ]
    assert said[2].startswith(f"damaged: raw/{third}: is not of star ")
    assert said[3:] == [
        "extra: raw/.KIC_9.fits.part: was being written when a run was killed",
        "extra: raw/notes.txt: is nowhere recorded",
    ]


def test_a_list_that_is_not_done_is_not_complete(finished: FinishedRun) -> None:
    """Targets without an outcome are reported as missing."""
    with open(finished.place.root / "results_targets.csv", "a") as stream:
        stream.write('"KIC 123"\n')
    assert _said(finished) == ["missing: KIC 123: has no row in results.csv"]


def test_processes_find_the_same(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """An audit with several processes finds the same for any number of outputs."""
    finished.flip(f"raw/{sorted(finished.outputs)[1]}", 9 * BLOCK, 3)
    alone = audit(finished.data_set).findings
    monkeypatch.setattr("preprocessing.acquire.audits.audit._MANY", 0)
    assert audit(finished.data_set, 2).findings == alone
    assert len(alone) == 1
