"""The sources of files: find out whether each is down, and compare their copies of a file."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from preprocessing.acquire.archives.base import Archive, FetchedFile
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.summary import Origins
from preprocessing.core.errors import ArchiveError, CorruptProduct, ProductError, XenoscanError
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.missions import Product
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.traffic import Traffic
from preprocessing.network.transfer import FilePace, Rivals, Transfer
from preprocessing.system.waiting import Sleep, loop_time, within

__all__ = ["Copies", "FileSources", "Source", "SpareConnections", "first_back", "first_up"]

_log = logging.getLogger(__name__)

#: Failed attempts in a row that suggest an outage. If one attempt in five fails, that many fail
#: in a row only once in ten million.
_FAILURES_IN_A_ROW = 10
#: Time between two probes, in seconds: at first, and at most.
_FIRST_INTERVAL_S, _LONGEST_INTERVAL_S = 5.0, 300.0
#: How long an archive counts as up after it gave its known file, in seconds.
_FINE_FOR_S = 30.0
#: How long a probe may take, in seconds.
_PATIENCE_S = 180.0
#: How long failures count as an outage, in seconds, if the archive never gave a sound file: the
#: files may be damaged instead.
_BLIND_PATIENCE_S = 7200.0
_FITS = b"SIMPLE  ="


@dataclass(frozen=True)
class _KnownFile:
    product: Product
    sha256: str


class _Probe(Enum):
    """The result of requesting the known file."""

    SAME = auto()
    #: The file may have been replaced or removed during the outage.
    CHANGED = auto()
    FAILED = auto()


class Source:
    """An archive, and whether it is down.

    When many attempts in a row fail, or a file is about to be given up, the source requests a
    known file: one that the archive gave before. If that fails too, the archive is down. All
    requests then wait, and the source probes the archive with the known file, at growing
    intervals, until it arrives unchanged. If no file is known, or the known one has changed, a
    waiting request serves as the probe.

    Probes belong to no target, and continue if the target that waits for them is given up.

    Parameters
    ----------
    archive : Archive
        The archive that is asked for files.
    pause : PauseGate, optional
        Where probes wait while the run is paused.

    Attributes
    ----------
    back_at : float
        When the archive last came back after an outage, in seconds of the loop's clock.

    Notes
    -----
    This is a circuit breaker (M. Nygard, "Release It!", 2nd edition, section 5.2).
    """

    def __init__(self, archive: Archive, pause: PauseGate | None = None) -> None:
        self.archive = archive
        self._pause = pause or PauseGate()
        self._failures = 0
        self._known: _KnownFile | None = None
        self._down_since: float | None = None
        self.back_at = float("-inf")
        self._fine_until = float("-inf")
        self._held: deque[asyncio.Future[None]] = deque()
        self._verdict: asyncio.Task[None] | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def is_down(self) -> bool:
        """Whether the archive seems to be down."""
        return self._down_since is not None

    async def wait_until_up(self) -> None:
        """Wait until a file may be requested; return at once unless the archive is down."""
        if self.is_down and self._watching is not None:
            watching = self._watching
            held: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._held.append(held)
            try:
                await asyncio.wait([held, watching], return_when=asyncio.FIRST_COMPLETED)
            finally:
                # A target that was given up no longer waits.
                held.cancel()
            if watching.done() and not watching.cancelled():
                # A bug in the watch must end the run, not hold it forever.
                watching.result()

    async def is_outage(self, error: XenoscanError, is_last: bool) -> bool:
        """Note a failed attempt; tell whether an outage of the archive explains it.

        Parameters
        ----------
        error : XenoscanError
            Why the attempt failed.
        is_last : bool
            Whether the file, or its star, would be given up now. The known file is requested
            only then, or after many failures.
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
        down_s = self._pause.running_time() - self._down_since
        return self._known is not None or down_s < _BLIND_PATIENCE_S

    def note_answer(self) -> None:
        """Note that the archive answered a request, and so is up."""
        self._failures = 0
        self._end()

    def note_file(self, product: Product, sha256: str) -> None:
        """Note a sound file, which becomes the known file."""
        self._known = _KnownFile(product, sha256)
        self.note_answer()

    async def close(self) -> None:
        """Cancel the probes in the background."""
        for task in (self._verdict, self._watching):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _speaks_of_archive(self, error: XenoscanError) -> bool:
        # A damaged file suggests an outage only if the archive gave sound ones before.
        return self._known is not None or isinstance(error, ArchiveError)

    async def _judge(self, error: XenoscanError) -> None:
        if self._known is not None:
            if loop_time() < self._fine_until or await self._probe(self._known) is _Probe.SAME:
                self._failures = 0
            else:
                self._begin(error)
        elif self._failures >= _FAILURES_IN_A_ROW:
            self._begin(error)

    async def _watch(self) -> None:
        """Probe the archive at growing intervals until it is back."""
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
        await self._pause.passed()
        try:
            # Urgent, so that it does not wait for other requests, which may hang.
            fetching = self.archive.fetch(known.product, Transfer(is_urgent=True))
            body = (await within(_PATIENCE_S, fetching)).body
        except ProductError:
            return _Probe.CHANGED
        except (ArchiveError, asyncio.TimeoutError) as error:
            _log.info("%s cannot be had now: %s", known.product.file_name, error)
            return _Probe.FAILED
        digest = await asyncio.to_thread(hashlib.sha256, body)
        if digest.hexdigest() == known.sha256:
            self._fine_until = loop_time() + _FINE_FOR_S
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
        self._down_since = self._pause.running_time()
        self._watching = asyncio.ensure_future(self._watch())

    def _end(self) -> None:
        if self._down_since is None:
            return
        minutes = (self._pause.running_time() - self._down_since) / 60
        _log.warning(
            "the archive is back after %.0f min: downloads continue", minutes, extra=EVERY_TIME
        )
        self._down_since = None
        self.back_at = loop_time()
        self._failures = 0
        if self._watching is not None and self._watching is not asyncio.current_task():
            self._watching.cancel()
        while self._held:
            self._let_one_go()


class SpareConnections:
    """Counts idle connections, left over by workers without a star, that others may borrow."""

    def __init__(self) -> None:
        self._free = 0

    def reset(self, count: int) -> None:
        """Set how many there are, before any worker starts."""
        self._free = count

    def add(self, count: int = 1) -> None:
        """Add some, or give a borrowed one back."""
        self._free += count

    def borrow(self) -> bool:
        """Take a connection if one is free; return whether one was."""
        if self._free == 0:
            return False
        self._free -= 1
        return True


@dataclass(frozen=True)
class FileSources:
    """Where the files of a run come from, and how often requests are repeated.

    Parameters
    ----------
    sources : tuple of Source
        The archive, then its fallbacks in the order in which they are asked.
    policy : RetryPolicy
        How often and how patiently a request is repeated.
    origins : Origins
        Counts which source gave how many files.
    wait_for_backlog : callable
        Awaited before each request, so that files are not requested faster than processed.
    spare : SpareConnections
        Idle connections of workers that have no star left.
    pace : FilePace
        How long a file usually takes.
    rivals : Rivals
        Counts requests that were sent because earlier ones were silent.
    traffic : Traffic
        Counts what all requests do.
    pause : PauseGate
        Where requests wait while the run is paused.
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    """

    sources: tuple[Source, ...]
    policy: RetryPolicy
    origins: Origins
    wait_for_backlog: Callable[[], Awaitable[None]]
    spare: SpareConnections = field(default_factory=SpareConnections)
    pace: FilePace = field(default_factory=FilePace)
    rivals: Rivals = field(default_factory=Rivals)
    traffic: Traffic = field(default_factory=Traffic)
    pause: PauseGate = field(default_factory=PauseGate)
    sleep: Sleep = asyncio.sleep

    @property
    def are_down(self) -> bool:
        """Whether no source gives files at the moment."""
        return all(source.is_down for source in self.sources)


def first_up(sources: Sequence[Source]) -> Source:
    """Return the first source that is not down, or the first of all if every source is."""
    return next((source for source in sources if not source.is_down), sources[0])


async def first_back(sources: Sequence[Source]) -> Source:
    """Wait until one of several sources may be asked again, and return it."""
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
    """Compares the copies of one star's files from different sources.

    Parameters
    ----------
    origins : Origins
        Counts which source gave how many files, and how many copies differ.
    are_compared : bool
        Whether there is more than one source.
    """

    def __init__(self, origins: Origins, are_compared: bool) -> None:
        self._origins = origins
        self._are_compared = are_compared
        self._refused: defaultdict[Product, dict[str, str]] = defaultdict(dict)

    async def note_refused(self, product: Product, file: FetchedFile) -> None:
        """Note a file that was refused: it was damaged, or of another star or quarter."""
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
        """Note a file that did not match the digest of its source."""
        self._refused[product][archive] = str(error)

    def note_sound(self, product: Product, archive: str, sha256: str) -> None:
        """Note a sound file, and report refused copies from other sources."""
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
