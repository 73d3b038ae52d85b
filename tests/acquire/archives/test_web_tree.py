"""The index of a folder is read whoever wrote it, and leads nowhere but down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.archives.tree import Listing
from preprocessing.acquire.archives.web_tree import WebTree, parse_index
from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.core.errors import ArchiveAnswerError, ArchiveError, ProductNotFound
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.raw_server import http_answer, raw_server, said

_APACHE = b"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">
<html><head><title>Index of /missions/kepler/lightcurves/0119</title></head><body>
<h1>Index of /missions</h1><table><tr><th><a href="?C=N;O=D">Name</a></th></tr>
<tr><td><img src="/icons/back.gif"></td><td><a href="/missions/kepler/">Parent Directory</a></td>
<tr><td><a href="011904151/">011904151/</a></td><td>2015-01-01</td></tr>
<tr><td><a href='readme.txt'>readme.txt</a></td></tr></table></body></html>"""
_SIMPLE = (
    b'<html><ul><li><a href="011904151/"> 011904151/</a></li><LI><A HREF=readme.txt>r</a></ul>'
)
_NGINX = (
    b'<html><body><pre><a href="../">../</a>\n<a href="./011904151/">0</a>\n<a href="readme.txt">'
)


@pytest.mark.parametrize("page", [_APACHE, _SIMPLE, _NGINX])
def test_indexes(page: bytes) -> None:
    """The indexes of Apache and nginx and plain link lists name the same files."""
    assert parse_index(page) == Listing(("011904151",), ("readme.txt",))


@pytest.mark.parametrize(
    "href",
    [
        "../x/",
        "..",
        "%2e%2e/",
        "..%2fx",
        "/x/",
        "//other.host/x/",
        "http://other.host/x/",
        "javascript:alert(1)",
        "mailto:someone",
        "?C=M;O=A",
        "#top",
        "a/b",
        "a\\b",
        "a%00b",
        ".htaccess",
        "",
        "x" * 300,
    ],
)
def test_links_that_lead_elsewhere(href: str) -> None:
    """Links that lead out of the folder are ignored."""
    page = f'<a href="{href}">x</a><a href="a.fits">a</a>'.encode()
    assert parse_index(page) == Listing((), ("a.fits",))


@pytest.mark.parametrize(
    "page", [b"", b"\xff\x00", b"<h1>Maintenance</h1>", b'<a href="/">home</a>', b"{}"]
)
def test_what_is_no_index(page: bytes) -> None:
    """A page that names nothing is refused, because an existing folder has content."""
    with pytest.raises(ArchiveAnswerError, match="names nothing"):
        parse_index(page)


def test_a_page_without_end() -> None:
    """An index that may be cut off is refused unless it closes itself."""
    assert parse_index(_APACHE, has_end=False).folders
    for page in (_APACHE[:-16], _SIMPLE):
        with pytest.raises(ArchiveAnswerError, match="no end"):
            parse_index(page, has_end=False)


def test_a_huge_page() -> None:
    """A page larger than any index is not read."""
    with pytest.raises(ArchiveAnswerError, match="far too many"):
        parse_index(b"<" * (8 * 2**20 + 1))


@given(st.text(alphabet="<a href=\"'/>.x&#;!-[]%2e\n", max_size=200))
def test_any_text(text: str) -> None:
    """The names on any page are single steps down."""
    try:
        listing = parse_index(text.encode())
    except ArchiveAnswerError:
        return
    for name in (*listing.folders, *listing.files):
        assert "/" not in name
        assert not name.startswith(".")


@asynccontextmanager
async def tree_at(url: str) -> AsyncIterator[WebTree]:
    async with HttpClient(4) as http:
        yield WebTree(http, url, "stsci")


async def test_requests() -> None:
    """A folder is requested by its path, a missing one is empty, and other errors are raised."""
    async with raw_server(said(http_answer(_APACHE))) as (url, requests), tree_at(url) as tree:
        assert (await tree.listing("missions/k2", Transfer())).files == ("readme.txt",)
        assert requests[0].startswith(b"GET /missions/k2/ HTTP")
        assert not (await tree.read("missions/a.fits", Transfer())).has_source_digest
    missing = said(http_answer(b"", status="404 Not Found"))
    async with raw_server(missing) as (url, _), tree_at(url) as tree:
        assert await tree.listing("missions/k2", Transfer()) == Listing()
        with pytest.raises(ProductNotFound):
            await tree.read("missions/a.fits", Transfer())
    for status in ("403 Forbidden", "500 Internal Server Error"):
        failing = said(http_answer(b"", status=status))
        async with raw_server(failing) as (url, _), tree_at(url) as tree:
            with pytest.raises(ArchiveError, match=status[:3]):
                await tree.listing("missions/k2", Transfer())


async def test_a_redirect_to_another_host() -> None:
    """A redirect to another host is not followed, because it is another archive."""
    away = http_answer(b"", "Location: http://192.0.2.1/x/", status="302 Found")
    async with raw_server(said(away)) as (url, _), tree_at(url) as tree:
        with pytest.raises(ArchiveAnswerError, match="not followed"):
            await tree.listing("missions/k2", Transfer())


_REAL = [
    ("KIC 8644288", {"mission": "Kepler"}, 18),
    ("EPIC 206103150", {"mission": "K2"}, 1),
    ("EPIC 221312395", {"mission": "K2", "author": "K2SFF"}, 2),
    ("TIC 162494287", {"mission": "TESS"}, 4),
    ("TIC 254113311", {"mission": "TESS", "author": "QLP"}, 1),
    ("TIC 33910247", {"mission": "TESS", "author": "TESS-SPOC"}, 1),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "n_files"), _REAL)
async def test_real_files(
    name: str, options: dict[str, str], n_files: int, real_files: Path, tmp_path: Path
) -> None:
    """Outputs from a server's folders equal those from a directory, bit for bit."""
    holdings = await asyncio.to_thread(MirrorHoldings, real_files)
    async with ArchiveSimulator(holdings) as server:
        from_tree = await _download(tmp_path / "tree", f"stsci+{server.base_url}", name, options)
    directory = await _download(tmp_path / "directory", str(real_files), name, options)
    assert (from_tree.reason, from_tree.quarters_used) == (Reason.COMPLETE, n_files)
    assert Path(from_tree.filepath).read_bytes() == Path(directory.filepath).read_bytes()


async def _download(
    folder: Path, archive: str, name: str, options: dict[str, Any]
) -> TargetOutcome:
    (outcome,) = await AsyncDownloader(folder, archive=archive).download_batch([name], **options)
    return outcome
