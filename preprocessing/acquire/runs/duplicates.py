"""Download a star once if the list names it twice: later names get the first one's outcome."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

from preprocessing.core.outcomes import Provenance, TargetOutcome
from preprocessing.missions.targets import Target
from preprocessing.system.waiting import utc_now

__all__ = ["Duplicates"]


class Duplicates:
    """Downloads each star only under its first name, and copies the outcome to other names.

    Parameters
    ----------
    recorded : mapping of int to int or str
        The identity of the target under which each star was recorded, by the star's number.
    find : callable
        Returns the recorded outcome of a target, by its identity; None if there is none.
    catalog : str
        The catalog of the stars' numbers: `Mission.catalog`.
    keeps_rows : bool
        Whether `find` also returns outcomes of this run, so that they need not be kept here.
    """

    def __init__(
        self,
        recorded: Mapping[int, int | str],
        find: Callable[[int | str], Awaitable[TargetOutcome | None]],
        catalog: str,
        keeps_rows: bool,
    ) -> None:
        self._recorded = dict(recorded)
        self._find = find
        self._catalog = catalog
        self._keeps_rows = keeps_rows
        self._firsts: dict[int, tuple[Target, asyncio.Future[TargetOutcome]]] = {}

    async def earlier_outcome(self, target: Target, number: int) -> TargetOutcome | None:
        """Return the outcome of a star under its first name; None if this is the first.

        Waits while the star is being downloaded under another name. After the download, the
        caller must `settle` the first name.

        Parameters
        ----------
        target : Target
            A name of the star.
        number : int
            The star's number in the catalog.
        """
        if number in self._recorded:
            recorded = await self._find(self._recorded[number])
            if recorded is not None:
                return self._same_star(target, number, recorded)
        if number in self._firsts:
            _, first = self._firsts[number]
            return self._same_star(target, number, await asyncio.shield(first))
        self._firsts[number] = target, asyncio.get_running_loop().create_future()
        return None

    def settle(self, target: Target, number: int, outcome: TargetOutcome) -> None:
        """Give the recorded outcome of a star to its other names.

        Only the first name of the star has an effect.

        Parameters
        ----------
        target : Target
            A name of the star.
        number : int
            The star's number in the catalog.
        outcome : TargetOutcome
            The star's outcome under that name.
        """
        claimed_by, first = self._firsts.get(number, (None, None))
        if claimed_by is not target or first is None:
            return
        if not first.done():
            first.set_result(outcome)
        if self._keeps_rows:
            # `find` reads it from the results file.
            del self._firsts[number]
            self._recorded[number] = target.identity

    def forget(self, targets: Iterable[Target]) -> None:
        """Let the stars of these targets be downloaded again."""
        again = {target.identity for target in targets}
        self._recorded = {k: i for k, i in self._recorded.items() if i not in again}
        self._firsts = {k: c for k, c in self._firsts.items() if c[0].identity not in again}

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
