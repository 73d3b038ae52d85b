"""Find the files of all targets in batches, ahead of the downloads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

from preprocessing.archives.base import Archive, SearchAnswer
from preprocessing.exceptions import ArchiveError, RunError, TargetError
from preprocessing.http_client import Transfer
from preprocessing.pipeline import Shared
from preprocessing.reasons import Reason
from preprocessing.retry import RetryPolicy, retry
from preprocessing.targets import Target, TargetList

__all__ = [
    "BATCH",
    "NAMES_A_BATCH",
    "Sleep",
    "batches",
    "list_holdings",
    "search_ahead",
    "search_batch",
]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: `asyncio.sleep`, or what a test passes instead.
Sleep = Callable[[float], Awaitable[None]]

#: Targets a query. MAST answers queries for 200 to 1000 names; the more, the longer.
BATCH = 400
#: Names a batch: each takes a query of its own, and a batch that fails is begun anew.
NAMES_A_BATCH = 30


async def search_ahead(
    targets: Sequence[Target],
    shared: Shared,
    answers: asyncio.Queue[tuple[Target, SearchAnswer] | None],
) -> None:
    """Put every target with its answer on a queue, in order, then None.

    Parameters
    ----------
    targets : sequence of Target
    shared : Shared
    answers : asyncio.Queue
        Bounded: searching waits for the downloads, one batch ahead of them.

    Raises
    ------
    RunError
        The archive cannot be searched.
    """
    policy = RetryPolicy(shared.limits.retries)
    for batch in batches(targets):
        with shared.stages.timed("search"):
            found = await search_batch(
                batch, shared.archive, shared.recipe.cadence, policy, shared.sleep
            )
        _log.debug("searched %d targets from %s on", len(batch), batch[0].name)
        for target in batch:
            await answers.put((target, found[target.key]))
    await answers.put(None)


def batches(targets: Sequence[Target]) -> Iterator[list[Target]]:
    """Yield targets in the portions in which they are searched for."""
    batch: list[Target] = []
    names = 0
    for target in targets:
        is_name = target.kic is None and target.problem is None
        if len(batch) == BATCH or (is_name and names == NAMES_A_BATCH):
            yield batch
            batch, names = [], 0
        batch.append(target)
        names += is_name
    if batch:
        yield batch


async def search_batch(
    batch: Sequence[Target], archive: Archive, cadence: str, policy: RetryPolicy, sleep: Sleep
) -> dict[str, SearchAnswer]:
    """Return the answer for each of some targets, by key; those with a problem are not asked for.

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
    if possible:
        found.update(
            await _ask(
                archive, policy, sleep, lambda: archive.search(possible, cadence, Transfer())
            )
        )
    return found


async def list_holdings(
    count: int, archive: Archive, cadence: str, policy: RetryPolicy, sleep: Sleep = asyncio.sleep
) -> TargetList:
    """Return the first stars of an archive, by ascending KIC number.

    Raises
    ------
    RunError
        The archive cannot be searched, or holds no such star.
    """
    kics = await _ask(archive, policy, sleep, lambda: archive.holdings(count, cadence, Transfer()))
    if not kics:
        raise RunError(f"the archive {archive.identity} lists no star of {cadence} cadence")
    return TargetList(tuple(Target(f"KIC {kic}", kic) for kic in kics))


async def _ask(
    archive: Archive, policy: RetryPolicy, sleep: Sleep, attempt: Callable[[], Awaitable[_T]]
) -> _T:
    try:
        return await retry(attempt, policy, "search", sleep=sleep)
    except ArchiveError as error:
        raise RunError(
            f"the archive {archive.identity} cannot be searched: {error}. What is recorded stays:"
            " try again later, a run that had begun with --resume"
        ) from error
