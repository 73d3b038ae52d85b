"""Which stars a sector's folder has, from one list of everything below it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import logging
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from preprocessing.acquire.archives.listing_cache import ListingCache
from preprocessing.acquire.archives.tree import FlatTree
from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.missions import Product, parse_file_name
from preprocessing.network.transfer import Transfer

__all__ = ["SectorIndexes", "decode_index", "encode_index"]

_log = logging.getLogger(__name__)

_KIND = "index"
_BLANK = "{}"
#: Bytes that an index may unpack to: a full-frame sector has some million stars.
_LARGEST = 64 * 2**20

#: Star numbers, ascending, by the names of their files with a place for the number: all of a
#: sector have the same stamp and the same configuration.
Index = Mapping[str, NDArray[np.int64]]


class SectorIndexes:
    """The indexes of a bucket's sectors, each made when it is first needed.

    Parameters
    ----------
    tree : FlatTree
        The bucket to list.
    cache : ListingCache
        Keeps the indexes that are not empty.
    at_once : int
        Most sectors that are listed at a time.
    """

    def __init__(self, tree: FlatTree, cache: ListingCache, at_once: int) -> None:
        self._tree = tree
        self._cache = cache
        self._slots = asyncio.Semaphore(at_once)

    async def products(
        self,
        root: str,
        sector: str,
        numbers: Collection[int],
        digits: int,
        transfer: Transfer,
    ) -> list[Product]:
        """Return the files of some stars in a sector.

        Parameters
        ----------
        root : str
            Of the author's tree.
        sector : str
            The sector's folder in it.
        numbers : collection of int
            Of the stars.
        digits : int
            How many digits file names have for a star's number.
        transfer : Transfer
            Told what is moved.

        Raises
        ------
        ArchiveError
            The sector cannot be listed.
        """
        folder = f"{root}/{sector}"
        async with self._slots:
            text = await asyncio.to_thread(self._cache.get, _KIND, folder)
            found = (
                None if text is None else await asyncio.to_thread(_look_up, text, numbers, digits)
            )
            if found is not None:
                return found
            forms = await self._make(root, sector, digits, transfer)
            text = await asyncio.to_thread(encode_index, forms)
            # Light curves may come later than what is there.
            if forms:
                await asyncio.to_thread(self._cache.put, _KIND, folder, text)
        return await asyncio.to_thread(_look_up, text, numbers, digits) or []

    async def _make(
        self, root: str, sector: str, digits: int, transfer: Transfer
    ) -> Mapping[str, list[int]]:
        forms: dict[str, list[int]] = defaultdict(list)
        folder, n_files = f"{root}/{sector}", 0
        _log.info("making the index of %s, once", folder)
        async for paths in self._tree.pages_below(folder, transfer):
            n_files += len(paths)
            await asyncio.to_thread(_sort_in, forms, sector, digits, paths)
        if not n_files:
            raise ArchiveAnswerError(f"{folder}: the list of the sector names nothing")
        if not forms:
            _log.warning("%s has no light curve among %d files", folder, n_files)
        return forms


def _sort_in(forms: dict[str, list[int]], sector: str, digits: int, paths: Iterable[str]) -> None:
    for path in paths:
        product = parse_file_name(path.rpartition("/")[2])
        if product is not None and product.path == f"{sector}/{path}":
            forms[_form(product, digits)].append(product.number)


def _form(product: Product, digits: int) -> str:
    return product.file_name.replace(f"{product.number:0{digits}d}", _BLANK)


def encode_index(index: Mapping[str, Iterable[int]]) -> str:
    """Return an index as text: numbers as their differences, which pack well.

    Examples
    --------
    >>> text = encode_index({"a{}.fits": [7, 3, 25155310]})
    >>> decode_index(text)["a{}.fits"].tolist()
    [3, 7, 25155310]
    """
    packed = {}
    for form, numbers in index.items():
        ascending = np.unique(np.fromiter(numbers, dtype="<i8"))
        steps = np.diff(ascending, prepend=0).astype("<i8")
        packed[form] = base64.b64encode(zlib.compress(steps.tobytes())).decode("ascii")
    return json.dumps(packed)


def decode_index(text: str) -> Index:
    """Return the index of a text.

    Raises
    ------
    ValueError
        It is none.
    """
    packed = json.loads(text)
    if not isinstance(packed, dict):
        raise ValueError("an index is a mapping")
    return {form: _unpacked(steps) for form, steps in packed.items()}


def _unpacked(steps: str) -> NDArray[np.int64]:
    try:
        packed = zlib.decompressobj()
        content = packed.decompress(base64.b64decode(steps, validate=True), _LARGEST)
    except (TypeError, binascii.Error, zlib.error) as error:
        raise ValueError("numbers that cannot be unpacked") from error
    if not packed.eof:
        raise ValueError("numbers that have no end")
    return np.cumsum(np.frombuffer(content, "<i8"))


def _look_up(text: str, numbers: Collection[int], digits: int) -> list[Product] | None:
    """Return the files of some stars; None if the index is not sound, so that it is made again."""
    try:
        index = decode_index(text)
    except (ValueError, RecursionError):
        return None
    products = []
    for form, having in index.items():
        wanted = np.fromiter(numbers, dtype=np.int64)
        for number in wanted[np.isin(wanted, having)].tolist():
            product = parse_file_name(form.replace(_BLANK, f"{number:0{digits}d}"))
            if product is not None:
                products.append(product)
    return products
