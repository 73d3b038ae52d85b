"""Let workers elsewhere download the stars of a run, in units, within one budget of connections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

from preprocessing.acquire.archives.base import Archive, StarFiles, is_limited_as_a_whole
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.source import SpareConnections
from preprocessing.acquire.runs.summary import Tally
from preprocessing.acquire.runs.unit import (
    Sources,
    StarUnit,
    UnitResult,
    UnitSettings,
    download_unit,
)
from preprocessing.acquire.settings import Limits
from preprocessing.core.carried_log import replay
from preprocessing.core.clock import ClockReading
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.missions.targets import Target
from preprocessing.network.connection_budget import ConnectionBudget, Share
from preprocessing.network.traffic import Traffic

__all__ = [
    "Elsewhere",
    "StarsElsewhere",
    "UnitWorkers",
    "connections_of_a_unit",
]

_T = TypeVar("_T")
_R = TypeVar("_R")

#: The most stars of a unit: some minutes of work, beside which handing it out costs nothing, and
#: what a dead worker loses is little.
_MOST_STARS = 200
#: Stars for each connection, at least: opening an archive for fewer is not worth it.
_STARS_EACH = 2
#: Connections of the process that searches, while units download: a request and its rival.
_OF_SEARCH = 2
#: How long stars that were found wait for others to make a unit with, in seconds.
_GATHER_S = 0.1


class UnitWorkers(Protocol):
    """Processes that work on units, here or on other machines."""

    @property
    def count(self) -> int:
        """How many units can be worked on at once, at the moment."""

    def submit(self, function: Callable[[_T], _R], unit: _T, /) -> Future[_R]:
        """Hand out a unit; return what becomes the function's result or error."""


@dataclass(frozen=True)
class Elsewhere:
    """Who downloads the stars of a run instead of this process, and from where.

    Parameters
    ----------
    workers : UnitWorkers
        The workers.
    sources : Sources
        The archives.
    """

    workers: UnitWorkers
    sources: Sources


class _NoFiles:
    """What a run asks of the files that others fetch."""

    def __init__(self) -> None:
        self.spare = SpareConnections()
        self.traffic = Traffic()
        #: Each unit waits for an archive that is down.
        self.are_down = False


class StarsElsewhere:
    """Hands out stars in units, and gives back what became of each.

    Units get smaller towards the end of a list, so that all workers end at about the same time.

    Parameters
    ----------
    workers : UnitWorkers
        The workers.
    settings : UnitSettings
        What all units have in common.
    limits : Limits
        Of the run; `limits.workers` are the most connections of one unit.
    archive : Archive
        Says how many connections all units may have together.
    output_dir : Path
        The folder of the outputs, as the records name it.
    tally : Tally
        Counts what happens in units.
    note_clock : callable or None
        Called with what files of units say of the mission's clock.
    is_stopping : callable
        Tells whether no more units are to begin.
    pause : PauseGate
        Where units wait while the run is paused.

    Notes
    -----
    Sizes follow "guided self-scheduling": C. D. Polychronopoulos and D. J. Kuck, IEEE Transactions
    on Computers C-36, 1425 (1987).
    """

    def __init__(
        self,
        workers: UnitWorkers,
        settings: UnitSettings,
        limits: Limits,
        archive: Archive,
        output_dir: Path,
        tally: Tally,
        note_clock: Callable[[ClockReading], None] | None,
        is_stopping: Callable[[], bool],
        pause: PauseGate,
    ) -> None:
        self.recipe = settings.recipe
        self.files = _NoFiles()
        self._workers = workers
        self._settings = settings
        self._limits = limits
        self._is_limited = is_limited_as_a_whole(archive)
        self._output_dir = output_dir
        self._tally = tally
        self._note_clock = note_clock
        self._is_stopping = is_stopping
        self._pause = pause
        self._connections = connections_of_a_unit(limits.workers, archive)
        self._budget = ConnectionBudget(self._connections)
        self._waiting: deque[_Waiting] = deque()
        self._is_due = False
        self._units: set[asyncio.Task[None]] = set()

    @property
    def most_stars(self) -> int:
        """How many stars may be asked for at the same time."""
        return _MOST_STARS * (2 + 2 * self._n_units)

    async def download(self, target: Target, star: StarFiles, *, is_retry: bool) -> TargetOutcome:
        """Return the outcome of a star, as `StarDownloader.download` does.

        Parameters
        ----------
        target : Target
            The star, as the user named it.
        star : StarFiles
            The files that the archive promises.
        is_retry : bool
            Makes no difference: a unit always looks for what an earlier attempt wrote.
        """
        outcome: asyncio.Future[TargetOutcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(target, star, outcome))
        if not self._is_due:
            self._is_due = True
            asyncio.get_running_loop().call_later(_GATHER_S, self._hand_out)
        return await outcome

    async def _hand_out_later(self) -> None:
        await self._pause.passed()
        self._hand_out()

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        unit = asyncio.ensure_future(work)
        self._units.add(unit)
        unit.add_done_callback(self._units.discard)

    async def close(self) -> None:
        """Wait for no unit any more. Workers end theirs when the run gives up its lock."""
        for unit in self._units:
            unit.cancel()
        await asyncio.gather(*self._units, return_exceptions=True)

    @property
    def _n_units(self) -> int:
        return 1 if self._is_limited else self._workers.count

    def _hand_out(self) -> None:
        """Make units of the stars that wait, while the budget allows."""
        self._is_due = False
        if self._is_stopping():
            return
        if self._pause.is_closed:
            self._is_due = True
            self._keep(self._hand_out_later())
            return
        self._waiting = deque(star for star in self._waiting if not star.outcome.done())
        most = self._n_units * self._connections
        while self._waiting and (share := self._budget.take(most)) is not None:
            size = -(-len(self._waiting) // self._n_units)
            size = min(_MOST_STARS, len(self._waiting), max(_STARS_EACH * share.connections, size))
            stars = [self._waiting.popleft() for _ in range(size)]
            self._keep(self._do(stars, share, most))

    async def _do(self, stars: list[_Waiting], share: Share, most: int) -> None:
        rate = self._limits.max_rate_mb_s
        limits = replace(
            self._limits,
            workers=share.connections,
            max_rate_mb_s=None if rate is None else rate * share.connections / most,
        )
        unit = StarUnit(self._settings, limits, tuple((s.target, s.star) for s in stars))
        refusals = 0
        self.files.traffic.in_flight += share.connections
        try:
            result = await asyncio.wrap_future(self._workers.submit(download_unit, unit))
            refusals = result.refusals
            self._take(result, stars)
        except Exception as error:
            # It is raised where the outcomes are awaited.
            for star in stars:
                star.fail(error)
        finally:
            self.files.traffic.in_flight -= share.connections
            self._budget.give_back(share, refusals)
            self._hand_out()

    def _take(self, result: UnitResult, stars: list[_Waiting]) -> None:
        replay(result.messages)
        self._tally.join(result.tally)
        if self._note_clock is not None:
            for reading in result.clocks:
                self._note_clock(reading)
        for star in stars:
            outcome = result.outcomes[star.target.key]
            self.files.traffic.bytes += outcome.bytes
            if outcome.filepath:
                # Workers know the folder by its absolute path, records as the user named it.
                path = self._output_dir / Path(outcome.filepath).name
                outcome = replace(outcome, filepath=str(path))
            if not star.outcome.done():
                star.outcome.set_result(outcome)


@dataclass(frozen=True)
class _Waiting:
    """A star that waits for its outcome."""

    target: Target
    star: StarFiles
    outcome: asyncio.Future[TargetOutcome]

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)


def connections_of_a_unit(workers: int, archive: Archive) -> int:
    """Return the most connections of one unit.

    Parameters
    ----------
    workers : int
        The most that the user wants.
    archive : Archive
        The archive, with its fallbacks. If its limit holds for all machines together, the search
        is part of it.
    """
    if archive.polite_requests is None or not is_limited_as_a_whole(archive):
        return workers
    return max(1, min(workers, archive.polite_requests - _OF_SEARCH))
