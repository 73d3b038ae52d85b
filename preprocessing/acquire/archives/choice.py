"""Choose which files of a star to stitch: by one author, of one cadence and exposure time."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter

from preprocessing.acquire.archives.base import SearchAnswer, StarFiles
from preprocessing.core.errors import TargetError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product, author_of
from preprocessing.missions.catalog_numbers import advice_for, mission_of_catalog
from preprocessing.missions.recipe import ANY, Recipe
from preprocessing.missions.targets import Target

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
    """Return the files of a star to stitch, or why there are none.

    The first author and cadence of the recipe with any wanted file is taken. To keep the light
    curve of one kind, three sorts of its files are left out: those without the flux, those with
    another exposure time than the majority, and older versions of the same sector.

    Parameters
    ----------
    number : int
        The star's number in the mission's catalog.
    products : iterable of Product
        All files that the archive has for the star.
    recipe : Recipe
        Which authors, cadences, flux, and quarters, campaigns or sectors are wanted.
    unlisted_numbers : sequence of int, optional
        As in `StarFiles`.
    has_others : bool, optional
        Whether the archive also has files of other cadences for the star.

    Returns
    -------
    StarFiles or TargetError
        The files, or the reason why there are none.
    """
    authors = {author.name for author, _ in recipe.candidates}
    everything = {product for product in products if product.author in authors}
    name = f"{recipe.mission.catalog} {number}"
    if not everything and not unlisted_numbers and not has_others:
        return no_data(Target(name, number, recipe.mission.catalog), recipe)
    unlisted = tuple(n for n in unlisted_numbers if recipe.wants_number(n))
    kind = _first_kind(everything, recipe, bool(unlisted))
    if kind is None:
        kinds = {(author.name, cadence) for author, cadence in recipe.candidates}
        has_any = unlisted_numbers or any((p.author, p.cadence) in kinds for p in everything)
        return _none_wanted(name, recipe) if has_any else _none_of_kind(name, recipe)
    author, cadence, wanted = kind
    with_flux = [product for product in wanted if _has_flux(product, recipe)]
    if wanted and not with_flux:
        flux = recipe.flux or f"that {author} has first"
        return TargetError(
            Reason.UNREADABLE, f"{name} has light curves, but none with the flux {flux}"
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
    """Return the first author and cadence with wanted files, and those files."""
    for author, cadence in recipe.candidates:
        of_kind = (p for p in everything if (p.author, p.cadence) == (author.name, cadence))
        wanted = sorted(filter(recipe.wants, of_kind))
        if wanted or has_unlisted:
            return author.name, cadence, wanted
    return None


def _has_flux(product: Product, recipe: Recipe) -> bool:
    layout = author_of(product).layout
    # Files without a layout are refused later.
    if layout is None:
        return True
    flux = recipe.flux or next(iter(layout.fluxes))
    return flux not in layout.fluxes or layout.fluxes[flux].is_in(product)


def no_data(target: Target, recipe: Recipe) -> TargetError:
    """Return the error for a star for which an archive lists nothing.

    Parameters
    ----------
    target : Target
        The star. Its number may show that another mission has it.
    recipe : Recipe
        What was searched for.
    """
    by_author = "" if recipe.author == recipe.mission.authors[0].name else f" by {recipe.author}"
    # A tree is only searched in these quarters, campaigns or sectors.
    numbers = recipe.sequence_numbers and f" in {recipe.mission.sequence} {recipe.sequence_numbers}"
    mission, number = recipe.mission, target.number_in(recipe.mission.catalog)
    other = mission_of_catalog(target.catalog)
    advice = "" if number is None else advice_for(number, mission)
    if other is not None and other is not mission:
        advice = f"add --mission {other.name}"
    what = f"{target.name}{by_author}{numbers}"
    return TargetError(
        Reason.NO_DATA, f"the archive has no light curve of {what}{advice and f': {advice}'}"
    )


def _none_of_kind(name: str, recipe: Recipe) -> TargetError:
    by_author = "" if recipe.author == ANY else f" by {recipe.author}"
    return TargetError(
        Reason.NO_SUCH_CADENCE,
        f"{name} has light curves, but none of {recipe.cadence} cadence{by_author}",
    )


def _none_wanted(name: str, recipe: Recipe) -> TargetError:
    return TargetError(
        Reason.NO_SUCH_SEQUENCE,
        f"{name} has light curves, but of no {recipe.mission.sequence} in"
        f" {recipe.sequence_numbers}",
    )


def _of_one_exposure(products: Sequence[Product]) -> tuple[Product, ...]:
    """Return the files with the most common exposure time; ties go to the shorter one."""
    by_exposure: dict[float, list[Product]] = defaultdict(list)
    for product in products:
        by_exposure[product.exposure_s].append(product)
    groups = sorted(by_exposure.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(groups[0][1]) if groups else ()


def _latest(products: Sequence[Product]) -> tuple[Product, ...]:
    """Return the latest version of each quarter, month, campaign or sector."""
    latest = {(p.sequence_number, p.month): p for p in sorted(products)}
    return tuple(sorted(latest.values(), key=attrgetter("sort_key")))
