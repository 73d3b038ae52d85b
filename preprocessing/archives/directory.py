"""A local directory of mission files, in any tree, as an archive."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocessing.archives.base import SearchAnswer, StarFiles
from preprocessing.embedded.mirror import MirrorHoldings
from preprocessing.exceptions import ArchiveError, ProductNotFound, TargetError
from preprocessing.products import Product
from preprocessing.reasons import Reason
from preprocessing.targets import Target
from preprocessing.transfer import Transfer

__all__ = ["DirectoryArchive"]


class DirectoryArchive:
    """The light-curve files below a directory, found by their names.

    Parameters
    ----------
    holdings : MirrorHoldings
        The index of the directory.
    root : Path
    """

    polite_requests: int | None = None
    has_answered = True
    may_be_down = False

    def __init__(self, holdings: MirrorHoldings, root: Path) -> None:
        self.identity = str(root.resolve())
        self._holdings = holdings

    async def search(
        self, targets: Sequence[Target], cadence: str, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Look targets up in the index: see `Archive.search`."""
        return await asyncio.to_thread(self._search, targets, cadence)

    async def listed_names(self, kic: int, cadence: str, transfer: Transfer) -> frozenset[str]:
        """Return the names in the index: see `Archive.listed_names`."""
        products = await asyncio.to_thread(self._products, kic, cadence)
        return frozenset(product.file_name for product in products)

    async def holdings(self, count: int, cadence: str, transfer: Transfer) -> list[int]:
        """Return the first stars of the index: see `Archive.holdings`."""
        return await asyncio.to_thread(self._first, count, cadence)

    async def fetch(self, product: Product, transfer: Transfer) -> bytes:
        """Read one file: see `Archive.fetch`."""
        try:
            body = await asyncio.to_thread(self._holdings.body, product)
        except (KeyError, FileNotFoundError) as error:
            raise ProductNotFound(f"{product.file_name} is not in {self.identity}") from error
        except OSError as error:
            raise ArchiveError(f"cannot read {product.file_name}: {error.strerror}") from error
        transfer.received(len(body))
        return body

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Read one file: see `Archive.fetch_start`."""
        return await self.fetch(product, transfer)

    def _search(self, targets: Sequence[Target], cadence: str) -> dict[str, SearchAnswer]:
        return {target.key: self._find(target, cadence) for target in targets}

    def _first(self, count: int, cadence: str) -> list[int]:
        having = (kic for kic in self._holdings.kics() if self._products(kic, cadence))
        return list(itertools.islice(having, count))

    def _find(self, target: Target, cadence: str) -> SearchAnswer:
        if target.kic is None:
            message = f"a directory cannot resolve names: give {target.name!r} by its KIC number"
            return TargetError(Reason.UNKNOWN_NAME, message)
        try:
            products = self._products(target.kic, cadence)
        except KeyError:
            message = f"{self.identity} has no light curve of {target.name}"
            return TargetError(Reason.NO_DATA, message)
        if not products:
            message = f"{target.name} has light curves, but none of {cadence} cadence"
            return TargetError(Reason.NO_SUCH_CADENCE, message)
        return StarFiles(target.kic, tuple(sorted(products)))

    def _products(self, kic: int, cadence: str) -> list[Product]:
        return [p for p in self._holdings.products(kic) if p.cadence == cadence]
