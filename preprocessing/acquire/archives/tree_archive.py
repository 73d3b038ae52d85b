"""A tree of folders as an archive: the public bucket, archive.stsci.edu, or a mirror of either."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence

from preprocessing.acquire.archives.base import Archive, FetchedFile, SearchAnswer, StarFiles
from preprocessing.acquire.archives.choice import choose_files
from preprocessing.acquire.archives.listings import Listings
from preprocessing.acquire.archives.search_cache import SearchCache
from preprocessing.acquire.archives.sector_index import SectorIndexes
from preprocessing.acquire.archives.star_finder import StarFinder
from preprocessing.acquire.archives.tree import Tree
from preprocessing.core.errors import ProductNotFound, TargetError, UsageError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product, author_of
from preprocessing.missions.catalog_numbers import advice_for_name
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.transfer import Transfer

__all__ = ["TreeArchive"]

#: Targets per step of a search that needs a listing per target and sector. Each step is cached, so
#: that a search that fails resumes from there.
_TARGETS_AT_ONCE = 20


class TreeArchive:
    """The light curves of a tree, found by the folders in which they have to be.

    Parameters
    ----------
    tree : Tree
        Where the files are read; its `identity` becomes the archive's.
    listings : Listings
        Of its folders.
    cache : SearchCache or None
        Where search answers are kept.
    indexes : SectorIndexes or None
        Of its sectors, if they can be listed as a whole.
    polite_requests : int or None
        Most requests in flight.
    bypass_cache : bool
        Whether stars are searched for whatever the cache has, which keeps the answers.
    """

    may_be_down = True
    fallbacks: tuple[Archive, ...] = ()
    unread_files: tuple[str, ...] = ()

    def __init__(
        self,
        tree: Tree,
        listings: Listings,
        *,
        cache: SearchCache | None = None,
        indexes: SectorIndexes | None = None,
        polite_requests: int | None = None,
        bypass_cache: bool = False,
    ) -> None:
        self.identity = tree.identity
        self.polite_requests = polite_requests
        self._tree = tree
        self._listings = listings
        self._cache = cache
        self._indexes = indexes
        self._bypass_cache = bypass_cache

    @property
    def has_answered(self) -> bool:
        """Whether any request was ever answered: see `Archive`."""
        return self._tree.has_answered

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Find the files of several targets: see `Archive.search`."""
        answers: dict[str, SearchAnswer] = {}
        if self._cache is not None and not self._bypass_cache:
            keys = [target.key for target in targets]
            answers.update(await asyncio.to_thread(self._cache.stars, recipe, keys))
        unknown = [target for target in targets if target.key not in answers]
        at_once = len(unknown) if self._indexes is not None else _TARGETS_AT_ONCE
        for start in range(0, len(unknown), max(1, at_once)):
            found = await self._search(unknown[start : start + at_once], recipe, transfer)
            await self._keep(found, recipe)
            answers.update(found)
        return answers

    async def listed_names(
        self, star: StarFiles, recipe: Recipe, transfer: Transfer
    ) -> frozenset[str]:
        """Return the names in the star's folders: see `Archive.listed_names`."""
        finders = (f for f in self._finders(recipe) if f.author.name == star.author)
        return await next(finders).names(star.products, transfer)

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the first stars of the tree: see `Archive.holdings`."""
        numbers: dict[int, None] = {}
        for finder in self._finders(recipe):
            numbers.update(dict.fromkeys(await finder.first(count, recipe, transfer)))
            if len(numbers) >= count:
                break
        return list(numbers)[:count]

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        """Return one file: see `Archive.fetch`."""
        file = await self._tree.read(self._path(product), transfer)
        return FetchedFile(file.body, self.identity, file.has_source_digest)

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of one file: see `Archive.fetch_start`."""
        return await self._tree.read_start(self._path(product), size, transfer)

    def _path(self, product: Product) -> str:
        root = self._tree.root(author_of(product))
        if root is None:
            raise ProductNotFound(f"{self.identity} has no light curves by {product.author}")
        return f"{root}/{product.path}"

    async def _keep(self, found: Mapping[str, SearchAnswer], recipe: Recipe) -> None:
        if self._cache is not None:
            stars = {key: star for key, star in found.items() if isinstance(star, StarFiles)}
            await asyncio.to_thread(self._cache.store_stars, recipe, stars)

    def _finders(self, recipe: Recipe) -> list[StarFinder]:
        authors = dict.fromkeys(author for author, _ in recipe.candidates)
        roots = {author: self._tree.root(author) for author in authors}
        finders = [
            StarFinder(self._listings, root, author, self._indexes)
            for author, root in roots.items()
            if root is not None and author.is_found_by_number
        ]
        if not finders and any(roots.values()):
            names = ", ".join(author.name for author, root in roots.items() if root)
            raise UsageError(
                f"{self.identity} has no folders by {recipe.mission.catalog} number for {names}:"
                f" use --archive mast, and --fallback {self.identity} to fetch from here as well"
            )
        if not finders:
            missing = ", ".join(author.name for author in authors)
            raise UsageError(
                f"{self.identity} has no light curves by {missing}: use --archive mast"
            )
        return finders

    async def _search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> dict[str, SearchAnswer]:
        numbers = {target.key: target.number_in(recipe.mission.catalog) for target in targets}
        wanted = [number for number in dict.fromkeys(numbers.values()) if number is not None]
        products: dict[int, list[Product]] = defaultdict(list)
        for finder in self._finders(recipe) if wanted else ():
            for number, files in (await finder.products(wanted, recipe, transfer)).items():
                products[number] += files
        answers: dict[str, SearchAnswer] = {}
        for target in targets:
            of_star = numbers[target.key]
            if of_star is None:
                answers[target.key] = self._unknown_name(target, recipe)
            else:
                answers[target.key] = choose_files(of_star, products[of_star], recipe)
        return answers

    def _unknown_name(self, target: Target, recipe: Recipe) -> TargetError:
        advice = advice_for_name(target.catalog, recipe.mission)
        message = (
            f"{self.identity} cannot resolve names: give {target.name!r} by its"
            f" {recipe.mission.catalog} number, or use --archive mast{advice and f', or {advice}'}"
        )
        return TargetError(Reason.UNKNOWN_NAME, message)
