"""Find the files of all targets in batches, ahead of the downloads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from preprocessing.acquire.archives.base import Archive, SearchAnswer
from preprocessing.acquire.runs.absence import contradictions, require_rows, unconfirmed
from preprocessing.acquire.runs.backlog import Backlog, Batch
from preprocessing.acquire.runs.other_authors import naming_other_authors
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.summary import StageClock
from preprocessing.core.errors import ArchiveError, ArchiveTimeout, RunError, TargetError
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.core.reasons import Reason
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target, TargetList
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.transfer import Rivals, Transfer
from preprocessing.system.waiting import Sleep, within

__all__ = ["PATIENCE_S", "Found", "StarSearch", "list_holdings", "search_batch"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: How long a run waits, in seconds, for an archive that answered before and cannot be searched
#: now: longer than any unannounced outage.
PATIENCE_S = 86400.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 5.0, 300.0
#: Time-out of a search, in seconds. The longest known searches take minutes.
_LONGEST_SEARCH_S = 3600.0
#: How long to wait, in seconds, for a search to list a star that has a file in the archive.
_CONTRADICTED_S = 900.0


@dataclass(frozen=True)
class Found:
    """What a search found of one target.

    Parameters
    ----------
    target : Target
        The target.
    answer : StarFiles or TargetError
        Its files, or why there are none.
    is_retry : bool
        Whether this run tried the target before.
    """

    target: Target
    answer: SearchAnswer
    is_retry: bool


@dataclass(frozen=True)
class StarSearch:
    """Finds the files of all targets of a run, ahead of the downloads.

    Parameters
    ----------
    archive : Archive
        Where to search.
    recipe : Recipe
        Which mission, author, cadence, and quarters, campaigns or sectors.
    policy : RetryPolicy
        How often and how patiently a search is repeated.
    stages : StageClock
        Adds up how long searches take.
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    note_outage : callable
        Told whether the archive cannot be searched at the moment.
    rivals : Rivals
        Counts requests that were sent because earlier ones were silent.
    is_local : bool
        Whether only directories are searched. What they lack, a second search does not find.
    pause : PauseGate
        Where searches wait while the run is paused.
    """

    archive: Archive
    recipe: Recipe
    policy: RetryPolicy
    stages: StageClock
    sleep: Sleep = asyncio.sleep
    note_outage: Callable[[bool], None] = lambda is_down: None
    rivals: Rivals = field(default_factory=Rivals)
    is_local: bool = False
    pause: PauseGate = field(default_factory=PauseGate)

    async def ahead(self, backlog: Backlog, answers: asyncio.Queue[Found | None]) -> None:
        """Put every target and its answer on a queue, in order; put None at the end.

        Parameters
        ----------
        backlog : Backlog
            What to search for; it may grow meanwhile. A star that the search does not list, though
            this run tried it before, counts as without data, unless one of its files is in the
            archive.
        answers : asyncio.Queue
            The queue. It must be bounded, to keep the search about one batch ahead.

        Raises
        ------
        RunError
            The archive cannot be searched.
        """
        while (batch := backlog.take()) is not None:
            await self.pause.passed()
            found = await self._search(batch)
            _log.debug("searched %d targets from %s on", len(found), batch.targets[0].name)
            for target in batch.targets:
                answer = found[target.key]
                is_final = batch.is_retry or self.is_local
                answer = answer if is_final else unconfirmed(answer)
                await answers.put(Found(target, answer, batch.is_retry))
        await answers.put(None)

    async def _search(self, batch: Batch) -> Mapping[str, SearchAnswer]:
        archive, recipe, targets = self.archive, self.recipe, batch.targets
        is_final = batch.is_retry or self.is_local
        with self.stages.timed("search"):
            found = await search_batch(
                targets,
                archive,
                recipe,
                self.policy,
                self._wait,
                patience_s=PATIENCE_S,
                may_be_empty=is_final,
                note_outage=self.note_outage,
                rivals=self.rivals,
            )
            if batch.is_retry:
                found = await _confirmed(targets, found, archive, recipe, self.policy, self._wait)
            if is_final:
                found = await naming_other_authors(
                    targets, found, archive, recipe, self.policy, self._wait
                )
        return found

    async def _wait(self, seconds: float) -> None:
        """Wait before another attempt, which does not begin in a pause."""
        await self.sleep(seconds)
        await self.pause.passed()


async def search_batch(
    batch: Sequence[Target],
    archive: Archive,
    recipe: Recipe,
    policy: RetryPolicy,
    sleep: Sleep,
    *,
    patience_s: float = 0.0,
    may_be_empty: bool = False,
    note_outage: Callable[[bool], None] = lambda is_down: None,
    rivals: Rivals | None = None,
) -> dict[str, SearchAnswer]:
    """Return the answer for each target of a batch, by key.

    Targets with a problem, such as an impossible name, are not searched for.

    Parameters
    ----------
    batch : sequence of Target
        The targets: see `batches`.
    archive : Archive
        Where to search.
    recipe : Recipe
        Which mission, author, cadence, and quarters, campaigns or sectors.
    policy : RetryPolicy
        How often and how patiently the search is repeated.
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    patience_s : float, optional
        How long to wait, in seconds, for an archive that answered before.
    may_be_empty : bool, optional
        Whether to accept an answer that lists nothing at all.
    note_outage : callable, optional
        As in `StarSearch`.
    rivals : Rivals, optional
        As in `StarSearch`.

    Raises
    ------
    RunError
        The archive cannot be searched.
    """
    found: dict[str, SearchAnswer] = {
        target.key: TargetError(Reason.INVALID_TARGET, target.problem)
        for target in batch
        if target.problem is not None
    }
    possible = [target for target in batch if target.problem is None]

    async def search() -> Mapping[str, SearchAnswer]:
        answers = await archive.search(possible, recipe, Transfer(rivals=rivals))
        if not may_be_empty:
            await require_rows(possible, answers, archive, recipe, policy, sleep)
        return answers

    if possible:
        found.update(await _ask(archive, policy, sleep, search, patience_s, note_outage))
    return found


async def list_holdings(
    count: int,
    archive: Archive,
    recipe: Recipe,
    policy: RetryPolicy,
    sleep: Sleep = asyncio.sleep,
    *,
    patience_s: float = 0.0,
) -> TargetList:
    """Return the first stars of an archive, in its order: see `Archive.holdings`.

    Parameters
    ----------
    count : int
        How many stars to return at most.
    archive : Archive
        Where to search.
    recipe : Recipe
        Which mission, author, cadence, and quarters, campaigns or sectors.
    policy : RetryPolicy
        How often and how patiently the search is repeated.
    sleep : callable, optional
        `asyncio.sleep`, unless a test passes another.
    patience_s : float, optional
        How long to wait, in seconds, for an archive that answered before.

    Raises
    ------
    RunError
        The archive cannot be searched, or has no such star.
    """

    async def ask() -> list[int]:
        return await archive.holdings(count, recipe, Transfer())

    numbers = await _ask(archive, policy, sleep, ask, patience_s)
    if not numbers:
        asked = recipe.sequence_numbers
        raise RunError(
            f"the archive {archive.identity} lists no star of {recipe.mission_name} by"
            f" {recipe.author}, {recipe.cadence} cadence"
            + (f", {recipe.mission.sequence}s {asked}" if asked else "")
            + (f", with the flux {recipe.flux}" if recipe.has_other_flux else "")
        )
    catalog = recipe.mission.catalog
    return TargetList(tuple(Target(f"{catalog} {n}", n, catalog) for n in numbers))


async def _confirmed(
    batch: Sequence[Target],
    found: dict[str, SearchAnswer],
    archive: Archive,
    recipe: Recipe,
    policy: RetryPolicy,
    sleep: Sleep,
) -> dict[str, SearchAnswer]:
    """Return answers that were checked against the files: no rows may not mean no data."""
    pauses = _pauses(_CONTRADICTED_S)
    possible = [target for target in batch if target.problem is None]
    while True:
        there = await contradictions(possible, found, archive, recipe, policy, sleep)
        pause_s = next(pauses, None)
        if not there or pause_s is None:
            return {**found, **there}
        _log.warning(
            "%d targets are not listed, one of them %s; asking again in %.0f s",
            len(there),
            next(iter(there.values())),
            pause_s,
            extra=EVERY_TIME,
        )
        await sleep(pause_s)
        found = await search_batch(
            batch,
            archive,
            recipe,
            policy,
            sleep,
            patience_s=PATIENCE_S,
            may_be_empty=True,
        )


async def _ask(
    archive: Archive,
    policy: RetryPolicy,
    sleep: Sleep,
    attempt: Callable[[], Coroutine[Any, Any, _T]],
    patience_s: float,
    note_outage: Callable[[bool], None] = lambda is_down: None,
) -> _T:
    async def in_time() -> _T:
        try:
            return await within(_LONGEST_SEARCH_S, attempt())
        except asyncio.TimeoutError as error:
            raise ArchiveTimeout(
                f"the search did not end within {_LONGEST_SEARCH_S:.0f} s"
            ) from error

    pauses = _pauses(patience_s)
    while True:
        try:
            answer = await retry(in_time, policy, "search", sleep=sleep)
        except ArchiveError as error:
            # An archive that never answered may not exist.
            pause_s = next(pauses, None) if archive.has_answered else None
            if pause_s is None:
                raise _unsearchable(archive, error) from error
            pause_s = max(pause_s, min(policy.patience_s, error.retry_after_s or 0.0))
            _log.warning(
                "the archive cannot be searched: %s. Asking again in %.0f s",
                error,
                pause_s,
                extra=EVERY_TIME,
            )
            note_outage(True)
        else:
            note_outage(False)
            return answer
        await sleep(pause_s)


def _unsearchable(archive: Archive, error: ArchiveError) -> RunError:
    if archive.has_answered:
        what, advice = "searched", "What is recorded stays: try again later"
    else:
        what, advice = "reached", "Check its address and the network, then try again"
    return RunError(
        f"the archive {archive.identity} cannot be {what}: {error}. {advice}. To continue"
        " a run that had begun, add --resume"
    )


def _pauses(patience_s: float) -> Iterator[float]:
    """Yield growing pauses, in seconds, until their sum exceeds the patience."""
    pause_s, left_s = _FIRST_PAUSE_S, patience_s
    while left_s > 0:
        yield pause_s
        left_s -= pause_s
        pause_s = min(_LONGEST_PAUSE_S, 2 * pause_s)
