"""A power cut at any moment loses nothing, whatever had reached the disk by then."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocessing.acquire.records.foreign_records import refuse_foreign, refuse_foreign_records
from preprocessing.acquire.records.manifest import manifest_path
from preprocessing.acquire.records.star_names import names_path
from preprocessing.cli.run_log import is_log, log_path
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system import run_lock
from tests.support.power_loss import Moment, read_trace
from tests.support.scraping import Place, environment

pytestmark = pytest.mark.slow

_T = TypeVar("_T")

_REPOSITORY = Path(__file__).resolve().parents[2]
_HOLDINGS = SyntheticHoldings(3, n_quarters=1)
_FIRST, _SECOND, _THIRD = _HOLDINGS.star_keys()
#: One by its name, so that names are recorded too.
_TARGETS = (*_HOLDINGS.star(_FIRST).names, f"KIC {_SECOND}", f"KIC {_THIRD}")


@dataclass(frozen=True)
class _Recorded:
    """A run that came to its end, all that might have been left of it, and its archive."""

    place: Place
    arguments: tuple[str, ...]
    moments: Sequence[Moment]
    outputs: Mapping[str, bytes]

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        # Hypothesis would show all of it where a test fails.
        printer.text("<recorded>")


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Recorded]:
    """Record a run, and go on serving what it fetched."""
    folder = tmp_path_factory.mktemp("power")
    place, trace = Place(folder / "run"), folder / "trace"
    # In a folder that is made with it, whose own name has to come to the disk too.
    place.raw = place.root / "data" / "raw"
    with ArchiveThread(_HOLDINGS) as server:
        arguments = ("--ids", ",".join(_TARGETS), "--archive", server.base_url, "--quiet")
        program = [sys.executable, "-m", "tests.support.power_loss", str(trace), str(place.root)]
        subprocess.run(
            [*program, *place.options(), *arguments],
            cwd=_REPOSITORY,
            env=environment(XENOSCAN_CACHE_DIR=str(folder / "cache")),
            check=True,
        )
        yield _Recorded(place, arguments, read_trace(trace), place.outputs())


def _first(options: list[_T]) -> _T:
    return options[0]


def _last(options: list[_T]) -> _T:
    return options[-1]


_Choice = Callable[[list[_T]], _T]


def _extremes(moments: Sequence[Moment]) -> Iterator[dict[str, bytes]]:
    """Yield what is left if all that is not synced is lost, or has come; of names, of contents."""
    seen = set()
    for moment in moments:
        for choose_file in (_first, _last):
            for choose_content in (_first, _last):
                state = moment.state(choose_file, choose_content)
                if (key := frozenset(state.items())) not in seen:
                    seen.add(key)
                    yield state


def _rows(place: Place, state: Mapping[str, bytes]) -> list[dict[str, str]]:
    lines = state.get(str(place.results), b"").decode("utf-8", "replace").splitlines(True)
    return list(csv.DictReader(line for line in lines if line.endswith("\n")))


def _assert_rows_are_true(run: _Recorded, state: Mapping[str, bytes]) -> None:
    for row in _rows(run.place, state):
        name = Path(row["filepath"]).name
        assert row["reason"] == "complete"
        assert state.get(row["filepath"]) == run.outputs[name], f"{name} is recorded, but not there"


def _assert_resumes(run: _Recorded, state: Mapping[str, bytes]) -> None:
    place = run.place
    shutil.rmtree(place.root)
    place.root.mkdir()
    for name, content in state.items():
        if name.endswith("/"):
            os.mkdir(name)
        else:
            Path(name).write_bytes(content)
    assert place.scrape(*run.arguments, "--resume") == 0
    assert sorted(row["target_id"] for row in place.rows()) == sorted(_TARGETS)
    assert place.outputs() == run.outputs
    assert not [path for path in place.root.rglob("*") if path.suffix in (".part", ".lock")]


def test_what_is_recorded_as_done_is_on_the_disk(recorded: _Recorded) -> None:
    """No row reaches the disk before its light curve is synced."""
    states = list(_extremes(recorded.moments))
    assert len(states) > 50
    assert max(len(_rows(recorded.place, state)) for state in states) == len(_TARGETS)
    for state in states:
        _assert_rows_are_true(recorded, state)


def test_resuming_after_a_power_cut(recorded: _Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    """Resuming works with synced data alone, with all written data, and with a part."""
    monkeypatch.setattr(run_lock, "CONFIRM_DELAY_S", 0.0)
    for state in _extremes(recorded.moments):
        _assert_resumes(recorded, state)


def test_no_record_is_foreign_that_a_power_cut_left(recorded: _Recorded) -> None:
    """Wherever the writing of a record was cut off, it stays a record of this program."""
    place = recorded.place
    records = (
        place.results,
        place.checkpoint,
        manifest_path(place.results),
        names_path(place.results),
        log_path(place.results),
    )
    last = recorded.moments[-1].state(_last, _last)
    shutil.rmtree(place.root)
    for record in records:
        content = last[str(record)]
        record.parent.mkdir(parents=True, exist_ok=True)
        for came in range(min(len(content), 200)):
            record.write_bytes(content[:came] + bytes(len(content) - came))
            refuse_foreign_records(place.results, place.checkpoint)
            refuse_foreign(log_path(place.results), "the log of a run", is_log)
        record.write_bytes(content)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32 - 1))
def test_resuming_from_whatever_came(
    recorded: _Recorded, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Resuming works from any mixture of names and contents that reached the disk."""
    monkeypatch.setattr(run_lock, "CONFIRM_DELAY_S", 0.0)
    chance = Random(seed)

    def choose_content(options: list[bytes]) -> bytes:
        certain, chosen = options[0], chance.choice(options)
        if not chosen.startswith(certain):
            return chosen
        came = chance.randint(len(certain), len(chosen))
        # Some file systems note the new length before the content.
        return chosen[:came] + bytes(chance.choice((0, len(chosen) - came)))

    state = chance.choice(recorded.moments).state(chance.choice, choose_content)
    _assert_rows_are_true(recorded, state)
    _assert_resumes(recorded, state)
