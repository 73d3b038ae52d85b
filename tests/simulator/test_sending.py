"""Answers arrive as they say: read as bytes from the socket, in virtual time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from preprocessing.simulator.server import ArchiveSimulator
from tests.support.fake_holdings import FakeHoldings, held_star, long_product
from tests.support.virtual_time import run_virtual

_HOLDINGS = FakeHoldings(held_star(757076), file_size=1000)
_PRODUCT = long_product(757076, 1)
_BODY = _HOLDINGS.body(_PRODUCT)
_REQUEST = f"GET /api/v0.1/Download/file?uri={_PRODUCT.uri} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
_PATIENCE_S = 3600.0


@dataclass(frozen=True)
class _Heard:
    """What a client heard until the connection ended, or for an hour."""

    headers: bytes
    body: bytes
    took_s: float

    @property
    def ended(self) -> bool:
        return self.took_s < _PATIENCE_S


async def _listen(archive: ArchiveSimulator) -> _Heard:
    port = int(archive.base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_REQUEST)
    began = archive.elapsed_s
    heard = bytearray()

    async def collect() -> None:
        while chunk := await reader.read(2**16):
            heard.extend(chunk)

    try:
        await asyncio.wait_for(collect(), _PATIENCE_S)
    except asyncio.TimeoutError:
        pass
    finally:
        writer.close()
    headers, _, body = bytes(heard).partition(b"\r\n\r\n")
    return _Heard(headers, body, archive.elapsed_s - began)


def _heard(kind: str) -> _Heard:
    async def work() -> _Heard:
        async with ArchiveSimulator(_HOLDINGS) as archive:
            archive.faults.script(kind)
            heard = await _listen(archive)
            assert archive.log.faults == {kind: 1}
            return heard

    return run_virtual(work())


def test_half_of_what_was_announced() -> None:
    """The announced length is the whole, and half is sent before the connection ends."""
    heard = _heard("cut")
    assert b"Content-Length: 1000" in heard.headers
    assert (heard.body, heard.ended) == (_BODY[:500], True)


def test_half_in_chunks() -> None:
    """The last chunk, which marks the end, is missing."""
    heard = _heard("cut-chunked")
    assert b"Transfer-Encoding: chunked" in heard.headers
    assert b"Content-Length" not in heard.headers
    assert (heard.body, heard.ended) == (b"1f4\r\n" + _BODY[:500] + b"\r\n", True)


def test_half_without_a_length() -> None:
    """Half an answer without a length looks like a whole one."""
    heard = _heard("cut-unannounced")
    assert heard.headers.startswith(b"HTTP/1.1 200 OK\r\nConnection: close\r\n")
    assert b"Content-Length" not in heard.headers
    assert b"Transfer-Encoding" not in heard.headers
    assert (heard.body, heard.ended) == (_BODY[:500], True)


def test_more_than_was_announced() -> None:
    """Bytes that are no answer follow the right answer."""
    heard = _heard("overlong")
    assert b"Content-Length: 1000" in heard.headers
    assert heard.body.startswith(_BODY)
    assert (len(heard.body) > 1000, heard.ended) == (True, True)


def test_stall() -> None:
    """Half of the body is sent, and nothing follows for as long as one waits."""
    heard = _heard("stall")
    assert (heard.body, heard.ended) == (_BODY[:500], False)


def test_silence() -> None:
    """No byte is sent for as long as one waits."""
    heard = _heard("silence")
    assert (heard.headers, heard.body, heard.ended) == (b"", b"", False)


def test_trickle() -> None:
    """A body of 3600 bytes takes an hour at a byte a second."""

    async def work() -> tuple[float, bytes]:
        async with ArchiveSimulator(_HOLDINGS) as archive:
            archive.faults.script("trickle")
            port = int(archive.base_url.rpartition(":")[2])
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(_REQUEST)
            await reader.readuntil(b"\r\n\r\n")
            began = archive.elapsed_s
            body = await reader.readexactly(60)
            writer.close()
            return archive.elapsed_s - began, body

    took_s, body = run_virtual(work())
    assert 59 <= took_s <= 61
    assert body == _BODY[:60]
