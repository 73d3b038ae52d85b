"""The connections of the server: counted, refused, or reset."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from preprocessing.simulator.request_log import RequestLog
from preprocessing.simulator.sending import reset

__all__ = ["CountingServer"]

#: Bytes of the largest request accepted. A portal query for 5000 names has 126 kB.
_MAX_REQUEST_SIZE = 1 << 24


class CountingServer(web.Server):
    """An HTTP server that counts connections, and stops an answer when its client leaves.

    Parameters
    ----------
    handler : callable
        Answers a request.
    log : RequestLog
        Where connections are counted.
    turns_away : callable
        Called for each new connection; if it returns True, the connection is closed before
        anything is read.
    """

    def __init__(
        self,
        handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
        log: RequestLog,
        turns_away: Callable[[], bool],
    ) -> None:
        super().__init__(
            handler,
            request_factory=self._new_request,
            handler_cancellation=True,
            access_log=None,
        )
        self._log = log
        self._turns_away = turns_away
        self._transports: set[asyncio.Transport] = set()

    def drop_all(self) -> None:
        """Reset every connection."""
        for transport in list(self._transports):
            reset(transport)

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """Count a connection, and close it at once if `turns_away` says so."""
        self._log.connected()
        self._transports.add(transport)
        super().connection_made(handler, transport)
        if self._turns_away():
            transport.abort()

    def connection_lost(
        self, handler: web.RequestHandler, exc: BaseException | None = None
    ) -> None:
        """Count the end of a connection."""
        self._log.disconnected()
        self._transports = {t for t in self._transports if not t.is_closing()}
        super().connection_lost(handler, exc)

    def _new_request(
        self, message: Any, payload: Any, protocol: Any, writer: Any, task: Any
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        return web.BaseRequest(
            message, payload, protocol, writer, task, loop, client_max_size=_MAX_REQUEST_SIZE
        )
