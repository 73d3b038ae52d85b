"""A local directory of mission files, in any arrangement of folders, as an archive."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

from preprocessing.acquire.archives.base import Archive, FetchedFile, SearchAnswer, StarFiles
from preprocessing.acquire.archives.choice import choose_files
from preprocessing.core.errors import ArchiveError, ProductError, ProductNotFound, TargetError
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.core.reasons import Reason
from preprocessing.fits.mirror import MirrorIndex
from preprocessing.fits.product_file import require_sound
from preprocessing.missions import Product
from preprocessing.missions.catalog_numbers import advice_for_name
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target, number_of_key, star_key
from preprocessing.network.transfer import Transfer
from preprocessing.system.stored_files import StoredFile, read_unpacked

__all__ = ["DirectoryArchive"]

_log = logging.getLogger(__name__)


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
        self.unread_files = holdings.unread_files
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
            copies = self._holdings.copies(product)
        except KeyError as error:
            raise ProductNotFound(f"{product.file_name} is not in {self.identity}") from error
        body = await asyncio.to_thread(_sound_body, copies, product)
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
            advice = advice_for_name(target.catalog, recipe.mission)
            message = (
                f"a directory cannot resolve names: give {target.name!r} by its"
                f" {recipe.mission.catalog} number{advice and f', or {advice}'}"
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


def _sound_body(copies: Sequence[StoredFile], product: Product) -> bytes:
    """Return the first sound copy of a file, and name the damaged ones; the only one as it is."""
    if len(copies) == 1:
        return _body(copies[0])
    sound: tuple[StoredFile, bytes] | None = None
    refused: list[tuple[StoredFile, ArchiveError | ProductError]] = []
    for copy in copies:
        try:
            body = _body(copy)
            require_sound(body, product)
        except (ArchiveError, ProductError) as error:
            refused.append((copy, error))
        else:
            sound = sound or (copy, body)
    if sound is None:
        raise refused[0][1]
    used, body = sound
    for other, why in refused:
        _log.warning(
            "%s is not used, but its copy %s is: %s",
            other.where,
            used.where,
            why,
            extra=EVERY_TIME,
        )
    return body


def _body(copy: StoredFile) -> bytes:
    try:
        return read_unpacked(copy)
    except FileNotFoundError as error:
        raise ProductNotFound(f"{copy.where} is not there any more") from error
    except OSError as error:
        raise ArchiveError(f"cannot read {copy.where}: {error.strerror or error}") from error
