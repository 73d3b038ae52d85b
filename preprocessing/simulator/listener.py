"""The port on which the server listens or, for a while, refuses connections."""

from __future__ import annotations

import os
import socket
import ssl

from aiohttp import web

__all__ = ["Listener"]


class Listener:
    """A port that stays reserved for the server while it refuses connections.

    Parameters
    ----------
    runner : aiohttp.web.ServerRunner
        The server, already set up.
    host : str
        Address to listen on.
    port : int
        0 picks a free port.
    tls : ssl.SSLContext or None
        Certificate and key for HTTPS; None for HTTP.

    Attributes
    ----------
    base_url : str
        ``http://host:port`` or ``https://host:port``.

    Raises
    ------
    OSError
        The port is not available.
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
        """Refuse connections, as if no server were running."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
            # Bound but not listening: connections are refused, and nobody else gets the port.
            self._socket = _bind(*self._address)

    def close(self) -> None:
        """Release the port if it is shut. The runner releases an open one."""
        if self._site is None:
            self._socket.close()


def _bind(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            # Recently closed connections must not block the port.
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
