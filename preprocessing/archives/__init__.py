"""Where files come from: the one list of sources."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import os
import shlex
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from preprocessing.archives.base import Archive, SearchAnswer, StarFiles
from preprocessing.archives.directory import DirectoryArchive
from preprocessing.archives.mast import MAST_URL, MastArchive
from preprocessing.archives.resolver import MAST_RESOLVER_URL, Resolver
from preprocessing.archives.search_cache import SearchCache
from preprocessing.config import EMBEDDED, MAST, is_embedded
from preprocessing.embedded.process import ArchiveProcess
from preprocessing.exceptions import ArchiveError, ProductNotFound, RunError, UsageError
from preprocessing.http_client import HttpClient
from preprocessing.mirror import MirrorIndex
from preprocessing.paths import cache_dir
from preprocessing.rate_limit import RateLimit
from preprocessing.retry import RetryPolicy, retry
from preprocessing.throttle import Throttle
from preprocessing.transfer import Transfer

__all__ = [
    "Archive",
    "SearchAnswer",
    "StarFiles",
    "open_archive",
]

_log = logging.getLogger(__name__)

#: MAST publishes no limit; about 100 connections from one client are known to be too
#: many (https://github.com/lightkurve/lightkurve/issues/993), its browser downloads and
#: bulk scripts keep to a handful.
_POLITE_REQUESTS = 8
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


@asynccontextmanager
async def open_archive(
    source: str, requests: int, max_rate_mb_s: float | None = None, *, asks_anew: bool = False
) -> AsyncIterator[Archive]:
    """Open a source of light curves, and close it at the end.

    Parameters
    ----------
    source : str
        ``mast``, ``embedded`` (which options of ``python -m preprocessing.embedded`` may
        follow, as in ``embedded --latency 0.25``), an ``http://`` or ``https://`` address
        of a server that speaks MAST's API, or a directory.
    requests : int
        Most file requests that will be in flight.
    max_rate_mb_s : float, optional
        Most that is received from a server, in 10**6 bytes a second.
    asks_anew : bool, optional
        Whether search answers that were kept do not count.

    Yields
    ------
    Archive

    Raises
    ------
    UsageError
        The source is none of these, or the directory holds no light curve.
    RunError
        The server cannot be reached.
    """
    async with AsyncExitStack() as stack:
        limit = None if max_rate_mb_s is None else RateLimit(1e6 * max_rate_mb_s)
        if source == MAST:
            yield await _open_mast(requests, limit, stack, asks_anew)
        elif _is_address(source) or is_embedded(source):
            yield await _open_server(source, requests, limit, stack, asks_anew)
        elif os.path.isdir(source):
            yield DirectoryArchive(MirrorIndex(Path(source)), Path(source))
        else:
            raise UsageError(
                f"unknown archive {source!r}: give {MAST}, {EMBEDDED}, an http:// address or a"
                " directory that exists"
            )


async def _open_mast(
    requests: int, rate_limit: RateLimit | None, stack: AsyncExitStack, asks_anew: bool
) -> MastArchive:
    client = _client(min(requests, _POLITE_REQUESTS), rate_limit, MAST_URL)
    http = await stack.enter_async_context(client)
    return MastArchive(
        http,
        MAST_URL,
        Resolver(http, MAST_RESOLVER_URL),
        identity=MAST,
        cache=_open_cache(MAST, stack),
        polite_requests=_POLITE_REQUESTS,
        asks_anew=asks_anew,
    )


async def _open_server(
    source: str,
    requests: int,
    rate_limit: RateLimit | None,
    stack: AsyncExitStack,
    asks_anew: bool,
) -> MastArchive:
    identity = base_url = source.rstrip("/")
    if is_embedded(source):
        base_url = await _start_embedded(source, stack)
        # It has another port in every run, but the same stars.
        identity = _embedded_identity(source)
    http = await stack.enter_async_context(_client(requests, rate_limit, base_url))
    front_page = await _front_page(http, base_url)
    return MastArchive(
        http,
        base_url,
        Resolver(http, base_url),
        identity=identity,
        cache=_open_cache(f"{identity} {front_page}", stack),
        asks_anew=asks_anew,
    )


async def _start_embedded(source: str, stack: AsyncExitStack) -> str:
    """Start the embedded archive, and return its address."""
    try:
        words = shlex.split(source)
    except ValueError as error:
        raise UsageError(f"cannot read the archive {source!r}: {error}") from error
    child = ArchiveProcess(arguments=words[1:])
    return (await stack.enter_async_context(child)).base_url


def _client(requests: int, rate_limit: RateLimit | None, base_url: str) -> HttpClient:
    return HttpClient(
        max(requests, _LEAST_CONNECTIONS),
        throttle=Throttle(requests),
        rate_limit=rate_limit,
        use_proxies=not _is_on_this_machine(base_url),
    )


def _open_cache(archive: str, stack: AsyncExitStack) -> SearchCache:
    cache = SearchCache(cache_dir(), archive)
    stack.callback(cache.close)
    return cache


async def _front_page(http: HttpClient, base_url: str) -> str:
    """Return a digest of a server's front page, which tells it from others at its address."""

    async def ask() -> str:
        return await http.get_text(f"{base_url}/", Transfer())

    try:
        text = await retry(ask, _AT_THE_DOOR, f"{base_url}/")
    except ProductNotFound:
        # It answers, which is all that need be known of a server without a front page.
        return ""
    except ArchiveError as error:
        raise RunError(f"the archive {base_url} cannot be reached: {error}") from error
    return hashlib.sha256(text.encode()).hexdigest()


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


def _is_address(source: str) -> bool:
    try:
        parts = urlsplit(source)
        # Asking for the port checks it.
        return parts.scheme in ("http", "https") and bool(parts.netloc) and parts.port != 0
    except ValueError:
        return False


def _is_on_this_machine(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
