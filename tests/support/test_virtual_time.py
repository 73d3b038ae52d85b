"""Virtual time passes when, and only when, there is nothing else to do."""

from __future__ import annotations

import asyncio
import time

from tests.support.raw_server import http_answer, raw_server
from tests.support.virtual_time import run_virtual


def test_an_hour_passes_at_once() -> None:
    """A sleep of an hour ends at once."""

    async def work() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(1800))
        return loop.time() - began

    began = time.monotonic()
    assert 3600 <= run_virtual(work()) < 3601
    assert time.monotonic() - began < 60


def test_timers_end_in_their_order() -> None:
    """Timers end in the order of their times."""

    async def work() -> list[int]:
        ended: list[int] = []

        async def wait(seconds: int) -> None:
            await asyncio.sleep(seconds)
            ended.append(seconds)

        await asyncio.gather(*(wait(seconds) for seconds in (30, 10, 20)))
        return ended

    assert run_virtual(work()) == [10, 20, 30]


def test_time_stands_still_while_a_thread_works() -> None:
    """Time stands still while a thread works."""

    async def work() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        timer = asyncio.ensure_future(asyncio.sleep(1000))
        await asyncio.to_thread(time.sleep, 0.05)
        assert not timer.done()
        timer.cancel()
        return loop.time() - began

    assert run_virtual(work()) == 0


def test_time_stands_still_while_bytes_are_on_their_way() -> None:
    """Time stands still while bytes are on their way."""

    async def work() -> float:
        loop = asyncio.get_running_loop()
        answer = http_answer(b"x" * 10**6)

        async def reply(request: bytes, writer: asyncio.StreamWriter) -> None:
            await asyncio.sleep(60)
            writer.write(answer)

        async with raw_server(reply) as (url, _):
            began = loop.time()
            port = int(url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            timer = asyncio.ensure_future(asyncio.sleep(61))
            assert await reader.read(-1) == answer
            assert not timer.done()
            writer.close()
            timer.cancel()
            return loop.time() - began

    assert 60 <= run_virtual(work()) < 61
