"""A search that lists nothing is believed only where the files are not there either."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from preprocessing.acquire.archives.base import Archive, SearchAnswer, StarFiles
from preprocessing.acquire.runs.absence import contradictions, not_found, require_rows, unconfirmed
from preprocessing.core.errors import (
    ArchiveAnswerError,
    ArchiveError,
    ProductNotFound,
    TargetError,
)
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product
from preprocessing.missions.kepler import possible_products
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import Target, parse_target
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.transfer import Transfer

_TARGETS = [parse_target(f"KIC {kic}") for kic in range(1, 13)]


async def _no_sleep(seconds: float) -> None:
    await asyncio.sleep(0)


_PATIENT = make_recipe(), RetryPolicy(retries=6), _no_sleep


class Holding:
    """Has the files of some stars, or fails, always or now and then; counts what it is asked."""

    def __init__(self, *kics: int, fails: bool = False, every: int = 0) -> None:
        self._kics = kics
        self._fails = fails
        self._every = every
        self.asked = 0

    async def fetch_start(self, product: Product, count: int, transfer: Transfer) -> bytes:
        self.asked += 1
        if self._fails or (self._every and self.asked % self._every == 0):
            raise ArchiveError("HTTP status 502")
        # Of the last quarter that is thought of.
        if product.number in self._kics and product == possible_products(product.number)[-1]:
            return b"a file"
        raise ProductNotFound(product.file_name)

    @property
    def archive(self) -> Archive:
        return cast(Archive, self)


def _nothing(targets: Sequence[Target] = _TARGETS) -> Mapping[str, SearchAnswer]:
    return {target.key: TargetError(Reason.NO_DATA, "no light curve") for target in targets}


async def test_an_empty_answer_that_a_file_contradicts() -> None:
    """An empty answer counts as a failed search if a star's file is there."""
    with pytest.raises(
        ArchiveAnswerError, match=r"lists nothing for 12 targets, but kplr000000002"
    ):
        await require_rows(_TARGETS, _nothing(), Holding(2).archive, *_PATIENT)


async def test_an_empty_answer_that_nothing_contradicts() -> None:
    """An empty answer is believed after three of its stars were looked for in vain."""
    holding = Holding()
    await require_rows(_TARGETS, _nothing(), holding.archive, *_PATIENT)
    assert holding.asked == 3 * len(possible_products(1))


async def test_few_targets_or_any_rows_prove_the_search() -> None:
    """Few targets or any rows prove the search, and no file is looked for."""
    holding = Holding(1, 2)
    await require_rows(_TARGETS[:9], _nothing(_TARGETS[:9]), holding.archive, *_PATIENT)
    some = {**_nothing(), _TARGETS[5].key: StarFiles(6, (), "Kepler", "long")}
    await require_rows(_TARGETS, some, holding.archive, *_PATIENT)
    assert holding.asked == 0


async def test_stars_that_are_there_after_all() -> None:
    """Stars whose files exist are named with a file, and the others are absent."""
    there = await contradictions(_TARGETS, _nothing(), Holding(2, 7).archive, *_PATIENT)
    assert set(there) == {_TARGETS[1].key, _TARGETS[6].key}
    error = there[_TARGETS[6].key]
    assert error.reason is Reason.NO_ROWS
    assert "kplr000000007" in str(error)


async def test_an_archive_that_fails_confirms_nothing() -> None:
    """A failing archive confirms neither presence nor absence."""
    failing = Holding(fails=True).archive
    there = await contradictions(_TARGETS, _nothing(), failing, *_PATIENT)
    assert [error.reason for error in there.values()] == [Reason.NO_ROWS] * len(_TARGETS)
    assert "cannot be told: HTTP status 502" in str(there[_TARGETS[0].key])
    with pytest.raises(ArchiveError):
        await require_rows(_TARGETS, _nothing(), failing, *_PATIENT)


async def test_single_failures_cost_nothing() -> None:
    """Each file is requested until it is known to exist or not."""
    holding = Holding(2, every=5)
    there = await contradictions(_TARGETS, _nothing(), holding.archive, *_PATIENT)
    assert set(there) == {_TARGETS[1].key}


def test_what_counts_as_not_found() -> None:
    """Only numbers can be looked for directly, and other reasons are final answers."""
    named = parse_target("Kepler-10")
    answers: dict[str, SearchAnswer] = {
        **_nothing([named, *_TARGETS[:3]]),
        _TARGETS[0].key: StarFiles(1, (), "Kepler", "long"),
        _TARGETS[1].key: TargetError(Reason.NO_SUCH_CADENCE, "x"),
    }
    assert not_found([named, *_TARGETS[:3]], answers, "KIC") == [(_TARGETS[2], 3)]


def test_the_first_look_settles_no_absence() -> None:
    """The first pass leaves answers other than an empty one unchanged."""
    absent = unconfirmed(TargetError(Reason.NO_DATA, "no light curve"))
    assert isinstance(absent, TargetError)
    assert (absent.reason, str(absent)) == (Reason.NO_ROWS, "no light curve, in the first search")
    for answer in (StarFiles(1, (), "Kepler", "long"), TargetError(Reason.UNKNOWN_NAME, "x")):
        assert unconfirmed(answer) is answer


async def test_only_what_is_wanted_contradicts() -> None:
    """A file of a campaign that is not wanted does not contradict an empty answer."""
    asked: list[Product] = []

    class OneCampaign(Holding):
        async def fetch_start(self, product: Product, count: int, transfer: Transfer) -> bytes:
            asked.append(product)
            if product.sequence_number == 3:
                return b"a file"
            raise ProductNotFound(product.file_name)

    targets = [parse_target(f"EPIC {206000000 + n}") for n in range(12)]
    recipe = make_recipe("K2", sequence_numbers=[5, 9])
    answers, archive = _nothing(targets), OneCampaign().archive
    await require_rows(targets, answers, archive, recipe, *_PATIENT[1:])
    assert await contradictions(targets, answers, archive, recipe, *_PATIENT[1:]) == {}
    assert {product.sequence_number for product in asked} == {5, 91, 92}
