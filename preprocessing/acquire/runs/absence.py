"""Tell a star without data from a broken search: an empty answer does not prove that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from preprocessing.acquire.archives.base import Archive, SearchAnswer
from preprocessing.core.errors import (
    ArchiveAnswerError,
    ArchiveError,
    ArchiveTimeout,
    ProductNotFound,
    TargetError,
)
from preprocessing.core.reasons import Reason
from preprocessing.fits.format import BLOCK
from preprocessing.missions import Product
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.transfer import Transfer
from preprocessing.system.waiting import Sleep, within

__all__ = ["contradictions", "not_found", "require_rows", "unconfirmed"]

#: A smaller batch that the search does not list may really have no data. Of a larger one, a
#: sample of targets is checked directly.
_LARGE_BATCH = 10
_SAMPLE = 3
#: Time-out for the check of one file, in seconds. It may have to wait for other requests.
_FETCH_S = 1800.0


def not_found(
    targets: Sequence[Target], answers: Mapping[str, SearchAnswer], catalog: str
) -> list[tuple[Target, int]]:
    """Return the targets that a search by number does not list, and their numbers."""
    numbers = ((target, target.number_in(catalog)) for target in targets)
    return [(t, n) for t, n in numbers if n is not None and _is_no_data(answers[t.key])]


async def require_rows(
    targets: Sequence[Target],
    answers: Mapping[str, SearchAnswer],
    archive: Archive,
    recipe: Recipe,
    policy: RetryPolicy,
    sleep: Sleep,
) -> None:
    """Refuse an answer that lists nothing at all, although the archive has a file.

    MAST's whole Kepler collection once vanished from its search for a day, while its files
    were still available (https://github.com/lightkurve/lightkurve/issues/1355).

    Raises
    ------
    ArchiveAnswerError
        The archive has a file of one of the targets.
    ArchiveError
        The archive cannot be asked for the files.
    """
    missing = not_found(targets, answers, recipe.mission.catalog)
    if len(missing) < max(len(targets), _LARGE_BATCH):
        return
    for target, number in missing[:_SAMPLE]:
        product = await _find_directly(number, archive, recipe, policy, sleep)
        if product is not None:
            raise ArchiveAnswerError(
                f"the search lists nothing for {len(targets)} targets, but {product.file_name} of"
                f" {target.name} is there"
            )


async def contradictions(
    targets: Sequence[Target],
    answers: Mapping[str, SearchAnswer],
    archive: Archive,
    recipe: Recipe,
    policy: RetryPolicy,
    sleep: Sleep,
) -> dict[str, TargetError]:
    """Request the files of targets that a search does not list.

    Returns
    -------
    dict of str to TargetError
        An error for each target that has a file after all, or that cannot be checked, by
        `Target.key`.
    """

    async def find(number: int) -> str:
        try:
            product = await _find_directly(number, archive, recipe, policy, sleep)
        except ArchiveError as error:
            return f"and whether its files are there cannot be told: {error}"
        return "" if product is None else f"but {product.file_name} is there"

    missing = not_found(targets, answers, recipe.mission.catalog)
    found = await asyncio.gather(*(find(number) for _, number in missing))
    return {
        target.key: TargetError(Reason.NO_ROWS, f"the archive's search lists nothing, {what}")
        for (target, _), what in zip(missing, found, strict=True)
        if what
    }


def unconfirmed(answer: SearchAnswer) -> SearchAnswer:
    """Return an answer as it counts until a second search confirms it."""
    if _is_no_data(answer):
        return TargetError(Reason.NO_ROWS, f"{answer}, in the first search")
    return answer


def _is_no_data(answer: SearchAnswer) -> bool:
    return isinstance(answer, TargetError) and answer.reason is Reason.NO_DATA


async def _find_directly(
    number: int, archive: Archive, recipe: Recipe, policy: RetryPolicy, sleep: Sleep
) -> Product | None:
    """Return a file of the star that the archive has; None if it has none of them."""
    for product in _possible_products(number, recipe):
        try:
            await retry(partial(_fetch, product, archive), policy, product.file_name, sleep=sleep)
        except ProductNotFound:
            continue
        return product
    return None


def _possible_products(number: int, recipe: Recipe) -> tuple[Product, ...]:
    """Return the files that a star may have, if their names follow from its number.

    Only wanted quarters and campaigns count, because a tree is searched for no others.
    """
    authors = dict.fromkeys(author for author, _ in recipe.candidates)
    named = (author.possible_products for author in authors)
    products = (product for possible in named if possible for product in possible(number))
    return tuple(filter(recipe.wants, products))


async def _fetch(product: Product, archive: Archive) -> None:
    try:
        # Its beginning is proof enough.
        await within(_FETCH_S, archive.fetch_start(product, BLOCK, Transfer()))
    except asyncio.TimeoutError as error:
        raise ArchiveTimeout(
            f"{product.file_name}: did not arrive within {_FETCH_S:.0f} s"
        ) from error
