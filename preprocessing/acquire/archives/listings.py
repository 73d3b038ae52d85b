"""List the folders of a tree, with a cache, retries, and a limit on requests at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Iterable
from functools import partial
from typing import Any, TypeVar

from preprocessing.acquire.archives.listing_cache import ListingCache
from preprocessing.acquire.archives.tree import Listing, Tree
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.transfer import Transfer
from preprocessing.system.waiting import Sleep

__all__ = ["Listings", "all_of"]

_T = TypeVar("_T")

_KIND = "folder"
#: A search needs many listings, so only the one that fails is requested again.
_POLICY = RetryPolicy()


class Listings:
    """Lists the folders of a tree.

    Parameters
    ----------
    tree : Tree
        The tree to ask.
    cache : ListingCache
        Keeps the listings that are not empty.
    at_once : int
        Maximum number of listings requested at once.
    sleep : callable, optional
        `asyncio.sleep`, unless a test passes another.
    """

    def __init__(
        self, tree: Tree, cache: ListingCache, at_once: int, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._tree = tree
        self._cache = cache
        self._slots = asyncio.Semaphore(at_once)
        self._sleep = sleep

    async def of(self, folder: str, transfer: Transfer, *, bypass_cache: bool = False) -> Listing:
        """Return what is in a folder; nothing if there is no such folder.

        Parameters
        ----------
        folder : str
            Path of the folder in the tree, without a slash at either end.
        transfer : Transfer
            Told what is moved.
        bypass_cache : bool, optional
            Whether to ignore a cached listing.

        Raises
        ------
        ArchiveError
            The folder cannot be listed.
        """
        if not bypass_cache:
            text = await asyncio.to_thread(self._cache.get, _KIND, folder)
            known = None if text is None else _decoded(text)
            if known is not None:
                return known
        async with self._slots:
            ask = partial(self._tree.listing, folder, transfer)
            listing = await retry(ask, _POLICY, folder, sleep=self._sleep)
        if listing.folders or listing.files:
            text = json.dumps([listing.folders, listing.files])
            await asyncio.to_thread(self._cache.put, _KIND, folder, text)
        return listing


async def all_of(work: Iterable[Coroutine[Any, Any, _T]]) -> list[_T]:
    """Return all results, in order. If one coroutine fails, the others are canceled."""
    tasks = [asyncio.ensure_future(part) for part in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _decoded(text: str) -> Listing | None:
    """Return a cached listing; None if it is damaged, so that it is requested again."""
    try:
        folders, files = json.loads(text)
        return Listing(tuple(map(_name, folders)), tuple(map(_name, files)))
    except (TypeError, ValueError, RecursionError):
        return None


def _name(value: object) -> str:
    if not isinstance(value, str) or "/" in value:
        raise ValueError(value)
    return value
