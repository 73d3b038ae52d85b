"""Which of the files that an archive has of a star are stitched: never two sorts together."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter

from preprocessing.acquire.archives.base import SearchAnswer, StarFiles
from preprocessing.core.errors import TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product, author_of
from preprocessing.missions.recipe import ANY, Recipe

__all__ = ["choose_files", "no_data"]

_log = logging.getLogger(__name__)


def choose_files(
    number: int,
    products: Iterable[Product],
    recipe: Recipe,
    unlisted_numbers: Sequence[int] = (),
    *,
    has_others: bool = False,
) -> SearchAnswer:
    """Return the files of a star that are stitched, or why there are none.

    The first of the recipe's authors and cadences of which the star has any of the wanted
    files counts. Of these, files with another exposure time than most are left out, and of
    two versions of one sector the older, and so are files without the flux: to be stitched,
    light curves have to be of one kind.

    Parameters
    ----------
    number : int
        In the mission's catalog.
    products : iterable of Product
        Everything that the archive has of the star.
    recipe : Recipe
        Which authors, cadences, flux, and quarters, campaigns or sectors are wanted.
    unlisted_numbers : sequence of int, optional
        See `StarFiles`.
    has_others : bool, optional
        Whether the archive has files of the star besides, of other cadences.

    Returns
    -------
    StarFiles or TargetError
    """
    authors = {author.name for author, _ in recipe.candidates}
    everything = {product for product in products if product.author in authors}
    name = f"{recipe.mission.catalog} {number}"
    if not everything and not unlisted_numbers and not has_others:
        return no_data(name, recipe)
    unlisted = tuple(n for n in unlisted_numbers if recipe.wants_number(n))
    kind = _first_kind(everything, recipe, bool(unlisted))
    if kind is None:
        kinds = {(author.name, cadence) for author, cadence in recipe.candidates}
        has_any = unlisted_numbers or any((p.author, p.cadence) in kinds for p in everything)
        return _none_wanted(name, recipe) if has_any else _none_of_kind(name, recipe)
    author, cadence, wanted = kind
    with_flux = [product for product in wanted if _has_flux(product, recipe)]
    if wanted and not with_flux:
        return TargetError(
            Reason.UNREADABLE, f"{name} has light curves, but none with the flux {recipe.flux}"
        )
    chosen = _of_one_exposure(_latest(with_flux))
    left_out = tuple(sorted(set(wanted).difference(chosen)))
    if left_out:
        _log.info(
            "%s: %d files are left out, being of another exposure time than the %g s of the others,"
            " older versions, or without the flux that is stitched: %s",
            name,
            len(left_out),
            chosen[0].exposure_s,
            ", ".join(product.label for product in left_out),
        )
    return StarFiles(
        number,
        chosen,
        author,
        cadence,
        unlisted_numbers=tuple(sorted(unlisted)),
        left_out=left_out,
    )


def _first_kind(
    everything: Collection[Product], recipe: Recipe, has_unlisted: bool
) -> tuple[str, str, list[Product]] | None:
    """Return the first author and cadence of which there are wanted files, and these."""
    for author, cadence in recipe.candidates:
        of_kind = (p for p in everything if (p.author, p.cadence) == (author.name, cadence))
        wanted = sorted(filter(recipe.wants, of_kind))
        if wanted or has_unlisted:
            return author.name, cadence, wanted
    return None


def _has_flux(product: Product, recipe: Recipe) -> bool:
    layout = author_of(product).layout
    columns = None if layout is None else layout.fluxes.get(recipe.flux)
    # Without a layout the file itself is refused; without a flux the author's first is meant.
    return columns is None or columns.is_in(product.sequence_number)


def no_data(name: str, recipe: Recipe) -> TargetError:
    """Return what is said of a star of which an archive lists nothing."""
    whose = "" if recipe.author == recipe.mission.authors[0].name else f" by {recipe.author}"
    # A tree is not asked about others.
    numbers = recipe.sequence_numbers and f" in {recipe.mission.sequence} {recipe.sequence_numbers}"
    return TargetError(Reason.NO_DATA, f"the archive has no light curve of {name}{whose}{numbers}")


def _none_of_kind(name: str, recipe: Recipe) -> TargetError:
    whose = "" if recipe.author == ANY else f" by {recipe.author}"
    return TargetError(
        Reason.NO_SUCH_CADENCE,
        f"{name} has light curves, but none of {recipe.cadence} cadence{whose}",
    )


def _none_wanted(name: str, recipe: Recipe) -> TargetError:
    return TargetError(
        Reason.NO_SUCH_SEQUENCE,
        f"{name} has light curves, but of no {recipe.mission.sequence} in"
        f" {recipe.sequence_numbers}",
    )


def _of_one_exposure(products: Sequence[Product]) -> tuple[Product, ...]:
    """Return the files of the exposure time that most have; of equals, of the shorter one."""
    by_exposure: dict[float, list[Product]] = defaultdict(list)
    for product in products:
        by_exposure[product.exposure_s].append(product)
    groups = sorted(by_exposure.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(groups[0][1]) if groups else ()


def _latest(products: Sequence[Product]) -> tuple[Product, ...]:
    """Return the last version of each quarter, month, campaign or sector."""
    latest = {(p.sequence_number, p.month): p for p in sorted(products)}
    return tuple(sorted(latest.values(), key=attrgetter("sort_key")))
