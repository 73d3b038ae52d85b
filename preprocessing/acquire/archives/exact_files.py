"""An archive of which only the files that a list names are wanted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from preprocessing.acquire.archives.base import Archive, FetchedFile, SearchAnswer, StarFiles
from preprocessing.acquire.archives.choice import choose_files
from preprocessing.core.errors import TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.transfer import Transfer

__all__ = ["ExactFiles"]


class ExactFiles:
    """An archive that is searched for no star of which files are named.

    Parameters
    ----------
    archive : Archive
        Where the files come from, and where other stars are searched for.
    products : iterable of Product
        The files that the list names, whatever their author. Their stars have no others.
    confirms : bool
        Whether the archive is searched for the stars of files as well, as a dry run does: those
        that it lacks are not had.
    """

    def __init__(
        self, archive: Archive, products: Iterable[Product], *, confirms: bool = False
    ) -> None:
        self.identity = archive.identity
        self.polite_requests = archive.polite_requests
        self.may_be_down = archive.may_be_down
        self.fallbacks = archive.fallbacks
        self.unread_files = archive.unread_files
        self._archive = archive
        self._confirms = confirms
        self._products: dict[int, list[Product]] = defaultdict(list)
        for product in products:
            self._products[product.number].append(product)

    @property
    def has_answered(self) -> bool:
        """Whether the archive ever answered: see `Archive`."""
        return self._archive.has_answered

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        """Return the named files of stars, and search for the other stars: see `Archive`."""
        numbers = {target.key: target.number_in(recipe.mission.catalog) for target in targets}
        answers = {
            key: _answer(number, self._products[number], recipe)
            for key, number in numbers.items()
            if number is not None and number in self._products
        }
        others = [target for target in targets if self._confirms or target.key not in answers]
        searched = await self._archive.search(others, recipe, transfer) if others else {}
        return {**searched, **_without_missing(answers, searched)}

    async def listed_names(
        self, star: StarFiles, recipe: Recipe, transfer: Transfer
    ) -> frozenset[str]:
        """Return the names in the archive's list: see `Archive.listed_names`."""
        return await self._archive.listed_names(star, recipe, transfer)

    async def holdings(self, count: int, recipe: Recipe, transfer: Transfer) -> list[int]:
        """Return the first stars of the archive: see `Archive.holdings`."""
        return await self._archive.holdings(count, recipe, transfer)

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        """Return one file: see `Archive.fetch`."""
        return await self._archive.fetch(product, transfer)

    async def fetch_start(self, product: Product, size: int, transfer: Transfer) -> bytes:
        """Return the first bytes of one file: see `Archive.fetch_start`."""
        return await self._archive.fetch_start(product, size, transfer)


def _without_missing(
    answers: Mapping[str, SearchAnswer], searched: Mapping[str, SearchAnswer]
) -> dict[str, SearchAnswer]:
    """Return the answers for named files without those of stars that the archive lacks."""
    lacking = {
        key
        for key, answer in searched.items()
        if isinstance(answer, TargetError) and answer.reason is Reason.NO_DATA
    }
    return {key: answer for key, answer in answers.items() if key not in lacking}


def _answer(number: int, products: Sequence[Product], recipe: Recipe) -> SearchAnswer:
    answer = choose_files(number, products, recipe)
    if isinstance(answer, TargetError) and answer.reason is Reason.NO_DATA:
        # The archive may well have others: that is no reason to look for them.
        return TargetError(
            Reason.NO_SUCH_CADENCE,
            f"the list names no file of {recipe.mission.catalog} {number} by {recipe.author}, only"
            f" {products[0].file_name}",
        )
    return answer
