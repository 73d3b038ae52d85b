"""Read the body of an answer: whole, not too slowly, and never more than is allowed."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Callable

import aiohttp

from preprocessing.core.errors import ArchiveAnswerError, ArchiveError, ArchiveTimeout
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.transfer import Transfer
from preprocessing.system.clock import loop_time

__all__ = ["SlownessWatch", "read_body", "unpack"]

#: MAST was seen to send 10 kB/s on a bad day. What comes ten times as slowly, for half a
#: minute, comes sooner over another connection.
_LEAST_BYTES_PER_S = 1000.0
_WATCH_S = 30.0
#: Bits of the window, in zlib's code, that stand for a gzip or a zlib header, whichever.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


class SlownessWatch:
    """Ends a transfer that moves, but so slowly that it never ends.

    Parameters
    ----------
    what : str
        For the error's text.
    clock : callable
        Seconds, monotonic.
    """

    def __init__(self, what: str, clock: Callable[[], float] = loop_time) -> None:
        self._what = what
        self._clock = clock
        self._since = clock()
        self._bytes = 0

    def received(self, count: int) -> None:
        """Note bytes.

        Raises
        ------
        ArchiveTimeout
            Too few came since the last look, half a minute ago.
        """
        self._bytes += count
        seconds = self._clock() - self._since
        if seconds < _WATCH_S:
            return
        if self._bytes < _LEAST_BYTES_PER_S * seconds:
            raise ArchiveTimeout(f"{self._what}: only {self._bytes} bytes came in {seconds:.0f} s")
        self._since, self._bytes = self._clock(), 0

    def excuse(self, seconds: float) -> None:
        """Do not count a time in which we ourselves read nothing."""
        self._since += seconds


async def read_body(
    response: aiohttp.ClientResponse,
    transfer: Transfer,
    largest: int,
    rate_limit: RateLimit | None = None,
) -> bytes:
    """Return the body of an answer.

    Parameters
    ----------
    response : aiohttp.ClientResponse
        Of a session that does not decompress by itself.
    transfer : Transfer
        Told what comes.
    largest : int
        Bytes that the body may have, compressed or not.
    rate_limit : RateLimit, optional

    Raises
    ------
    ArchiveAnswerError
        It is too large, or compressed in a way that nobody asked for.
    ArchiveTimeout
        It comes too slowly.
    ArchiveError
        It is not as long as announced.
    """
    url, announced = response.url, response.content_length
    if announced is not None and announced > largest:
        raise ArchiveAnswerError(f"{url}: announces {announced} bytes, far too many")
    watch = SlownessWatch(str(url))
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        chunks.append(chunk)
        size += len(chunk)
        transfer.received(len(chunk))
        if size > largest:
            raise ArchiveAnswerError(f"{url}: sends more than {largest} bytes")
        watch.received(len(chunk))
        if rate_limit is not None:
            owed_s = rate_limit.owed_s(len(chunk))
            with transfer.paused():
                await rate_limit.wait(owed_s)
            watch.excuse(owed_s)
    if announced is not None and size != announced:
        raise ArchiveError(f"{url}: {size} bytes came where {announced} were announced")
    body = b"".join(chunks)
    coding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if coding == "identity":
        return body
    return await asyncio.to_thread(unpack, body, coding, largest, str(url))


def unpack(body: bytes, coding: str, largest: int, what: str) -> bytes:
    """Undo the compression that a proxy on the way added unasked.

    Parameters
    ----------
    body : bytes
    coding : str
        As in Content-Encoding: ``gzip`` or ``deflate``.
    largest : int
        Bytes that may come out of it; no more are ever in memory.
    what : str
        For the errors' text.

    Raises
    ------
    ArchiveAnswerError
        It is another coding, or more comes out.
    ArchiveError
        It is damaged or ends too early.

    Examples
    --------
    >>> unpack(zlib.compress(b"light"), "deflate", 100, "example")
    b'light'
    """
    if coding not in ("gzip", "x-gzip", "deflate"):
        raise ArchiveAnswerError(f"{what}: is coded as {coding!r}, which was not asked for")
    unpacked: list[bytes] = []
    room = largest
    while body:
        packed = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            # One byte more than there is room for tells whether there is more.
            piece = packed.decompress(body, room + 1)
        except zlib.error as error:
            raise ArchiveError(f"{what}: cannot be unpacked: {error}") from error
        if len(piece) > room:
            raise ArchiveAnswerError(f"{what}: unpacks to more than {largest} bytes")
        if not packed.eof:
            raise ArchiveError(f"{what}: ends in the middle of what is packed")
        unpacked.append(piece)
        room -= len(piece)
        # A gzip body may be several, one after the other (RFC 1952, section 2.2).
        body = packed.unused_data
    return b"".join(unpacked)
