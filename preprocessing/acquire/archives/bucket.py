"""A bucket of S3, or of any server with its API, as a tree of folders.

Only two requests of that API are needed. Both are unsigned GETs, because the bucket is public.
They go through our own client, which has the run's throttle, rate limit, time-outs, retries, and
rules for redirects. Packages such as boto3 or aiobotocore would bring a second, independent set.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Sequence
from functools import partial

from preprocessing.acquire.archives.bucket_pages import Page, parse_page
from preprocessing.acquire.archives.tree import Listing, TreeFile
from preprocessing.core.errors import (
    ArchiveAnswerError,
    ArchiveError,
    CorruptProduct,
    ProductNotFound,
)
from preprocessing.missions import Author
from preprocessing.network.http_client import HttpClient, HttpFile
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.transfer import Transfer
from preprocessing.system.waiting import Sleep

__all__ = ["BUCKET", "BUCKET_URL", "Bucket"]

BUCKET = "stpubdata"
#: In us-east-1 (https://registry.opendata.aws/collab/stsci/).
BUCKET_URL = f"https://{BUCKET}.s3.amazonaws.com"

#: Pages of one list: TESS's fullest sectors have some million files of full-frame images.
_MOST_PAGES = 5000
#: Files uploaded in several parts have other ETags: digests of digests
#: (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
_MD5_TAG = re.compile(r'"([0-9a-f]{32})"')
#: Files encrypted with the owner's keys have ETags that look the same, but are no MD5 (ibid.).
_ENCRYPTION = "x-amz-server-side-encryption"
_KEEPS_MD5 = (None, "AES256")

#: Retries of a single page. A list of one page needs none here: its caller retries.
_OF_FEW, _OF_MANY = RetryPolicy(retries=0), RetryPolicy()


class Bucket:
    """The bucket at an address.

    Parameters
    ----------
    http : HttpClient
        Open client that makes the requests.
    url : str
        Address of the bucket, without a slash at its end.
    identity : str
        The bucket's name in records.
    sleep : callable, optional
        `asyncio.sleep`, unless a test passes another.
    """

    def __init__(
        self, http: HttpClient, url: str, identity: str, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.identity = identity
        self._http = http
        self._url = url
        self._sleep = sleep

    @property
    def has_answered(self) -> bool:
        """Whether any request was ever answered: see `Tree`."""
        return self._http.has_answered

    def root(self, author: Author) -> str | None:
        """Return the folder of an author's files: see `Tree.root`."""
        return author.bucket_root

    async def listing(self, folder: str, transfer: Transfer) -> Listing:
        """Return what is in a folder: see `Tree.listing`."""
        prefix = f"{folder}/" if folder else ""
        folders: list[str] = []
        files: list[str] = []
        async for page in self._pages(prefix, "/", transfer):
            folders += (key[len(prefix) :].rstrip("/") for key in page.prefixes)
            files += (key[len(prefix) :] for key in page.keys)
        # Some tools create an empty file for each folder.
        return Listing(tuple(folders), tuple(filter(None, files)))

    async def pages_below(self, folder: str, transfer: Transfer) -> AsyncIterator[Sequence[str]]:
        """Yield the paths of all files below a folder: see `FlatTree`."""
        prefix = f"{folder}/"
        # There may be hundreds of pages, so only the one that fails is requested again.
        async for page in self._pages(prefix, "", transfer, _OF_MANY):
            yield [key[len(prefix) :] for key in page.keys]

    async def read(self, path: str, transfer: Transfer) -> TreeFile:
        """Return a file, checked against its ETag: see `Tree.read`."""
        file = await self._http.get_file(f"{self._url}/{path}", {}, transfer)
        stated = _stated_md5(file)
        if stated is not None:
            digest = await asyncio.to_thread(_md5, file.body)
            if digest != stated:
                raise CorruptProduct(f"{path}: its MD5 is {digest}, not its ETag {stated}")
        return TreeFile(file.body, stated is not None)

    async def read_start(self, path: str, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of a file: see `Tree.read_start`."""
        file = await self._http.get_file(f"{self._url}/{path}", {}, transfer, first_bytes=size)
        return file.body

    async def _pages(
        self, prefix: str, delimiter: str, transfer: Transfer, policy: RetryPolicy = _OF_FEW
    ) -> AsyncIterator[Page]:
        token: str | None = None
        for _ in range(_MOST_PAGES):
            ask = partial(self._page, prefix, delimiter, token, transfer)
            page = await retry(ask, policy, prefix, sleep=self._sleep)
            yield page
            if page.token is None:
                return
            if page.token == token:
                raise ArchiveAnswerError(f"{self._url}: the list below {prefix} goes in a circle")
            token = page.token
        raise ArchiveAnswerError(f"{self._url}: the list below {prefix} has far too many pages")

    async def _page(
        self, prefix: str, delimiter: str, token: str | None, transfer: Transfer
    ) -> Page:
        params = {"list-type": "2", "prefix": prefix}
        if delimiter:
            params["delimiter"] = delimiter
        if token is not None:
            params["continuation-token"] = token
        try:
            page = await self._http.get_file(f"{self._url}/", params, transfer)
        except ProductNotFound as error:
            # An existing bucket answers with an empty list, never with "not found".
            raise ArchiveError(f"the bucket cannot be listed: {error}") from error
        try:
            return await asyncio.to_thread(parse_page, page.body, prefix)
        except ArchiveAnswerError as error:
            raise ArchiveAnswerError(f"{self._url}: {error}") from error


def _stated_md5(file: HttpFile) -> str | None:
    match = _MD5_TAG.fullmatch(file.headers.get("ETag", ""))
    is_plain = file.headers.get(_ENCRYPTION) in _KEEPS_MD5
    return match[1] if match is not None and is_plain else None


def _md5(body: bytes) -> str:
    return hashlib.md5(body, usedforsecurity=False).hexdigest()
