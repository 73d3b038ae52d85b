"""Bodies are unpacked within bounds, and those that come too slowly are ended."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.core.errors import ArchiveAnswerError, ArchiveError, ArchiveTimeout
from preprocessing.network.http_body import unpack
from preprocessing.network.http_client import HttpClient
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.transfer import SlownessWatch, Transfer
from tests.support.raw_server import Reply, http_answer, raw_server, said
from tests.support.virtual_time import run_virtual

_BODY = b"light " * 5000
_CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


async def _get(reply: Reply, rate_limit: RateLimit | None = None) -> bytes:
    async with raw_server(reply) as (url, _), HttpClient(1, rate_limit=rate_limit) as http:
        return (await http.get_file(url, {}, Transfer())).body


@given(st.binary(max_size=3000), st.sampled_from(sorted(_CODINGS)))
def test_what_was_packed_is_unpacked(body: bytes, coding: str) -> None:
    """Packed bytes are unpacked to the same bytes, whatever they are."""
    assert unpack(_CODINGS[coding](body), coding, 3000, "x") == body


@given(st.binary(max_size=500), st.sampled_from(sorted(_CODINGS)))
def test_any_bytes_are_unpacked_or_refused(body: bytes, coding: str) -> None:
    """Any bytes are unpacked or refused with an error of ours."""
    try:
        unpack(body, coding, 1000, "x")
    except ArchiveError:
        return


def test_several_packed_one_after_the_other() -> None:
    """A gzip body of several members is unpacked whole."""
    packed = gzip.compress(b"light ") + gzip.compress(b"curve")
    assert unpack(packed, "gzip", 100, "x") == b"light curve"
    with pytest.raises(ArchiveAnswerError, match="more than 10 bytes"):
        unpack(packed, "gzip", 10, "x")


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_what_is_packed_must_end(cut: int) -> None:
    """A gzip body without its end and checksum is refused."""
    with pytest.raises(ArchiveError, match="in the middle"):
        unpack(gzip.compress(bytes(range(256)) * 4)[:-cut], "gzip", 10**6, "x")


def test_a_bomb_takes_no_more_memory_than_is_allowed() -> None:
    """A gigabyte of zeros in a megabyte is refused after the first million."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush, every part compresses to the same bytes.
    part = packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = start + part * 1023 + packer.flush()
    tracemalloc.start()
    try:
        with pytest.raises(ArchiveAnswerError, match="unpacks to more than"):
            unpack(bomb, "gzip", 10**6, "x")
        assert tracemalloc.get_traced_memory()[1] < 10**7
    finally:
        tracemalloc.stop()


async def test_compressed_on_the_way() -> None:
    """A body that a proxy compressed unasked comes out as it was."""
    for coding, pack in _CODINGS.items():
        packed = http_answer(pack(_BODY), f"Content-Encoding: {coding}")
        assert await _get(said(packed)) == _BODY


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "nonsense"])
async def test_codings_that_nobody_asked_for(coding: str) -> None:
    """An unknown content coding is refused by name."""
    with pytest.raises(ArchiveAnswerError, match="not requested"):
        await _get(said(http_answer(_BODY, f"Content-Encoding: {coding}")))


def test_a_trickle_is_ended() -> None:
    """A body of one byte a second is ended as too slow."""

    async def trickle(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer(b"", "Content-Length: 400000"))
        for _ in range(400_000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(1)

    async def work() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        with pytest.raises(ArchiveTimeout, match=r"only \d+ bytes came in 3\d s"):
            await _get(trickle)
        return loop.time() - began

    assert run_virtual(work()) < 40


def test_a_slow_line_is_not() -> None:
    """A body at 10 kB/s is read for as long as it takes."""

    async def slow(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(http_answer(b"", "Content-Length: 2000000"))
        for _ in range(200):
            writer.write(bytes(10_000))
            await writer.drain()
            await asyncio.sleep(1)

    assert len(run_virtual(_get(slow))) == 2_000_000


def test_a_rate_of_our_own_is_no_slowness() -> None:
    """Waits for --max-rate do not count against the archive."""

    async def work() -> bytes:
        return await _get(said(http_answer(bytes(200_000))), RateLimit(500.0))

    assert len(run_virtual(work())) == 200_000


def test_each_half_minute_counts_for_itself() -> None:
    """A quick start does not make up for a slow half minute."""
    now = 0.0
    watch = SlownessWatch("x", clock=lambda: now)
    watch.received(10**6)
    now = 31.0
    watch.received(1)
    now = 50.0
    watch.received(1)
    now = 62.0
    with pytest.raises(ArchiveTimeout):
        watch.received(1)
