"""Open the public bucket, archive.stsci.edu, or a server of either kind."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from preprocessing.acquire.archives.bucket import BUCKET, BUCKET_URL, Bucket
from preprocessing.acquire.archives.listing_cache import ListingCache
from preprocessing.acquire.archives.listings import Listings
from preprocessing.acquire.archives.sector_index import SectorIndexes
from preprocessing.acquire.archives.servers import (
    Opening,
    check_reachable,
    find_server,
    front_page,
    is_address,
)
from preprocessing.acquire.archives.tree_archive import TreeArchive
from preprocessing.acquire.archives.web_tree import STSCI_URL, WebTree
from preprocessing.core.errors import UsageError
from preprocessing.network.source_names import S3, STSCI, is_embedded
from preprocessing.network.transfer import Transfer

__all__ = ["open_tree"]

#: S3 publishes no limit for connections, but one of 5500 requests a second for a prefix
#: (https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html);
#: archive.stsci.edu publishes none, and is one web server.
_POLITE = {S3: 32, STSCI: 8}
#: Environment variable in which AWS tools look for another server with S3's API.
_ENDPOINT = "AWS_ENDPOINT_URL_S3"


@dataclass(frozen=True)
class _Location:
    """Where a tree is.

    Parameters
    ----------
    identity : str
        The tree's name in records.
    url : str
        Address of the bucket, or of the tree's root.
    polite_requests : int or None
        Maximum number of requests in flight; None for a server of the user's own.
    """

    identity: str
    url: str
    polite_requests: int | None


async def open_tree(kind: str, address: str, opening: Opening) -> TreeArchive:
    """Open a tree.

    Parameters
    ----------
    kind : {'s3', 'stsci'}
        Whether the tree is a bucket of S3 or a web server's folders.
    address : str
        Address of a server, or ``embedded`` with options; empty for the public one.
    opening : Opening
        Limits, caches and simulators that all sources of the run share.

    Raises
    ------
    UsageError
        The environment variable for the server does not hold an address.
    RunError
        The server cannot be reached, or has no such bucket.
    """
    where = await _find(kind, address, opening)
    http = await opening.client(where.url, where.polite_requests)
    is_public = where.polite_requests is not None
    # Files in the public bucket never change (UpdateFrequency: Never); others may.
    is_immutable = is_public and kind == S3
    lists = opening.listing_cache(where.identity) if is_immutable else ListingCache()
    at_once = max(1, min(opening.requests, where.polite_requests or opening.requests) // 2)
    bucket = Bucket(http, where.url, where.identity)
    tree = bucket if kind == S3 else WebTree(http, where.url, where.identity)
    if not is_public and kind == S3:
        await check_reachable(partial(bucket.listing, "", Transfer()), where.url)
    elif not is_public:
        await front_page(http, where.url)
    return TreeArchive(
        tree,
        Listings(tree, lists, at_once),
        cache=opening.search_cache(where.identity) if is_public else None,
        indexes=SectorIndexes(bucket, lists, at_once) if kind == S3 else None,
        polite_requests=where.polite_requests,
        bypass_cache=opening.bypass_cache,
    )


async def _find(kind: str, address: str, opening: Opening) -> _Location:
    address = address or (os.environ.get(_ENDPOINT, "") if kind == S3 else "")
    if not address:
        return _Location(kind, BUCKET_URL if kind == S3 else STSCI_URL, _POLITE[kind])
    if not is_embedded(address) and not is_address(address):
        raise UsageError(f"{_ENDPOINT} is no address of a server: {address!r}")
    server = find_server(address, opening)
    # An address with a path names its own bucket.
    has_bucket = kind == STSCI or urlsplit(server.base_url).path
    url = server.base_url if has_bucket else f"{server.base_url}/{BUCKET}"
    return _Location(f"{kind}+{server.identity}", url, None)
