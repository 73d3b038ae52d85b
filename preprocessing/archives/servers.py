"""What sources that are servers have in common: their address, connections and caches."""

from __future__ import annotations

import hashlib
import ipaddress
import shlex
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

from preprocessing.archives.listing_cache import ListingCache
from preprocessing.archives.search_cache import SearchCache
from preprocessing.config import is_embedded
from preprocessing.embedded.process import ArchiveProcess
from preprocessing.exceptions import ArchiveError, ProductNotFound, RunError, UsageError
from preprocessing.network.http_client import HttpClient
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.throttle import Throttle
from preprocessing.network.transfer import Transfer
from preprocessing.system.paths import cache_dir

__all__ = ["Opening", "Server", "at_the_door", "find_server", "front_page", "is_address"]

_T = TypeVar("_T")

#: Searches share the connections of the files, of which there are never fewer: a search
#: may keep one busy for minutes.
_LEAST_CONNECTIONS = 2
#: Whoever starts a run looks at it still: a wrong address should be known soon.
_AT_THE_DOOR = RetryPolicy(retries=2, base_s=0.5)
#: Of the embedded archive.
_OPTIONS_THAT_CHANGE_NO_STAR = frozenset(
    f"--{name}"
    for name in (
        "latency",
        "portal-latency",
        "bandwidth",
        "release",
        "fault",
        "certificate",
        "counts",
    )
)


@dataclass(frozen=True)
class Opening:
    """How sources are opened.

    Parameters
    ----------
    requests : int
        Most file requests that will be in flight.
    rate_limit : RateLimit or None
        For all of them together.
    asks_anew : bool
        Whether search answers that were kept do not count.
    stack : AsyncExitStack
        Closes what was opened.
    """

    requests: int
    rate_limit: RateLimit | None
    asks_anew: bool
    stack: AsyncExitStack

    async def client(self, base_url: str, polite_requests: int | None = None) -> HttpClient:
        """Return a client for a server, with connections of its own."""
        requests = min(self.requests, polite_requests or self.requests)
        client = HttpClient(
            max(requests, _LEAST_CONNECTIONS),
            throttle=Throttle(requests),
            rate_limit=self.rate_limit,
            use_proxies=not _is_on_this_machine(base_url),
        )
        return await self.stack.enter_async_context(client)

    def search_cache(self, archive: str) -> SearchCache:
        """Return the search answers that are kept of an archive."""
        cache = SearchCache(cache_dir(), archive)
        self.stack.callback(cache.close)
        return cache

    def listing_cache(self, archive: str) -> ListingCache:
        """Return the lists that are kept for ever of an archive that never changes."""
        cache = ListingCache.on_disk(cache_dir(), archive, asks_anew=self.asks_anew)
        self.stack.callback(cache.close)
        return cache


@dataclass(frozen=True)
class Server:
    """A server that a user named.

    Parameters
    ----------
    identity : str
        What records call it.
    base_url : str
        Without a slash at its end.
    """

    identity: str
    base_url: str


async def find_server(place: str, opening: Opening) -> Server:
    """Return the server at an address, or the embedded archive, which is started.

    Raises
    ------
    UsageError
        The embedded archive's options cannot be read.
    """
    address = place.rstrip("/")
    if not is_embedded(place):
        return Server(address, address)
    try:
        words = shlex.split(place)
    except ValueError as error:
        raise UsageError(f"cannot read the archive {place!r}: {error}") from error
    child = ArchiveProcess(arguments=words[1:])
    base_url = (await opening.stack.enter_async_context(child)).base_url
    # It has another port in every run, but the same stars.
    return Server(_embedded_identity(place), base_url)


async def at_the_door(ask: Callable[[], Awaitable[_T]], base_url: str) -> _T:
    """Return a server's first answer.

    Raises
    ------
    RunError
        It cannot be reached.
    """
    try:
        return await retry(ask, _AT_THE_DOOR, f"{base_url}/")
    except ArchiveError as error:
        raise RunError(f"the archive {base_url} cannot be reached: {error}") from error


async def front_page(http: HttpClient, base_url: str) -> str:
    """Return a digest of a server's front page, which tells it from others at its address."""

    async def ask() -> str:
        return await http.get_text(f"{base_url}/", Transfer())

    try:
        text = await at_the_door(ask, base_url)
    except ProductNotFound:
        # It answers, which is all that need be known of a server without a front page.
        return ""
    return hashlib.sha256(text.encode()).hexdigest()


def is_address(source: str) -> bool:
    """Tell whether a text is the address of a server."""
    try:
        parts = urlsplit(source)
        # Asking for the port checks it.
        return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.port != 0
    except ValueError:
        return False


def _embedded_identity(source: str) -> str:
    """Return what records call it: how fast and sound it is does not change its stars.

    Examples
    --------
    >>> _embedded_identity("embedded --stars 9 --latency=0.3 --release 26=0.1 --seed 2")
    'embedded --stars 9 --seed 2'
    """
    kept, words = [], iter(shlex.split(source))
    for word in words:
        option, _, value = word.partition("=")
        if option not in _OPTIONS_THAT_CHANGE_NO_STAR:
            kept.append(word)
        elif not value:
            next(words, None)
    return shlex.join(kept)


def _is_on_this_machine(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
