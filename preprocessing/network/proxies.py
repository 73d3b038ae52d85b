"""The proxies that the environment names, as other clients read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import environ
from urllib.request import getproxies, proxy_bypass

from yarl import URL

from preprocessing.core.errors import UsageError

__all__ = ["Proxies", "Proxy"]

#: Of requests, and of proxies that aiohttp can use.
_SCHEMES = ("http", "https")
#: Where macOS and Windows name a proxy that no variable names.
_SYSTEM = "the system's settings"


@dataclass(frozen=True)
class Proxy:
    """A server through which requests go.

    Parameters
    ----------
    url : URL
        Its address, with user name and password if it needs any.
    variable : str
        The environment variable that names it.
    """

    url: URL = field(repr=False)
    variable: str

    @property
    def address(self) -> URL:
        """The address without user name and password, to be shown."""
        return self.url.with_user(None)

    def __str__(self) -> str:
        return f"the proxy {self.address} ({self.variable})"


@dataclass(frozen=True)
class Proxies:
    """The proxies for requests, by the scheme of what is requested; none if not given."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict)

    @classmethod
    def of_environment(cls) -> Proxies:
        """Return the proxies that ``https_proxy`` and ``http_proxy`` name, or else ``all_proxy``.

        A SOCKS proxy in ``all_proxy`` does not count: it may be meant for other programs.

        Raises
        ------
        UsageError
            A variable holds no address of a proxy, or one of a kind that cannot be used.
        """
        named = getproxies()
        if named.get("all", "").strip().lower().startswith("socks"):
            del named["all"]
        sources = {scheme: scheme if scheme in named else "all" for scheme in _SCHEMES}
        return cls(
            {
                s: _parse(named[source], _variable(source))
                for s, source in sources.items()
                if source in named
            }
        )

    def of(self, url: URL) -> Proxy | None:
        """Return the proxy for a request; None if it goes to the server itself."""
        proxy = self.by_scheme.get(url.scheme)
        return None if proxy is None or proxy_bypass(url.host or "") else proxy


def _variable(scheme: str) -> str:
    # urllib prefers the variable in lower case.
    names = [name for name in environ if name.lower() == f"{scheme}_proxy" and environ[name]]
    return min(names, key=str.isupper, default=_SYSTEM)


def _parse(text: str, variable: str) -> Proxy:
    # As curl and requests do, a proxy without a scheme is taken for one of HTTP.
    text = text.strip()
    # What is in front of the last @ is a secret.
    shown = text.rpartition("@")[2]
    try:
        address = URL(text if "://" in text else f"http://{text}")
    except ValueError as error:
        raise UsageError(f"{variable}={shown} is not the address of a proxy: {error}") from error
    if not address.host:
        raise UsageError(f"{variable}={shown} names no proxy: give it as http://host:port")
    proxy = Proxy(
        URL.build(scheme=address.scheme, authority=address.raw_authority, encoded=True), variable
    )
    if address.scheme not in _SCHEMES:
        raise UsageError(
            f"{variable}={proxy.address}: only proxies of HTTP can be used, as http://host:port"
        )
    return proxy
