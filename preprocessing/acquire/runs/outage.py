"""Tell an archive that is down from files that are broken; wait for it, and go on."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from dataclasses import dataclass
from enum import Enum, auto

from preprocessing.acquire.archives.base import Archive
from preprocessing.core.errors import ArchiveError, ProductError, XenoscanError
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.missions import Product
from preprocessing.network.transfer import Transfer
from preprocessing.system.clock import loop_time, within

__all__ = ["Outage"]

_log = logging.getLogger(__name__)

#: So many tries in a row without a sound file are suspicious: where one in five fails, that
#: happens by chance once in ten million tries.
_FAILURES_IN_A_ROW = 10
#: Between two probes, in seconds: at first, and at most.
_FIRST_INTERVAL_S, _LONGEST_INTERVAL_S = 5.0, 300.0
#: An archive that gave its known file is not asked for it again so soon, in seconds.
_FINE_FOR_S = 30.0
#: How long a probe may take, in seconds.
_PATIENCE_S = 180.0
#: For how long failures are put down to the archive, in seconds, while no file of it was ever
#: seen: it might be the files after all.
_BLIND_PATIENCE_S = 7200.0
_FITS = b"SIMPLE  ="


@dataclass(frozen=True)
class _KnownFile:
    product: Product
    sha256: str


class _Probe(Enum):
    """What came of asking for the file that is known."""

    SAME = auto()
    #: It may have been replaced or removed while the archive was down.
    CHANGED = auto()
    FAILED = auto()


class Outage:
    """Holds all requests for files while the archive is down.

    Down it is if many tries in a row fail, or a file is about to be given up, and a file
    that could be had before cannot be had either. From then on that file is asked for,
    after growing intervals, until it comes as it was. As long as no file is known, or if
    that one has changed, a request that has to be made anyway takes its place.

    Probes are the business of no target: they go on if whoever waits for them is given
    up.

    Parameters
    ----------
    archive : Archive

    Notes
    -----
    This is a circuit breaker (M. Nygard, "Release It!", 2nd edition, section 5.2).
    """

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._failures = 0
        self._known: _KnownFile | None = None
        self._began: float | None = None
        self._fine_until = float("-inf")
        self._held: deque[asyncio.Future[None]] = deque()
        self._verdict: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def is_on(self) -> bool:
        """Whether the archive is taken to be down."""
        return self._began is not None

    async def wait_until_up(self) -> None:
        """Wait until a file may be asked for: at once, unless the archive is down."""
        if self.is_on and self._watching is not None:
            watching = self._watching
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._held.append(turn)
            try:
                await asyncio.wait([turn, watching], return_when=asyncio.FIRST_COMPLETED)
            finally:
                # Whoever was given up is passed over.
                turn.cancel()
            if watching.done() and not watching.cancelled():
                # Should it fail, which it never should, nobody would be let through.
                watching.result()

    async def is_outage(self, error: XenoscanError, is_last: bool) -> bool:
        """Note a try that gave no sound file; return whether the archive's state explains it.

        Parameters
        ----------
        error : XenoscanError
        is_last : bool
            Whether the file, or its star, would be given up now. Then it is found out.
        """
        if not self._archive.may_be_down or not self._speaks_of_archive(error):
            return False
        self._failures += 1
        if not self.is_on and (is_last or self._failures >= _FAILURES_IN_A_ROW):
            if self._verdict is None or self._verdict.done():
                self._verdict = asyncio.ensure_future(self._judge(error))
            await asyncio.shield(self._verdict)
        if self._began is None:
            return False
        return self._known is not None or loop_time() - self._began < _BLIND_PATIENCE_S

    def note_answer(self) -> None:
        """Note that the archive gave what was asked for."""
        self._failures = 0
        self._end()

    def note_file(self, product: Product, sha256: str) -> None:
        """Note a sound file."""
        self._known = _KnownFile(product, sha256)
        self.note_answer()

    async def close(self) -> None:
        """End what goes on in the background."""
        for task in (self._verdict, self._watching):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _speaks_of_archive(self, error: XenoscanError) -> bool:
        # Damaged files are the archive's failure only where it gave sound ones before.
        return self._known is not None or isinstance(error, ArchiveError)

    async def _judge(self, error: XenoscanError) -> None:
        if self._known is not None:
            if loop_time() < self._fine_until or await self._is_fine(self._known):
                self._failures = 0
            else:
                self._begin(error)
        elif self._failures >= _FAILURES_IN_A_ROW:
            self._begin(error)

    async def _is_fine(self, known: _KnownFile) -> bool:
        is_fine = await self._probe(known) is _Probe.SAME
        if is_fine:
            self._fine_until = loop_time() + _FINE_FOR_S
        return is_fine

    async def _watch(self) -> None:
        """Ask the archive now and then whether it is back."""
        interval_s = _FIRST_INTERVAL_S
        while self.is_on:
            await asyncio.sleep(interval_s)
            interval_s = min(_LONGEST_INTERVAL_S, 2 * interval_s)
            found = _Probe.CHANGED if self._known is None else await self._probe(self._known)
            if found is _Probe.SAME:
                self._end()
            elif found is _Probe.CHANGED:
                self._let_one_pass()

    async def _probe(self, known: _KnownFile) -> _Probe:
        try:
            # It waits for no other request: those may hang.
            fetching = self._archive.fetch(known.product, Transfer(is_urgent=True))
            body = (await within(_PATIENCE_S, fetching)).body
        except ProductError:
            return _Probe.CHANGED
        except (ArchiveError, asyncio.TimeoutError) as error:
            _log.info("%s cannot be had now: %s", known.product.file_name, error)
            return _Probe.FAILED
        digest = await asyncio.to_thread(hashlib.sha256, body)
        if digest.hexdigest() == known.sha256:
            return _Probe.SAME
        return _Probe.CHANGED if body.startswith(_FITS) else _Probe.FAILED

    def _let_one_pass(self) -> None:
        while self._held:
            turn = self._held.popleft()
            if not turn.done():
                turn.set_result(None)
                return

    def _begin(self, error: XenoscanError) -> None:
        _log.warning(
            "the archive seems to be down: %d tries in a row failed, the last with: %s. It"
            " is asked again after %.0f s, then less and less often, every %.0f min at last",
            self._failures,
            error,
            _FIRST_INTERVAL_S,
            _LONGEST_INTERVAL_S / 60,
            extra=EVERY_TIME,
        )
        self._began = loop_time()
        self._watching = asyncio.ensure_future(self._watch())

    def _end(self) -> None:
        if self._began is None:
            return
        minutes = (loop_time() - self._began) / 60
        _log.warning("the archive is back after %.0f min; going on", minutes, extra=EVERY_TIME)
        self._began = None
        self._failures = 0
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        while self._held:
            self._let_one_pass()
