"""Find the files of stars in a tree, by the folders in which they have to be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from preprocessing.acquire.archives.listings import Listings, all_of
from preprocessing.acquire.archives.sector_index import SectorIndexes
from preprocessing.missions import Author, Product, parse_file_name
from preprocessing.missions.recipe import Recipe
from preprocessing.network.transfer import Transfer

__all__ = ["StarFinder"]

#: For more stars than this, the list of a whole sector, of a hundred pages or more, is made; for
#: fewer each is looked for by itself, in every sector.
_MOST_PROBES = 50
#: Leaves that are listed together on the way through a tree.
_LEAVES = 16


class StarFinder:
    """What a tree has of one author.

    Parameters
    ----------
    listings : Listings
        Lists the folders of the tree.
    root : str
        Of the author's tree.
    author : Author
        The pipeline that made the files; it must have a layout in archives.
    indexes : SectorIndexes or None
        None if sectors cannot be listed as a whole.
    """

    def __init__(
        self, listings: Listings, root: str, author: Author, indexes: SectorIndexes | None = None
    ) -> None:
        self._listings = listings
        self._root = root
        self.author = author
        # Whoever has a root has a layout below it.
        assert author.archive_layout is not None
        self._layout = author.archive_layout
        self._indexes = indexes

    async def products(
        self, numbers: Collection[int], recipe: Recipe, transfer: Transfer
    ) -> dict[int, list[Product]]:
        """Return the author's files of some stars, of every cadence, by star.

        Raises
        ------
        ArchiveError
            A folder cannot be listed.
        """
        if self._layout.sequence is None:
            folders = [
                f"{self._root}/{folder}" for n in numbers for folder in self._layout.folders(n)
            ]
            return await self._in_folders(folders, numbers, transfer)
        sequences = await self._sequences(recipe, transfer)
        is_long = len(numbers) > _MOST_PROBES and not self._layout.is_sparse
        if self._indexes is not None and is_long:
            indexes, digits = self._indexes, recipe.mission.catalog_digits
            found = await all_of(
                indexes.products(self._root, sequence, numbers, digits, transfer)
                for sequence in sequences
            )
            return self._by_star((p for products in found for p in products), numbers)
        folders = await self._star_folders(sequences, numbers, transfer)
        return await self._in_folders(folders, numbers, transfer)

    async def names(self, products: Iterable[Product], transfer: Transfer) -> frozenset[str]:
        """Return the names of all files in the folders of some, whatever is known of them."""
        folders = {f"{self._root}/{product.path}".rpartition("/")[0] for product in products}
        found = await all_of(
            self._listings.of(folder, transfer, bypass_cache=True) for folder in sorted(folders)
        )
        return frozenset(name for listing in found for name in listing.files)

    async def first(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the first stars, campaign by campaign or sector by sector if there are such."""
        cadences = {cadence for author, cadence in recipe.candidates if author is self.author}
        bases = [self._root]
        if self._layout.sequence is not None:
            sequences = await self._sequences(recipe, transfer)
            bases = [f"{self._root}/{sequence}" for sequence in sequences]
        numbers: dict[int, None] = {}
        for base in bases:
            async for folders in self._leaves(base, transfer):
                found = await all_of(self._listings.of(folder, transfer) for folder in folders)
                for folder, listing in zip(folders, found, strict=True):
                    products = self._products_in(folder, listing.files)
                    having = {p.number for p in products if p.cadence in cadences}
                    numbers.update(dict.fromkeys(sorted(having)))
                if len(numbers) >= count:
                    return list(numbers)[:count]
        return list(numbers)

    async def _sequences(self, recipe: Recipe, transfer: Transfer) -> list[str]:
        """Return the folders of the campaigns or sectors that are wanted, in order."""
        # New ones are added while a mission goes on.
        listing = await self._listings.of(self._root, transfer, bypass_cache=True)
        by_number = {self._layout.sequence_number(name): name for name in listing.folders}
        wanted = [n for n in by_number if n is not None and recipe.wants_number(n)]
        return [by_number[number] for number in sorted(wanted)]

    async def _star_folders(
        self, sequences: Sequence[str], numbers: Collection[int], transfer: Transfer
    ) -> list[str]:
        wanted = {folder for number in numbers for folder in self._layout.folders(number)}
        bases = [f"{self._root}/{sequence}" for sequence in sequences]
        if not self._layout.is_sparse:
            return [f"{base}/{folder}" for base in bases for folder in sorted(wanted)]
        found = await all_of(self._listings.of(base, transfer) for base in bases)
        return [
            f"{base}/{folder}"
            for base, listing in zip(bases, found, strict=True)
            for folder in sorted(wanted)
            if folder.partition("/")[0] in listing.folders
        ]

    async def _in_folders(
        self, folders: Iterable[str], numbers: Collection[int], transfer: Transfer
    ) -> dict[int, list[Product]]:
        once = list(dict.fromkeys(folders))
        found = await all_of(self._listings.of(folder, transfer) for folder in once)
        products = (
            product
            for folder, listing in zip(once, found, strict=True)
            for product in self._products_in(folder, listing.files)
        )
        return self._by_star(products, numbers)

    def _products_in(self, folder: str, names: Iterable[str]) -> list[Product]:
        products = filter(None, map(parse_file_name, names))
        # One that lies elsewhere than it should could not be fetched from there.
        return [p for p in products if f"{self._root}/{p.path}" == f"{folder}/{p.file_name}"]

    def _by_star(
        self, products: Iterable[Product], numbers: Collection[int]
    ) -> dict[int, list[Product]]:
        wanted = frozenset(numbers)
        by_star: dict[int, list[Product]] = defaultdict(list)
        for product in products:
            if product.number in wanted and product.author == self.author.name:
                by_star[product.number].append(product)
        return by_star

    async def _leaves(self, base: str, transfer: Transfer) -> AsyncIterator[list[str]]:
        """Yield the folders of files below one, in ascending order, some at a time."""
        some: list[str] = []
        async for folder in self._descend(base, self._layout.depth, transfer):
            some.append(folder)
            if len(some) == _LEAVES:
                yield some
                some = []
        if some:
            yield some

    async def _descend(self, folder: str, depth: int, transfer: Transfer) -> AsyncIterator[str]:
        if depth == 0:
            yield folder
            return
        listing = await self._listings.of(folder, transfer)
        level = self._layout.depth - depth
        for name in sorted(listing.folders):
            if not self._layout.leads_to_stars(name, level):
                continue
            async for below in self._descend(f"{folder}/{name}", depth - 1, transfer):
                yield below
