"""A finished run can be continued with all that failed and all that is newer."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from preprocessing.acquire.audits.audit import audit
from preprocessing.acquire.audits.dataset_records import DataSet
from preprocessing.acquire.records.manifest import manifest_path
from preprocessing.missions import Product
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.release import Release
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from tests.support.scraping import Place, Scrape, everything_below, wait_until

pytestmark = pytest.mark.slow

_FIRST = SyntheticHoldings(8, n_quarters=2)
_LATER = SyntheticHoldings(8, n_quarters=2, release=Release(26, 0.4))
_KICS = _FIRST.star_keys()
_PRODUCTS = {kic: _FIRST.star(kic).products for kic in _KICS}


@pytest.fixture(scope="module")
def newer_files() -> set[str]:
    """Return the names of the files that differ in the later release."""
    products = (product for products in _PRODUCTS.values() for product in products)
    return {p.file_name for p in products if _FIRST.body(p) != _LATER.body(p)}


@pytest.fixture
def first(tmp_path: Path) -> _Run:
    """Return a run that ended, of files of the last release."""
    with ArchiveThread(_FIRST) as server:
        place = Place(tmp_path / "run")
        assert place.scrape(*_targets(server)) == 0
        return _Run(place, int(server.base_url.rpartition(":")[2]))


@dataclass(frozen=True)
class _Run:
    """Where a run was, and the port of its archive, which has another one's files later."""

    place: Place
    port: int

    def serve(self, holdings: SyntheticHoldings) -> ArchiveThread:
        return ArchiveThread(holdings, port=self.port)


def _targets(server: ArchiveThread) -> tuple[str, ...]:
    return ("--targets", str(len(_KICS)), *_archive(server))


def _lines(place: Place) -> list[dict[str, Any]]:
    return [json.loads(line) for line in manifest_path(place.results).read_text().splitlines()]


def _last_line(place: Place, target: str) -> dict[str, Any]:
    return [line for line in _lines(place) if line.get("target") == target][-1]


def _names(products: Iterable[Product]) -> set[str]:
    return {product.file_name for product in products}


def _archive(server: ArchiveThread) -> tuple[str, ...]:
    return ("--archive", server.base_url, "--quiet")


def _assert_sound(place: Place) -> None:
    assert audit(DataSet(place.raw, place.results, place.checkpoint.parent)).findings == []


def _outputs_of(holdings: SyntheticHoldings, folder: Path) -> dict[str, bytes]:
    place = Place(folder)
    with ArchiveThread(holdings) as server:
        assert place.scrape(*_targets(server)) == 0
    return place.outputs()


def test_retry_failed_tries_final_reasons_too(first: _Run) -> None:
    """The option --retry-failed tries what --resume leaves alone, and nothing complete."""
    place, more = first.place, SyntheticHoldings(10, n_quarters=2)
    new = more.star_keys()[-1]
    ids = ("--ids", f"KIC {new},KIC {_KICS[0]}", "--quiet", "--archive")
    with first.serve(_FIRST) as server:
        assert place.scrape(*ids, server.base_url, "--resume") == 1
        assert place.row(f"KIC {new}")["reason"] == "no_data"
    rows = place.rows()
    with first.serve(more) as server:
        assert place.scrape(*ids, server.base_url, "--resume") == 1
        assert not server.log.files
        assert place.scrape(*ids, server.base_url, "--retry-failed") == 0
        assert set(server.log.files) == _names(more.star(new).products)
    assert place.row(f"KIC {new}")["reason"] == "complete"
    assert [r for r in place.rows() if r["target_id"] != f"KIC {new}"] == rows[:-1]
    _assert_sound(place)


def test_refreshing_what_is_not_newer_changes_nothing(first: _Run) -> None:
    """A refresh without newer files changes only the manifest."""
    place = first.place
    outputs, rows = everything_below(place.raw), place.results.read_bytes()
    with first.serve(_FIRST) as server:
        assert place.scrape(*_targets(server), "--refresh") == 0
        assert not server.log.whole_files
        assert server.log.statuses[206] == 2 * len(_KICS)
    assert (everything_below(place.raw), place.results.read_bytes()) == (outputs, rows)
    assert [line["kind"] for line in _lines(place)].count("target") == len(_KICS)
    assert _lines(place)[-1]["mode"] == "refresh"
    _assert_sound(place)


def test_only_newer_files_are_fetched_again(
    first: _Run, newer_files: set[str], tmp_path: Path
) -> None:
    """A refresh fetches newer files alone and equals a new run."""
    place = first.place
    with first.serve(_LATER) as server:
        assert place.scrape(*_targets(server), "--refresh") == 0
        assert dict(server.log.whole_files) == dict.fromkeys(newer_files, 1)
    assert place.outputs() == _outputs_of(_LATER, tmp_path / "anew")
    assert sorted(row["target_id"] for row in place.rows()) == [f"KIC {kic}" for kic in _KICS]
    for kic in _KICS:
        ledger = _last_line(place, f"KIC {kic}")["quarters"]
        newer = _names(_PRODUCTS[kic]) & newer_files
        assert {entry["file"] for entry in ledger if entry["data_rel"] == 26} == newer
        assert {e["file"] for e in ledger if not e["taken_over"]} == newer or not newer
        # What was taken over was fetched by the first run.
        assert all(entry["fetched"] and entry["archive"] == server.base_url for entry in ledger)
    _assert_sound(place)


def test_a_newer_file_that_cannot_be_had_leaves_the_old_one(
    first: _Run, newer_files: set[str]
) -> None:
    """A failed newer file leaves the old data, and the next refresh tries again."""
    place, before = first.place, first.place.outputs()
    broken = min(newer_files)
    with first.serve(_LATER) as server:
        server.faults.script("flip-table", match=broken, times=None)
        assert place.scrape(*_targets(server), "--refresh", "--retries", "0") == 0
        assert {row["reason"] for row in place.rows()} == {"complete"}
        (old,) = (
            entry
            for line in _lines(place)
            for entry in line.get("quarters", ())
            if entry["file"] == broken and not entry["taken_over"]
        )
        assert old["data_rel"] == 25
        _assert_sound(place)
    with first.serve(_LATER) as server:
        assert place.scrape(*_targets(server), "--refresh") == 0
        assert server.log.whole_files[broken] == 1
    assert place.outputs() != before
    _assert_sound(place)


def test_files_that_are_gone_from_the_archive_stay(first: _Run) -> None:
    """A refresh takes nothing away."""
    place, before = first.place, everything_below(first.place.raw)
    with first.serve(_LATER) as server:
        server.faults.script("missing", match=f"kplr{_KICS[0]}*", times=None)
        assert place.scrape("--ids", f"KIC {_KICS[0]}", *_archive(server), "--refresh") == 0
    assert everything_below(place.raw) == before
    assert len(place.rows()) == len(_KICS)
    _assert_sound(place)


def test_a_star_that_is_gone_from_the_archive_stays(first: _Run) -> None:
    """A star that left the archive keeps its records, and the status says so."""
    place, before = first.place, everything_below(first.place.raw)
    rows = place.rows()
    with first.serve(SyntheticHoldings(4, n_quarters=2)) as server:
        ids = ",".join(f"KIC {kic}" for kic in _KICS)
        assert place.scrape("--ids", ids, *_archive(server), "--refresh") == 1
    assert everything_below(place.raw) == before
    assert place.rows() == rows
    _assert_sound(place)


def test_a_refresh_that_is_killed_is_gone_on_from(first: _Run, tmp_path: Path) -> None:
    """Resuming a killed refresh gives each replaced output its row."""
    place, manifest = first.place, manifest_path(first.place.results)
    with first.serve(_LATER) as server:
        for more in (1, 3):
            wanted = manifest.read_text().count('"replacing"') + more
            run = place.start(*_targets(server), "--refresh", "--workers", "2")
            wait_until(
                lambda run=run, wanted=wanted: (  # type: ignore[misc]
                    run.poll() is not None or manifest.read_text().count('"replacing"') >= wanted
                )
            )
            run.kill()
            run.communicate(timeout=60)
            assert place.scrape(*_targets(server), "--resume") == 0
            assert len(place.rows()) == len(_KICS)
            _assert_sound(place)
        assert place.scrape(*_targets(server), "--refresh") == 0
    assert place.outputs() == _outputs_of(_LATER, tmp_path / "anew")
    _assert_sound(place)


def test_a_replaced_output_without_its_row_is_recorded_by_resume(first: _Run) -> None:
    """Resuming records an output that was replaced before its row was written."""
    place, manifest = first.place, manifest_path(first.place.results)
    rows = place.results.read_bytes()
    with first.serve(_LATER) as server:
        assert place.scrape(*_targets(server), "--refresh") == 0
        lines = manifest.read_bytes().splitlines(keepends=True)
        first_replaced = next(n for n, line in enumerate(lines) if b'"replacing"' in line)
        # As if the run had been killed between the first output and its line.
        manifest.write_bytes(b"".join(lines[: first_replaced + 1]))
        place.results.write_bytes(rows)
        place.checkpoint.unlink()
        sent = server.log.files.copy()
        assert place.scrape(*_targets(server), "--resume") == 0
        assert server.log.files == sent
    target = json.loads(lines[first_replaced])["target"]
    assert [line["kind"] for line in _lines(place) if line.get("target") == target] == [
        "target",
        "replacing",
        "target",
    ]
    assert len(place.rows()) == len(_KICS)


def test_the_two_are_two_runs(capsys: pytest.CaptureFixture[str], scrape: Scrape) -> None:
    """Both options together, or with --dry-run, are refused in one line."""
    assert scrape("--targets", "1", "--retry-failed", "--refresh") == 2
    assert "two runs" in capsys.readouterr().err
    assert scrape("--targets", "1", "--dry-run", "--refresh") == 2
    assert "--dry-run" in capsys.readouterr().err
