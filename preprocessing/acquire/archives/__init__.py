"""Sources of light curves, and the one function that opens them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from preprocessing.acquire.archives.base import Archive, SearchAnswer, StarFiles
from preprocessing.acquire.archives.directory import DirectoryArchive
from preprocessing.acquire.archives.fallback import FallbackArchive
from preprocessing.acquire.archives.mast import MastArchive
from preprocessing.acquire.archives.open_tree import open_tree
from preprocessing.acquire.archives.resolver import MAST_RESOLVER_URL, Resolver
from preprocessing.acquire.archives.servers import (
    Opening,
    Server,
    find_server,
    front_page,
    is_address,
)
from preprocessing.core.errors import UsageError
from preprocessing.fits.mirror import MirrorIndex
from preprocessing.network.portal import MAST_URL
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.source_names import EMBEDDED, MAST, S3, STSCI, is_embedded, split_source

__all__ = [
    "Archive",
    "SearchAnswer",
    "StarFiles",
    "open_archive",
]

#: MAST publishes no limit; about 100 connections from one client are known to be too
#: many (https://github.com/lightkurve/lightkurve/issues/993), its browser downloads and
#: bulk scripts keep to a handful.
_POLITE_REQUESTS = 8


@asynccontextmanager
async def open_archive(
    source: str,
    requests: int,
    max_rate_mb_s: float | None = None,
    *,
    bypass_cache: bool = False,
    fallback: Sequence[str] = (),
    started: Mapping[str, str] | None = None,
    on_refusal: Callable[[], None] = lambda: None,
    index: Callable[[Path], MirrorIndex] = MirrorIndex,
) -> AsyncIterator[Archive]:
    """Open a source of light curves, and close it when the block ends.

    Parameters
    ----------
    source : str
        ``mast``; ``s3``, the public bucket; ``stsci``, the folders of archive.stsci.edu;
        ``embedded``, if `started` has it; the ``http://`` or ``https://`` address of a server
        with MAST's API; or a directory. Put ``s3+`` or ``stsci+`` in front of ``embedded`` or an
        address to name another server of that kind.
    requests : int
        Maximum number of file requests in flight.
    max_rate_mb_s : float, optional
        Maximum rate of all downloads together, in 10**6 bytes per second; unlimited if not given.
    bypass_cache : bool, optional
        Whether to ignore cached search answers.
    fallback : sequence of str, optional
        Other sources, tried in this order for what the first cannot give.
    started : mapping of str to str, optional
        The address of each running embedded archive (simulator), by the text that names it, as
        in ``embedded --stars 9``.
    on_refusal : callable, optional
        Called when a server refuses a request, for there are too many.
    index : callable, optional
        Reads what a directory holds.

    Yields
    ------
    Archive
        The source, with its fallbacks.

    Raises
    ------
    UsageError
        A source is unknown, is named twice, or is a directory without a light curve.
    RunError
        A server cannot be reached.
    """
    async with AsyncExitStack() as stack:
        limit = None if max_rate_mb_s is None else RateLimit(1e6 * max_rate_mb_s)
        opening = Opening(requests, limit, bypass_cache, stack, started or {}, on_refusal)
        archives = [await _open(name, opening, index) for name in (source, *fallback)]
        identities = [archive.identity for archive in archives]
        if len(set(identities)) < len(identities):
            raise UsageError(f"--fallback names an archive twice: {', '.join(identities)}")
        yield FallbackArchive(archives[0], archives[1:]) if fallback else archives[0]


async def _open(source: str, opening: Opening, index: Callable[[Path], MirrorIndex]) -> Archive:
    kind, address = split_source(source)
    is_server = not address or is_address(address) or is_embedded(address)
    if kind in (S3, STSCI) and is_server:
        return await open_tree(kind, address, opening)
    if source == MAST:
        return await _open_mast(opening)
    if kind == MAST and address and is_server:
        return await _open_server(find_server(address, opening), opening)
    if os.path.isdir(source):
        # Reading bundles may take minutes.
        return DirectoryArchive(await asyncio.to_thread(index, Path(source)), Path(source))
    raise UsageError(
        f"unknown archive {source!r}: give {MAST}, {S3}, {STSCI}, {EMBEDDED}, an http:// address or"
        " a directory that exists"
    )


async def _open_mast(opening: Opening) -> MastArchive:
    http = await opening.client(MAST_URL, _POLITE_REQUESTS)
    return MastArchive(
        http,
        MAST_URL,
        Resolver(http, MAST_RESOLVER_URL),
        identity=MAST,
        cache=opening.search_cache(MAST),
        polite_requests=_POLITE_REQUESTS,
        bypass_cache=opening.bypass_cache,
    )


async def _open_server(server: Server, opening: Opening) -> MastArchive:
    http = await opening.client(server.base_url)
    page = await front_page(http, server.base_url)
    return MastArchive(
        http,
        server.base_url,
        Resolver(http, server.base_url),
        identity=server.identity,
        cache=opening.search_cache(f"{server.identity} {page}"),
        bypass_cache=opening.bypass_cache,
    )
