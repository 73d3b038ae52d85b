"""Bodies come whole or as one of our own errors, over few connections that are used again."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import (
    ArchiveAnswerError,
    ArchiveBusy,
    ArchiveError,
    ArchiveTimeout,
    ProductNotFound,
)
from preprocessing.network.http_client import (
    USER_AGENT,
    HttpClient,
    Timeouts,
    parse_retry_after,
)
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.server import ArchiveSimulator, ArchiveThread
from tests.support.fake_holdings import FakeHoldings, held_star, long_product
from tests.support.raw_server import Reply, http_answer, raw_server, said
from tests.support.scraping import environment

_STAR = held_star(757076)
_PRODUCT = long_product(_STAR.number, 1)
_URI = {"uri": _PRODUCT.uri}
_HOLDINGS = FakeHoldings(_STAR, file_size=300_000)
_PATIENT = Timeouts(connect_s=0.2, file_silence_s=0.2, query_silence_s=0.2)
_NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)


@asynccontextmanager
async def _serving(
    connections: int = 4, latency_s: float = 0.0
) -> AsyncIterator[tuple[ArchiveSimulator, HttpClient, str]]:
    async with (
        ArchiveSimulator(_HOLDINGS, latency_s=latency_s) as server,
        HttpClient(connections, timeouts=_PATIENT) as http,
    ):
        yield server, http, f"{server.base_url}/api/v0.1/Download/file"


async def _get(reply: Reply) -> bytes:
    async with raw_server(reply) as (url, _), HttpClient(1, timeouts=_PATIENT) as http:
        return (await http.get_file(url, {}, Transfer())).body


async def test_whole_file() -> None:
    """A file's bytes arrive unchanged and are counted."""
    transfer = Transfer()
    async with _serving() as (_, http, url):
        assert (await http.get_file(url, _URI, transfer)).body == _HOLDINGS.body(_PRODUCT)
    assert transfer.bytes == 300_000
    assert transfer.waiting_s > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "error", "message"),
    [
        ("status-500", ArchiveError, "HTTP status 500"),
        ("status-503", ArchiveBusy, "HTTP status 503"),
        ("status-429", ArchiveBusy, "HTTP status 429"),
        ("missing", ProductNotFound, "HTTP status 404"),
        ("reset", ArchiveError, "http:"),
        ("cut", ArchiveError, "http:"),
        ("stall", ArchiveTimeout, "no answer for too long"),
    ],
)
async def test_faults_are_translated(fault: str, error: type[Exception], message: str) -> None:
    """Every failure becomes an error of ours, and the next request succeeds."""
    async with _serving() as (server, http, url):
        # aiohttp itself repeats a GET once whose connection is reset before an answer.
        server.faults.script(fault, times=2 if fault == "reset" else 1)
        with pytest.raises(error, match=message) as caught:
            await http.get_file(url, _URI, Transfer())
        assert type(caught.value) is error
        assert str(caught.value)
        assert len((await http.get_file(url, _URI, Transfer())).body) == 300_000


async def test_retry_after_is_carried() -> None:
    """The error of a 429 carries Retry-After in seconds, also from a date."""
    date = format_datetime(datetime.now(timezone.utc) + timedelta(seconds=100), usegmt=True)
    for header, low, high in (("7", 7.0, 7.0), (date, 90.0, 100.0)):
        busy = http_answer(b"", f"Retry-After: {header}", status="429 Too Many Requests")
        with pytest.raises(ArchiveError) as caught:
            await _get(said(busy))
        assert caught.value.retry_after_s is not None
        assert low <= caught.value.retry_after_s <= high


@pytest.mark.parametrize("status", ["204 No Content", "206 Partial Content", "403 Forbidden"])
async def test_only_200_will_do(status: str) -> None:
    """Any status but 200 is a failure of the archive."""
    with pytest.raises(ArchiveError, match=status[:3]):
        await _get(said(http_answer(b"", status=status)))


@pytest.mark.parametrize("call", ["get_json", "post_form"])
async def test_missing_service_is_no_missing_file(call: str) -> None:
    """A search service that answers 404 fails for now, and says nothing of files."""
    async with (
        raw_server(said(http_answer(b"", status="404 Not Found"))) as (url, _),
        HttpClient(1) as http,
    ):
        query: Any = getattr(http, call)
        with pytest.raises(ArchiveError, match="404"):
            await query(url, {}, Transfer())


@pytest.mark.slow
async def test_answers_may_not_unfold_without_end() -> None:
    """An answer that would take twenty times its size in memory is refused."""
    body = b"[" + b"[]," * 10_000_000 + b"[]]"
    async with raw_server(said(http_answer(body))) as (url, _), HttpClient(1) as http:
        with pytest.raises(ArchiveAnswerError, match="more than 10000000 values"):
            await http.post_form(url, {}, Transfer())


@pytest.mark.parametrize(
    "body", [b"<html>maintenance</html>", b"", b"{", b"\xff\xfe", b"[" * 200_000]
)
async def test_answers_must_be_json(body: bytes) -> None:
    """An answer that is not JSON is refused, even under status 200."""
    async with raw_server(said(http_answer(body))) as (url, _), HttpClient(1) as http:
        with pytest.raises(ArchiveAnswerError, match="not JSON"):
            await http.post_form(url, {}, Transfer())


async def test_refused_connection() -> None:
    """A refused connection raises an error that names host and port."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with HttpClient(1) as http:
            with pytest.raises(
                ArchiveError, match=f"cannot connect to 127.0.0.1:{port}: Connection refused"
            ):
                await http.get_text(f"http://127.0.0.1:{port}/", Transfer())


@pytest.mark.parametrize(
    "answer",
    [
        b"this is not HTTP\r\n\r\n",
        b"",
        http_answer(b"abc", "Content-Length: 5"),
        http_answer(b"abc", "Content-Length: many"),
        http_answer(b"5\r\nabc", "Transfer-Encoding: chunked"),
    ],
)
async def test_broken_answers(answer: bytes) -> None:
    """Bytes that are no HTTP and bodies that end early are errors of ours."""
    with pytest.raises(ArchiveError):
        await _get(said(answer))


@pytest.mark.slow
async def test_silent_server() -> None:
    """A silent server is given up after the time-out, for files and queries."""

    async def silence(request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    with pytest.raises(ArchiveTimeout):
        await _get(silence)
    async with raw_server(silence) as (url, _), HttpClient(1, timeouts=_PATIENT) as http:
        with pytest.raises(ArchiveTimeout):
            await http.get_text(url, Transfer())


async def test_huge_announcement() -> None:
    """An absurd Content-Length is refused before the body comes."""
    with pytest.raises(ArchiveAnswerError, match="announces 99999999999 bytes"):
        await _get(said(http_answer(b"x", "Content-Length: 99999999999")))


async def test_endless_body() -> None:
    """An endless body is stopped once it is larger than any mission file."""
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"

    async def flood(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer(b"", "Transfer-Encoding: chunked"))
        for _ in range(200):
            writer.write(chunk)
            await writer.drain()

    with pytest.raises(ArchiveAnswerError, match="sends more than"):
        await _get(flood)


async def test_says_who_asks() -> None:
    """Every request carries our User-Agent and asks for uncompressed bodies."""
    async with raw_server(said(http_answer(b"{}"))) as (url, requests), HttpClient(1) as http:
        await http.get_file(url, {}, Transfer())
        await http.get_json(url, [], Transfer())
        await http.post_form(url, {"a": "b"}, Transfer())
        await http.get_text(url, Transfer())
    assert len(requests) == 4
    assert all(f"User-Agent: {USER_AGENT}".encode() in request for request in requests)
    assert all(b"Accept-Encoding: identity" in request for request in requests)
    assert USER_AGENT.startswith("xenoscan/")


async def test_connections_are_few_and_reused() -> None:
    """Twenty simultaneous requests share the allowed connections, and later ones reuse them."""
    async with _serving(connections=3, latency_s=0.01) as (server, http, url):
        await asyncio.gather(*(http.get_file(url, _URI, Transfer()) for _ in range(20)))
        await http.get_file(url, _URI, Transfer())
        assert server.log.peak_in_flight == 3
        assert server.log.connections == 3
        assert server.log.requests["download"] == 21


async def test_proxies_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy is honored, unless the server is on this machine."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with (
        raw_server(said(http_answer(b"direct"))) as (url, _),
        raw_server(said(http_answer(b"proxied"))) as (proxy, _),
    ):
        monkeypatch.setenv("http_proxy", proxy)
        async with HttpClient(1) as http, HttpClient(1, use_proxies=False) as direct:
            assert await http.get_text(url, Transfer()) == "proxied"
            assert await direct.get_text(url, Transfer()) == "direct"


async def test_only_inside_its_block() -> None:
    """A client that was not entered says so."""
    with pytest.raises(RuntimeError, match="async with"):
        await HttpClient(1).get_text("http://127.0.0.1:1/", Transfer())


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Fri, 02 Jan 2026 03:03:05 GMT", 0.0),
        ("Fri, 02 Jan 2026 03:05:05 -0000", 60.0),
        ("soon", None),
        ("-5", None),
    ],
)
def test_retry_after(header: str | None, seconds: float | None) -> None:
    """Seconds and dates are read, past dates are 0, and nonsense is None."""
    assert parse_retry_after(header, _NOW) == seconds


@given(st.text())
def test_retry_after_never_fails(header: str) -> None:
    """Any Retry-After gives a number of seconds that is not negative, or None."""
    seconds = parse_retry_after(header, _NOW)
    assert seconds is None or seconds >= 0


async def test_a_redirect_within_the_archive_is_followed() -> None:
    """A redirect is followed with its query, and an error names the new address."""
    async with (
        raw_server(
            said(
                http_answer(b"", "Location: /moved?uri=x", status="302 Found"),
                http_answer(b"a file"),
            )
        ) as (url, requests),
        HttpClient(1) as http,
    ):
        assert (await http.get_file(f"{url}/file", {"uri": "mast:x"}, Transfer())).body == b"a file"
    assert [request.split()[1] for request in requests] == [b"/file?uri=mast:x", b"/moved?uri=x"]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Moved", "308 Moved"])
async def test_a_redirect_elsewhere_is_not_followed(status: str) -> None:
    """A redirect to another server is not followed."""
    async with raw_server(said(http_answer(b"not ours"))) as (elsewhere, asked):
        moved = http_answer(b"", f"Location: {elsewhere}/file", status=status)
        with pytest.raises(ArchiveAnswerError, match="which is not followed"):
            await _get(said(moved))
    assert asked == []


async def test_redirects_in_a_circle_end() -> None:
    """Redirects in a circle end after five."""
    around = http_answer(b"", "Location: /again", status="302 Found")
    async with raw_server(said(around)) as (url, requests), HttpClient(1) as http:
        with pytest.raises(ArchiveAnswerError, match="more than 5 times"):
            await http.get_file(url, {}, Transfer())
    assert len(requests) == 6


@pytest.mark.parametrize(
    "location", ["ftp://host/file", "", "http://[::1", "http://127.0.0.1:1/x", "//evil.org/x"]
)
async def test_redirects_to_nowhere(location: str) -> None:
    """A redirect to no valid address is an error of ours."""
    answer = http_answer(b"", f"Location: {location}", status="302 Found")
    with pytest.raises(ArchiveAnswerError):
        await _get(said(answer))


async def test_a_search_is_not_redirected_without_its_form() -> None:
    """A redirect that would drop the form of a POST is refused."""
    answer = http_answer(b"", "Location: /", status="302 Found")
    async with raw_server(said(answer)) as (url, requests), HttpClient(1) as http:
        with pytest.raises(ArchiveAnswerError, match="answers a POST with a redirect"):
            await http.post_form(url, {"a": "b"}, Transfer())
    assert len(requests) == 1


_GET_OVER_TLS = """
import asyncio, sys
from preprocessing.core.errors import ArchiveError
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer

async def get():
    async with HttpClient(1) as http:
        try:
            file = await http.get_file(sys.argv[1], {"uri": sys.argv[2]}, Transfer())
            print(len(file.body))
        except ArchiveError as error:
            print(error)

asyncio.run(get())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "is_known", "said_of_it"),
    [
        ("127.0.0.1", True, "300000"),
        ("other.host", True, "certificate verify failed: IP address mismatch"),
        ("127.0.0.1", False, "certificate verify failed: unable to get local issuer"),
    ],
)
def test_certificates_are_checked(
    name: str, is_known: bool, said_of_it: str, tmp_path: Path
) -> None:
    """A certificate of another host or an unknown signer is refused."""
    signer, known = trustme.CA(), tmp_path / "known.pem"
    (signer if is_known else trustme.CA()).cert_pem.write_to_path(known)
    server_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    signer.issue_cert(name).configure_cert(server_tls)
    with ArchiveThread(_HOLDINGS, tls=server_tls) as server:
        url = f"{server.base_url}/api/v0.1/Download/file"
        # In a process of its own, since a process reads the known signers only once.
        child = subprocess.run(
            [sys.executable, "-c", _GET_OVER_TLS, url, _PRODUCT.uri],
            env=environment(SSL_CERT_FILE=str(known)),
            cwd=Path(__file__).parents[2],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert said_of_it in child.stdout, child.stderr


async def test_nothing_is_kept_of_cookies() -> None:
    """A cookie is neither kept nor sent."""
    answer = http_answer(b"{}", "Set-Cookie: id=1; Path=/")
    async with raw_server(said(answer)) as (url, requests), HttpClient(1) as http:
        for _ in range(2):
            await http.get_json(url, [], Transfer())
    assert b"Cookie" not in requests[1]


async def test_it_knows_whether_the_server_ever_answered() -> None:
    """An error page counts as an answer, and a refused connection does not."""
    async with HttpClient(1) as http:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            with pytest.raises(ArchiveError):
                await http.get_text(f"http://127.0.0.1:{unused.getsockname()[1]}/", Transfer())
        assert not http.has_answered
        async with raw_server(said(http_answer(b"", status="502 Bad Gateway"))) as (url, _):
            with pytest.raises(ArchiveError):
                await http.get_text(url, Transfer())
        assert http.has_answered
