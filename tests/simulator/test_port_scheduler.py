"""A server that is away refuses connections, and comes back at the same port."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from preprocessing.simulator.faults.plan import Chance, FaultPlan
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star
from tests.support.virtual_time import run_virtual

_HOLDINGS = FakeHoldings(held_star(757076))


async def _is_refused(archive: ArchiveSimulator) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(archive.base_url) as response:
            return response.status != 200
    except aiohttp.ClientConnectorError as error:
        assert isinstance(error.os_error, ConnectionRefusedError)
        return True


async def _until(archive: ArchiveSimulator, elapsed_s: float) -> None:
    await asyncio.sleep(max(0.0, elapsed_s - archive.elapsed_s))


def test_ten_minutes_away() -> None:
    """Nothing listens during the window, and the server answers before and after."""

    async def work() -> list[bool]:
        plan = FaultPlan()
        plan.add(Chance("refused", 1.0, 60, 660))
        refused = []
        async with ArchiveSimulator(_HOLDINGS, faults=plan) as archive:
            for time_s in (0, 59, 61, 300, 659, 661, 5000):
                await _until(archive, time_s)
                refused.append(await _is_refused(archive))
        return refused

    assert run_virtual(work()) == [False, False, True, True, True, False, False]


def test_away_from_the_start() -> None:
    """The address is known before the server listens."""

    async def work() -> list[bool]:
        plan = FaultPlan()
        plan.add(Chance("refused", 1.0, 0, 10))
        async with ArchiveSimulator(_HOLDINGS, faults=plan) as archive:
            first = await _is_refused(archive)
            await _until(archive, 11)
            return [first, await _is_refused(archive)]

    assert run_virtual(work()) == [True, False]


def test_a_window_that_is_added_while_the_server_runs() -> None:
    """A window added to a running server takes effect."""

    async def work() -> list[bool]:
        async with ArchiveSimulator(_HOLDINGS) as archive:
            await _until(archive, 100)
            archive.faults.add(Chance("refused", 1.0, archive.elapsed_s, archive.elapsed_s + 50))
            refused = []
            for time_s in (101, 149, 151):
                await _until(archive, time_s)
                refused.append(await _is_refused(archive))
        return refused

    assert run_virtual(work()) == [True, True, False]


def test_connections_end_when_the_server_goes() -> None:
    """Transfers break off when the server goes away."""

    async def work() -> None:
        plan = FaultPlan()
        plan.add(Chance("refused", 1.0, 10, 20))
        async with (
            ArchiveSimulator(_HOLDINGS, latency_s=15.0, faults=plan) as archive,
            aiohttp.ClientSession(archive.base_url) as session,
        ):
            with pytest.raises(aiohttp.ClientError):
                await session.post("/", data=b"")
            assert 10 <= archive.elapsed_s < 11
            await _until(archive, 10.5)
            assert archive.log.in_flight == archive.log.open_connections == 0

    run_virtual(work())


def test_turned_away_by_chance() -> None:
    """Every other connection is closed unread, and counted."""

    async def work() -> None:
        async with ArchiveSimulator(_HOLDINGS) as archive:
            archive.faults.script("refused", times=2)
            heard = []
            port = int(archive.base_url.rpartition(":")[2])
            for _ in range(3):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                try:
                    heard.append(await reader.read(-1))
                except ConnectionError:
                    heard.append(b"")
                writer.close()
            assert heard[:2] == [b"", b""]
            assert b"200 OK" in heard[2]
            assert archive.log.faults == {"refused": 2}
            assert archive.log.statuses == {200: 1}

    run_virtual(work())
