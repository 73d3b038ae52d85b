"""A web server's tree of folders, each with an index in HTML: archive.stsci.edu."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser
from urllib.parse import unquote

from preprocessing.acquire.archives.tree import Listing, TreeFile
from preprocessing.core.errors import ArchiveAnswerError, ProductNotFound
from preprocessing.missions import Author
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer

__all__ = ["STSCI_URL", "WebTree", "parse_index"]

STSCI_URL = "https://archive.stsci.edu"

#: Bytes of an index: the fullest folders have some ten thousand entries.
_LARGEST_INDEX = 8 * 2**20
#: One step down. Whatever else a page links to, above it, beside it or on another host, is no
#: part of the folder, nor are the links by which Apache's index sorts itself.
_ENTRY = re.compile(r"(?:\./)?([A-Za-z0-9_-][A-Za-z0-9._-]{0,254})(/?)", re.ASCII)

#: Headers that tell where a body ends.
_LENGTHS = frozenset({"content-length", "transfer-encoding"})


class WebTree:
    """The tree at an address.

    Parameters
    ----------
    http : HttpClient
        Open client that makes the requests.
    url : str
        Without a slash at its end.
    identity : str
        What records call it.
    """

    def __init__(self, http: HttpClient, url: str, identity: str) -> None:
        self.identity = identity
        self._http = http
        self._url = url

    @property
    def has_answered(self) -> bool:
        """Whether any request was ever answered: see `Tree`."""
        return self._http.has_answered

    def root(self, author: Author) -> str | None:
        """Return the folder of an author's files: see `Tree.root`."""
        return author.web_root

    async def listing(self, folder: str, transfer: Transfer) -> Listing:
        """Return what the index of a folder names: see `Tree.listing`."""
        url = f"{self._url}/{folder}/"
        try:
            page = await self._http.get_file(url, {}, transfer)
        except ProductNotFound:
            return Listing()
        # Of others HTTP cannot tell whether they were cut (RFC 9112, section 8).
        has_end = not _LENGTHS.isdisjoint(name.lower() for name in page.headers)
        try:
            return await asyncio.to_thread(parse_index, page.body, has_end)
        except ArchiveAnswerError as error:
            raise ArchiveAnswerError(f"{url}: {error}") from error

    async def read(self, path: str, transfer: Transfer) -> TreeFile:
        """Return a file. A web server states no digest of it: see `Tree.read`."""
        file = await self._http.get_file(f"{self._url}/{path}", {}, transfer)
        return TreeFile(file.body)

    async def read_start(self, path: str, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of a file: see `Tree.read_start`."""
        file = await self._http.get_file(f"{self._url}/{path}", {}, transfer, first_bytes=size)
        return file.body


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []
        self.is_closed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.hrefs += (value for name, value in attrs if name == "href" and value)

    def handle_endtag(self, tag: str) -> None:
        self.is_closed = self.is_closed or tag in ("html", "body")


def parse_index(body: bytes, has_end: bool = True) -> Listing:
    """Read the index of a folder, of Apache's kind or any list of links.

    Parameters
    ----------
    body : bytes
        The HTML page, as it came.
    has_end : bool, optional
        Whether it is known to be whole; if not, it has to end as a page does.

    Raises
    ------
    ArchiveAnswerError
        It may have been cut, or names nothing: the archive has no folder that is empty, and a
        page for people, about maintenance, names nothing in the folder either.

    Examples
    --------
    >>> parse_index(b'<a href="/">Up</a> <li><a href="0119/">0119/</a> <a href="a.fits">a</a>')
    Listing(folders=('0119',), files=('a.fits',))
    """
    if len(body) > _LARGEST_INDEX:
        raise ArchiveAnswerError(f"the index has {len(body)} bytes, far too many")
    links = _Links()
    try:
        links.feed(body.decode("utf-8", "replace"))
        links.close()
    except AssertionError as error:
        # Python's parser stops so (3.11.7) at what begins like a declaration and is none.
        raise ArchiveAnswerError(f"the index is not HTML: {error}") from error
    if not has_end and not links.is_closed:
        raise ArchiveAnswerError("the index has no end")
    folders: dict[str, None] = {}
    files: dict[str, None] = {}
    for match in filter(None, (_ENTRY.fullmatch(unquote(href)) for href in links.hrefs)):
        (folders if match[2] else files)[match[1]] = None
    if not folders and not files:
        raise ArchiveAnswerError("the index names nothing")
    return Listing(tuple(folders), tuple(files))
