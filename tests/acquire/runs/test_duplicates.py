"""A star of several names is fetched under the first, and the others have its outcome."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preprocessing.acquire.records.results import ResultsLog
from preprocessing.acquire.records.run_records import RunRecords
from preprocessing.acquire.runs.duplicates import Duplicates
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions.targets import parse_target
from tests.support.scraping import outcome

_KIC = 11904151
_NAMES = ("Kepler-10", "KOI-72", f"KIC {_KIC}")


def _duplicates(records: RunRecords) -> Duplicates:
    async def find(identity: int | str) -> TargetOutcome | None:
        return records.find(identity)

    return Duplicates(records.known_stars("KIC"), find, "KIC", records.keeps_rows)


@pytest.mark.parametrize("with_results", [False, True])
async def test_every_further_name_has_the_firsts_outcome(
    tmp_path: Path, with_results: bool
) -> None:
    """Each further name of a star gets the outcome of the one download."""
    records = RunRecords(ResultsLog(tmp_path / "results.csv") if with_results else None)
    duplicates = _duplicates(records)
    downloads: list[str] = []
    for name in _NAMES:
        target = parse_target(name)
        found = await duplicates.earlier_outcome(target, _KIC)
        if found is None:
            downloads.append(name)
            found = outcome(name)
        records.add(found)
        duplicates.settle(target, _KIC, found)
        note = "" if name == _NAMES[0] else f"same star as {_NAMES[0]} (KIC {_KIC})"
        assert (found.target_id, found.error) == (name, note)
    assert downloads == [_NAMES[0]]
    records.close()


async def test_further_names_wait_for_the_first(tmp_path: Path) -> None:
    """A star that is being downloaded under one name is not downloaded under another."""
    records = RunRecords(ResultsLog(tmp_path / "results.csv"))
    duplicates = _duplicates(records)
    first, second, third = map(parse_target, _NAMES)
    assert await duplicates.earlier_outcome(first, _KIC) is None
    others = [
        asyncio.ensure_future(duplicates.earlier_outcome(name, _KIC)) for name in (second, third)
    ]
    await asyncio.sleep(0)
    assert not any(other.done() for other in others)
    records.add(outcome(first.name))
    duplicates.settle(first, _KIC, outcome(first.name))
    for other in await asyncio.gather(*others):
        assert other is not None
        assert other.error == f"same star as {_NAMES[0]} (KIC {_KIC})"
    records.close()


async def test_only_who_claimed_a_star_settles_it(tmp_path: Path) -> None:
    """A name that is recorded earlier does not take over a star being fetched."""
    records = RunRecords(ResultsLog(tmp_path / "results.csv"))
    duplicates = _duplicates(records)
    first, second, third = map(parse_target, _NAMES)
    assert await duplicates.earlier_outcome(first, _KIC) is None
    duplicates.settle(second, _KIC, outcome(second.name))
    waiting = asyncio.ensure_future(duplicates.earlier_outcome(third, _KIC))
    await asyncio.sleep(0)
    assert not waiting.done()
    duplicates.settle(first, _KIC, outcome(first.name))
    found = await waiting
    assert found is not None
    assert found.error == f"same star as {_NAMES[0]} (KIC {_KIC})"
    records.close()
