"""Ask for a star's files before they are needed: the next while this one is used."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from preprocessing.acquire.archives.base import FetchedFile
from preprocessing.core.errors import ArchiveError, ProductError
from preprocessing.missions import Product
from preprocessing.system.clock import loop_time

__all__ = ["Prefetch", "SpareConnections"]


class SpareConnections:
    """Counts the connections whose workers have no star left, for other stars to borrow."""

    def __init__(self) -> None:
        self._free = 0

    def add(self, count: int = 1) -> None:
        """Add some, or give a borrowed one back."""
        self._free += count

    def borrow(self) -> bool:
        """Take one if there is one; return whether there was."""
        if self._free == 0:
            return False
        self._free -= 1
        return True


@dataclass(frozen=True)
class _Request:
    product: Product
    task: asyncio.Task[FetchedFile]
    borrowed: bool


class Prefetch:
    """The files of one star, asked for in their order.

    On its own connection a star has one request at a time: the next file's from when use
    of one begins, and not before, so that few files wait to be used. While there are spare
    connections it asks for later files too. A borrowed one is given back when its file is
    taken, not when it has come, so that no more files wait in memory than there are
    connections.

    Parameters
    ----------
    products : iterable of Product
        In the order in which they will be taken.
    fetch : callable
        Requests one file.
    spare : SpareConnections
    clock : callable
        Seconds, monotonic.
    """

    def __init__(
        self,
        products: Iterable[Product],
        fetch: Callable[[Product], Awaitable[FetchedFile]],
        spare: SpareConnections,
        clock: Callable[[], float] = loop_time,
    ) -> None:
        self._to_ask_for = deque(products)
        self._fetch = fetch
        self._spare = spare
        self._requests: deque[_Request] = deque()
        self._own_connection = asyncio.Lock()
        self._clock = clock
        self._failed_at: dict[Product, float] = {}

    def ask(self) -> None:
        """Ask for the next file, and for later ones on spare connections."""
        while self._to_ask_for:
            borrowed = not all(request.borrowed for request in self._requests)
            if borrowed and not self._spare.borrow():
                return
            product = self._to_ask_for.popleft()
            fetch = self._fetch_noting if borrowed else self._fetch_on_own
            task = asyncio.ensure_future(fetch(product))
            self._requests.append(_Request(product, task, borrowed))

    async def file(self, product: Product) -> FetchedFile:
        """Return a file: what was asked for ahead of time, once; after that a new answer.

        Raises
        ------
        ProductNotFound
            The archive does not have it.
        ArchiveError
            It could not be had.
        """
        self.ask()
        if not self._requests or self._requests[0].product != product:
            return await self._fetch_again(product)
        request = self._requests.popleft()
        try:
            return await request.task
        except ArchiveError as error:
            # What the archive asked to be left alone for has passed in part.
            if error.retry_after_s is not None:
                since_s = self._clock() - self._failed_at.pop(product)
                error.retry_after_s = max(0.0, error.retry_after_s - since_s)
            raise
        finally:
            request.task.cancel()
            if request.borrowed:
                self._spare.add()

    async def end(self) -> dict[Product, FetchedFile]:
        """End every request, ask for nothing more, and return files that came untaken."""
        self._to_ask_for.clear()
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

    async def _fetch_on_own(self, product: Product) -> FetchedFile:
        async with self._own_connection:
            return await self._fetch_noting(product)

    async def _fetch_noting(self, product: Product) -> FetchedFile:
        try:
            return await self._fetch(product)
        except ArchiveError:
            self._failed_at[product] = self._clock()
            raise

    async def _fetch_again(self, product: Product) -> FetchedFile:
        if not self._spare.borrow():
            return await self._fetch_on_own(product)
        # The next file may be on its way on the star's own connection.
        try:
            return await self._fetch(product)
        finally:
            self._spare.add()
