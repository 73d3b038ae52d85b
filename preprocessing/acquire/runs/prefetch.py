"""Request a star's files before they are needed: the next one while this one is processed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from preprocessing.acquire.archives.base import FetchedFile
from preprocessing.core.errors import ArchiveError, ProductError
from preprocessing.missions import Product
from preprocessing.system.clock import loop_time

__all__ = ["Prefetch", "SpareConnections"]


class SpareConnections:
    """Counts the connections whose workers have no star left, for other stars to borrow."""

    def __init__(self) -> None:
        self._free = 0

    def reset(self, count: int) -> None:
        """Set how many there are, before any worker starts."""
        self._free = count

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
    """The files of one star, requested in their order.

    On its own connection a star has one request at a time: the next file is requested when the
    processing of one begins, and not before, so that few files wait to be processed. While there
    are spare connections, later files are requested too. A borrowed connection is given back when
    its file is taken, not when it has come, so that no more files wait in memory than there are
    connections.

    Parameters
    ----------
    products : iterable of Product
        In the order in which they will be taken.
    fetch : callable
        Requests one file while it holds the connection that it is given.
    spare : SpareConnections
        Connections that other workers do not need.
    clock : callable, optional
        Seconds, monotonic.
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

    def file(self, product: Product) -> asyncio.Task[FetchedFile]:
        """Return the request for a file: the one made ahead of time, once; then a new one.

        Awaiting it raises `ProductNotFound` if the archive does not have the file, and another
        `ProductError` or `ArchiveError` if it could not be had.
        """
        self.ask()
        if self._requests and self._requests[0].product == product:
            request = self._requests.popleft()
            self._count_waited(request)
        else:
            # On its own connection the next file may be on its way.
            request = self._request(product, self._spare.borrow())
        if request.borrowed and request.task.done():
            self._spare.add()
        elif request.borrowed:
            request.task.add_done_callback(lambda _: self._spare.add())
        return request.task

    async def end(self) -> dict[Product, FetchedFile]:
        """End every request, request nothing more, and return files that came untaken."""
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
        """Let a wait that the archive asked for begin when it asked, not when the file is taken."""
        if not request.task.done() or request.task.cancelled():
            return
        error, now = request.task.exception(), self._clock()
        if isinstance(error, ArchiveError) and error.retry_after_s is not None:
            since_s = now - self._failed_at.get(request.product, now)
            error.retry_after_s = max(0.0, error.retry_after_s - since_s)
