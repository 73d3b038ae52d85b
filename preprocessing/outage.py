"""Tell an archive that is down from files that are broken; wait for it, and go on."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from preprocessing.archives.base import Archive
from preprocessing.clock import loop_time, within
from preprocessing.exceptions import ArchiveError, ProductError, XenoscanError
from preprocessing.products import Product
from preprocessing.run_log import EVERY_TIME
from preprocessing.transfer import Transfer

__all__ = ["Outage"]

_log = logging.getLogger(__name__)

#: So many tries in a row without a sound file are suspicious: where one in five fails, that
#: happens by chance once in ten million tries.
_FAILURES_IN_A_ROW = 10
#: Between two probes, in seconds: at first, and at most.
_FIRST_INTERVAL_S, _LONGEST_INTERVAL_S = 5.0, 300.0
#: How long a probe may take, in seconds.
_PATIENCE_S = 180.0


@dataclass(frozen=True)
class _KnownFile:
    product: Product
    sha256: str


class Outage:
    """Holds all requests for files while the archive is down.

    Down it is if many tries in a row fail and a file that could be had before cannot be
    had either. From then on that file is asked for, after growing intervals, until it
    comes as it was. As long as no file could be had at all, a request that has to be made
    anyway takes its place.

    Parameters
    ----------
    archive : Archive
    clock : callable
        Seconds, monotonic.

    Notes
    -----
    This is a circuit breaker (M. Nygard, "Release It!", 2nd edition, section 5.2).
    """

    def __init__(self, archive: Archive, clock: Callable[[], float] = loop_time) -> None:
        self._archive = archive
        self._clock = clock
        self._failures = 0
        self._known: _KnownFile | None = None
        self._began: float | None = None
        self._next_probe = 0.0
        self._interval_s = _FIRST_INTERVAL_S
        self._over: asyncio.Future[None] | None = None
        self._judging = asyncio.Lock()

    @property
    def is_on(self) -> bool:
        """Whether the archive is taken to be down."""
        return self._began is not None

    async def passage(self) -> None:
        """Wait until a file may be asked for: at once, unless the archive is down."""
        while self.is_on:
            wait_s = self._next_probe - self._clock()
            if wait_s > 0 and self._over is not None:
                await asyncio.wait([self._over], timeout=wait_s)
                continue
            self._interval_s = min(_LONGEST_INTERVAL_S, 2 * self._interval_s)
            self._next_probe = self._clock() + self._interval_s
            if self._known is None:
                return
            if await self._can_be_had(self._known):
                self._end()

    async def excuses(self, error: XenoscanError) -> bool:
        """Note a try that gave no sound file; return whether the archive's state explains it."""
        self._failures += 1
        async with self._judging:
            if not self.is_on and self._failures >= _FAILURES_IN_A_ROW:
                if self._known is not None and await self._can_be_had(self._known):
                    self._failures = 0
                else:
                    self._begin(error)
            return self.is_on and self._known is not None

    def note_success(self, product: Product, sha256: str) -> None:
        """Note a sound file."""
        self._failures = 0
        self._known = _KnownFile(product, sha256)
        self._end()

    async def _can_be_had(self, known: _KnownFile) -> bool:
        try:
            body = await within(_PATIENCE_S, self._archive.fetch(known.product, Transfer()))
        except (ArchiveError, ProductError, asyncio.TimeoutError) as error:
            _log.info("%s cannot be had now: %s", known.product.file_name, error)
            return False
        digest = await asyncio.to_thread(hashlib.sha256, body)
        return digest.hexdigest() == known.sha256

    def _begin(self, error: XenoscanError) -> None:
        _log.warning(
            "the archive seems to be down: %d tries in a row failed, the last with: %s. Waiting;"
            " it is asked again after %.0f s, then less and less often, every %.0f min at last",
            self._failures,
            error,
            _FIRST_INTERVAL_S,
            _LONGEST_INTERVAL_S / 60,
            extra=EVERY_TIME,
        )
        self._began = self._clock()
        self._interval_s = _FIRST_INTERVAL_S
        self._next_probe = self._began + self._interval_s
        self._over = asyncio.get_running_loop().create_future()

    def _end(self) -> None:
        if self._began is not None and self._over is not None:
            minutes = (self._clock() - self._began) / 60
            _log.warning("the archive is back after %.0f min; going on", minutes, extra=EVERY_TIME)
            self._began = None
            self._failures = 0
            self._over.set_result(None)
            self._over = None
