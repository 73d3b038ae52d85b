"""The sources of files: whether each is down, and whether they agree about a file."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from preprocessing.acquire.archives.base import Archive, FetchedFile
from preprocessing.acquire.runs.summary import Origins
from preprocessing.core.errors import ArchiveError, CorruptProduct, ProductError, XenoscanError
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.missions import Product
from preprocessing.network.transfer import Transfer
from preprocessing.system.waiting import loop_time, within

__all__ = ["Copies", "Source", "first_back", "first_up"]

_log = logging.getLogger(__name__)

#: So many attempts in a row without a sound file are suspicious: where one in five fails, that
#: happens by chance once in ten million attempts.
_FAILURES_IN_A_ROW = 10
#: Between two probes, in seconds: at first, and at most.
_FIRST_INTERVAL_S, _LONGEST_INTERVAL_S = 5.0, 300.0
#: How long an archive that gave its known file is not asked for it again, in seconds.
_FINE_FOR_S = 30.0
#: How long a probe may take, in seconds.
_PATIENCE_S = 180.0
#: For how long failures are blamed on the archive, in seconds, while none of its files was ever
#: seen: it might be the files after all.
_BLIND_PATIENCE_S = 7200.0
_FITS = b"SIMPLE  ="


@dataclass(frozen=True)
class _KnownFile:
    product: Product
    sha256: str


class _Probe(Enum):
    """What came of requesting the known file."""

    SAME = auto()
    #: It may have been replaced or removed while the archive was down.
    CHANGED = auto()
    FAILED = auto()


class Source:
    """An archive, and whether it is down.

    It is down if many attempts in a row fail, or a file is about to be given up, and a file that
    could be had before cannot be had either. From then on nothing else is requested from it: that
    known file is, after growing intervals, until it comes as it was. As long as no file is known,
    or if the known one has changed, one of the requests that wait takes its place.

    Probes belong to no target: they go on if the target that waits for them is given up.

    Parameters
    ----------
    archive : Archive
        Where the files are requested.

    Notes
    -----
    This is a circuit breaker (M. Nygard, "Release It!", 2nd edition, section 5.2).
    """

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._failures = 0
        self._known: _KnownFile | None = None
        self._down_since: float | None = None
        self._fine_until = float("-inf")
        self._held: deque[asyncio.Future[None]] = deque()
        self._verdict: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def is_down(self) -> bool:
        """Whether the archive is taken to be down."""
        return self._down_since is not None

    async def wait_until_up(self) -> None:
        """Wait until a file may be requested: at once, unless the archive is down."""
        if self.is_down and self._watching is not None:
            watching = self._watching
            held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._held.append(held)
            try:
                await asyncio.wait([held, watching], return_when=asyncio.FIRST_COMPLETED)
            finally:
                # A target that was given up waits for nothing any more.
                held.cancel()
            if watching.done() and not watching.cancelled():
                # A bug in the watch must end the run, not hold it forever.
                watching.result()

    async def is_outage(self, error: XenoscanError, is_last: bool) -> bool:
        """Note an attempt that gave no sound file; tell whether the archive's state explains it.

        Parameters
        ----------
        error : XenoscanError
            Why the attempt failed.
        is_last : bool
            Whether the file, or its star, would be given up now. Only then, or after many
            failures, is the known file requested to find out.
        """
        if not self.archive.may_be_down or not self._speaks_of_archive(error):
            return False
        self._failures += 1
        if not self.is_down and (is_last or self._failures >= _FAILURES_IN_A_ROW):
            if self._verdict is None or self._verdict.done():
                self._verdict = asyncio.ensure_future(self._judge(error))
            await asyncio.shield(self._verdict)
        if self._down_since is None:
            return False
        return self._known is not None or loop_time() - self._down_since < _BLIND_PATIENCE_S

    def note_answer(self) -> None:
        """Note that the archive gave what was requested."""
        self._failures = 0
        self._end()

    def note_file(self, product: Product, sha256: str) -> None:
        """Note a sound file."""
        self._known = _KnownFile(product, sha256)
        self.note_answer()

    async def close(self) -> None:
        """End the probes in the background."""
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
        while self.is_down:
            await asyncio.sleep(interval_s)
            interval_s = min(_LONGEST_INTERVAL_S, 2 * interval_s)
            found = _Probe.CHANGED if self._known is None else await self._probe(self._known)
            if found is _Probe.SAME:
                self._end()
            elif found is _Probe.CHANGED:
                self._let_one_go()

    async def _probe(self, known: _KnownFile) -> _Probe:
        try:
            # It waits for no other request, since those may hang.
            fetching = self.archive.fetch(known.product, Transfer(is_urgent=True))
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

    def _let_one_go(self) -> None:
        while self._held:
            held = self._held.popleft()
            if not held.done():
                held.set_result(None)
                return

    def _begin(self, error: XenoscanError) -> None:
        _log.warning(
            "the archive seems to be down: %d attempts in a row failed, the last with: %s. The next"
            " probe follows in %.0f s; later ones follow less often, up to %.0f min apart",
            self._failures,
            error,
            _FIRST_INTERVAL_S,
            _LONGEST_INTERVAL_S / 60,
            extra=EVERY_TIME,
        )
        self._down_since = loop_time()
        self._watching = asyncio.ensure_future(self._watch())

    def _end(self) -> None:
        if self._down_since is None:
            return
        minutes = (loop_time() - self._down_since) / 60
        _log.warning(
            "the archive is back after %.0f min: downloads continue", minutes, extra=EVERY_TIME
        )
        self._down_since = None
        self._failures = 0
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        while self._held:
            self._let_one_go()


def first_up(sources: Sequence[Source]) -> Source:
    """Return the first source that is not known to be down; the first of all if all are."""
    return next((source for source in sources if not source.is_down), sources[0])


async def first_back(sources: Sequence[Source]) -> Source:
    """Wait until one of several sources that are down may be asked again, and return it."""
    waits = {asyncio.ensure_future(source.wait_until_up()): source for source in sources}
    try:
        done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in done:
            wait.result()
        return waits[done.pop()]
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


class Copies:
    """The copies of one star's files that were seen.

    Parameters
    ----------
    origins : Origins
        Counts which source gave how many files, and how many copies differ.
    are_compared : bool
        Whether there are sources to compare.
    """

    def __init__(self, origins: Origins, are_compared: bool) -> None:
        self._origins = origins
        self._are_compared = are_compared
        self._refused: defaultdict[Product, dict[str, str]] = defaultdict(dict)

    async def note_refused(self, product: Product, file: FetchedFile) -> None:
        """Note a file that was damaged, or not the one that was requested."""
        if not self._are_compared:
            return
        digest = (await asyncio.to_thread(hashlib.sha256, file.body)).hexdigest()
        copy = f"SHA-256 {digest}"
        for archive, earlier in self._refused[product].items():
            if archive != file.archive and earlier == copy:
                _log.warning(
                    "%s: %s and %s have the same bytes, and both were refused: %s",
                    product.file_name,
                    archive,
                    file.archive,
                    copy,
                )
        self._refused[product][file.archive] = copy

    def note_broken(self, product: Product, archive: str, error: CorruptProduct) -> None:
        """Note a file that was not even what its source says that it is."""
        self._refused[product][archive] = str(error)

    def note_sound(self, product: Product, archive: str, sha256: str) -> None:
        """Note a sound file."""
        self._origins.files[archive] += 1
        others = self._refused.pop(product, {})
        others.pop(archive, None)
        if not others:
            return
        self._origins.differing += 1
        _log.warning(
            "%s: %s has a sound copy, SHA-256 %s; refused was that of %s",
            product.file_name,
            archive,
            sha256,
            "; ".join(f"{name} ({copy})" for name, copy in others.items()),
            extra=EVERY_TIME,
        )
