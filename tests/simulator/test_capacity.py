"""The embedded archive knows how many requests are in flight, and refuses those above a limit."""

from __future__ import annotations

import asyncio

import aiohttp

from preprocessing.simulator.refusal import Refusal
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star, long_product

_PRODUCT = long_product(757076, 1)
_HOLDINGS = FakeHoldings(held_star(757076))
_DOWNLOAD = "/api/v0.1/Download/file"
_ONE_FILE = {"uri": _PRODUCT.uri}


async def _fetch(session: aiohttp.ClientSession) -> int:
    async with session.get(_DOWNLOAD, params=_ONE_FILE) as response:
        await response.read()
        return response.status


async def test_requests_in_flight_are_counted() -> None:
    """While answers wait for the latency, their number is known."""
    async with (
        ArchiveSimulator(_HOLDINGS, latency_s=0.05) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        await asyncio.gather(*(_fetch(session) for _ in range(5)))
        assert archive.log.peak_in_flight == 5
        assert archive.log.in_flight == 0


async def test_requests_above_the_capacity_are_refused() -> None:
    """Requests above the capacity are refused at once, and the others are answered."""
    async with (
        ArchiveSimulator(_HOLDINGS, latency_s=0.05, capacity=3) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        statuses = await asyncio.gather(*map(_fetch, [session] * 8))
        assert sorted(statuses) == [200] * 3 + [503] * 5
        assert archive.log.refused == 5
        assert await asyncio.gather(*map(_fetch, [session] * 3)) == [200] * 3


async def test_capacity_may_change_while_the_server_runs() -> None:
    """A new capacity holds at once, and requests in flight are still answered."""
    refusal = Refusal(429, retry_after_s=5)
    async with (
        ArchiveSimulator(_HOLDINGS, latency_s=0.05, refusal=refusal) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        early = [asyncio.create_task(_fetch(session)) for _ in range(4)]
        while archive.log.in_flight < 4:
            await asyncio.sleep(0)
        archive.capacity = 1
        async with session.get(_DOWNLOAD, params=_ONE_FILE) as response:
            assert (response.status, response.headers["Retry-After"]) == (429, "5")
        assert [await task for task in early] == [200] * 4
        assert await _fetch(session) == 200
        assert archive.log.refused == 1
