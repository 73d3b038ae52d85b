"""What is known of all stars as the files are now: read again when another command changed them."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from preprocessing.core.errors import XenoscanError
from preprocessing.missions import DEFAULT_MISSION, MISSIONS
from preprocessing.report.dashboard.labels import LabelFile
from preprocessing.report.dashboard.star_loading import load_star_table
from preprocessing.report.dashboard.star_sources import (
    Signature,
    StarSources,
    read_star_sources,
    signature,
    stamp,
)
from preprocessing.report.dashboard.star_table import StarTable
from preprocessing.report.star.record import StarRecord
from preprocessing.report.star.tables import StarTables
from preprocessing.tables.value_tables import release_memory

__all__ = ["CurrentStars", "StarsNow"]

#: The results of a run change every second. Reading all of it again takes at most this share of
#: the time, so that a run is not slowed.
_SHARE = 0.02
_SHORTEST_S = 2.0
#: How long a page waits for what is new before it gets what was.
_PATIENCE_S = 2.0


@dataclass(frozen=True, eq=False)
class StarsNow:
    """All stars, as of one moment.

    Parameters
    ----------
    table : StarTable
        The table of all stars.
    sources : StarSources
        What it was made from, without the rows.
    labels : LabelFile
        The labels of a person.
    signature : Signature
        Tells whether the files changed.
    tables : StarTables
        The tables, for the rows of single stars.
    """

    table: StarTable
    sources: StarSources
    labels: LabelFile
    signature: Signature
    tables: StarTables = field(repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def record(self, file: str, name: str) -> StarRecord:
        """Return all that the tables say of one star.

        Parameters
        ----------
        file : str
            The FITS file of its light curve; empty if it has none.
        name : str
            Its name.
        """
        with self._lock:
            return self.tables.record(file.removesuffix(".fits") or name)


class CurrentStars:
    """Reads what is known of all stars, and reads it again.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._now: StarsNow | None = None
        self._reading: asyncio.Task[StarsNow] | None = None
        self._next_look_s = 0.0
        self._labeled: object = None
        self._labeling = asyncio.Lock()

    async def now(self) -> StarsNow:
        """Return what is known; it is read first if it never was, or if its files changed.

        If reading again takes long, what was known before is returned meanwhile.
        """
        now = await self._latest()
        async with self._labeling:
            found = now, await asyncio.to_thread(stamp, now.labels.path)
            if found != self._labeled:
                await asyncio.to_thread(_label, now)
                self._labeled = found
        return now

    async def _latest(self) -> StarsNow:
        before = self._now
        if self._reading is None and (before is None or await self._is_outdated(before)):
            self._reading = self._reading or asyncio.create_task(self._read())
        reading = self._reading
        if reading is None:
            assert before is not None
            return before
        await asyncio.wait({reading}, timeout=None if before is None else _PATIENCE_S)
        return reading.result() if reading.done() or before is None else before

    async def _read(self) -> StarsNow:
        began = time.monotonic()
        try:
            self._now = await asyncio.to_thread(_load, self._root)
        finally:
            self._reading = None
        took = time.monotonic() - began
        self._next_look_s = time.monotonic() + max(_SHORTEST_S, took / _SHARE)
        return self._now

    async def _is_outdated(self, now: StarsNow) -> bool:
        if time.monotonic() < self._next_look_s:
            return False
        return await asyncio.to_thread(signature, self._root) != now.signature


def _load(root: Path) -> StarsNow:
    # Before the files are read: one that changes meanwhile is read again.
    found = signature(root)
    sources = read_star_sources(root)
    table = load_star_table(sources)
    mission = next(filter(None, map(MISSIONS.get, table.missions())), MISSIONS[DEFAULT_MISSION])
    sources = sources.without_rows()
    release_memory()
    return StarsNow(table, sources, LabelFile(root, mission), found, StarTables(root))


def _label(now: StarsNow) -> None:
    labels: dict[str, str] = {}
    # Whoever asks for the labels is told what is wrong with them.
    with suppress(XenoscanError):
        labels = {name: given.label for name, given in now.labels.read().items() if given.label}
    now.table.label(labels)
