"""Tell a star without data from a search that lists nothing: no rows are no proof."""

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

#: A batch of fewer targets, of which the search lists nothing, may be of strangers; of a
#: larger one so many are looked for directly.
_LARGE_BATCH = 10
_SAMPLE = 3
#: How long looking for one file may take, in seconds: others may be in front of it.
_FETCH_S = 1800.0


def not_found(
    targets: Sequence[Target], answers: Mapping[str, SearchAnswer], catalog: str
) -> list[tuple[Target, int]]:
    """Return the targets with a number of which a search lists nothing, and the numbers."""
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
    """Refuse an answer that lists nothing at all, though there is something.

    All of MAST's Kepler collection once vanished from its search for a day, while its
    files could be had (https://github.com/lightkurve/lightkurve/issues/1355).

    Raises
    ------
    ArchiveAnswerError
        A file of one of the targets is there.
    ArchiveError
        It cannot be told.
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
    """Look directly for the files of targets of which a search lists nothing.

    Returns
    -------
    dict of str to TargetError
        By the keys of targets of which a file is there after all, or of which it cannot
        be told.
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
    """Return an answer as it counts before a second search confirms it."""
    if _is_no_data(answer):
        return TargetError(Reason.NO_ROWS, f"{answer}, in the first search")
    return answer


def _is_no_data(answer: SearchAnswer) -> bool:
    return isinstance(answer, TargetError) and answer.reason is Reason.NO_DATA


async def _find_directly(
    number: int, archive: Archive, recipe: Recipe, policy: RetryPolicy, sleep: Sleep
) -> Product | None:
    """Return a file that the archive gives by its name, None if it has none of them."""
    for product in _possible_products(number, recipe):
        try:
            await retry(partial(_fetch, product, archive), policy, product.file_name, sleep=sleep)
        except ProductNotFound:
            continue
        return product
    return None


def _possible_products(number: int, recipe: Recipe) -> tuple[Product, ...]:
    """Return the files that a star may have, where their names follow from its number.

    Only of the quarters or campaigns that are wanted: a tree is searched for no others.
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
