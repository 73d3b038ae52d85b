"""Fetch the files of one star: choose the source, retry failures, and request files early."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from preprocessing.acquire.archives.base import FetchedFile, StarFiles
from preprocessing.acquire.runs.source import (
    Copies,
    FileSources,
    Source,
    SpareConnections,
    first_back,
    first_up,
)
from preprocessing.core.errors import (
    ArchiveError,
    ArchiveTimeout,
    CorruptProduct,
    ProductError,
    ProductNotFound,
    XenoscanError,
)
from preprocessing.core.file_record import FileRecord
from preprocessing.core.reasons import TRANSIENT
from preprocessing.fits.refresh import HEADER_BYTES, is_newer
from preprocessing.missions import Product, alternative_products, parse_file_name
from preprocessing.missions.recipe import Recipe
from preprocessing.network.retry import Attempts, RetryBudget
from preprocessing.network.transfer import Transfer
from preprocessing.system.waiting import loop_time, utc_now

__all__ = ["FileFetcher", "Prefetch"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Request:
    product: Product
    task: asyncio.Task[FetchedFile]
    borrowed: bool


class Prefetch:
    """The files of one star, requested in order.

    On its own connection, a star has one request at a time. It requests the next file when the
    processing of the current one begins, so that few files wait to be processed. On spare
    connections it requests later files too. It gives a borrowed connection back when the file is
    taken, not when the file arrives: at most one file per connection then waits in memory.

    Parameters
    ----------
    products : iterable of Product
        In the order in which they will be taken.
    fetch : callable
        Takes a product and a context manager, its connection; requests the file inside of that.
    spare : SpareConnections
        Connections that other workers do not need.
    clock : callable, optional
        Returns seconds of a monotonic clock.
    """

    def __init__(
        self,
        products: Iterable[Product],
        fetch: Callable[
            [Product, AbstractAsyncContextManager[None]], Coroutine[Any, Any, FetchedFile]
        ],
        spare: SpareConnections,
        clock: Callable[[], float] = loop_time,
    ) -> None:
        self._to_request = deque(products)
        self._fetch = fetch
        self._spare = spare
        self._requests: deque[_Request] = deque()
        self._own_connection = asyncio.Lock()
        self._clock = clock
        self._failed_at: dict[Product, float] = {}

    def ask(self) -> None:
        """Request the next file, and later ones on spare connections."""
        while self._to_request:
            borrowed = not all(request.borrowed for request in self._requests)
            if borrowed and not self._spare.borrow():
                return
            self._requests.append(self._request(self._to_request.popleft(), borrowed))

    def file(self, product: Product, back_at: float = -math.inf) -> asyncio.Task[FetchedFile]:
        """Return the request for a file: the early one at first, then a new one for each call.

        An early request that failed before the archive came back, at `back_at` in the clock's
        seconds, says nothing of the archive as it is now: a new one replaces it.

        Awaiting it raises `ProductNotFound` if the archive does not have the file, and another
        `ProductError` or `ArchiveError` if the request fails.
        """
        self.ask()
        if self._requests and self._requests[0].product == product:
            request = self._requests.popleft()
            if self._failed_at.get(product, back_at) < back_at:
                request = self._request(product, request.borrowed)
            self._count_waited(request)
        else:
            # The next file may already occupy the star's own connection.
            request = self._request(product, self._spare.borrow())
        if request.borrowed and request.task.done():
            self._spare.add()
        elif request.borrowed:
            request.task.add_done_callback(lambda _: self._spare.add())
        return request.task

    async def end(self) -> dict[Product, FetchedFile]:
        """Cancel every request, make no more, and return files that arrived but were not taken."""
        self._to_request.clear()
        requests, self._requests = self._requests, deque()
        for request in requests:
            request.task.cancel()
            if request.borrowed:
                self._spare.add()
        files = await asyncio.gather(*(r.task for r in requests), return_exceptions=True)
        came = {}
        for request, file in zip(requests, files, strict=True):
            if isinstance(file, FetchedFile):
                came[request.product] = file
            elif not isinstance(file, (ArchiveError, ProductError, asyncio.CancelledError)):
                raise file
        return came

    def _request(self, product: Product, borrowed: bool) -> _Request:
        connection = nullcontext() if borrowed else self._own_connection
        task = asyncio.ensure_future(self._fetch(product, connection))
        task.add_done_callback(lambda done: self._note_failure(product, done))
        return _Request(product, task, borrowed)

    def _note_failure(self, product: Product, task: asyncio.Task[FetchedFile]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._failed_at[product] = self._clock()

    def _count_waited(self, request: _Request) -> None:
        """Count a Retry-After from the failure on, not from when the file is taken."""
        if not request.task.done() or request.task.cancelled():
            return
        error, now = request.task.exception(), self._clock()
        if isinstance(error, ArchiveError) and error.retry_after_s is not None:
            since_s = now - self._failed_at.get(request.product, now)
            error.retry_after_s = max(0.0, error.retry_after_s - since_s)


@dataclass
class _Visit:
    """The attempts to get one file from one source.

    Parameters
    ----------
    source : Source
        The source that is asked.
    may_wait : bool
        Whether the file may wait while the source is down, because there is no other source.
    is_explained : bool
        Whether the last failure is explained by the source being down.
    """

    source: Source
    may_wait: bool
    is_explained: bool = False


class FileFetcher:
    """Fetches the files of one star.

    After a transient failure, a file is requested again. If a source runs out of retries, lacks
    the file, or is down, the next source is asked. If the only source is down, the star waits
    until it is back.

    Parameters
    ----------
    star : StarFiles
        The files that the archive lists.
    name : str
        Name of the star, for the log.
    recipe : Recipe
        What was searched for.
    files : FileSources
        Where the files of the run come from.
    transfer : Transfer
        Told what is moved, and when a wait is intended.
    accept : callable
        Awaited with each file that arrives; processes it, and returns its SHA-256. If it raises a
        `ProductError`, the attempt failed.

    Attributes
    ----------
    retries : int
        Requests that were repeated.
    fetching_s : float
        Total duration of all requests, in seconds, even if they overlap.
    """

    def __init__(
        self,
        star: StarFiles,
        name: str,
        recipe: Recipe,
        files: FileSources,
        transfer: Transfer,
        accept: Callable[[Product, FetchedFile], Awaitable[str]],
    ) -> None:
        self._star = star
        self._name = name
        self._recipe = recipe
        self._files = files
        self._sources = files.sources
        self._transfer = transfer
        self._accept = accept
        self._budgets = {
            source: RetryBudget(files.policy.retries, len(star.products))
            for source in files.sources
        }
        self._copies = Copies(files.origins, are_compared=len(files.sources) > 1)
        self._prefetch = Prefetch((), self._request, files.spare)
        self.retries = 0
        self.fetching_s = 0.0

    def expect(self, products: Sequence[Product]) -> None:
        """Name the files that are certainly needed, so that they can be requested early."""
        self._prefetch = Prefetch(products, self._request, self._files.spare)

    def ask_ahead(self) -> None:
        """Request the next expected file while another one is processed."""
        self._prefetch.ask()

    async def get(self, product: Product) -> FetchedFile:
        """Return an accepted file from the first source that can give it.

        Sources that are down are skipped. If all of them are down, the file waits for the first
        that comes back.

        Raises
        ------
        ArchiveError, ProductError
            No source can give the file. Raises the first transient error, or else the first one.
        """
        if len(self._sources) == 1:
            return await self._get_from(_Visit(self._sources[0], may_wait=True), product)
        back: Source | None = None
        while True:
            errors: list[ArchiveError | ProductError] = []
            is_explained = True
            for source in self._sources:
                if source.is_down and source is not back:
                    continue
                visit = _Visit(source, may_wait=False)
                try:
                    return await self._get_from(visit, product)
                except (ArchiveError, ProductError) as error:
                    _log.info(
                        "%s: not from %s: %s", self._what(product), source.archive.identity, error
                    )
                    errors.append(error)
                is_explained = is_explained and visit.is_explained
            if errors and not is_explained:
                transient = (error for error in errors if error.reason in TRANSIENT)
                raise next(transient, errors[0])
            back = await first_back(self._sources)

    async def has_newer(self, product: Product, record: FileRecord) -> bool:
        """Tell whether the archive has a newer version of a file than the one that was used.

        Raises
        ------
        ArchiveError, ProductError
            The archive cannot be asked.
        """
        # With fallbacks, nothing waits for the first archive: the present file is good enough.
        visit = _Visit(self._sources[0], may_wait=len(self._sources) == 1)
        # The file may have been found under an alternative name.
        same_file = parse_file_name(record.file_name, product.number) or product

        async def compare() -> bool:
            with self._transfer.paused():
                await self._files.pause.passed()
                if visit.may_wait:
                    await visit.source.wait_until_up()
            archive = visit.source.archive
            head = await archive.fetch_start(same_file, HEADER_BYTES, self._transfer)
            newer = is_newer(head, record, same_file)
            visit.source.note_answer()
            return newer

        return await self._attempts(visit, product).run(compare)

    async def is_archive_down(self) -> bool:
        """Find out whether the archive is down, for a star that has made no progress."""
        error = ArchiveTimeout(f"{self._name}: no progress")
        return await first_up(self._sources).is_outage(error, is_last=True)

    async def end(self) -> dict[Product, FetchedFile]:
        """Cancel every request; return the files that arrived but were not taken yet."""
        return await self._prefetch.end()

    async def _get_from(self, visit: _Visit, product: Product) -> FetchedFile:
        """Return a file from one source, under an alternative name if necessary.

        If the source has it under no name, but its product list does, the file is tried again.
        """
        for candidate, is_listed in _possible_names(product):
            if is_listed:
                await self._require_listed(visit, product)
            attempts: Attempts | None = None
            while True:
                try:
                    file = await self._requested(visit.source, candidate)
                    sha256 = await self.check(candidate, file)
                except ProductNotFound as error:
                    if not is_listed:
                        _log.info("%s: %s", self._what(product), error)
                        break
                    failure: XenoscanError = ArchiveError(
                        f"{error}, though the product list names it"
                    )
                except XenoscanError as error:
                    failure = error
                else:
                    giver = next(s for s in self._sources if s.archive.identity == file.archive)
                    giver.note_file(candidate, sha256)
                    return file
                attempts = attempts or self._attempts(visit, candidate)
                await attempts.failed(failure)
        raise AssertionError("the last of the names ends in a file or an error")

    async def check(self, product: Product, file: FetchedFile) -> str:
        """Accept a file, count its source, and return the file's SHA-256."""
        try:
            sha256 = await self._accept(product, file)
        except ProductError:
            await self._copies.note_refused(product, file)
            raise
        self._copies.note_sound(product, file.archive, sha256)
        return sha256

    async def _require_listed(self, visit: _Visit, product: Product) -> None:
        """Make sure that the archive's product list names a file that was not found."""
        if not visit.source.archive.may_be_down:
            # A directory is its own list.
            raise ProductNotFound(f"{product.file_name} is not in {visit.source.archive.identity}")

        async def listed_names() -> frozenset[str]:
            with self._transfer.paused():
                await self._files.pause.passed()
            archive = visit.source.archive
            listed = await archive.listed_names(self._star, self._recipe, self._transfer)
            if not listed:
                raise ArchiveError("no file of the star is listed, though the search found some")
            return listed

        if product.file_name not in await self._attempts(visit, product).run(listed_names):
            raise ProductNotFound(f"{product.file_name} is neither there nor in the product list")

    def _requested(self, source: Source, product: Product) -> Awaitable[FetchedFile]:
        """Return the request for a file: the early one if it went to this source."""
        if source is first_up(self._sources):
            return self._prefetch.file(product, source.back_at)
        return self._request(product, nullcontext(), source)

    async def _request(
        self,
        product: Product,
        connection: AbstractAsyncContextManager[None],
        source: Source | None = None,
    ) -> FetchedFile:
        async with connection:
            source = source or first_up(self._sources)
            with self._transfer.paused():
                await self._files.wait_for_backlog()
                if len(self._sources) == 1:
                    await source.wait_until_up()
                # The last, so that nothing that waited for something else begins in a pause.
                if self._files.pause.is_closed:
                    await self._files.pause.passed()
            began = loop_time()
            self._files.traffic.in_flight += 1
            try:
                file = await source.archive.fetch(product, self._transfer)
            except CorruptProduct as error:
                self._copies.note_broken(product, source.archive.identity, error)
                raise
            finally:
                self._files.traffic.in_flight -= 1
                self.fetching_s += loop_time() - began
            self._files.pace.add(loop_time() - began)
            return replace(file, time=utc_now())

    def _attempts(self, visit: _Visit, product: Product) -> Attempts:
        policy = self._files.policy
        if not visit.source.archive.may_be_down:
            # What a directory does not give now, it does not give in a minute.
            policy = replace(policy, retries=0)
        return Attempts(
            policy,
            self._what(product),
            self._budgets[visit.source],
            is_outage=partial(self._is_outage, visit),
            on_retry=self._count_retry,
            sleep=self._wait,
        )

    async def _is_outage(self, visit: _Visit, error: XenoscanError, is_last: bool) -> bool:
        # Finding out may take minutes.
        with self._transfer.paused():
            visit.is_explained = await visit.source.is_outage(error, is_last)
        if visit.is_explained and not visit.may_wait:
            # Further attempts would fail as well, so the next source is asked.
            raise error
        return visit.is_explained

    async def _wait(self, seconds: float) -> None:
        # An intended wait, perhaps at the archive's request, is no stall.
        with self._transfer.paused():
            await self._files.sleep(seconds)

    def _count_retry(self) -> None:
        self.retries += 1

    def _what(self, product: Product) -> str:
        return f"{self._name} {product.label}"


def _possible_names(product: Product) -> Iterator[tuple[Product, bool]]:
    """Yield the names to try for a file, and whether the product list must name it."""
    yield product, False
    for other in alternative_products(product):
        yield other, False
    yield product, True
