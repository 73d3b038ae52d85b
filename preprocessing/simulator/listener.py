"""The port at which a server listens, or for a time does not."""

from __future__ import annotations

import os
import socket
import ssl

from aiohttp import web

__all__ = ["Listener"]


class Listener:
    """A port that stays the server's own while connections to it are refused.

    Parameters
    ----------
    runner : aiohttp.web.ServerRunner
        Already set up.
    host : str
    port : int
        0 takes a free one.
    tls : ssl.SSLContext or None

    Attributes
    ----------
    base_url : str
        ``http://host:port`` or ``https://host:port``.

    Raises
    ------
    OSError
        The port cannot be had.
    """

    def __init__(
        self, runner: web.ServerRunner, host: str, port: int, tls: ssl.SSLContext | None
    ) -> None:
        self._runner = runner
        self._tls = tls
        self._socket = _bind(host, port)
        self._address: tuple[str, int] = self._socket.getsockname()
        self._site: web.SockSite | None = None
        scheme = "http" if tls is None else "https"
        self.base_url = f"{scheme}://{host}:{self._address[1]}"

    async def open(self) -> None:
        """Accept connections."""
        if self._site is None:
            self._site = web.SockSite(self._runner, self._socket, ssl_context=self._tls)
            await self._site.start()

    async def shut(self) -> None:
        """Refuse connections, as where no server runs."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
            # Bound and not listening: refused, and nobody else can have the port.
            self._socket = _bind(*self._address)

    def close(self) -> None:
        """Give the port up, unless it is open: then the runner does."""
        if self._site is None:
            self._socket.close()


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Connections that ended a moment ago do not hold the port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
