"""Files are asked for in order and ahead of time, on no more connections than there are."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.archives.base import FetchedFile
from preprocessing.acquire.runs.file_fetcher import Prefetch
from preprocessing.acquire.runs.source import SpareConnections
from preprocessing.core.errors import ArchiveError
from preprocessing.missions import Product
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product

_PRODUCTS = tuple(
    kepler_product(stamps[0], 757076, "long") for quarter, stamps in enumerate(LONG_STAMPS)
)


class FakeArchive:
    """Answers when it is told to, and notes what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[Product] = []
        self.in_flight = 0
        self.peak_in_flight = 0
        self._answers: dict[Product, asyncio.Future[FetchedFile]] = {}

    async def fetch(
        self, product: Product, connection: AbstractAsyncContextManager[None]
    ) -> FetchedFile:
        async with connection:
            self.asked.append(product)
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
            self._answers[product] = asyncio.get_running_loop().create_future()
            try:
                return await self._answers[product]
            finally:
                self.in_flight -= 1

    async def answer(self, product: Product, error: Exception | None = None) -> None:
        await _turns()
        answer = self._answers[product]
        if error is None:
            answer.set_result(_file(product))
        else:
            answer.set_exception(error)
        await _turns()


def _file(product: Product) -> FetchedFile:
    return FetchedFile(product.file_name.encode(), "fake")


def _spare(count: int) -> SpareConnections:
    spare = SpareConnections()
    spare.add(count)
    return spare


async def _turns() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def _take_first(ahead: Prefetch, archive: FakeArchive) -> None:
    first = asyncio.ensure_future(ahead.file(_PRODUCTS[0]))
    await archive.answer(_PRODUCTS[0])
    assert await first == _file(_PRODUCTS[0])


async def test_the_next_file_is_asked_for_while_one_is_used() -> None:
    """Without spare connections only the next file is requested, once use begins."""
    archive = FakeArchive()
    ahead = Prefetch(_PRODUCTS, archive.fetch, SpareConnections())
    first = asyncio.ensure_future(ahead.file(_PRODUCTS[0]))
    await archive.answer(_PRODUCTS[0])
    assert await first == _file(_PRODUCTS[0])
    await _turns()
    assert archive.asked == list(_PRODUCTS[:1])
    ahead.ask()
    ahead.ask()
    await archive.answer(_PRODUCTS[1])
    assert archive.asked == list(_PRODUCTS[:2])
    assert archive.peak_in_flight == 1
    assert await ahead.end() == {_PRODUCTS[1]: _file(_PRODUCTS[1])}


async def test_spare_connections_serve_later_files() -> None:
    """Every spare connection fetches a later file and is free once that file is taken."""
    archive, spare = FakeArchive(), _spare(2)
    ahead = Prefetch(_PRODUCTS[:4], archive.fetch, spare)
    first = asyncio.ensure_future(ahead.file(_PRODUCTS[0]))
    await _turns()
    assert archive.asked == list(_PRODUCTS[:3])
    assert not spare.borrow()
    for product in (_PRODUCTS[2], _PRODUCTS[0], _PRODUCTS[1]):
        await archive.answer(product)
    assert await first == _file(_PRODUCTS[0])
    assert not spare.borrow()
    ahead.ask()
    await archive.answer(_PRODUCTS[3])
    for product in _PRODUCTS[1:4]:
        assert await ahead.file(product) == _file(product)
    assert [spare.borrow() for _ in range(3)] == [True, True, False]


async def test_what_failed_before_the_archive_came_back_is_asked_for_anew() -> None:
    """A failure during an outage that is over counts for nothing, on a spare connection too."""
    archive, spare, now = FakeArchive(), _spare(1), [5.0]
    ahead = Prefetch(_PRODUCTS[:3], archive.fetch, spare, lambda: now[0])
    first = asyncio.ensure_future(ahead.file(_PRODUCTS[0]))
    await archive.answer(_PRODUCTS[1], ArchiveError("503"))
    await archive.answer(_PRODUCTS[0])
    await first
    anew = asyncio.ensure_future(ahead.file(_PRODUCTS[1], back_at=10.0))
    await archive.answer(_PRODUCTS[1])
    assert await anew == _file(_PRODUCTS[1])
    now[0] = 15.0
    ahead.ask()
    await archive.answer(_PRODUCTS[2], ArchiveError("404"))
    with pytest.raises(ArchiveError, match="404"):
        await ahead.file(_PRODUCTS[2], back_at=10.0)
    assert spare.borrow()


async def test_what_failed_ahead_of_time_is_said_when_it_is_wanted() -> None:
    """An early failure is raised when the file is wanted, and the next call tries again."""
    archive = FakeArchive()
    ahead = Prefetch(_PRODUCTS, archive.fetch, SpareConnections())
    await _take_first(ahead, archive)
    ahead.ask()
    await archive.answer(_PRODUCTS[1], ArchiveError("503"))
    with pytest.raises(ArchiveError, match="503"):
        await ahead.file(_PRODUCTS[1])
    ahead.ask()
    again = asyncio.ensure_future(ahead.file(_PRODUCTS[1]))
    await _turns()
    # On its own connection the third is asked for first: that request was under way.
    await archive.answer(_PRODUCTS[2])
    await archive.answer(_PRODUCTS[1])
    assert await again == _file(_PRODUCTS[1])
    assert archive.peak_in_flight == 1
    await ahead.end()


async def test_a_bug_is_not_mistaken_for_a_failed_file() -> None:
    """An unexpected error is raised at the end even if nobody took the file."""

    async def broken(
        product: Product, connection: AbstractAsyncContextManager[None]
    ) -> FetchedFile:
        raise ZeroDivisionError

    ahead = Prefetch(_PRODUCTS, broken, SpareConnections())
    with pytest.raises(ZeroDivisionError):
        await ahead.file(_PRODUCTS[0])
    ahead.ask()
    await _turns()
    with pytest.raises(ZeroDivisionError):
        await ahead.end()


async def test_giving_up_ends_every_request_and_returns_what_was_borrowed() -> None:
    """Giving up cancels all requests and hands over the files that had come."""
    archive, spare = FakeArchive(), _spare(3)
    ahead = Prefetch(_PRODUCTS, archive.fetch, spare)
    first = asyncio.ensure_future(ahead.file(_PRODUCTS[0]))
    await archive.answer(_PRODUCTS[2])
    first.cancel()
    assert await ahead.end() == {_PRODUCTS[2]: _file(_PRODUCTS[2])}
    await _turns()
    assert archive.in_flight == 0
    assert [spare.borrow() for _ in range(4)] == [True, True, True, False]


async def test_nothing_is_asked_for_after_the_end() -> None:
    """After the end nothing is requested, and every connection is free."""
    archive, spare = FakeArchive(), _spare(2)
    ahead = Prefetch(_PRODUCTS, archive.fetch, spare)
    first = asyncio.ensure_future(ahead.file(_PRODUCTS[0]))
    await archive.answer(_PRODUCTS[1])
    first.cancel()
    assert await ahead.end() == {_PRODUCTS[1]: _file(_PRODUCTS[1])}
    asked = len(archive.asked)
    ahead.ask()
    await _turns()
    assert (len(archive.asked), archive.in_flight) == (asked, 0)
    assert [spare.borrow() for _ in range(3)] == [True, True, False]


async def test_a_second_try_need_not_wait_for_the_next_file() -> None:
    """A retry uses a spare connection, which is free again afterwards."""
    archive, spare = FakeArchive(), SpareConnections()
    ahead = Prefetch(_PRODUCTS[:2], archive.fetch, spare)
    await _take_first(ahead, archive)
    ahead.ask()
    await _turns()
    spare.add()
    again = asyncio.ensure_future(ahead.file(_PRODUCTS[0]))
    await archive.answer(_PRODUCTS[0])
    assert await again == _file(_PRODUCTS[0])
    assert (spare.borrow(), spare.borrow()) == (True, False)
    await ahead.end()


@pytest.mark.parametrize(("later_s", "left_s"), [(50.0, 70.0), (300.0, 0.0)])
async def test_a_wait_that_was_asked_for_runs_from_when_it_was(
    later_s: float, left_s: float
) -> None:
    """Time that passed before the file was wanted counts toward the requested wait."""
    archive, now = FakeArchive(), 1000.0
    ahead = Prefetch(_PRODUCTS, archive.fetch, SpareConnections(), lambda: now)
    await _take_first(ahead, archive)
    ahead.ask()
    await archive.answer(_PRODUCTS[1], ArchiveError("429", 120.0))
    now += later_s
    with pytest.raises(ArchiveError) as caught:
        await ahead.file(_PRODUCTS[1])
    assert caught.value.retry_after_s == left_s
    await ahead.end()


@pytest.mark.slow
@given(
    st.lists(st.integers(0, 17), min_size=1, max_size=6),
    st.integers(0, 6),
    st.integers(0, 2**32 - 1),
)
def test_connections_are_never_exceeded(lengths: list[int], n_spare: int, seed: int) -> None:
    """The connection limit holds for any number and order of stars and files."""

    async def run() -> int:
        # Drawn one by one inside of tasks, chances would end them where hypothesis has enough.
        archive, spare = _ChanceArchive(Random(seed)), _spare(n_spare)
        await asyncio.gather(*(_use_star(length, archive, spare) for length in lengths))
        assert sum(spare.borrow() for _ in range(n_spare + 1)) == n_spare
        return archive.peak_in_flight

    assert asyncio.run(run()) <= len(lengths) + n_spare


class _ChanceArchive:
    def __init__(self, random: Random) -> None:
        self.in_flight = self.peak_in_flight = 0
        self._random = random

    async def fetch(
        self, product: Product, connection: AbstractAsyncContextManager[None]
    ) -> FetchedFile:
        async with connection:
            self.in_flight += 1
            self.peak_in_flight = max(self.peak_in_flight, self.in_flight)
            for _ in range(self._random.randint(0, 3)):
                await asyncio.sleep(0)
            self.in_flight -= 1
            return _file(product)


async def _use_star(length: int, archive: _ChanceArchive, spare: SpareConnections) -> None:
    ahead = Prefetch(_PRODUCTS[:length], archive.fetch, spare)
    for product in _PRODUCTS[:length]:
        assert await ahead.file(product) == _file(product)
        ahead.ask()
    assert await ahead.end() == {}
