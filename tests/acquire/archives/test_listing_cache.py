"""Lists of folders are kept for ever on disk, or for a run in memory, and bad ones stop nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from preprocessing.acquire.archives.listing_cache import ListingCache
from preprocessing.acquire.archives.listings import Listings
from preprocessing.acquire.archives.tree import Listing, TreeFile
from preprocessing.core.errors import ArchiveError
from preprocessing.missions import Author
from preprocessing.network.transfer import Transfer


class FakeTree:
    """Folders as given; counts what is asked, and fails so many times first."""

    identity = "fake"
    has_answered = True

    def __init__(self, folders: dict[str, Listing], failures: int = 0) -> None:
        self._folders = folders
        self._failures = failures
        self.asked: list[str] = []

    def root(self, author: Author) -> str | None:
        raise AssertionError(author)

    async def listing(self, folder: str, transfer: Transfer) -> Listing:
        self.asked.append(folder)
        if self._failures:
            self._failures -= 1
            raise ArchiveError("not now")
        return self._folders.get(folder, Listing())

    async def read(self, path: str, transfer: Transfer) -> TreeFile:
        raise AssertionError(path)

    async def read_start(self, path: str, size: int, transfer: Transfer) -> bytes:
        raise AssertionError(path)


_LISTING = Listing(("c3",), ("a.fits",))


async def _no_sleep(seconds: float) -> None:
    pass


def _listings(tree: FakeTree, cache: ListingCache) -> Listings:
    return Listings(tree, cache, 2, sleep=_no_sleep)


async def test_from_run_to_run(tmp_path: Path) -> None:
    """Listings are kept between runs, except empty ones and those asked for anew."""
    tree = FakeTree({"k2": _LISTING})
    for _ in range(2):
        cache = ListingCache.on_disk(tmp_path, "s3")
        listings = _listings(tree, cache)
        assert await listings.of("k2", Transfer()) == _LISTING
        assert await listings.of("none", Transfer()) == Listing()
        cache.close()
    assert tree.asked == ["k2", "none", "none"]
    cache = ListingCache.on_disk(tmp_path, "s3", bypass_cache=True)
    listings = _listings(tree, cache)
    for _ in range(2):
        await listings.of("k2", Transfer())
    assert tree.asked[3:] == ["k2"]
    await listings.of("k2", Transfer(), bypass_cache=True)
    assert tree.asked[3:] == ["k2", "k2"]
    cache.close()
    other = ListingCache.on_disk(tmp_path, "s3+http://host")
    assert other.get("folder", "k2") is None
    other.close()


async def test_in_memory() -> None:
    """A cache without a file remembers its own run."""
    tree = FakeTree({"k2": _LISTING})
    listings = _listings(tree, ListingCache())
    for _ in range(2):
        assert await listings.of("k2", Transfer()) == _LISTING
    assert tree.asked == ["k2"]


def test_memory_is_bounded() -> None:
    """The oldest listings are forgotten when the cache is full."""
    cache = ListingCache()
    for number in range(1500):
        cache.put("folder", str(number), "x")
    assert cache.get("folder", "0") is None
    assert cache.get("folder", "1499") == "x"


async def test_failures() -> None:
    """A failed listing is tried again, and one that always fails raises an error."""
    tree = FakeTree({"k2": _LISTING}, failures=4)
    assert await _listings(tree, ListingCache()).of("k2", Transfer()) == _LISTING
    with pytest.raises(ArchiveError):
        await _listings(FakeTree({}, failures=99), ListingCache()).of("k2", Transfer())


@pytest.mark.parametrize(
    "text", ["", "[]", "5", '[["a/b"], []]', "[[5], []]", '["ab"]', "[" * 9999]
)
async def test_what_is_no_list(text: str, tmp_path: Path) -> None:
    """A stored value that is no listing is fetched again."""
    cache = ListingCache.on_disk(tmp_path, "s3")
    cache.put("folder", "k2", text)
    tree = FakeTree({"k2": _LISTING})
    assert await _listings(tree, cache).of("k2", Transfer()) == _LISTING
    assert tree.asked == ["k2"]
    cache.close()


def test_a_damaged_file(tmp_path: Path) -> None:
    """A damaged cache file is replaced."""
    (tmp_path / "listings-v1.sqlite").write_bytes(b"no database " * 1000)
    cache = ListingCache.on_disk(tmp_path, "s3")
    cache.put("folder", "k2", "x")
    cache.close()
    with sqlite3.connect(tmp_path / "listings-v1.sqlite") as database:
        assert database.execute("SELECT COUNT(*) FROM answers").fetchone() == (1,)
    database.close()
