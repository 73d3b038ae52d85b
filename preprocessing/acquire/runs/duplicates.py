"""Two names of one star: the first has it, and the others its outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import replace

from preprocessing.acquire.archives.base import SearchAnswer, StarFiles
from preprocessing.acquire.records.outcomes import TargetOutcome
from preprocessing.acquire.records.run_records import RunRecords
from preprocessing.fits.provenance import Provenance
from preprocessing.missions.targets import Target
from preprocessing.system.clock import utc_now

__all__ = ["Duplicates"]


class Duplicates:
    """Lets the first name of a star have it, and gives its outcome to the others.

    Parameters
    ----------
    records : RunRecords
    any_names : bool
        Whether two targets can be one star at all: numbers are told apart by the list.
    find : callable
        Returns a recorded outcome.
    catalog : {'KIC', 'EPIC', 'TIC'}
        Of the mission: where stars have numbers.
    """

    def __init__(
        self,
        records: RunRecords,
        any_names: bool,
        find: Callable[[int | str], Coroutine[None, None, TargetOutcome | None]],
        catalog: str,
    ) -> None:
        self._keeps_rows = records.keeps_rows
        self._any_names = any_names
        self._find = find
        self._catalog = catalog
        self._recorded = records.known_stars(catalog) if any_names else {}
        self._firsts: dict[int, tuple[Target, asyncio.Future[TargetOutcome]]] = {}

    async def download_once(
        self,
        target: Target,
        number: int,
        download: Callable[[], Coroutine[None, None, TargetOutcome]],
    ) -> TargetOutcome:
        """Return what `download` does, or for a star that has been claimed, what it did."""
        if not self._any_names:
            return await download()
        if number in self._recorded:
            recorded = await self._find(self._recorded[number])
            if recorded is not None:
                return self._same_star(target, number, recorded)
        if number in self._firsts:
            _, first = self._firsts[number]
            return self._same_star(target, number, await asyncio.shield(first))
        first = asyncio.ensure_future(download())
        self._firsts[number] = target, first
        return await first

    def forget(self, targets: Iterable[Target]) -> None:
        """Let stars be claimed anew by targets that are looked at again."""
        again = {target.identity for target in targets}
        self._recorded = {k: i for k, i in self._recorded.items() if i not in again}
        self._firsts = {k: c for k, c in self._firsts.items() if c[0].identity not in again}

    def settle(self, target: Target, answer: SearchAnswer) -> None:
        """Forget the outcome of a star that is recorded: the results file remembers it."""
        if not self._keeps_rows or not isinstance(answer, StarFiles):
            return
        claim = self._firsts.get(answer.number)
        if claim is not None and claim[0] is target:
            del self._firsts[answer.number]
            self._recorded[answer.number] = target.identity

    def _same_star(self, target: Target, number: int, first: TargetOutcome) -> TargetOutcome:
        note = f"same star as {first.target_id} ({self._catalog} {number})"
        return replace(
            first,
            target_id=target.name,
            error=f"{first.error}; {note}" if first.error else note,
            download_time=0.0,
            timestamp=utc_now(),
            bytes=0,
            retries=0,
            provenance=Provenance(number, same_as=first.target_id),
        )
