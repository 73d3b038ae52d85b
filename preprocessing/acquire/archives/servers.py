"""What sources that are servers have in common: their address, connections and caches."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import shlex
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from preprocessing.acquire.archives.listing_cache import ListingCache
from preprocessing.acquire.archives.search_cache import SearchCache
from preprocessing.core.errors import ArchiveError, ProductNotFound, RunError, UsageError
from preprocessing.network.http_client import HttpClient
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.source_names import is_embedded
from preprocessing.network.throttle import Throttle
from preprocessing.network.transfer import Transfer
from preprocessing.system.paths import cache_dir

__all__ = ["Opening", "Server", "check_reachable", "find_server", "front_page", "is_address"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Minimum number of connections. Searches share them with the files, and a search may keep one
#: busy for minutes.
_LEAST_CONNECTIONS = 2
#: Short, so that the user soon sees that an address is wrong.
_REACHABLE_POLICY = RetryPolicy(retries=2, base_s=0.5)
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
    bypass_cache : bool
        Whether search answers that were kept do not count.
    stack : AsyncExitStack
        Closes what was opened.
    started : mapping of str to str
        The addresses of embedded archives, by the texts that name them.
    on_refusal : callable
        Called when a server refuses a request, for there are too many.
    """

    requests: int
    rate_limit: RateLimit | None
    bypass_cache: bool
    stack: AsyncExitStack
    started: Mapping[str, str]
    on_refusal: Callable[[], None] = lambda: None

    async def client(self, base_url: str, polite_requests: int | None = None) -> HttpClient:
        """Return a client for a server, with connections of its own."""
        requests = min(self.requests, polite_requests or self.requests)
        client = HttpClient(
            max(requests, _LEAST_CONNECTIONS),
            throttle=Throttle(requests, self.on_refusal),
            rate_limit=self.rate_limit,
            use_proxies=not _is_on_this_machine(base_url),
        )
        return await self.stack.enter_async_context(client)

    def search_cache(self, archive: str) -> SearchCache | None:
        """Return the search answers that are kept of an archive; None if none can be kept."""
        folder = _cache_folder()
        if folder is None:
            return None
        cache = SearchCache(folder, archive)
        self.stack.callback(cache.close)
        return cache

    def listing_cache(self, archive: str) -> ListingCache:
        """Return the lists that are kept forever of an archive that never changes."""
        folder = _cache_folder()
        if folder is None:
            return ListingCache()
        cache = ListingCache.on_disk(folder, archive, bypass_cache=self.bypass_cache)
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


def find_server(address: str, opening: Opening) -> Server:
    """Return the server at an address, or a simulator that was started.

    Parameters
    ----------
    address : str
        Address of a server, or ``embedded`` with options.
    opening : Opening
        Knows the addresses of simulators.

    Raises
    ------
    UsageError
        The simulator was not started.
    """
    if not is_embedded(address):
        base_url = address.rstrip("/")
        return Server(base_url, base_url)
    if address not in opening.started:
        raise UsageError(f"the archive {address!r} is not running: start it, and give its address")
    # It has another port in every run, but the same stars.
    return Server(_embedded_identity(address), opening.started[address])


async def check_reachable(ask: Callable[[], Awaitable[_T]], base_url: str) -> _T:
    """Return a server's first answer.

    Raises
    ------
    RunError
        It cannot be reached.
    """
    try:
        return await retry(ask, _REACHABLE_POLICY, f"{base_url}/")
    except ArchiveError as error:
        raise RunError(f"the archive {base_url} cannot be reached: {error}") from error


async def front_page(http: HttpClient, base_url: str) -> str:
    """Return a digest of a server's front page, which tells it from others at its address."""

    async def ask() -> str:
        return await http.get_text(f"{base_url}/", Transfer())

    try:
        text = await check_reachable(ask, base_url)
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


def _cache_folder() -> Path | None:
    folder = cache_dir()
    if folder is None:
        _log.warning(
            "this user has no home directory, so that answers are not kept for later runs: set HOME"
            " or XENOSCAN_CACHE_DIR"
        )
    return folder


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
