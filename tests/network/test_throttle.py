"""The window finds what an archive allows, keeps to it, and follows it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from preprocessing.core.errors import ArchiveBusy, ArchiveError, ProductNotFound
from preprocessing.network.throttle import Throttle
from preprocessing.network.transfer import Transfer
from tests.support.virtual_time import run_virtual

_LATENCY_S = 0.25


@dataclass
class CappedArchive:
    """Serves `cap` requests at once, each in a quarter of a second, and refuses more.

    Parameters
    ----------
    cap : int
    retry_after_s : float or None
        What it says with a refusal.
    spread : float
        How much longer, or shorter, than usual an answer may take, 0 to 1.
    """

    cap: int
    retry_after_s: float | None = None
    spread: float = 0.0
    chance: Random = field(default_factory=lambda: Random(0))
    in_flight: int = 0
    peak: int = 0
    #: When each request was answered, and whether it was refused.
    answers: list[tuple[float, bool]] = field(default_factory=list)

    async def request(self) -> None:
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            refused = self.in_flight > self.cap
            usual = _LATENCY_S * self.chance.uniform(1 - self.spread, 1 + self.spread)
            await asyncio.sleep(0.001 if refused else usual)
            self.answers.append((asyncio.get_running_loop().time(), refused))
            if refused:
                raise ArchiveBusy("HTTP status 503", self.retry_after_s)
        finally:
            self.in_flight -= 1

    def rate_and_refused(self, first: int, last: int) -> tuple[float, float]:
        """Return files a second, and the share refused, of some of the answers."""
        chosen = self.answers[first:last]
        refused = sum(was_refused for _, was_refused in chosen)
        seconds = chosen[-1][0] - chosen[0][0]
        return (len(chosen) - refused) / seconds, refused / len(chosen)


async def _fetch(
    throttle: Throttle, archive: CappedArchive, n_files: int, workers: int
) -> CappedArchive:
    left = iter(range(n_files))

    async def work() -> None:
        for _ in left:
            while True:
                try:
                    async with throttle.slot(Transfer()):
                        await archive.request()
                    break
                except ArchiveBusy as error:
                    await asyncio.sleep(error.retry_after_s or 0.5)

    await asyncio.gather(*(work() for _ in range(workers)))
    return archive


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.8])
@pytest.mark.parametrize("retry_after_s", [None, 1.0])
@pytest.mark.parametrize("workers", [4, 32, 64])
@pytest.mark.parametrize("cap", [3, 8, 20])
def test_it_settles_where_the_archive_refuses(
    cap: int, workers: int, retry_after_s: float | None, spread: float
) -> None:
    """After 200 requests the rate is within 10 % of the best, with under 2 % refused."""

    async def work() -> CappedArchive:
        capped = CappedArchive(cap, retry_after_s, spread)
        return await _fetch(Throttle(workers), capped, 2000, workers)

    archive = run_virtual(work())
    rate, refused = archive.rate_and_refused(200, 2000)
    assert rate >= 0.9 * min(cap, workers) / _LATENCY_S
    assert refused < 0.02


@pytest.mark.parametrize(("before", "after"), [(20, 3), (3, 20), (8, 20), (20, 8)])
def test_it_follows_an_archive_that_changes(before: int, after: int) -> None:
    """The window has settled again 200 requests after a change."""

    async def work() -> tuple[CappedArchive, int]:
        archive, throttle = CappedArchive(before), Throttle(32)
        await _fetch(throttle, archive, 1000, 32)
        changed, archive.cap = len(archive.answers), after
        await _fetch(throttle, archive, 1500, 32)
        return archive, changed

    archive, changed = run_virtual(work())
    rate, refused = archive.rate_and_refused(changed + 200, changed + 1500)
    assert rate >= 0.9 * after / _LATENCY_S
    assert refused < 0.02


@pytest.mark.parametrize("most", [1, 2, 16, 64])
def test_never_more_than_allowed(most: int) -> None:
    """The window opens fully and no further if the archive does not mind."""

    async def work() -> CappedArchive:
        return await _fetch(Throttle(most), CappedArchive(10**6), 400, 100)

    assert run_virtual(work()).peak == most


def _window_after(*outcomes: Exception | float | None, most: int = 16) -> int:
    """Return the window after requests, one at a time, that failed or took so long."""

    async def work() -> int:
        throttle = Throttle(most)
        for outcome in outcomes:
            try:
                async with throttle.slot(Transfer()) as slot:
                    if isinstance(outcome, Exception):
                        raise outcome
                    slot.waited(outcome or 0.1)
            except (ArchiveError, ProductNotFound):
                pass
        return throttle.window

    return run_virtual(work())


def _in_flight(count: int, each: Callable[[int], Exception | None]) -> int:
    """Return the window after so many requests at once, of which some fail."""

    async def work() -> int:
        throttle = Throttle(count)

        async def request(number: int) -> None:
            async with throttle.slot(Transfer()) as slot:
                await asyncio.sleep(1)
                slot.waited(0.5)
                error = each(number)
                if error is not None:
                    raise error

        everything = [request(number) for number in range(10 * count)]
        await asyncio.gather(*everything, return_exceptions=True)
        return throttle.window

    return run_virtual(work())


def test_single_failures_say_nothing() -> None:
    """A failure rate of one in five does not close the window."""
    assert _in_flight(16, lambda n: ArchiveError("reset") if n % 5 == 0 else None) == 16


def test_but_many_do() -> None:
    """The window closes if most requests fail."""
    assert _in_flight(16, lambda n: None if n % 3 == 0 else ArchiveError("reset")) <= 8


def test_a_missing_file_is_an_answer() -> None:
    """A 404 does not close the window."""
    assert _in_flight(16, lambda n: ProductNotFound("404")) == 16


async def _waiting(throttle: Throttle, waits_s: Callable[[int], float], n_files: int) -> None:
    """Make requests of which each waits as long as so many in flight cost."""
    in_flight = 0

    async def request() -> None:
        nonlocal in_flight
        async with throttle.slot(Transfer()) as slot:
            in_flight += 1
            waited_s = waits_s(in_flight)
            await asyncio.sleep(waited_s)
            slot.waited(waited_s)
            in_flight -= 1

    await asyncio.gather(*(request() for _ in range(n_files)))


def test_an_archive_that_load_makes_slow_is_asked_less() -> None:
    """The window closes for an archive that load makes slow."""

    async def work() -> tuple[int, int, int]:
        throttle, windows = Throttle(16), []

        def loaded_s(in_flight: int) -> float:
            windows.append(throttle.window)
            return 2.0 * in_flight

        await _waiting(throttle, lambda n: 0.5, 300)
        before = throttle.window
        await _waiting(throttle, loaded_s, 300)
        await _waiting(throttle, lambda n: 0.5, 300)
        return before, min(windows), throttle.window

    before, loaded, afterwards = run_virtual(work())
    assert before == afterwards == 16
    assert loaded <= 3


def test_an_archive_that_is_slow_whatever_the_load_is_not() -> None:
    """The window stays open for an archive that is slow at any load."""

    async def work() -> int:
        throttle = Throttle(8)
        await _waiting(throttle, lambda n: 0.3, 20)
        await _waiting(throttle, lambda n: 6.0, 300)
        return throttle.window

    assert run_virtual(work()) == 8


def test_a_retry_after_holds_every_request() -> None:
    """A Retry-After holds every request, whoever received it."""

    async def work() -> float:
        loop = asyncio.get_running_loop()
        throttle = Throttle(4)
        with pytest.raises(ArchiveBusy):
            async with throttle.slot(Transfer()):
                raise ArchiveBusy("HTTP status 429", 120.0)
        began = loop.time()
        async with throttle.slot(Transfer()):
            return loop.time() - began

    assert run_virtual(work()) == pytest.approx(120.0)


def test_a_retry_after_of_a_day_is_asked_about_sooner() -> None:
    """A long Retry-After is tried every quarter of an hour, and nonsense is ignored."""

    async def work(retry_after_s: float) -> float:
        loop = asyncio.get_running_loop()
        throttle = Throttle(4)
        with pytest.raises(ArchiveBusy):
            async with throttle.slot(Transfer()):
                raise ArchiveBusy("HTTP status 429", retry_after_s)
        began = loop.time()
        async with throttle.slot(Transfer()):
            return loop.time() - began

    for retry_after_s in (86400.0, 1e300, float("inf")):
        assert run_virtual(work(retry_after_s)) == pytest.approx(900.0)


def test_refused_one_at_a_time_there_are_pauses() -> None:
    """Pauses between single requests grow to a minute and end with the first answer."""

    async def work() -> list[float]:
        loop = asyncio.get_running_loop()
        throttle, moments = Throttle(1), []
        for number in range(10):
            try:
                async with throttle.slot(Transfer()):
                    moments.append(loop.time())
                    if number < 8:
                        raise ArchiveBusy("HTTP status 503")
            except ArchiveBusy:
                pass
        return [b - a for a, b in itertools.pairwise(moments)]

    assert run_virtual(work()) == pytest.approx([1, 2, 4, 8, 16, 32, 60, 60, 0])


def test_whoever_waits_for_a_slot_is_not_stalled_and_may_leave() -> None:
    """A wait does not count as a stall, and a slot given to one who left goes to the next."""

    async def work() -> None:
        throttle, transfer = Throttle(1), Transfer()
        entered = asyncio.Event()

        async def request() -> None:
            async with throttle.slot(transfer):
                entered.set()
                await asyncio.sleep(1000)

        first = asyncio.ensure_future(request())
        await entered.wait()
        second, third = asyncio.ensure_future(request()), asyncio.ensure_future(request())
        await asyncio.sleep(500)
        assert transfer.seconds_left(180.0) == 180.0
        entered.clear()
        first.cancel()
        # Now the second has its slot, but has not run yet.
        await asyncio.gather(first, return_exceptions=True)
        second.cancel()
        await asyncio.wait_for(entered.wait(), 10)
        third.cancel()
        await asyncio.gather(second, third, return_exceptions=True)
        async with throttle.slot(transfer):
            assert throttle.window == 1

    run_virtual(work())


def test_a_rival_goes_before_those_that_wait() -> None:
    """Rivals have the next slots, in their order, and the others follow."""

    async def work() -> list[str]:
        throttle, order = Throttle(1), []

        async def request(name: str, is_rival: bool) -> None:
            async with throttle.slot(Transfer(), is_rival=is_rival):
                order.append(name)
                await asyncio.sleep(1.0)

        names = [("first", False), ("second", False), ("rival", True), ("later rival", True)]
        await asyncio.gather(*(request(name, is_rival) for name, is_rival in names))
        return order

    assert run_virtual(work()) == ["first", "rival", "later rival", "second"]


def test_it_knows_whether_a_slot_would_be_taken() -> None:
    """It is full if a request waits, and not while the archive wants a pause."""

    async def work() -> list[bool]:
        throttle, found = Throttle(1), []

        async def request() -> None:
            async with throttle.slot(Transfer()):
                await asyncio.sleep(1.0)

        async with throttle.slot(Transfer()):
            found.append(throttle.is_full)
            waiting = asyncio.ensure_future(request())
            await asyncio.sleep(0.1)
            found.append(throttle.is_full)
            with pytest.raises(ArchiveBusy):
                async with throttle.slot(Transfer(is_urgent=True)):
                    found.append(throttle.is_full)
                    raise ArchiveBusy("HTTP status 429", 60.0)
            found.append(throttle.is_full)
        await waiting
        return found

    assert run_virtual(work()) == [False, True, True, False]
