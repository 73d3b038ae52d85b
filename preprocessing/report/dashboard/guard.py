"""Who may ask the dashboard for what: checks of each request, and headers of each answer."""

from __future__ import annotations

import ipaddress
import re
import secrets
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

__all__ = ["COOKIE", "TOKEN_HEADER", "Guard", "is_loopback"]

#: Header in which the page sends the token with whatever changes something.
TOKEN_HEADER = "X-Xenoscan-Token"
#: Cookie that a browser gets for the token in the address, where others can reach the port.
COOKIE = "xenoscan_dashboard"
#: Scripts, styles and data come from the server itself, and nothing is written into the page.
#: A page can be in no other page's frame, so that nobody's click lands here unawares.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " font-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}

#: A name or an address of four numbers, or an address of IPv6 in brackets; then the port.
_HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]]+))(?::[0-9]*)?")

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def is_loopback(host: str) -> bool:
    """Tell whether a name or an address can be reached from this machine alone.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Guard:
    """The checks.

    A page of another site can make the browser ask this server. It cannot read the answers, and
    its name in the header ``Host`` (if it has its name resolved to this machine) or in the header
    ``Origin`` gives it away.

    Parameters
    ----------
    host : str
        The name or address that the server is bound to.
    token : str
        What only pages of this server know.
    """

    host: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)

    @property
    def is_open(self) -> bool:
        """Whether only this machine can reach the port, so that reading needs no token."""
        return is_loopback(self.host)

    @web.middleware
    async def middleware(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Refuse what is not allowed; else hand the request on."""
        if not self._is_our_name(request):
            raise web.HTTPForbidden(text=f"this server is not {request.host[:100]!r}\n")
        if request.method == "POST":
            self._check_change(request)
        if not self.is_open and not self._is_known(request):
            if self._is_token(request.query.get("token", "")):
                return self._welcome()
            raise web.HTTPForbidden(
                text="open the whole address that xenoscan dashboard printed, with its token\n"
            )
        return await handler(request)

    async def on_prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """Give an answer the headers that keep a browser from doing more than it should."""
        for name, value in _HEADERS.items():
            response.headers.setdefault(name, value)

    def _is_our_name(self, request: web.Request) -> bool:
        name = _host_name(request.headers.get("Host", ""))
        if is_loopback(name) or name == self.host.lower():
            return True
        if self.is_open:
            return False
        # No other site has a name that is an address.
        return _is_address(name) or name in {socket.gethostname().lower(), socket.getfqdn().lower()}

    def _check_change(self, request: web.Request) -> None:
        origin = request.headers.get("Origin")
        if origin != f"{request.scheme}://{request.headers.get('Host', '')}":
            raise web.HTTPForbidden(text="only the dashboard's own page may change something\n")
        if not self._is_token(request.headers.get(TOKEN_HEADER, "")):
            raise web.HTTPForbidden(text=f"the header {TOKEN_HEADER} has no valid token\n")

    def _is_known(self, request: web.Request) -> bool:
        given = request.cookies.get(COOKIE), request.headers.get(TOKEN_HEADER)
        return any(self._is_token(one or "") for one in given)

    def _is_token(self, given: str) -> bool:
        return secrets.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def _welcome(self) -> web.Response:
        # To the address without the token, which would stay in the browser's history.
        answer = web.Response(status=303, headers={"Location": "/"})
        answer.set_cookie(COOKIE, self.token, httponly=True, samesite="Strict", path="/")
        return answer


def _host_name(header: str) -> str:
    """Return the name in a header ``Host``, without the port; what is neither stays as it is.

    Examples
    --------
    >>> _host_name("Localhost:8765"), _host_name("[::1]:8765"), _host_name("[::1].example")
    ('localhost', '::1', '[::1].example')
    """
    name = header.strip().lower()
    found = _HOST.fullmatch(name)
    return name if found is None else found[1] or found[2]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
