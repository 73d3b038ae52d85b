"""A data set's folder made of what runs left elsewhere."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from preprocessing.acquire.audits import adoption
from preprocessing.acquire.audits.adoption import adopt, staging_folder
from preprocessing.acquire.audits.audit import audit
from preprocessing.acquire.audits.dataset_records import DataSet, read_records
from preprocessing.acquire.records.checkpoint import (
    CHECKPOINT_NAME,
    CheckpointManager,
    read_checkpoint,
)
from preprocessing.acquire.records.manifest import NO_CHAIN, chain_of, chained, read_manifest
from preprocessing.acquire.records.results import FIRST_COLUMNS, encode_row, read_outcomes
from preprocessing.acquire.records.saved_targets import list_path
from preprocessing.acquire.records.star_names import names_path
from preprocessing.cli.main import main
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunConflict, UsageError
from preprocessing.dataset.opening import open_dataset
from tests.support.finished_run import TARGETS, FinishedRun
from tests.support.scraping import everything_below


@pytest.fixture
def new(finished: FinishedRun) -> DatasetFolder:
    """Return a folder for the data set, on the file system of the finished run."""
    return DatasetFolder(finished.place.root.parent / "new stars")


@pytest.fixture(autouse=True)
def _removed(new: DatasetFolder) -> Any:
    yield
    for path in (new.root, staging_folder(new)):
        shutil.rmtree(path, ignore_errors=True)


def _adopt(finished: FinishedRun, new: DatasetFolder) -> adoption.Adoption:
    return adopt(finished.data_set, new, (list_path, names_path), lambda run: run.archive)


def _problems(new: DatasetFolder) -> list[str]:
    return _problems_of(DataSet(new.lightcurves, new.results, new.checkpoints))


def _problems_of(data_set: DataSet) -> list[str]:
    return [str(finding) for finding in audit(data_set, processes=1).findings]


@pytest.mark.slow
def test_what_is_adopted_is_sound_and_whole(finished: FinishedRun, new: DatasetFolder) -> None:
    """Light curves keep their bytes, records name the new paths, and an audit finds nothing."""
    before = everything_below(finished.place.root)
    done = _adopt(finished, new)
    assert done == adoption.Adoption(len(finished.outputs), 0, len(TARGETS))
    assert {p.name: p.read_bytes() for p in new.lightcurves.iterdir()} == finished.outputs
    assert _problems(new) == []
    assert everything_below(finished.place.root) == before
    assert list_path(new.results).read_bytes() == finished.content["results_targets.csv"]
    assert names_path(new.results).read_bytes() == finished.content["results_names.csv"]
    assert str(finished.place.raw) not in new.results.read_text()
    checkpoint = json.loads((new.checkpoints / "scraper_checkpoint.json").read_text())
    assert checkpoint["results"]["path"] == str(new.results)
    assert checkpoint["results"]["bytes"] == new.results.stat().st_size
    assert not staging_folder(new).exists()


def test_the_manifest_says_where_it_is_from(finished: FinishedRun, new: DatasetFolder) -> None:
    """Its last line holds the chain of the old manifest, so that this one vouches for it."""
    _adopt(finished, new)
    *_, last_old = read_manifest(finished.data_set.manifest)
    *_, last = read_manifest(DataSet(new.lightcurves, new.results, new.checkpoints).manifest)
    assert last.is_sound
    assert last.content["kind"] == "adopted"
    assert last.content["old_chain"] == last_old.chain


def test_light_curves_are_copied_where_links_are_refused(
    finished: FinishedRun, new: DatasetFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On another file system the same content is written, and synced, under the same names."""

    def refuse(*paths: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    assert _adopt(finished, new).copied == len(finished.outputs)
    assert {p.name: p.read_bytes() for p in new.lightcurves.iterdir()} == finished.outputs
    assert all(path.stat().st_nlink == 1 for path in new.lightcurves.iterdir())
    assert _problems(new) == []


@pytest.mark.parametrize("step", range(1, 30, 3))
def test_an_interruption_at_any_step_is_gone_on_from(
    step: int, finished: FinishedRun, new: DatasetFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until its end the folder is not there; the same call then completes it."""
    steps = 0
    before = everything_below(finished.place.root)

    def counted(function: Any) -> Any:
        def call(*arguments: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == step:
                raise OSError(errno.ENOSPC, "No space left on device")
            return function(*arguments)

        return call

    with monkeypatch.context() as patch:
        for name in ("link", "replace", "fsync"):
            patch.setattr(os, name, counted(getattr(os, name)))
        # A link that is refused becomes a copy; whatever else fails ends the call.
        with suppress(OSError):
            _adopt(finished, new)
    if not new.root.exists():
        _adopt(finished, new)
    assert _problems(new) == []
    assert everything_below(finished.place.root) == before


def test_a_run_between_two_calls_is_not_missed(
    finished: FinishedRun, new: DatasetFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an interrupted call linked is compared with what the old folder has by then."""
    lightcurves = DatasetFolder(staging_folder(new)).lightcurves
    lightcurves.mkdir(parents=True)
    first, *_ = sorted(finished.outputs)
    (lightcurves / first).write_bytes(b"of an earlier version")
    (lightcurves / "KIC_1.fits").write_bytes(b"no longer there")
    _adopt(finished, new)
    assert {p.name: p.read_bytes() for p in new.lightcurves.iterdir()} == finished.outputs


def test_rows_after_the_last_checkpoint_stay_after_it(
    finished: FinishedRun, new: DatasetFolder
) -> None:
    """What the old checkpoint does not vouch for, the new one does not vouch for either."""
    old = finished.data_set
    rows = old.results_path.read_bytes().splitlines(keepends=True)
    noted = dict(read_checkpoint(old.checkpoint))
    run = read_records(old).description
    assert run is not None
    # As a checkpoint before the last row would have been.
    earlier = b"".join(rows[:-1])
    results = {"bytes": len(earlier), "sha256": hashlib.sha256(earlier).hexdigest()}
    CheckpointManager(old.checkpoint, run).write(noted["counts"], results, noted["manifest"])
    _adopt(finished, new)
    moved = new.results.read_bytes().splitlines(keepends=True)
    assert len(moved) == len(rows)
    noted = dict(read_checkpoint(new.checkpoints / CHECKPOINT_NAME))
    assert noted["results"]["bytes"] == len(b"".join(moved[:-1]))
    assert _problems(new) == []


def test_results_of_version_0_2(finished: FinishedRun, new: DatasetFolder) -> None:
    """Results with the columns of version 0.2 keep them, name the new paths, and can go on."""
    _make_old(finished.data_set)
    assert _problems_of(finished.data_set) == []
    _adopt_with_settings(finished, new)
    assert _problems(new) == []
    with new.results.open(newline="") as stream:
        header, *rows = csv.reader(stream)
    assert tuple(header) == FIRST_COLUMNS
    assert len(rows) == len(TARGETS)
    paths = [Path(row[header.index("filepath")]) for row in rows]
    assert {path.parent for path in paths if path.name} == {new.lightcurves}
    assert main(["download", "--dataset", str(new.root), "--retry-failed", "--quiet"]) == 1
    assert new.results.read_text().splitlines()[0] == ",".join(FIRST_COLUMNS)
    assert _problems(new) == []
    assert len(open_dataset(new.root).outcomes) == len(TARGETS)


def _make_old(data_set: DataSet) -> None:
    """Give a data set the records of version 0.2: results with fewer columns, and their digests."""
    run = read_records(data_set).description
    assert run is not None
    noted = read_checkpoint(data_set.checkpoint)
    digests, old = {}, (",".join(FIRST_COLUMNS) + "\n").encode()
    for line, outcome in zip(
        data_set.results_path.read_bytes().splitlines(keepends=True)[1:],
        read_outcomes(data_set.results_path),
        strict=True,
    ):
        row = encode_row(outcome, FIRST_COLUMNS)
        digests[hashlib.sha256(line).hexdigest()] = hashlib.sha256(row).hexdigest()
        old += row
    data_set.results_path.write_bytes(old)
    chain, lines = NO_CHAIN, []
    for manifest_line in list(read_manifest(data_set.manifest)):
        content = dict(manifest_line.content)
        if "row_sha256" in content:
            # A row that was replaced has gone.
            content["row_sha256"] = digests.get(content["row_sha256"], "0" * 64)
        lines.append(chained(content, chain))
        chain = chain_of(lines[-1])
    data_set.manifest.write_bytes(b"".join(lines))
    results = {"bytes": len(old), "sha256": hashlib.sha256(old).hexdigest()}
    manifest = {"bytes": len(b"".join(lines)), "chain": chain, "run_at": 0}
    CheckpointManager(data_set.checkpoint, run).write(noted["counts"], results, manifest)


def test_an_unfinished_run_goes_on_from_its_new_folder(
    finished: FinishedRun, new: DatasetFolder
) -> None:
    """A target that the run had not come to is fetched into the new folder, and nothing else."""
    finished.place.checkpoint.unlink()
    _adopt_with_settings(finished, new)
    before = {p.name: p.stat().st_mtime_ns for p in new.lightcurves.iterdir()}
    words = ["download", "--dataset", str(new.root), "--resume", "--quiet"]
    assert main(words) == 1
    assert {p.name: p.stat().st_mtime_ns for p in new.lightcurves.iterdir()} == before
    assert _problems(new) == []


def _adopt_with_settings(finished: FinishedRun, new: DatasetFolder) -> None:
    adopt(
        finished.data_set,
        new,
        (list_path, names_path),
        lambda run: f"archive = '{finished.server.base_url}'\n",
    )


def test_a_folder_with_something_in_it_is_refused(
    finished: FinishedRun, new: DatasetFolder
) -> None:
    """An empty folder becomes the data set; any other is named and left alone."""
    new.root.mkdir()
    (new.root / "precious").touch()
    with pytest.raises(RunConflict, match="is not empty"):
        _adopt(finished, new)
    assert [path.name for path in new.root.iterdir()] == ["precious"]
    (new.root / "precious").unlink()
    _adopt(finished, new)
    assert _problems(new) == []


@pytest.mark.parametrize("name", ["results.csv", "results_manifest.jsonl"])
def test_damaged_records_are_refused(name: str, finished: FinishedRun, new: DatasetFolder) -> None:
    """Records that disagree are put right first: rewriting them would hide what is wrong."""
    finished.flip(name, len(finished.content[name]) // 2, 0)
    with pytest.raises(UsageError, match="verify --repair"):
        _adopt(finished, new)
    assert not new.root.exists()
