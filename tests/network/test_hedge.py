"""A request that is silent for far longer than its peers gets a rival, and few others do."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from random import Random

import pytest

from preprocessing.core.errors import ArchiveBusy, ArchiveError, ArchiveTimeout, ProductNotFound
from preprocessing.network.http_client import HttpClient
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.throttle import Hedge, Throttle
from preprocessing.network.transfer import Rivals, Silence, Transfer
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.system.waiting import loop_time
from tests.support.fake_holdings import FakeHoldings, held_star, long_product
from tests.support.virtual_time import run_virtual

_STAR = held_star(757076)
_PRODUCT = long_product(_STAR.number, 1)
_HOLDINGS = FakeHoldings(_STAR, file_size=300_000)
_FILE_S = 0.1
_TIMEOUT_S = 60.0
_NEVER = math.inf


class HangingArchive:
    """Answers each request after so many seconds of silence, and notes what is in flight.

    Parameters
    ----------
    workers : int
        Most requests in flight.
    silence_s : callable
        Returns for how long a request is silent, by its number.
    """

    def __init__(self, workers: int, silence_s: Callable[[int], float]) -> None:
        self.throttle = Throttle(workers)
        self.hedge = Hedge(self.throttle, max(4, workers))
        self.rivals = Rivals()
        self.n_requests = 0
        self.in_flight = self.peak = self.cancelled = 0
        self._silence_s = silence_s

    async def fetch(self) -> int:
        """Return the number of the request that answered."""
        return await self.hedge.first_answer(self._send, "a file", "files", _TIMEOUT_S, self.rivals)

    async def _send(self, silence: Silence, is_rival: bool) -> int:
        async with self.throttle.slot(Transfer(), is_rival=is_rival):
            silence.begin()
            number = self.n_requests
            self.n_requests += 1
            self.in_flight += 1
            self.peak = max(self.peak, self.in_flight)
            try:
                silent_s = self._silence_s(number)
                await asyncio.sleep(min(silent_s, _TIMEOUT_S))
                if silent_s >= _TIMEOUT_S:
                    raise ArchiveTimeout("a file: no answer for too long")
                silence.heard()
                return number
            except asyncio.CancelledError:
                self.cancelled += 1
                raise
            finally:
                self.in_flight -= 1


async def _fetch_all(archive: HangingArchive, n_files: int, workers: int) -> None:
    left = iter(range(n_files))

    async def work() -> None:
        for _ in left:
            while True:
                try:
                    await archive.fetch()
                    break
                except ArchiveTimeout:
                    continue

    await asyncio.gather(*(work() for _ in range(workers)))


def _run(
    silence_s: Callable[[int], float], *, n_files: int = 1, workers: int = 4
) -> tuple[HangingArchive, float]:
    """Return the archive after files were fetched from it, and how long that took."""

    async def work() -> tuple[HangingArchive, float]:
        archive = HangingArchive(workers, silence_s)
        began = loop_time()
        await _fetch_all(archive, n_files, workers)
        return archive, loop_time() - began

    return run_virtual(work())


def _after_peers(
    silences_s: Sequence[float], *, workers: int = 4, peers_s: float = _FILE_S
) -> tuple[HangingArchive, float, int]:
    """Return what a file took after a hundred usual ones, and the number of its request."""

    async def work() -> tuple[HangingArchive, float, int]:
        archive = HangingArchive(workers, lambda n: peers_s if n < 100 else silences_s[n - 100])
        await _fetch_all(archive, 100, 1)
        began = loop_time()
        number = await archive.fetch()
        return archive, loop_time() - began, number

    return run_virtual(work())


@pytest.mark.parametrize("workers", [1, 2, 8])
def test_a_request_that_is_never_answered_costs_seconds(workers: int) -> None:
    """A rival answers after three seconds, one later if the first had to make room for it."""
    archive, seconds, number = _after_peers([_NEVER, _FILE_S], workers=workers)
    assert number == 101
    assert seconds == pytest.approx(3.0 + (workers == 1) + _FILE_S, abs=0.01)
    assert (archive.rivals.sent, archive.rivals.won) == (1, 1)
    assert (archive.in_flight, archive.cancelled) == (0, 1)
    assert archive.peak <= workers


def test_the_first_answer_counts_whichever_request_it_belongs_to() -> None:
    """A slow request whose rival is slower still wins, and the rival is closed."""
    archive, seconds, number = _after_peers([5.0, _NEVER])
    assert number == 100
    assert seconds == pytest.approx(5.0)
    assert (archive.rivals.sent, archive.rivals.won, archive.cancelled) == (1, 0, 1)


def test_a_rival_that_is_silent_is_replaced() -> None:
    """Rivals come after 3, 6 and 12 s, and only two requests are in flight."""
    for n_silent, after_s in ((2, 6.0), (3, 12.0)):
        archive, seconds, number = _after_peers([*[_NEVER] * n_silent, _FILE_S])
        assert number == 100 + n_silent
        assert seconds == pytest.approx(after_s + _FILE_S)
        assert archive.peak == 2


def test_a_request_that_is_slow_but_answers_is_not_given_up() -> None:
    """The first request goes on while its rivals are replaced, as long as nobody needs its slot."""
    archive, seconds, number = _after_peers([11.0, _NEVER, _NEVER])
    assert number == 100
    assert seconds == pytest.approx(11.0)
    assert (archive.rivals.sent, archive.rivals.won, archive.cancelled) == (2, 0, 2)


def test_a_search_that_takes_minutes_still_ends() -> None:
    """A search that the archive answers after four minutes is sent three times at most."""

    async def work() -> tuple[str, Rivals]:
        async def send(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            await asyncio.sleep(240.0)
            silence.heard()
            return "rival" if is_rival else "first"

        rivals = Rivals()
        hedge = Hedge(Throttle(8), 2)
        return await hedge.first_answer(send, "a search", "searches", 300.0, rivals), rivals

    answer, rivals = run_virtual(work())
    assert (answer, rivals.sent, rivals.won) == ("first", 2, 0)


def test_a_rival_that_waits_for_a_slot_does_not_hurry_a_request_that_answers() -> None:
    """With every slot taken by a silent request, each still has a second to answer."""

    async def work() -> tuple[HangingArchive, tuple[int, int]]:
        late_s = {100: 3.5, 101: 3.8}
        archive = HangingArchive(2, lambda n: _FILE_S if n < 100 else late_s.get(n, _NEVER))
        await _fetch_all(archive, 100, 1)
        first, second = await asyncio.gather(archive.fetch(), archive.fetch())
        return archive, (first, second)

    archive, numbers = run_virtual(work())
    assert numbers == (100, 101)
    assert (archive.rivals.won, archive.in_flight, archive.peak) == (0, 0, 2)


@pytest.mark.parametrize("peers_s", [0.5, 2.0, 5.0])
def test_what_is_usual_decides_what_is_silent(peers_s: float) -> None:
    """A rival comes after five times the 99th percentile, so a slow archive is asked once."""
    silence_s = max(3.0, 5 * peers_s)
    usual, _, number = _after_peers([0.99 * silence_s], peers_s=peers_s)
    assert (number, usual.rivals.sent) == (100, 0)
    _, seconds, number = _after_peers([_NEVER, peers_s], peers_s=peers_s)
    assert number == 101
    assert seconds == pytest.approx(silence_s + peers_s, abs=0.01)


def test_before_anything_is_usual_a_tenth_of_the_time_out_counts() -> None:
    """The first request of a run has a rival after a tenth of its time-out."""
    archive, seconds = _run(lambda n: _FILE_S if n else _NEVER, workers=1)
    assert archive.n_requests == 2
    assert seconds == pytest.approx(_TIMEOUT_S / 10 + 1.0 + _FILE_S)


def test_a_request_from_before_anything_was_usual_has_a_rival_as_soon_as_it_is() -> None:
    """What the others take decides about a request that was sent before theirs."""
    archive, seconds = _run(lambda n: _FILE_S if n else _NEVER, n_files=40, workers=2)
    assert seconds == pytest.approx(3.0 + _FILE_S + 1.0, abs=1.0)
    assert archive.rivals.won == 1


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.05, 0.15, 0.3])
@pytest.mark.parametrize("workers", [1, 8, 32])
def test_an_archive_that_leaves_requests_unanswered_costs_little(
    share: float, workers: int
) -> None:
    """Each hanging request costs a few seconds instead of a minute, within the workers."""
    chance = Random(1)
    archive, seconds = _run(
        lambda n: _NEVER if chance.random() < share else _FILE_S, n_files=600, workers=workers
    )
    hanging = archive.n_requests - 600
    assert archive.peak <= workers
    # Those after the last file are waited for one after the other.
    assert seconds < 60.0 + (600 * _FILE_S + 7.0 * hanging) / workers
    assert archive.rivals.won > 0.8 * (1 - share) * archive.rivals.sent


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spread", [0.1, 0.5, 1.0, 1.5])
def test_an_archive_that_answers_is_asked_once(spread: float, seed: int) -> None:
    """Extra requests stay under 2 % however long the tail of its answers is."""
    chance = Random(seed)
    archive, _ = _run(lambda n: 0.3 * chance.lognormvariate(0, spread), n_files=1000, workers=8)
    assert archive.n_requests <= 1020


@pytest.mark.slow
def test_an_archive_that_becomes_slow_is_given_time() -> None:
    """When every answer takes a hundred times as long, few requests are sent again."""
    archive, _ = _run(lambda n: _FILE_S if n < 300 else 10.0, n_files=1000, workers=8)
    assert archive.n_requests <= 1020


def test_an_archive_that_says_nothing_is_noticed_in_time() -> None:
    """A dead archive gets one more request a worker, and none waits longer for its time-out."""

    async def work() -> tuple[HangingArchive, list[float]]:
        archive = HangingArchive(8, lambda n: _FILE_S if n < 100 else _NEVER)
        await _fetch_all(archive, 100, 8)
        began = loop_time()

        async def fails_after() -> float:
            with pytest.raises(ArchiveTimeout):
                await archive.fetch()
            return loop_time() - began

        return archive, await asyncio.gather(*(fails_after() for _ in range(8)))

    archive, seconds = run_virtual(work())
    assert archive.n_requests == 100 + 8 + 8
    assert max(seconds) <= _TIMEOUT_S + 1.0
    assert archive.in_flight == 0


def test_a_transfer_that_moves_is_not_silent() -> None:
    """A file that takes a minute, with bytes every two seconds, has no rival."""

    async def work() -> tuple[Rivals, str]:
        hedge, rivals = Hedge(Throttle(4), 4), Rivals()

        async def quick(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            silence.heard()
            return "quick"

        async def slow(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            for _ in range(30):
                await asyncio.sleep(2.0)
                silence.heard()
            return "slow"

        for _ in range(100):
            await hedge.first_answer(quick, "a file", "files", _TIMEOUT_S, rivals)
        return rivals, await hedge.first_answer(slow, "a file", "files", _TIMEOUT_S, rivals)

    rivals, answer = run_virtual(work())
    assert (rivals.sent, answer) == (0, "slow")


@pytest.mark.parametrize("error", [ArchiveError("HTTP status 500"), ArchiveBusy("503", 7.0)])
def test_an_error_is_no_answer_while_another_request_is_on_its_way(error: Exception) -> None:
    """If the rival fails, the first request is still waited for."""

    async def work() -> str:
        async def send(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            await asyncio.sleep(0.1 if is_rival else 20.0)
            if is_rival:
                raise error
            return "late"

        return await Hedge(Throttle(4), 4).first_answer(send, "a file", "files", 60.0, Rivals())

    assert run_virtual(work()) == "late"


def test_a_server_that_cannot_be_reached_is_noticed_in_time() -> None:
    """A rival does not outlive the time-out of the first connection."""

    async def work() -> float:
        async def send(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            await asyncio.sleep(30.0)
            raise ArchiveTimeout("no connection")

        began = loop_time()
        with pytest.raises(ArchiveTimeout, match="no connection"):
            await Hedge(Throttle(4), 4).first_answer(send, "a file", "files", 60.0, Rivals())
        return loop_time() - began

    assert run_virtual(work()) == pytest.approx(30.0)


@pytest.mark.parametrize("error", [ArchiveError("HTTP status 500"), ProductNotFound("404")])
def test_a_request_that_fails_at_once_fails_at_once(error: Exception) -> None:
    """An error of the only request is raised as it is."""

    async def work() -> float:
        async def send(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            raise error

        began = loop_time()
        with pytest.raises(type(error), match=str(error)):
            await Hedge(Throttle(4), 4).first_answer(send, "a file", "files", 60.0, Rivals())
        return loop_time() - began

    assert run_virtual(work()) == 0.0


def test_a_file_that_is_not_there_needs_no_second_word() -> None:
    """That a file does not exist is an answer, even of the rival."""

    async def work() -> Rivals:
        rivals = Rivals()

        async def send(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            await asyncio.sleep(0.0 if is_rival else 1000.0)
            raise ProductNotFound("404")

        with pytest.raises(ProductNotFound):
            await Hedge(Throttle(4), 4).first_answer(send, "a file", "files", 60.0, rivals)
        return rivals

    assert run_virtual(work()).won == 1


def test_whoever_gives_up_closes_both_requests() -> None:
    """A target that is given up leaves no request in flight."""

    async def work() -> HangingArchive:
        archive = HangingArchive(4, lambda n: _FILE_S if n < 100 else _NEVER)
        await _fetch_all(archive, 100, 1)
        fetching = asyncio.ensure_future(archive.fetch())
        await asyncio.sleep(5.0)
        assert archive.in_flight == 2
        fetching.cancel()
        await asyncio.gather(fetching, return_exceptions=True)
        return archive

    assert run_virtual(work()).in_flight == 0


async def _get_files(server: ArchiveSimulator, http: HttpClient, n_files: int) -> Rivals:
    """Get a file again and again, and return its rivals."""
    url, rivals = f"{server.base_url}/api/v0.1/Download/file", Rivals()
    for _ in range(n_files):
        file = await http.get_file(url, {"uri": _PRODUCT.uri}, Transfer(rivals=rivals))
        assert file.body == _HOLDINGS.body(_PRODUCT)
    return rivals


@pytest.mark.parametrize("kind", ["silence", "stall"])
@pytest.mark.parametrize("connections", [1, 4])
def test_the_silent_connection_is_closed(kind: str, connections: int) -> None:
    """A file comes whole on another connection, and the silent one is closed."""

    async def work() -> None:
        async with (
            ArchiveSimulator(_HOLDINGS, latency_s=_FILE_S) as server,
            HttpClient(connections) as http,
        ):
            await _get_files(server, http, 20)
            server.faults.script(kind)
            began = loop_time()
            rivals = await _get_files(server, http, 1)
            assert (rivals.sent, rivals.won) == (1, 1)
            assert loop_time() - began < 4.5
            await asyncio.sleep(0.1)
            assert server.log.in_flight == 0
            assert server.log.peak_connections <= connections
            assert server.log.open_connections == 1

    run_virtual(work())


def test_a_search_has_a_rival_too() -> None:
    """A search that is never answered is sent again after a tenth of its time-out."""

    async def work() -> None:
        async with ArchiveSimulator(_HOLDINGS) as server, HttpClient(4) as http:
            server.faults.script("silence")
            began, rivals = loop_time(), Rivals()
            url, query = f"{server.base_url}/api/v0/invoke", {"request": "{}"}
            assert "status" in await http.post_form(url, query, Transfer(rivals=rivals))
            assert loop_time() - began == pytest.approx(300.0 / 10, abs=0.5)
            assert (rivals.sent, rivals.won) == (1, 1)

    run_virtual(work())


@pytest.mark.slow
def test_our_own_rate_limit_is_no_silence() -> None:
    """A file that we read slowly, because of --max-rate, is requested once."""

    async def work() -> None:
        limit = RateLimit(20_000.0, clock=loop_time)
        async with (
            ArchiveSimulator(_HOLDINGS) as server,
            HttpClient(4, rate_limit=limit) as http,
        ):
            found = await asyncio.gather(*(_get_files(server, http, 8) for _ in range(4)))
            assert [rivals.sent for rivals in found] == [0] * 4
            assert server.log.requests["download"] == 32

    run_virtual(work())


def test_waiting_for_a_connection_is_no_silence() -> None:
    """A file that waits for the connection of a long search has no rival."""

    async def work() -> None:
        async with (
            ArchiveSimulator(_HOLDINGS, latency_s=0.1, portal_latency_s=25.0) as server,
            HttpClient(1) as http,
        ):
            url = f"{server.base_url}/api/v0/invoke"
            search = asyncio.ensure_future(http.post_form(url, {"request": "{}"}, Transfer()))
            await asyncio.sleep(0.1)
            began = loop_time()
            rivals = await _get_files(server, http, 12)
            assert loop_time() - began > 20.0
            assert rivals.sent == 0
            # Nor does it say what is usual: the next one is missed as soon as any.
            server.faults.script("silence")
            began = loop_time()
            assert (await _get_files(server, http, 1)).won == 1
            assert loop_time() - began < 5.0
            await search

    run_virtual(work())


def test_a_rival_that_gets_an_error_is_not_counted_against_others() -> None:
    """As long as the archive answers some requests, silent ones get rivals."""

    async def work() -> Rivals:
        hedge, rivals = Hedge(Throttle(4), 4), Rivals()

        async def send(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            await asyncio.sleep(0.1 if is_rival else 50.0)
            if is_rival:
                raise ArchiveError("HTTP status 500")
            return "late"

        async def answer(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            return "soon"

        async def reset(silence: Silence, is_rival: bool) -> str:
            silence.begin()
            await asyncio.sleep(20.0)
            raise ArchiveError("reset")

        for _ in range(8):
            with pytest.raises(ArchiveError):
                await hedge.first_answer(reset, "a file", "files", 60.0, rivals)
            await hedge.first_answer(answer, "a file", "files", 60.0, rivals)
        return rivals

    assert run_virtual(work()).sent >= 8
