"""The portal client collects every page, waits for slow answers, and refuses wrong ones."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from preprocessing.core.errors import ArchiveAnswerError, ArchiveError, ArchiveTimeout
from preprocessing.network.http_client import HttpClient
from preprocessing.network.portal import Portal, Row
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star
from tests.support.raw_server import json_answers, raw_server

_STARS = [held_star(kic) for kic in range(1, 8)]
_SERVICE = "Mast.Caom.Filtered"
_PARAMS: dict[str, Any] = {
    "columns": "*",
    "filters": [{"paramName": "target_name", "values": [], "freeText": "kplr%"}],
}
_DONE = {"status": "COMPLETE", "data": [{"obs_id": "a"}]}
_BUSY = {"status": "EXECUTING"}


class FakeTime:
    """A clock that moves only by what is slept."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.pauses.append(seconds)


async def _ask(*answers: object, time: FakeTime | None = None) -> list[Row]:
    time = time or FakeTime()
    async with raw_server(json_answers(*answers)) as (url, _), HttpClient(2) as http:
        portal = Portal(http, url, sleep=time.sleep, clock=time.clock)
        return await portal.query(_SERVICE, {}, ("obs_id",), Transfer())


@pytest.mark.parametrize(("page_size", "requests"), [(1, 7), (3, 3), (7, 1), (50, 1)])
async def test_every_page(page_size: int, requests: int) -> None:
    """All rows arrive once and in order, however many pages they take."""
    async with ArchiveSimulator(FakeHoldings(*_STARS)) as server, HttpClient(2) as http:
        portal = Portal(http, server.base_url, page_size=page_size)
        rows = await portal.query(_SERVICE, _PARAMS, ("obs_id",), Transfer())
        assert [row["target_name"] for row in rows] == [f"kplr{star.number:09d}" for star in _STARS]
        assert server.log.requests[_SERVICE] == requests


async def test_request_as_mast_wants_it() -> None:
    """A request is a form with one field of JSON."""
    async with raw_server(json_answers(_DONE)) as (url, requests), HttpClient(1) as http:
        await Portal(http, url).query(_SERVICE, {"columns": "*"}, (), Transfer())
    head, _, body = requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v0/invoke HTTP/1.1")
    assert json.loads(parse_qs(body.decode())["request"][0]) == {
        "service": _SERVICE,
        "params": {"columns": "*"},
        "format": "json",
        "pagesize": 50_000,
        "page": 1,
    }


async def test_executing_is_asked_again() -> None:
    """An unready answer is requested again after growing pauses."""
    time = FakeTime()
    assert await _ask(*[_BUSY] * 6, _DONE, time=time) == _DONE["data"]
    assert time.pauses == [1.0, 2.0, 4.0, 8.0, 15.0, 15.0]


async def test_executing_for_ever() -> None:
    """A search is given up after ten minutes of EXECUTING."""
    time = FakeTime()
    with pytest.raises(ArchiveTimeout, match="executing for over 600 s"):
        await _ask(_BUSY, time=time)
    assert 585 < time.now <= 600


async def test_executing_by_the_server() -> None:
    """The simulator's own EXECUTING is waited out."""
    time = FakeTime()
    async with ArchiveSimulator(FakeHoldings(*_STARS)) as server, HttpClient(2) as http:
        server.faults.script("executing", times=3)
        portal = Portal(http, server.base_url, sleep=time.sleep, clock=time.clock)
        assert len(await portal.query(_SERVICE, _PARAMS, ("obs_id",), Transfer())) == 7
    assert time.pauses == [1.0, 2.0, 4.0]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"status": "ERROR", "msg": "killed"}, "ERROR: killed"),
        ({"status": 7, "msg": ["a", "list"]}, "without a status"),
        ({"status": "ERROR", "msg": "\x1b[2J" + "x" * 10**6}, r"ERROR: .x1b.2Jx+\.\.\.$"),
        ({}, "without a status"),
        ([1, 2], "a list instead of rows"),
        (None, "a NoneType instead of rows"),
        ({"status": "COMPLETE"}, "no rows"),
        ({"status": "COMPLETE", "data": None}, "no rows"),
        ({"status": "COMPLETE", "data": [["a"]]}, "no rows"),
        ({"status": "COMPLETE", "data": [{"obs_id": 1}, {"x": 1}]}, "lacks the column obs_id"),
    ],
)
async def test_wrong_answers(answer: object, message: str) -> None:
    """An ERROR, malformed rows and a missing column are refused by name."""
    with pytest.raises(ArchiveAnswerError, match=message):
        await _ask(answer)


@pytest.mark.parametrize("paging", [{}, {"paging": None}, {"paging": {"pagesFiltered": None}}])
async def test_no_paging_is_one_page(paging: dict[str, Any]) -> None:
    """An answer without paging is complete."""
    assert await _ask({**_DONE, **paging}) == _DONE["data"]


async def test_promised_page_is_empty() -> None:
    """A promised page without rows raises an error."""
    paging = {"paging": {"pagesFiltered": 5}}
    with pytest.raises(ArchiveAnswerError, match="page 2 of 5 is empty"):
        await _ask({**_DONE, **paging}, {"status": "COMPLETE", "data": [], **paging})


@pytest.mark.parametrize("pages", [10**9, 10**300, -1, "2", 2.0, float("inf"), True, [1], {}])
async def test_lies_about_pages(pages: object) -> None:
    """An impossible number of pages is refused."""
    with pytest.raises(ArchiveAnswerError, match="pages"):
        await _ask({**_DONE, "paging": {"pagesFiltered": pages}})


@pytest.mark.parametrize("fault", ["html-200", "json-error", "status-503", "reset", "cut"])
async def test_faults(fault: str) -> None:
    """A damaged answer is a transient error, and the next one is right."""
    async with ArchiveSimulator(FakeHoldings(*_STARS)) as server, HttpClient(2) as http:
        server.faults.script(fault)
        portal = Portal(http, server.base_url)
        with pytest.raises(ArchiveError):
            await portal.query(_SERVICE, _PARAMS, ("obs_id",), Transfer())
        assert len(await portal.query(_SERVICE, _PARAMS, ("obs_id",), Transfer())) == 7


async def test_two_at_a_time() -> None:
    """The portal has at most two requests in flight, however many ask."""
    async with (
        ArchiveSimulator(FakeHoldings(*_STARS), latency_s=0.02) as server,
        HttpClient(10) as http,
    ):
        portal = Portal(http, server.base_url)
        asking = [portal.query(_SERVICE, _PARAMS, (), Transfer()) for _ in range(8)]
        await asyncio.gather(*asking)
        assert server.log.requests[_SERVICE] == 8
        assert server.log.peak_in_flight == 2
