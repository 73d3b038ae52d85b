"""The records follow light curves that were moved between two runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from preprocessing.acquire.audits.audit import audit
from preprocessing.acquire.audits.dataset_records import DataSet
from preprocessing.acquire.records.manifest import read_manifest
from preprocessing.acquire.records.relocation import follow_outputs
from tests.support.finished_run import FinishedRun
from tests.support.scraping import Place


@pytest.fixture
def moved(finished: FinishedRun) -> Place:
    """Move the light curves of a finished run; return where a run goes on with them."""
    place = Place(finished.place.root)
    place.raw = place.root / "moved"
    finished.place.raw.rename(place.raw)
    return place


def _resume(finished: FinishedRun, place: Place) -> None:
    # One of the targets has no data, and so never is complete.
    assert place.scrape(*finished.arguments, "--resume", "--quiet") == 1


def _folders(place: Place) -> set[Path]:
    return {Path(row["filepath"]).parent for row in place.rows() if row["filepath"]}


def _problems(place: Place) -> list[str]:
    data_set = DataSet(place.raw, place.results, place.checkpoint.parent)
    return [str(finding) for finding in audit(data_set, processes=1).findings]


def _manifest(place: Place) -> Path:
    return place.results.with_name("results_manifest.jsonl")


@pytest.mark.slow
def test_the_records_follow(
    finished: FinishedRun, moved: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    """Results name the new folder, nothing is fetched again, and an audit finds nothing."""
    fetched = finished.server.log.files.copy()
    *_, last_old = read_manifest(_manifest(moved))
    _resume(finished, moved)
    assert _folders(moved) == {moved.raw}
    assert all(Path(row["filepath"]).exists() for row in moved.rows() if row["filepath"])
    assert "light curves were moved to" in capsys.readouterr().err
    assert finished.server.log.files == fetched
    assert moved.outputs() == finished.outputs
    assert _problems(moved) == []
    (line,) = (line for line in read_manifest(_manifest(moved)) if line.content["kind"] == "moved")
    assert line.content["from"] == str(finished.place.raw)
    assert line.content["old_chain"] == last_old.chain


@pytest.mark.slow
def test_only_once(finished: FinishedRun, moved: Place, capsys: pytest.CaptureFixture[str]) -> None:
    """A second resumed run finds nothing to follow, and leaves the results as they are."""
    _resume(finished, moved)
    before = moved.results.read_bytes()
    capsys.readouterr()
    _resume(finished, moved)
    assert moved.results.read_bytes() == before
    assert "were moved" not in capsys.readouterr().err


def test_copies_are_not_followed(finished: FinishedRun) -> None:
    """Results that name files which are still there stay as they are."""
    place = Place(finished.place.root)
    place.raw = place.root / "copies"
    place.raw.mkdir()
    for path in finished.place.raw.glob("*.fits"):
        (place.raw / path.name).write_bytes(path.read_bytes())
    before = place.results.read_bytes()
    assert follow_outputs(place.results, place.raw, {}) == {}
    assert place.results.read_bytes() == before


def test_a_part_that_was_moved(finished: FinishedRun) -> None:
    """Each row names the folder that has its file; where none has, it stays."""
    place = Place(finished.place.root)
    place.raw = place.root / "moved"
    place.raw.mkdir()
    first, second, *_ = sorted(finished.place.raw.glob("*.fits"))
    first.rename(place.raw / first.name)
    second.unlink()
    follow_outputs(place.results, place.raw, {})
    folders = {
        Path(row["filepath"]).name: Path(row["filepath"]).parent
        for row in place.rows()
        if row["filepath"]
    }
    assert folders.pop(first.name) == place.raw
    assert set(folders.values()) == {finished.place.raw}


def test_relative_paths(finished: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of a data set may be entered or renamed: its relative paths are followed, too."""
    place = finished.place
    text = place.results.read_text().replace(f"{place.raw}/", "stars/raw/")
    place.results.write_text(text)
    monkeypatch.chdir(place.root)
    follow_outputs(Path("results.csv"), Path("raw"), {})
    assert _folders(place) == {Path("raw")}


@pytest.mark.parametrize("name", ["results_manifest.jsonl", "results.csv"])
def test_an_interruption(finished: FinishedRun, moved: Place, name: str) -> None:
    """A run that is killed after it replaced some of the records is repaired by the next."""
    replace = os.replace

    def killed(old: Path, new: Path) -> None:
        if Path(new).name == name:
            raise KeyboardInterrupt
        replace(old, new)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            follow_outputs(moved.results, moved.raw, json.loads(moved.checkpoint.read_text()))
    _resume(finished, moved)
    assert _folders(moved) == {moved.raw}
    assert _problems(moved) == []
    assert moved.outputs() == finished.outputs


def test_a_manifest_whose_last_line_was_cut_off(finished: FinishedRun, moved: Place) -> None:
    """What a crash left of a line is dropped, as in any resumed run."""
    with open(_manifest(moved), "ab") as stream:
        stream.write(b'{"kind":"target"')
    _resume(finished, moved)
    assert _folders(moved) == {moved.raw}
    assert _problems(moved) == []


def test_a_damaged_manifest(
    finished: FinishedRun, moved: Place, caplog: pytest.LogCaptureFixture
) -> None:
    """A manifest that is not as it was written is not rewritten, and a line says so."""
    finished.flip("results_manifest.jsonl", 40, 1)
    before = _manifest(moved).read_bytes()
    follow_outputs(moved.results, moved.raw, {})
    assert _manifest(moved).read_bytes() == before
    assert _folders(moved) == {finished.place.raw}
    assert "the manifest is damaged" in caplog.text
