"""Find the files of all targets in batches, ahead of the downloads."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence

from preprocessing.archives.base import SearchAnswer
from preprocessing.exceptions import ArchiveError, RunError, TargetError
from preprocessing.http_client import Transfer
from preprocessing.pipeline import Shared
from preprocessing.reasons import Reason
from preprocessing.retry import RetryPolicy, retry
from preprocessing.targets import Target

__all__ = ["BATCH", "NAMES_A_BATCH", "search_ahead"]

_log = logging.getLogger(__name__)

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
    for batch in _batches(targets):
        with shared.stages.timed("search"):
            found = await _search(batch, shared, policy)
        _log.debug("searched %d targets from %s on", len(batch), batch[0].name)
        for target in batch:
            await answers.put((target, found[target.key]))
    await answers.put(None)


def _batches(targets: Sequence[Target]) -> Iterator[list[Target]]:
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


async def _search(
    batch: Sequence[Target], shared: Shared, policy: RetryPolicy
) -> dict[str, SearchAnswer]:
    found: dict[str, SearchAnswer] = {
        target.key: TargetError(Reason.INVALID_TARGET, target.problem)
        for target in batch
        if target.problem is not None
    }
    possible = [target for target in batch if target.problem is None]
    if not possible:
        return found

    async def attempt() -> Mapping[str, SearchAnswer]:
        return await shared.archive.search(possible, shared.recipe.cadence, Transfer())

    try:
        found.update(await retry(attempt, policy, "search", sleep=shared.sleep))
    except ArchiveError as error:
        raise RunError(
            f"the archive {shared.archive.identity} cannot be searched: {error}. Go on with"
            " --resume when it can"
        ) from error
    return found
