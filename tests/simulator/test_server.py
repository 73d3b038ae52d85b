"""The embedded archive answers over HTTP as MAST does, and misbehaves on request."""

from __future__ import annotations

import asyncio
import json
import logging
import threading
import urllib.request
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from preprocessing.missions import Product
from preprocessing.simulator.faults.plan import FaultPlan
from preprocessing.simulator.server import ARCHIVE_HEADER, ArchiveSimulator, ArchiveThread
from tests.support.fake_holdings import FakeHoldings, held_star, long_product

_STAR = held_star(11442793, ra_deg=284.4, dec_deg=49.3, names=("Kepler-90",))
_PRODUCT = long_product(_STAR.number, 1)
_HOLDINGS = FakeHoldings(_STAR, held_star(757076), file_size=500_000)
_DOWNLOAD = "/api/v0.1/Download/file"
_RESOLVER = "/Santa-war/query"
_PORTAL = "/api/v0/invoke"
_COLUMNS = "/portal/Mashup/Mashup.asmx/columnsconfig"
_QUERY = {
    "service": "Mast.Caom.Filtered",
    "params": {
        "columns": "*",
        "filters": [{"paramName": "target_name", "values": ["kplr011442793"]}],
    },
    "format": "json",
}
_ONE_FILE = {"uri": _PRODUCT.uri}


@pytest.fixture
async def archive() -> AsyncIterator[ArchiveSimulator]:
    """Return a running archive of two stars, without faults or latency."""
    async with ArchiveSimulator(_HOLDINGS) as running:
        yield running


@pytest.fixture
async def session(archive: ArchiveSimulator) -> AsyncIterator[aiohttp.ClientSession]:
    """Return a client of that archive."""
    async with aiohttp.ClientSession(archive.base_url) as client:
        yield client


async def _invoke(session: aiohttp.ClientSession, query: dict[str, Any]) -> dict[str, Any]:
    async with session.post(_PORTAL, data={"request": json.dumps(query)}) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer


async def _fetch(session: aiohttp.ClientSession, **options: Any) -> tuple[int, bytes]:
    async with session.get(_DOWNLOAD, params=_ONE_FILE, **options) as response:
        return response.status, await response.read()


async def test_search_to_download(session: aiohttp.ClientSession) -> None:
    """A client gets from a name to a position to the bytes of a file."""
    async with session.get(_RESOLVER, params={"name": "Kepler-90"}) as response:
        (place,) = (await response.json())["resolvedCoordinate"]
    position = {"columns": "*", "filters": [], "position": f"{place['ra']}, {place['decl']}, 0.001"}
    query = {"service": "Mast.Caom.Filtered.Position", "params": position}
    (row,) = (await _invoke(session, query))["data"]
    query = {"service": "Mast.Caom.Products", "params": {"obsid": str(row["obsid"])}}
    product = (await _invoke(session, query))["data"][0]
    async with session.get(_DOWNLOAD, params={"uri": product["dataURI"]}) as response:
        assert await response.read() == _HOLDINGS.body(_PRODUCT)


async def test_portal_takes_get_too(session: aiohttp.ClientSession) -> None:
    """The same request in the query of a GET has the same answer."""
    async with session.get(_PORTAL, params={"request": json.dumps(_QUERY)}) as response:
        assert await response.json() == await _invoke(session, _QUERY)


async def test_columns_config(session: aiohttp.ClientSession) -> None:
    """Columns are described to a POST as astroquery sends it."""
    async with session.post(_COLUMNS, data={"colConfigId": "Mast.Caom.Cone"}) as response:
        assert "provenance_name" in await response.json()


@pytest.mark.parametrize("body", ["", "request=", "request={", "nothing=1", "request=%ff"])
async def test_malformed_portal_requests(session: aiohttp.ClientSession, body: str) -> None:
    """Malformed requests are answered in the envelope under status 200, as by MAST."""
    async with session.post(_PORTAL, data=body) as response:
        assert response.status == 200
        assert (await response.json())["status"] == "ERROR"


@pytest.mark.slow
async def test_a_query_for_thousands_of_names(session: aiohttp.ClientSession) -> None:
    """The body of a batched search may be long."""
    names = [f"kplr{kic:09d}" for kic in range(20_000)] + ["kplr011442793"]
    filters = [{"paramName": "target_name", "values": names}]
    answer = await _invoke(session, {**_QUERY, "params": {"columns": "*", "filters": filters}})
    assert len(answer["data"]) == 1


@pytest.mark.parametrize("path", [_DOWNLOAD, f"{_DOWNLOAD}/"])
async def test_head_then_get(session: aiohttp.ClientSession, path: str) -> None:
    """Both spellings of the address work, and HEAD tells the size of what GET gives."""
    async with session.head(path, params=_ONE_FILE) as head:
        assert head.status == 200
    async with session.get(path, params=_ONE_FILE) as response:
        body = await response.read()
    assert int(head.headers["Content-Length"]) == len(body) == 500_000
    assert head.headers["Accept-Ranges"] == "bytes"
    assert head.headers["ETag"] == response.headers["ETag"]


async def test_ranges(session: aiohttp.ClientSession) -> None:
    """A range has status 206; If-Range with a weak ETag gives the whole file."""
    body = _HOLDINGS.body(_PRODUCT)
    wanted = {"Range": "bytes=1000-"}
    assert await _fetch(session, headers=wanted) == (206, body[1000:])
    assert await _fetch(session, headers={**wanted, "If-Range": 'W/"x"'}) == (200, body)
    status, _ = await _fetch(session, headers={"Range": "bytes=500000-"})
    assert status == 416


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{_DOWNLOAD}?uri=mast:KEPLER/x/kplr000000001-2009131105131_llc.fits", 404),
        ("HEAD", f"{_DOWNLOAD}?uri=mast:KEPLER/x/kplr000000001-2009131105131_llc.fits", 404),
        ("GET", f"{_DOWNLOAD}?uri=/etc/passwd", 404),
        ("GET", _DOWNLOAD, 400),
        ("POST", _DOWNLOAD, 405),
        ("GET", _COLUMNS, 405),
        ("GET", "/api/v0.1/Download/bundle.zip", 404),
    ],
)
async def test_refusals(
    session: aiohttp.ClientSession, method: str, path: str, status: int
) -> None:
    """A missing or malformed request has the right status."""
    async with session.request(method, path) as response:
        assert response.status == status


async def test_absolute_form_of_a_proxy(archive: ArchiveSimulator) -> None:
    """A request that came through http_proxy is answered, whatever its host."""
    async with aiohttp.ClientSession() as client:
        url = f"http://mastresolver.stsci.edu{_RESOLVER}?name=KIC+757076&name=Kepler-90"
        async with client.get(url, proxy=archive.base_url) as response:
            assert len((await response.json())["resolvedCoordinate"]) == 2
        url = f"http://mast.stsci.edu{_PORTAL}"
        form = {"request": json.dumps(_QUERY)}
        async with client.post(url, data=form, proxy=archive.base_url) as response:
            assert len((await response.json())["data"]) == 1


@pytest.mark.parametrize(("synthetic", "label"), [(False, "mirror"), (True, "synthetic")])
async def test_every_answer_says_whether_it_is_synthetic(synthetic: bool, label: str) -> None:
    """A header tells made-up stars from real ones, whatever their numbers, also in an error."""
    holdings = FakeHoldings(held_star(100_001_645), is_synthetic=synthetic)
    async with (
        ArchiveSimulator(holdings) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        for path in ("/", _DOWNLOAD, "/nothing", _RESOLVER):
            async with session.get(path) as response:
                assert response.headers[ARCHIVE_HEADER] == label
        async with session.get("/") as response:
            assert f"({label}): 1 stars" in await response.text()


async def test_connections_are_kept_and_counted(archive: ArchiveSimulator) -> None:
    """One client with one connection uses it for every request."""
    connector = aiohttp.TCPConnector(limit=1)
    async with aiohttp.ClientSession(archive.base_url, connector=connector) as session:
        for _ in range(3):
            await _fetch(session)
        await _invoke(session, _QUERY)
        async with session.head(_DOWNLOAD, params=_ONE_FILE):
            pass
    log = archive.log
    assert log.connections == 1
    assert log.requests == {"download": 3, "Mast.Caom.Filtered": 1, "head": 1}
    assert log.files == {_PRODUCT.file_name: 3}
    assert log.statuses == {200: 5}


async def test_counts_are_json(archive: ArchiveSimulator) -> None:
    """What was asked, answered and connected stands in one object."""
    async with aiohttp.ClientSession(archive.base_url) as session:
        await _fetch(session)
        await _fetch(session)
        await _invoke(session, _QUERY)
    counts = json.loads(json.dumps(archive.log.counts()))
    assert counts == {
        "requests": {"download": 2, "Mast.Caom.Filtered": 1},
        "statuses": {"200": 3},
        "files_sent": 2,
        "whole_files_sent": 2,
        "faults": {},
        "refused": 0,
        "connections": 1,
        "peak_connections": 1,
        "peak_in_flight": 1,
    }


async def test_whole_files_and_faults_are_counted(
    archive: ArchiveSimulator, session: aiohttp.ClientSession
) -> None:
    """How often a file's true bytes were sent, and how often something befell it."""
    for kind in ("flip", "status-503", "redirect"):
        archive.faults.script(kind)
    assert [(await _fetch(session))[0] for _ in range(3)] == [200, 503, 200]
    await _fetch(session, headers={"Range": "bytes=10-"})
    assert archive.log.whole_files == {_PRODUCT.file_name: 1}
    assert archive.log.faulty_files == {_PRODUCT.file_name: 3}
    assert archive.log.faults == {"flip": 1, "status-503": 1, "redirect": 1}


async def test_a_fault_that_finds_nothing_to_spoil_is_not_counted(
    archive: ArchiveSimulator, session: aiohttp.ClientSession
) -> None:
    """A fault that cannot strike is not counted, and the bytes count as whole."""
    archive.faults.script("swap-blocks")
    assert (await _fetch(session))[1] == _HOLDINGS.body(_PRODUCT)
    assert archive.log.whole_files == {_PRODUCT.file_name: 1}
    assert archive.log.faults == {}


async def test_redirects_to_another_host_show(
    archive: ArchiveSimulator, session: aiohttp.ClientSession
) -> None:
    """A client that follows is counted by the name it called the host; a POST stays one."""
    archive.faults.script("redirect-away")
    assert len((await _invoke(session, _QUERY))["data"]) == 1
    port = archive.base_url.rpartition(":")[2]
    assert archive.log.hosts == {f"127.0.0.1:{port}": 1, f"localhost:{port}": 1}


async def test_a_loop_of_redirects(
    archive: ArchiveSimulator, session: aiohttp.ClientSession
) -> None:
    """A loop of redirects never ends."""
    archive.faults.script("redirect-loop")
    with pytest.raises(aiohttp.TooManyRedirects):
        await _fetch(session)


async def test_gzip_is_undone_by_clients(
    archive: ArchiveSimulator, session: aiohttp.ClientSession
) -> None:
    """A client undoes the compression, which is declared."""
    archive.faults.script("gzip")
    assert await _fetch(session) == (200, _HOLDINGS.body(_PRODUCT))


class _SlowHoldings(FakeHoldings):
    """Holdings whose files are made only when others have asked."""

    def __init__(self) -> None:
        super().__init__(_STAR)
        self.released = threading.Event()

    def body(self, product: Product) -> bytes:
        assert self.released.wait(10)
        return super().body(product)


async def test_making_a_file_holds_nobody_up() -> None:
    """Other requests are answered while a file is being made."""
    holdings = _SlowHoldings()
    async with (
        ArchiveSimulator(holdings) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        download = asyncio.create_task(_fetch(session))
        while archive.log.requests["download"] == 0:
            await asyncio.sleep(0)
        assert len((await _invoke(session, _QUERY))["data"]) == 1
        assert not download.done()
        holdings.released.set()
        assert (await download)[0] == 200


class _FakeSleep:
    """Notes how long one would have slept."""

    _real_sleep = staticmethod(asyncio.sleep)

    def __init__(self) -> None:
        self.naps_s: list[float] = []

    async def __call__(self, seconds: float) -> None:
        # Others in the event loop sleep for nothing, to let the rest have its turn.
        if seconds > 0:
            self.naps_s.append(seconds)
        await self._real_sleep(0)


@pytest.fixture
def sleep(monkeypatch: pytest.MonkeyPatch) -> _FakeSleep:
    """Replace the server's waiting by a record of it."""
    fake = _FakeSleep()
    monkeypatch.setattr("preprocessing.simulator.server.asyncio.sleep", fake)
    return fake


@pytest.mark.parametrize(("portal_latency_s", "expected_s"), [(None, 3.0), (7.0, 7.0)])
async def test_latency(
    sleep: _FakeSleep, portal_latency_s: float | None, expected_s: float
) -> None:
    """Files wait for the latency, searches for their own if they have one."""
    async with (
        ArchiveSimulator(_HOLDINGS, latency_s=3.0, portal_latency_s=portal_latency_s) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        await _fetch(session)
        await _invoke(session, _QUERY)
    assert sleep.naps_s == [3.0, expected_s]


async def test_bandwidth(sleep: _FakeSleep) -> None:
    """At 5 MB/s half a megabyte arrives in parts, the last one after a tenth of a second."""
    async with (
        ArchiveSimulator(_HOLDINGS, bandwidth_mb_s=5.0) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        assert await _fetch(session) == (200, _HOLDINGS.body(_PRODUCT))
    # Time stood still but for the little that sending itself took.
    assert sleep.naps_s == pytest.approx([0.05, 0.1], abs=0.04)


async def test_fault_reset(archive: ArchiveSimulator, session: aiohttp.ClientSession) -> None:
    """The connection ends before the first byte of an answer."""
    # A POST is not sent again by aiohttp when a kept connection turns out to be dead.
    archive.faults.script("reset")
    with pytest.raises((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)):
        await _invoke(session, _QUERY)
    assert archive.log.statuses == {0: 1}
    assert len((await _invoke(session, _QUERY))["data"]) == 1


async def test_fault_cut(archive: ArchiveSimulator, session: aiohttp.ClientSession) -> None:
    """The whole length is announced and half of it is sent."""
    archive.faults.script("cut")
    async with session.get(_DOWNLOAD, params=_ONE_FILE) as response:
        assert response.headers["Content-Length"] == "500000"
        received = b""
        with pytest.raises(aiohttp.ClientPayloadError):
            async for chunk in response.content.iter_any():
                received += chunk
    assert received == _HOLDINGS.body(_PRODUCT)[:250_000]
    assert (await _fetch(session))[0] == 200


async def test_fault_stall(archive: ArchiveSimulator, session: aiohttp.ClientSession) -> None:
    """Half of the body arrives, then nothing; when the client gives up, so does the server."""
    archive.faults.script("stall")
    response = await session.get(_DOWNLOAD, params=_ONE_FILE)
    assert len(await response.content.readexactly(250_000)) == 250_000
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(response.content.readexactly(1), 0.05)
    assert archive.log.in_flight == 1
    response.close()
    while archive.log.in_flight:
        await asyncio.sleep(0)


async def test_fault_flip(archive: ArchiveSimulator, session: aiohttp.ClientSession) -> None:
    """A file of the right size arrives, with one byte wrong."""
    archive.faults.script("flip")
    status, body = await _fetch(session)
    differing = [a != b for a, b in zip(body, _HOLDINGS.body(_PRODUCT), strict=True)]
    assert (status, sum(differing)) == (200, 1)


async def test_fault_statuses(archive: ArchiveSimulator, session: aiohttp.ClientSession) -> None:
    """An error status keeps the connection, and HEAD can meet with it too."""
    archive.faults.script("status-503")
    async with session.head(_DOWNLOAD, params=_ONE_FILE) as response:
        assert response.status == 503
    archive.faults.script("status-429", match="Mast.Caom.*")
    async with session.post(_PORTAL, data={"request": json.dumps(_QUERY)}) as response:
        assert (response.status, response.headers["Retry-After"]) == (429, "1")
    assert archive.log.connections == 1


async def test_fault_executing(archive: ArchiveSimulator, session: aiohttp.ClientSession) -> None:
    """The portal says EXECUTING as often as scripted, then answers."""
    archive.faults.script("executing", times=2)
    states = [(await _invoke(session, _QUERY))["status"] for _ in range(3)]
    assert states == ["EXECUTING", "EXECUTING", "COMPLETE"]


async def test_chance_ignores_cache_breakers() -> None:
    """The same question with another cache breaker is the same question again."""
    plan = FaultPlan({"executing": 1.0})
    async with (
        ArchiveSimulator(_HOLDINGS, faults=plan) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        queries = [{**_QUERY, "cacheBreaker": str(n)} for n in range(4)]
        states = [(await _invoke(session, query))["status"] for query in queries]
    assert states == ["EXECUTING"] * 3 + ["COMPLETE"]


class _LockedHoldings(FakeHoldings):
    """Holdings whose files may not be read."""

    def body(self, product: Product) -> bytes:
        raise PermissionError(13, "Permission denied")


async def test_unreadable_file() -> None:
    """A file that the disk does not give is the server's error, not a traceback."""
    async with (
        ArchiveSimulator(_LockedHoldings(_STAR)) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        assert await _fetch(session) == (500, b"cannot be read: Permission denied\n")


async def test_a_client_that_leaves_is_no_error(
    session: aiohttp.ClientSession, archive: ArchiveSimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """A download given up half-way leaves no trace in the log and no request in flight."""
    with caplog.at_level(logging.WARNING):
        response = await session.get(_DOWNLOAD, params=_ONE_FILE)
        response.close()
        while archive.log.in_flight:
            await asyncio.sleep(0)
    assert caplog.records == []


async def test_closing_with_a_stalled_client() -> None:
    """The server closes at once, also while a client waits for the rest of a body."""
    async with aiohttp.ClientSession() as session:
        async with ArchiveSimulator(_HOLDINGS) as archive:
            archive.faults.script("stall")
            url = f"{archive.base_url}{_DOWNLOAD}"
            response = await session.get(url, params=_ONE_FILE)
        with pytest.raises(aiohttp.ClientPayloadError):
            await asyncio.wait_for(response.read(), 5)


async def test_a_taken_port(archive: ArchiveSimulator) -> None:
    """A second server on the same port is an OSError, in a thread too."""
    port = int(archive.base_url.rpartition(":")[2])
    with pytest.raises(OSError, match=r"(?i)address already in use"):
        async with ArchiveSimulator(_HOLDINGS, port=port):
            pass
    with (
        pytest.raises(OSError, match=r"(?i)address already in use"),
        ArchiveThread(_HOLDINGS, port=port),
    ):
        pass


def test_archive_in_a_thread() -> None:
    """A caller that blocks is served, and finds log and faults at hand."""
    with ArchiveThread(_HOLDINGS, latency_s=0.001) as archive:
        archive.faults.script("status-500")
        url = f"{archive.base_url}{_DOWNLOAD}?uri={_PRODUCT.uri}"
        with pytest.raises(urllib.error.HTTPError, match="500") as caught:
            urllib.request.urlopen(url)
        caught.value.close()
        with urllib.request.urlopen(url) as response:
            assert response.read() == _HOLDINGS.body(_PRODUCT)
    assert archive.log.statuses == {500: 1, 200: 1}
    assert not any(thread.name.startswith("archive") for thread in threading.enumerate())
