"""A star that only another author has says which one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

from preprocessing.acquire.archives.base import Archive, SearchAnswer, StarFiles
from preprocessing.acquire.runs.other_authors import naming_other_authors
from preprocessing.core.errors import ArchiveError, TargetError, UsageError
from preprocessing.core.reasons import Reason
from preprocessing.missions.recipe import Recipe, make_recipe
from preprocessing.missions.targets import Target, parse_target
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.transfer import Transfer

_TARGETS = [parse_target(f"TIC {tic}") for tic in (1, 2, 3)]


async def _no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


class Authors:
    """Has stars by author, or fails for an author; counts searches."""

    def __init__(self, having: Mapping[str, Sequence[int]], **failing: Exception) -> None:
        self._having = having
        self._failing = failing
        self.searched: list[tuple[str, int]] = []

    async def search(
        self, targets: Sequence[Target], recipe: Recipe, transfer: Transfer
    ) -> Mapping[str, SearchAnswer]:
        self.searched.append((recipe.author, len(targets)))
        if recipe.author in self._failing:
            raise self._failing[recipe.author]
        return {
            target.key: StarFiles(target.number or 0, (), recipe.author, recipe.cadence)
            if target.number in self._having.get(recipe.author, ())
            else TargetError(Reason.NO_DATA, "nothing")
            for target in targets
        }


async def _said(authors: Authors, recipe: Recipe, answers: Mapping[str, SearchAnswer]) -> list[str]:
    found = await naming_other_authors(
        _TARGETS, answers, cast(Archive, authors), recipe, RetryPolicy(retries=0), _no_sleep
    )
    assert found.keys() == answers.keys()
    return [str(found[target.key]) for target in _TARGETS if target.key in found]


def _nothing() -> dict[str, SearchAnswer]:
    return {target.key: TargetError(Reason.NO_DATA, "no light curve") for target in _TARGETS}


async def test_other_authors_are_named() -> None:
    """Each star without data names all authors who have it, and how to ask for the first."""
    authors = Authors({"TESS-SPOC": [1], "QLP": [1, 2]})
    assert await _said(authors, make_recipe("TESS"), _nothing()) == [
        "no light curve; only TESS-SPOC and QLP have it: --author TESS-SPOC",
        "no light curve; only QLP has it: --author QLP",
        "no light curve",
    ]
    assert {count for _, count in authors.searched} == {3}
    assert "SPOC" not in dict(authors.searched)


async def test_an_author_who_cannot_be_asked() -> None:
    """An author whom the archive lacks, or who cannot be searched for, is passed over."""
    authors = Authors({"QLP": [1]}, **{"TESS-SPOC": UsageError("no"), "TGLC": ArchiveError("no")})
    said = await _said(authors, make_recipe("TESS"), _nothing())
    assert said[0] == "no light curve; only QLP has it: --author QLP"


async def test_nothing_is_asked_without_need() -> None:
    """Nobody is asked about stars that have data or another reason, or if any author will do."""
    authors = Authors({"QLP": [1, 2, 3]})
    answers: dict[str, SearchAnswer] = {
        _TARGETS[0].key: StarFiles(1, (), "SPOC", "short"),
        _TARGETS[1].key: TargetError(Reason.NO_SUCH_CADENCE, "none"),
    }
    assert (await _said(authors, make_recipe("TESS"), answers))[1] == "none"
    await _said(authors, make_recipe("TESS", author="any"), _nothing())
    assert authors.searched == []
