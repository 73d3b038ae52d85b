"""Name the authors who have light curves of a star that the requested author lacks."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from preprocessing.acquire.archives.base import Archive, SearchAnswer, StarFiles
from preprocessing.core.errors import ArchiveError, TargetError, UsageError
from preprocessing.core.reasons import Reason
from preprocessing.missions import Author
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.targets import Target
from preprocessing.network.retry import RetryPolicy, retry
from preprocessing.network.transfer import Transfer
from preprocessing.system.waiting import Sleep

__all__ = ["naming_other_authors"]

_log = logging.getLogger(__name__)

#: Stars without a number that are asked about, of a batch: each costs requests of its own.
_MOST_NAMES = 5


async def naming_other_authors(
    targets: Sequence[Target],
    answers: Mapping[str, SearchAnswer],
    archive: Archive,
    recipe: Recipe,
    policy: RetryPolicy,
    sleep: Sleep,
) -> dict[str, SearchAnswer]:
    """Return answers that say of stars without data which other authors have them.

    The archive is asked once per author, for all such stars together. What it cannot tell is
    left out.

    Parameters
    ----------
    targets : sequence of Target
        What was searched for.
    answers : mapping of str to SearchAnswer
        The answers, by `Target.key`.
    archive : Archive
        Where to search.
    recipe : Recipe
        What was searched for of each star.
    policy : RetryPolicy
        How often a search is repeated.
    sleep : callable
        `asyncio.sleep`, unless a test passes another.
    """
    missing = _without_data(targets, answers, recipe.mission.catalog)
    having: defaultdict[str, list[str]] = defaultdict(list)
    for author in _others(recipe) if missing else ():
        other = make_recipe(recipe.mission_name, author=author.name)
        search = partial(_search, archive, missing, other)
        try:
            found = await retry(search, policy, f"search for {author.name}", sleep=sleep)
        except (ArchiveError, UsageError) as error:
            _log.info("whether %s has the stars cannot be told: %s", author.name, error)
            continue
        for key, answer in found.items():
            if isinstance(answer, StarFiles):
                having[key].append(author.name)
    return {
        key: _with_authors(answer, having[key]) if key in having else answer
        for key, answer in answers.items()
    }


async def _search(
    archive: Archive, targets: Sequence[Target], recipe: Recipe
) -> Mapping[str, SearchAnswer]:
    return await archive.search(targets, recipe, Transfer())


def _without_data(
    targets: Sequence[Target], answers: Mapping[str, SearchAnswer], catalog: str
) -> list[Target]:
    missing, n_names = [], 0
    for target in targets:
        answer = answers.get(target.key)
        if isinstance(answer, TargetError) and answer.reason is Reason.NO_DATA:
            n_names += target.number_in(catalog) is None
            if target.number_in(catalog) is not None or n_names <= _MOST_NAMES:
                missing.append(target)
    return missing


def _others(recipe: Recipe) -> list[Author]:
    asked = {author.name for author, _ in recipe.candidates}
    authors = recipe.mission.authors
    return [a for a in authors if a.layout is not None and a.name not in asked]


def _with_authors(answer: SearchAnswer, names: Sequence[str]) -> SearchAnswer:
    assert isinstance(answer, TargetError)
    listed = " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
    have = "has" if len(names) == 1 else "have"
    return TargetError(answer.reason, f"{answer}; only {listed} {have} it: --author {names[0]}")
