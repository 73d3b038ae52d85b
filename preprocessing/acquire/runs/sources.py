"""Where a run has its files from: a source, and others for what that one cannot give."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from preprocessing.acquire.archives.base import Archive
from preprocessing.acquire.runs.outage import Outage
from preprocessing.core.errors import ArchiveError, ProductError
from preprocessing.core.reasons import TRANSIENT

__all__ = ["Source", "Trial", "first_up", "from_any"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, eq=False)
class Source:
    """An archive, and the watch over it.

    Parameters
    ----------
    archive : Archive
    outage : Outage
    """

    archive: Archive
    outage: Outage


@dataclass
class Trial:
    """One file's trial at one source.

    Parameters
    ----------
    source : Source
    may_wait : bool
        Whether it may wait for its source if that is down: there is no other.
    is_explained : bool
        Whether the source's being down explains the last failure.
    """

    source: Source
    may_wait: bool
    is_explained: bool = field(default=False)


def first_up(sources: Sequence[Source]) -> Source:
    """Return the first source that is not known to be down; the first of all if all are."""
    return next((source for source in sources if not source.outage.is_on), sources[0])


async def from_any(
    sources: Sequence[Source], attempt: Callable[[Trial], Awaitable[_T]], what: str
) -> _T:
    """Return what the first source gives that can.

    Those known to be down are passed over, unless all of them are: then whichever is back first
    is waited for.

    Parameters
    ----------
    sources : sequence of Source
    attempt : callable
        Given a trial, gets it from its source.
    what : str
        For the log.

    Raises
    ------
    ArchiveError, ProductError
        None of them can: the first error that time may cure, else the first.
    """
    if len(sources) == 1:
        return await attempt(Trial(sources[0], may_wait=True))
    back: Source | None = None
    while True:
        errors: list[ArchiveError | ProductError] = []
        is_explained = True
        for source in sources:
            if source.outage.is_on and source is not back:
                continue
            trial = Trial(source, may_wait=False)
            try:
                return await attempt(trial)
            except (ArchiveError, ProductError) as error:
                _log.info("%s: not from %s: %s", what, source.archive.identity, error)
                errors.append(error)
            is_explained = is_explained and trial.is_explained
        if errors and not is_explained:
            passing = (error for error in errors if error.reason in TRANSIENT)
            raise next(passing, errors[0])
        back = await _first_back(sources)


async def _first_back(sources: Sequence[Source]) -> Source:
    """Wait for one of several sources that are down to be asked again, and return it."""
    passages = {asyncio.ensure_future(source.outage.wait_until_up()): source for source in sources}
    try:
        done, _ = await asyncio.wait(passages, return_when=asyncio.FIRST_COMPLETED)
        for wait_until_up in done:
            wait_until_up.result()
        return passages[done.pop()]
    finally:
        for wait_until_up in passages:
            wait_until_up.cancel()
        await asyncio.gather(*passages, return_exceptions=True)
