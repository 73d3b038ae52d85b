"""Gather the mission's clock while files are stitched."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from preprocessing.core.clock import Clock, ClockReading, merged
from preprocessing.core.clock_key import ClockKey
from preprocessing.core.errors import CorruptProduct
from preprocessing.fits.clock_files import clock_path, read_clock_file, write_clock_file
from preprocessing.missions import MISSIONS

__all__ = ["GatheredClocks", "UnwrittenClocks", "gathering"]

_log = logging.getLogger(__name__)

#: Most that clocks take in memory: 900 sectors and CCDs of TESS at 120 s, or all of Kepler 240
#: times. The first to come are the first to go, and are read again from their files if need be.
_MOST_BYTES = 128 * 2**20
#: How often, in seconds, what files say is compared. To wake for each file would cost more than
#: to compare.
_EVERY_S = 0.25
#: Most that a unit of stars says of clocks: what has no room, a later unit says.
_MOST_UNWRITTEN_BYTES = 32 * 2**20


@asynccontextmanager
async def gathering(
    clocks: GatheredClocks | None,
) -> AsyncIterator[Callable[[ClockReading], None] | None]:
    """Gather clocks while the block runs; what was noted is on the disk when it ends.

    A thread of its own compares clocks and writes their files, so that none of those that stitch
    files waits for it. It wakes now and then, for nearly every clock is known.

    Parameters
    ----------
    clocks : GatheredClocks or None
        What they are added to; None to gather none.

    Yields
    ------
    callable or None
        Takes note of what a file says. Any thread may call it.
    """
    if clocks is None:
        yield None
        return
    readings: deque[ClockReading] = deque()
    ended = threading.Event()

    def gather() -> None:
        is_last = False
        while not is_last:
            is_last = ended.wait(_EVERY_S)
            while readings:
                clocks.add(readings.popleft())

    with ThreadPoolExecutor(1, "clocks") as thread:
        work = thread.submit(gather)
        try:
            yield readings.append
        finally:
            ended.set()
            await asyncio.wrap_future(work)


class GatheredClocks:
    """The clocks that a run has seen, in a folder that later runs go on with.

    One process writes to the folder: of two, either would lose what the other adds.

    Parameters
    ----------
    folder : Path
        The folder, made when the first clock is seen.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clocks: dict[ClockKey, Clock] = {}
        self._bytes = 0

    def add(self, reading: ClockReading) -> None:
        """Add what a file says. If any of it is new, it is on the disk when this returns.

        If the disk refuses, the next file tries again: no light curve needs the clock.

        Parameters
        ----------
        reading : ClockReading
            What a file says.
        """
        key = _key(reading)
        try:
            if key is not None:
                self._add(key, reading.clock)
        except OSError as error:
            _log.warning(
                "cannot keep the mission's clock in %s: %s. The next file tries again",
                self._folder,
                error.strerror or error,
            )

    def _add(self, key: ClockKey, read: Clock) -> None:
        known = self._clocks.get(key)
        if known is not None and merged(known, read) is known:
            return
        before = self._read(key)
        after = read if before is None else merged(before, read)
        if after is before:
            self._keep(key, after)
            return
        n_disputed = after.n_disputed - (0 if before is None else before.n_disputed)
        if n_disputed:
            _log.warning(
                "%s: files of two stars disagree about the time of %d cadences, which therefore"
                " have no time of the clock (it makes packed data sets smaller)",
                clock_path(self._folder, key).stem,
                n_disputed,
            )
        self._write(key, after)
        self._keep(key, after)

    def _write(self, key: ClockKey, clock: Clock) -> None:
        write_clock_file(self._folder, key, clock)

    def _read(self, key: ClockKey) -> Clock | None:
        path = clock_path(self._folder, key)
        try:
            found, clock = read_clock_file(path)
            if found != key:
                raise CorruptProduct(f"{path} is damaged: it is another clock's")
        except FileNotFoundError:
            return None
        except CorruptProduct as error:
            _log.warning("%s; it is gathered again", error)
            return None
        return clock

    def _keep(self, key: ClockKey, clock: Clock) -> None:
        before = self._clocks.pop(key, None)
        self._bytes += clock.times.nbytes - (0 if before is None else before.times.nbytes)
        self._clocks[key] = clock
        while self._bytes > _MOST_BYTES:
            oldest = next(iter(self._clocks))
            self._bytes -= self._clocks.pop(oldest).times.nbytes


class UnwrittenClocks(GatheredClocks):
    """What a unit of stars adds to the clocks of a folder, which the run that it is for writes.

    Parameters
    ----------
    folder : Path
        The folder, as `GatheredClocks` has it. It is read only.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._unwritten: dict[ClockKey, Clock] = {}
        self._unwritten_bytes = 0

    @property
    def readings(self) -> tuple[ClockReading, ...]:
        """What `GatheredClocks` is to add: each clock that has new times, in full."""
        return tuple(
            ClockReading(key.mission, key.exposure_s, key.sequence_number, key.detector, clock)
            for key, clock in self._unwritten.items()
        )

    def _read(self, key: ClockKey) -> Clock | None:
        return self._unwritten.get(key) or super()._read(key)

    def _write(self, key: ClockKey, clock: Clock) -> None:
        before = self._unwritten.get(key)
        n_bytes = clock.times.nbytes - (0 if before is None else before.times.nbytes)
        if self._unwritten_bytes + n_bytes <= _MOST_UNWRITTEN_BYTES:
            self._unwritten[key] = clock
            self._unwritten_bytes += n_bytes


def _key(reading: ClockReading) -> ClockKey | None:
    mission = MISSIONS[reading.mission]
    return mission.clock_key(reading.exposure_s, reading.sequence_number, reading.detector)
