"""Results, names and checkpoint of a run, opened together."""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from preprocessing._version import __version__
from preprocessing.acquire.records.checkpoint import CHECKPOINT_NAME, RunDescription
from preprocessing.acquire.records.manifest import NO_CHAIN, chained, manifest_path
from preprocessing.acquire.records.opening import open_records
from preprocessing.acquire.records.results import HEADER, read_outcomes
from preprocessing.acquire.records.run_records import CHECKPOINT_EVERY, RunRecords
from preprocessing.acquire.records.star_names import names_path
from preprocessing.acquire.settings import Mode
from preprocessing.core.errors import RunConflict
from preprocessing.core.file_record import FAILED, USED, Fetched, FileRecord
from preprocessing.core.outcomes import OutputFile, Provenance
from preprocessing.core.reasons import Reason
from preprocessing.fits.stitch import stitch_file
from preprocessing.fits.writer import StitchedWriter
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.targets import TargetList, parse_target
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.scraping import everything_below, outcome

_RUN = RunDescription("mast", Recipe(), 2, "d1ge57")
_TARGETS = TargetList.of(["KIC 1", "KIC 2"])


def _open(folder: Path, mode: Mode = Mode.NEW, targets: TargetList = _TARGETS) -> RunRecords:
    (folder / "raw").mkdir(exist_ok=True)
    return open_records(
        targets, _RUN, folder / "raw", folder / "results.csv", folder / "checkpoints", mode
    )


def _write_output(path: Path, recipe: Recipe) -> None:
    """Write a light curve as another run did, of one synthetic star."""
    holdings = SyntheticHoldings(n_stars=2)
    product = holdings.star(holdings.star_keys()[0]).products[0]
    quarter = stitch_file(holdings.body(product), product, Recipe())
    writer = StitchedWriter(path, recipe, product.exposure_s)
    writer.append(quarter.rows)
    writer.finish([quarter.record], None)


def _is_pending(name: str, records: RunRecords) -> bool:
    return parse_target(name).identity in {target.identity for target in records.pending}


def _names(folder: Path) -> list[str]:
    return [o.target_id for o in read_outcomes(folder / "results.csv")]


def test_a_checkpoint_is_there_from_the_start(tmp_path: Path) -> None:
    """A run killed at once leaves a checkpoint and an empty CSV."""
    _open(tmp_path).close()
    assert json.loads((tmp_path / "checkpoints" / CHECKPOINT_NAME).read_text())["counts"] == {}
    assert _names(tmp_path) == []


def test_a_checkpoint_is_due_every_hundred_targets(tmp_path: Path) -> None:
    """A checkpoint is due after the hundredth and the two hundredth outcome."""
    records = _open(tmp_path)
    due = []
    for number in range(1, 2 * CHECKPOINT_EVERY + 1):
        records.add(outcome(f"KIC {number}"))
        if records.is_checkpoint_due:
            due.append(number)
            records.write_checkpoint()
    records.close()
    assert due == [100, 200]


@pytest.mark.parametrize(
    ("name", "content", "option"),
    [
        ("results.csv", HEADER, "--results"),
        ("results_manifest.jsonl", chained({"kind": "run"}, NO_CHAIN), "--results"),
        (f"checkpoints/{CHECKPOINT_NAME}", b'{"format": 3}', "--checkpoint-dir"),
        ("raw/KIC_2.fits", b"ORIGIN  = 'XENOSCAN'".ljust(80), "--output"),
    ],
)
def test_a_fresh_run_refuses_to_overwrite(
    tmp_path: Path, name: str, content: bytes, option: str
) -> None:
    """Another run's files are not touched, and the message names the option that avoids them."""
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    (tmp_path / "raw").mkdir(exist_ok=True)
    before = everything_below(tmp_path)
    with pytest.raises(RunConflict, match=f"--resume, or choose another {option}"):
        _open(tmp_path)
    assert everything_below(tmp_path) == before


def test_foreign_files_are_left_to_their_stars(tmp_path: Path) -> None:
    """A file of another program with an output's name does not stop the run."""
    (tmp_path / "raw").mkdir()
    path = tmp_path / "raw" / "KIC_2.fits"
    path.write_bytes(b"precious")
    for mode in (Mode.NEW, Mode.RESUME):
        _open(tmp_path, mode=mode).close()
        assert path.read_bytes() == b"precious"


_RECORDS = (
    "results.csv",
    "results_manifest.jsonl",
    "results_names.csv",
    f"checkpoints/{CHECKPOINT_NAME}",
)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("name", _RECORDS)
def test_nothing_of_others_with_a_records_name_is_touched(
    tmp_path: Path, name: str, mode: Mode
) -> None:
    """Notes, packed files, pipes, folders and links with a record's name stay, and are named."""
    (tmp_path / "raw").mkdir()
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    for content in (b"my notes", b"my notes\n", b"target_id", gzip.compress(b""), b"\0\r\n" * 999):
        if HEADER.startswith(content) and path.suffix == ".csv":
            continue
        path.write_bytes(content)
        before = everything_below(tmp_path)
        with pytest.raises(RunConflict, match=f"{path} is not .* begins with|gzip packed"):
            _open(tmp_path, mode=mode)
        assert everything_below(tmp_path) == before
        path.unlink()
    makers: list[tuple[str, Callable[[], object]]] = [
        ("a pipe", lambda: os.mkfifo(path)),
        ("a link to a file that is absent", lambda: path.symlink_to("elsewhere")),
        ("a folder", path.mkdir),
    ]
    for what, make in makers:
        make()
        with pytest.raises(RunConflict, match=f"but {what}"):
            _open(tmp_path, mode=mode)
        assert os.path.lexists(path)
        path.rmdir() if what == "a folder" else path.unlink()


def test_files_of_other_targets_are_not_in_the_way(tmp_path: Path) -> None:
    """A folder may hold outputs of other stars."""
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "KIC_3.fits").write_bytes(b"")
    _open(tmp_path).close()


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        (make_recipe("K2"), "MISSION is 'K2', not 'Kepler'"),
        (make_recipe(cadence="short"), "OBSMODE is 'short cadence', not 'long cadence'"),
        (make_recipe(flux="sap"), "FLUXCOL is 'SAP_FLUX', not 'PDCSAP_FLUX'"),
    ],
)
def test_light_curves_of_another_kind_are_in_the_way(
    tmp_path: Path, recipe: Recipe, word: str
) -> None:
    """A folder holds stars of one mission, author, cadence and flux; other files do not count."""
    raw = tmp_path / "raw"
    raw.mkdir()
    (raw / "notes.fits").write_bytes(b"no light curve")
    _write_output(raw / "Kepler-10.fits", recipe)
    before = everything_below(tmp_path)
    with pytest.raises(RunConflict, match=word):
        _open(tmp_path)
    assert everything_below(tmp_path) == before


def test_light_curves_of_the_same_kind_are_not_in_the_way(tmp_path: Path) -> None:
    """Several lists may share a folder."""
    (tmp_path / "raw").mkdir()
    _write_output(tmp_path / "raw" / "KIC_3.fits", _RUN.recipe)
    _open(tmp_path).close()


def test_final_rows_stay_and_others_are_tried_again(tmp_path: Path) -> None:
    """Resuming keeps only final rows, and the later of two rows counts."""
    records = _open(tmp_path)
    for one in (
        outcome("KIC 1"),
        outcome("KIC 2", reason=Reason.TIMEOUT),
        outcome("KIC 3", success=False, reason=Reason.NO_DATA),
        outcome("KIC 4", reason=Reason.PARTIAL, error="Q4 corrupt"),
        outcome("KIC 5", reason=Reason.PARTIAL, error="Q4 not_found"),
        outcome("KIC 6", success=False, reason=Reason.ARCHIVE_ERROR),
        outcome("KIC 6"),
    ):
        records.add(one)
    records.close()
    everything = TargetList.of([f"KIC {number}" for number in range(1, 7)])
    resumed = _open(tmp_path, mode=Mode.RESUME, targets=everything)
    resumed.close()
    assert _names(tmp_path) == ["KIC 1", "KIC 3", "KIC 5", "KIC 6"]
    assert not _is_pending("kplr000000001", resumed)
    assert _is_pending("KIC 2", resumed)
    assert resumed.counts == {"complete": 2, "no_data": 1, "partial": 1}


def test_resuming_removes_what_was_being_written(tmp_path: Path) -> None:
    """Resuming removes unfinished outputs and keeps finished ones."""
    _open(tmp_path).close()
    for name in (".KIC_1.fits.part", "KIC_2.fits"):
        (tmp_path / "raw" / name).write_bytes(b"")
    _open(tmp_path, mode=Mode.RESUME).close()
    assert [p.name for p in (tmp_path / "raw").iterdir()] == ["KIC_2.fits"]


def test_rows_after_the_last_checkpoint_count(tmp_path: Path) -> None:
    """The CSV and not the checkpoint decides what is done."""
    records = _open(tmp_path)
    records.add(outcome("KIC 1"))
    records.close()
    assert json.loads((tmp_path / "checkpoints" / CHECKPOINT_NAME).read_text())["counts"] == {}
    resumed = _open(tmp_path, mode=Mode.RESUME)
    resumed.close()
    assert not _is_pending("KIC 1", resumed)


def test_a_log_that_was_changed_is_pointed_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Edited rows are accepted with a warning, and appended rows without one."""
    records = _open(tmp_path)
    records.add(outcome("KIC 1"))
    records.write_checkpoint()
    records.add(outcome("KIC 2"))
    records.close()
    with caplog.at_level(logging.WARNING):
        _open(tmp_path, mode=Mode.RESUME).close()
        assert not caplog.records
        path = tmp_path / "results.csv"
        path.write_bytes(path.read_bytes().replace(b"KIC 1,", b"KIC 9,"))
        _open(tmp_path, mode=Mode.RESUME).close()
    assert "was changed" in caplog.text


def test_a_lost_log_is_pointed_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A checkpoint that counts targets without a CSV causes a warning."""
    records = _open(tmp_path)
    records.add(outcome("KIC 1"))
    records.write_checkpoint()
    records.close()
    (tmp_path / "results.csv").unlink()
    _open(tmp_path, mode=Mode.RESUME).close()
    assert "counts 1 targets, but there is no results file" in caplog.text


def test_stars_behind_names_are_known_later(tmp_path: Path) -> None:
    """A resumed run knows the star of a finished name, by the later of two entries."""
    records = _open(tmp_path)
    records.add_name("Kepler-10", 1, 0.5)
    records.add_name("Kepler-10", 11904151, 0.5)
    records.add_name("Kepler-22", 10593626, 0.5)
    records.add(outcome("Kepler-10"))
    records.add(outcome("KIC 7"))
    records.close()
    resumed = _open(tmp_path, mode=Mode.RESUME)
    assert resumed.known_stars("KIC") == {11904151: "kepler-10", 7: 7}
    assert resumed.has_names("KIC")
    found = resumed.find("kepler-10")
    assert found is not None and found.target_id == "Kepler-10"
    assert resumed.find("kepler-22") is None
    resumed.add(outcome("Kepler-22", n_points=22))
    found = resumed.find("kepler-22")
    assert found is not None and found.n_points == 22
    resumed.close()
    assert names_path(tmp_path / "results.csv").exists()


@pytest.mark.parametrize(
    "torn", [b"", b"target_i", b"Kepler-22,105", "Köln".encode()[:2], bytes(9)]
)
def test_a_name_that_a_crash_cut_off_costs_no_other(tmp_path: Path, torn: bytes) -> None:
    """A name after a torn line stands on its own line and is known later."""
    path = names_path(tmp_path / "results.csv")
    records = _open(tmp_path)
    path.write_bytes(torn)
    records.add_name("Kepler-10", 11904151, 0.5)
    records.add(outcome("Kepler-10"))
    records.close()
    resumed = _open(tmp_path, Mode.RESUME)
    assert resumed.known_stars("KIC") == {11904151: "kepler-10"}
    resumed.close()


def test_without_paths_nothing_is_written(tmp_path: Path) -> None:
    """A library call without paths keeps its records in memory."""
    records = open_records(_TARGETS, _RUN, tmp_path, None, None)
    records.add_name("Kepler-10", 11904151, None)
    assert records.add(outcome("KIC 1")) is None
    assert not records.is_checkpoint_due
    records.write_checkpoint()
    records.close()
    assert records.counts == {"complete": 1}
    assert records.find(1) is None
    assert list(tmp_path.iterdir()) == []


def _manifest(folder: Path) -> list[dict[str, Any]]:
    path = manifest_path(folder / "results.csv")
    return [json.loads(line) for line in path.read_text().splitlines()]


def _receipt(*records: FileRecord, kic: int = 1) -> Provenance:
    return Provenance(kic, OutputFile(f"KIC_{kic}.fits", 2880, "5a" * 32), records)


def _used(fetched: Fetched | None = None, taken_over: bool = False) -> FileRecord:
    return FileRecord(
        1, None, "a.fits", "mast:a", USED, bytes=9, sha256="ab", procver="9.3", data_rel=25,
        fetched=fetched, taken_over=taken_over, label="Q1", sort_key=(1, ""),
    )  # fmt: skip


_FETCHED = Fetched("2026-01-02T03:04:05Z", "mast")


def test_the_manifest_says_what_run_it_was(tmp_path: Path) -> None:
    """The manifest holds program, versions, arguments, archive and recipe."""
    _open(tmp_path).close()
    _open(tmp_path, Mode.RESUME).close()
    first, second = _manifest(tmp_path)
    assert (first["mode"], second["mode"]) == ("new", "resume")
    assert first["program"] == f"xenoscan {__version__}"
    assert first["recipe"]["quality_bitmask"] == Recipe().quality_bitmask
    assert first["archive"] == "mast"
    assert {"python", "numpy", "aiohttp", "arguments", "time", "targets_digest"} <= set(first)


def test_the_manifest_has_a_ledger_of_each_target(tmp_path: Path) -> None:
    """The manifest lists every expected file of a target, and its row."""
    records = _open(tmp_path)
    failed = FileRecord(
        2, None, "b.fits", "mast:b", FAILED, Reason.CORRUPT, label="Q2", sort_key=(2, "")
    )
    records.add(outcome("KIC 1", provenance=_receipt(_used(_FETCHED), failed)))
    records.add(outcome("KIC 2", success=False, reason=Reason.NO_DATA))
    records.add(outcome("Star", provenance=Provenance(1, same_as="KIC 1")))
    records.close()
    _, one, two, star = _manifest(tmp_path)
    assert (one["expected"], one["received"]) == (2, 1)
    assert one["output"] == {"name": "KIC_1.fits", "bytes": 2880, "sha256": "5a" * 32}
    assert one["quarters"][0]["fetched"] == _FETCHED.time
    assert one["quarters"][1]["reason"] == "corrupt"
    assert (two["number"], two["output"], two["quarters"]) == (2, None, [])
    assert (star["number"], star["same_as"]) == (1, "KIC 1")
    rows = (tmp_path / "results.csv").read_bytes().splitlines(keepends=True)[1:]
    digests = [hashlib.sha256(row).hexdigest() for row in rows]
    assert [line["row_sha256"] for line in (one, two, star)] == digests


#: Something of it may be taken over.
_STALLED: dict[str, Any] = {"reason": Reason.PARTIAL, "error": "Q8 timeout"}


def test_of_what_is_taken_over_the_first_fetch_counts(tmp_path: Path) -> None:
    """A reused file keeps its first fetch time if an earlier line states it."""
    records = _open(tmp_path)
    records.add(outcome("KIC 1", **_STALLED, provenance=_receipt(_used(_FETCHED))))
    for _ in range(2):
        again = outcome("KIC 1", **_STALLED, provenance=_receipt(_used(taken_over=True)))
        records.add(records.with_fetch_times(again))
    records.close()
    resumed = _open(tmp_path, Mode.RESUME)
    for target in ("KIC 1", "KIC 2"):
        again = outcome(target, **_STALLED, provenance=_receipt(_used(taken_over=True)))
        resumed.add(resumed.with_fetch_times(again))
    resumed.close()
    entries = [line["quarters"][0] for line in _manifest(tmp_path) if line["kind"] == "target"]
    times = [entry["fetched"] for entry in entries]
    assert times == [*[_FETCHED.time] * 4, None]
    assert [entry["taken_over"] for entry in entries] == [False, True, True, True, True]


def test_rows_that_came_to_disk_without_their_lines_do_not_count(tmp_path: Path) -> None:
    """A row without its manifest line does not count after a power cut."""
    records = _open(tmp_path)
    records.add(outcome("KIC 1"))
    records.write_checkpoint()
    path = manifest_path(tmp_path / "results.csv")
    length = path.stat().st_size
    records.add(outcome("KIC 2"))
    records.close()
    with open(path, "r+b") as stream:
        stream.truncate(length + 100)
    resumed = _open(tmp_path, Mode.RESUME)
    resumed.close()
    assert not _is_pending("KIC 1", resumed)
    assert _is_pending("KIC 2", resumed)
    assert _names(tmp_path) == ["KIC 1"]


def test_a_manifest_that_was_changed_is_spoken_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A changed manifest is logged with advice, and the run continues."""
    records = _open(tmp_path)
    records.add(outcome("KIC 1"))
    records.write_checkpoint()
    records.close()
    _open(tmp_path, Mode.RESUME).close()
    assert "xenoscan verify" not in caplog.text
    path = manifest_path(tmp_path / "results.csv")
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:1]))
    _open(tmp_path, Mode.RESUME).close()
    assert "xenoscan verify" in caplog.text
