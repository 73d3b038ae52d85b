"""A local directory of mission files, in any arrangement of folders, as an archive."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocessing.acquire.archives.base import Archive, FetchedFile, SearchAnswer, StarFiles
from preprocessing.acquire.archives.choice import choose_files
from preprocessing.core.errors import ArchiveError, ProductNotFound, TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product
from preprocessing.missions.mirror import MirrorIndex
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target, number_of_key, star_key
from preprocessing.network.transfer import Transfer

__all__ = ["DirectoryArchive"]


class DirectoryArchive:
    """The light-curve files in and below a directory, found by their names.

    Parameters
    ----------
    holdings : MirrorIndex
        The index of the directory.
    root : Path
        The directory. Its absolute path is the archive's `identity`.
    """

    polite_requests: int | None = None
    has_answered = True
    may_be_down = False
    fallbacks: tuple[Archive, ...] = ()

    def __init__(self, holdings: MirrorIndex, root: Path) -> None:
        self.identity = str(root.resolve())
        self._holdings = holdings

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Look targets up in the index: see `Archive.search`."""
        return await asyncio.to_thread(self._search, targets, recipe)

    async def listed_names(
        self, star: StarFiles, recipe: Recipe, transfer: Transfer
    ) -> frozenset[str]:
        """Return the names in the index: see `Archive.listed_names`."""
        products = await asyncio.to_thread(self._products, star.number, recipe)
        return frozenset(product.file_name for product in products)

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the first stars of the index: see `Archive.holdings`."""
        return await asyncio.to_thread(self._first, count, recipe)

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        """Read one file: see `Archive.fetch`."""
        return FetchedFile(await self._read(product, transfer), self.identity)

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Read one file: see `Archive.fetch_start`."""
        return await self._read(product, transfer)

    async def _read(self, product: Product, transfer: Transfer) -> bytes:
        try:
            body = await asyncio.to_thread(self._holdings.body, product)
        except (KeyError, FileNotFoundError) as error:
            raise ProductNotFound(f"{product.file_name} is not in {self.identity}") from error
        except OSError as error:
            raise ArchiveError(f"cannot read {product.file_name}: {error.strerror}") from error
        transfer.received(len(body))
        return body

    def _search(self, targets: Sequence[Target], recipe: Recipe) -> dict[str, SearchAnswer]:
        return {target.key: self._find(target, recipe) for target in targets}

    def _first(self, count: int, recipe: Recipe) -> list[int]:
        numbers = (number_of_key(key, recipe.mission.catalog) for key in self._holdings.star_keys())
        having = (
            n for n in numbers if n is not None and isinstance(self._answer(n, recipe), StarFiles)
        )
        return list(itertools.islice(having, count))

    def _find(self, target: Target, recipe: Recipe) -> SearchAnswer:
        number = target.number_in(recipe.mission.catalog)
        if number is None:
            message = (
                f"a directory cannot resolve names: give {target.name!r} by its"
                f" {recipe.mission.catalog} number"
            )
            return TargetError(Reason.UNKNOWN_NAME, message)
        return self._answer(number, recipe)

    def _answer(self, number: int, recipe: Recipe) -> SearchAnswer:
        return choose_files(number, self._products(number, recipe), recipe)

    def _products(self, number: int, recipe: Recipe) -> Sequence[Product]:
        try:
            return self._holdings.products(star_key(recipe.mission.catalog, number))
        except KeyError:
            return ()
