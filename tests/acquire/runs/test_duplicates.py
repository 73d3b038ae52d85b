"""A star of several names is fetched under the first, and the others have its outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.acquire.archives.base import StarFiles
from preprocessing.acquire.records.outcomes import TargetOutcome
from preprocessing.acquire.records.results import ResultsLog
from preprocessing.acquire.records.run_records import RunRecords
from preprocessing.acquire.runs.duplicates import Duplicates
from preprocessing.missions.targets import parse_target
from tests.support.scraping import outcome

_KIC = 11904151
_STAR = StarFiles(_KIC, (), "Kepler", "long")
_NAMES = ("Kepler-10", "KOI-72", f"KIC {_KIC}")


@pytest.mark.parametrize("with_results", [False, True])
async def test_every_further_name_has_the_firsts_outcome(
    tmp_path: Path, with_results: bool
) -> None:
    """Each further name of a star gets the outcome of the one download."""
    log = ResultsLog(tmp_path / "results.csv") if with_results else None
    records = RunRecords(log)
    downloads: list[str] = []

    async def find(identity: int | str) -> TargetOutcome | None:
        return records.find(identity)

    claims = Duplicates(records, True, find, "KIC")
    for name in _NAMES:
        target = parse_target(name)

        async def download(name: str = name) -> TargetOutcome:
            downloads.append(name)
            return outcome(name)

        found = await claims.download_once(target, _KIC, download)
        records.add(found)
        claims.settle(target, _STAR)
        note = "" if name == _NAMES[0] else f"same star as {_NAMES[0]} (KIC {_KIC})"
        assert (found.target_id, found.error) == (name, note)
    assert downloads == [_NAMES[0]]
    records.close()


async def test_only_who_claimed_a_star_settles_it(tmp_path: Path) -> None:
    """A name that is recorded earlier does not take over a star being fetched."""
    records = RunRecords(ResultsLog(tmp_path / "results.csv"))

    async def find(identity: int | str) -> TargetOutcome | None:
        return records.find(identity)

    async def download() -> TargetOutcome:
        return outcome(_NAMES[0])

    claims = Duplicates(records, True, find, "KIC")
    first, second, third = map(parse_target, _NAMES)
    await claims.download_once(first, _KIC, download)
    records.add(await claims.download_once(second, _KIC, download))
    claims.settle(second, _STAR)
    found = await claims.download_once(third, _KIC, download)
    assert found.error == f"same star as {_NAMES[0]} (KIC {_KIC})"
    records.close()
