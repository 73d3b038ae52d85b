"""Targets are searched for in batches, in order, ahead of the downloads but not far."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

import pytest

from preprocessing.acquire.archives.base import Archive, SearchAnswer, StarFiles
from preprocessing.acquire.runs.backlog import BATCH, NAMES_A_BATCH, Backlog
from preprocessing.acquire.runs.search import Found, StarSearch, list_holdings
from preprocessing.acquire.runs.summary import StageClock
from preprocessing.core.errors import ArchiveError, RunError, TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.targets import Target, parse_target
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.transfer import Transfer


class SearchedArchive:
    """Finds every star, and notes what it was asked; its first answers may be errors."""

    identity = "test"
    has_answered = False

    def __init__(self, *errors: Exception) -> None:
        self.asked: list[list[str]] = []
        self._errors = list(errors)

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        self.asked.append([target.name for target in targets])
        if self._errors:
            raise self._errors.pop(0)
        return {
            target.key: StarFiles(target.number or 0, (), "Kepler", "long") for target in targets
        }


def _star_search(archive: SearchedArchive, retries: int = 2) -> StarSearch:
    async def no_sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    policy = RetryPolicy(retries)
    return StarSearch(cast(Archive, archive), Recipe(), policy, StageClock(), sleep=no_sleep)


def _backlog(names: Sequence[str]) -> Backlog:
    backlog = Backlog("KIC")
    backlog.put(parse_target(name) for name in names)
    return backlog


async def _search(
    archive: SearchedArchive, names: Sequence[str]
) -> list[tuple[Target, SearchAnswer]]:
    queue: asyncio.Queue[Found | None] = asyncio.Queue()
    await _star_search(archive).ahead(_backlog(names), queue)
    found = [queue.get_nowait() for _ in range(queue.qsize())]
    assert found.pop() is None
    return [(each.target, each.answer) for each in found if each is not None]


async def test_order_and_batches() -> None:
    """Every target comes once, in order, and a query asks for as many as allowed."""
    archive = SearchedArchive()
    names = [f"KIC {kic}" for kic in range(1, 2 * BATCH + 2)]
    assert [target.name for target, _ in await _search(archive, names)] == names
    assert [len(batch) for batch in archive.asked] == [BATCH, BATCH, 1]


async def test_names_come_in_small_batches() -> None:
    """Names need a query each, so their batches are smaller."""
    archive = SearchedArchive()
    names = [name for n in range(1, 41) for name in (f"Kepler-{n}", f"KIC {n}")]
    assert [target.name for target, _ in await _search(archive, names)] == names
    assert [len(batch) for batch in archive.asked] == [2 * NAMES_A_BATCH, 80 - 2 * NAMES_A_BATCH]


async def test_invalid_targets_are_not_asked_for() -> None:
    """An invalid target is answered in its place without the archive."""
    archive = SearchedArchive()
    found = await _search(archive, ["KIC 1", "a/b", "KIC 2"])
    assert archive.asked == [["KIC 1", "KIC 2"]]
    answer = found[1][1]
    assert isinstance(answer, TargetError)
    assert (answer.reason, str(answer)) == (Reason.INVALID_TARGET, "'/' cannot be part of a name")
    archive = SearchedArchive()
    assert len(await _search(archive, ["a/b", ""])) == 2
    assert archive.asked == []


async def test_no_targets() -> None:
    """An empty list ends at once."""
    assert await _search(SearchedArchive(), []) == []


async def test_failure_that_passes() -> None:
    """A failed search is tried again."""
    archive = SearchedArchive(ArchiveError("busy"), ArchiveError("busy"))
    assert len(await _search(archive, ["KIC 1"])) == 1
    assert len(archive.asked) == 3


async def test_failure_that_stays() -> None:
    """An archive that never answers ends the run: it cannot be reached."""
    archive = SearchedArchive(*[ArchiveError("no answer")] * 3)
    with pytest.raises(RunError, match=r"test cannot be reached: no answer.*--resume") as ended:
        await _search(archive, ["KIC 1"])
    assert "What is recorded" not in str(ended.value)


async def test_an_archive_that_was_there_is_waited_for() -> None:
    """An archive that answered before, even with an error, is waited for."""
    archive = SearchedArchive(*[ArchiveError("HTTP status 503")] * 50)
    archive.has_answered = True
    assert len(await _search(archive, ["KIC 1"])) == 1
    assert len(archive.asked) == 51


@pytest.mark.slow
async def test_but_not_for_ever() -> None:
    """A run ends after an archive has been down for a day."""
    archive = SearchedArchive(*[ArchiveError("HTTP status 503")] * 5000)
    archive.has_answered = True
    with pytest.raises(RunError, match=r"cannot be searched: HTTP status 503.*--resume"):
        await _search(archive, ["KIC 1"])


async def test_an_outage_of_the_search_is_noted() -> None:
    """Whoever shows the run's progress is told when the archive goes down, and when it is back."""
    archive = SearchedArchive(*[ArchiveError("HTTP status 503")] * 5)
    archive.has_answered = True
    noted: list[bool] = []
    queue: asyncio.Queue[Found | None] = asyncio.Queue()
    searching = replace(_star_search(archive), note_outage=noted.append)
    await searching.ahead(_backlog(["KIC 1"]), queue)
    assert noted == [True, False]


async def test_waits_for_the_downloads() -> None:
    """While the queue is full, no further batch is searched for."""
    archive = SearchedArchive()
    backlog = _backlog([f"KIC {kic}" for kic in range(1, 5 * BATCH + 1)])
    queue: asyncio.Queue[Found | None] = asyncio.Queue(maxsize=BATCH)
    searching = asyncio.ensure_future(_star_search(archive).ahead(backlog, queue))
    for _ in range(BATCH + 100):
        await asyncio.sleep(0)
    assert queue.full()
    assert len(archive.asked) == 2
    taken = 0
    while await queue.get() is not None:
        taken += 1
        assert len(archive.asked) * BATCH <= taken + 2 * BATCH + 1
    await searching
    assert (taken, len(archive.asked)) == (5 * BATCH, 5)


class ListedArchive:
    """Lists stars, or fails first."""

    identity = "test"
    has_answered = False

    def __init__(self, kics: list[int], *errors: Exception) -> None:
        self._kics = kics
        self._errors = list(errors)

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        if self._errors:
            raise self._errors.pop(0)
        return self._kics[:count]


async def _list(archive: ListedArchive, recipe: Recipe | None = None) -> list[str]:
    async def no_sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    listed = await list_holdings(
        2, cast(Archive, archive), recipe or Recipe(), RetryPolicy(retries=1), no_sleep
    )
    return [target.name for target in listed.targets]


async def test_the_list_of_holdings_survives_a_passing_failure() -> None:
    """The archive's first stars become targets although its first answer is an error."""
    archive = ListedArchive([7, 8, 9], ArchiveError("busy"))
    assert await _list(archive) == ["KIC 7", "KIC 8"]


async def test_an_archive_without_a_list_ends_the_run() -> None:
    """An archive that stays down or holds nothing is reported in one line."""
    with pytest.raises(RunError, match="cannot be reached: down"):
        await _list(ListedArchive([7], ArchiveError("down"), ArchiveError("down")))
    with pytest.raises(RunError, match="lists no star of Kepler by Kepler, long cadence"):
        await _list(ListedArchive([]))
    with pytest.raises(RunError, match=r"long cadence, quarters 3,5-6$"):
        await _list(ListedArchive([]), Recipe(sequence_numbers="3,5-6"))
    with pytest.raises(RunError, match=r"by QLP, long cadence, with the flux sys_rm$"):
        await _list(ListedArchive([]), make_recipe("TESS", author="QLP", flux="sys_rm"))
