"""Whether the files that a list names are of a run's mission, author and cadence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from preprocessing.core.errors import UsageError
from preprocessing.missions import Product, author_of, mission_of
from preprocessing.missions.recipe import Recipe

__all__ = ["require_files_of"]


def require_files_of(recipe: Recipe, products: Sequence[Product]) -> None:
    """Make sure that a list names files that a recipe stitches.

    Parameters
    ----------
    recipe : Recipe
        Which mission, author, cadence, and quarters, campaigns or sectors.
    products : sequence of Product
        The files that the list names.

    Raises
    ------
    UsageError
        The recipe stitches none of them. The message says which options would.
    """
    kinds = {(author.name, cadence) for author, cadence in recipe.candidates}
    if any((p.author, p.cadence) in kinds and recipe.wants(p) for p in products):
        return
    (author_name, cadence), _ = Counter((p.author, p.cadence) for p in products).most_common(1)[0]
    sample = next(p for p in products if (p.author, p.cadence) == (author_name, cadence))
    mission, author = mission_of(sample), author_of(sample)
    options = f"--mission {mission.name}"
    if author is not mission.authors[0]:
        options += f" --author {author.name}"
    if cadence != author.cadences[0]:
        options += f" --cadence {cadence}"
    raise UsageError(
        f"--exact: the list names {len(products)} files, but none of {recipe.mission_name} by"
        f" {recipe.author} that this run would stitch; most need {options}"
    )
