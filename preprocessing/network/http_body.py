"""Read what a body says: unpacked, and as JSON, and never more than is allowed."""

from __future__ import annotations

import json
import zlib
from typing import Any

from preprocessing.core.errors import ArchiveAnswerError, ArchiveError

__all__ = ["parse_json", "unpack"]

#: Values in a search answer: a page of 50,000 rows has some 2 million.
_MOST_VALUES = 10_000_000
#: Bits of the window, in zlib's code, that stand for a gzip or a zlib header, whichever.
_GZIP_OR_ZLIB = 32 + zlib.MAX_WBITS


def unpack(body: bytes, coding: str, largest: int, what: str) -> bytes:
    """Undo the compression that a proxy on the way added unasked.

    Parameters
    ----------
    body : bytes
        The compressed bytes.
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
        raise ArchiveAnswerError(f"{what}: is coded as {coding!r}, which was not requested")
    unpacked: list[bytes] = []
    left = largest
    while body:
        packed = zlib.decompressobj(_GZIP_OR_ZLIB)
        try:
            # One byte more than is allowed tells whether there is more.
            piece = packed.decompress(body, left + 1)
        except zlib.error as error:
            raise ArchiveError(f"{what}: cannot be unpacked: {error}") from error
        if len(piece) > left:
            raise ArchiveAnswerError(f"{what}: unpacks to more than {largest} bytes")
        if not packed.eof:
            raise ArchiveError(f"{what}: ends in the middle of what is packed")
        unpacked.append(piece)
        left -= len(piece)
        # A gzip body may be several, one after the other (RFC 1952, section 2.2).
        body = packed.unused_data
    return b"".join(unpacked)


def parse_json(body: bytes, url: str) -> Any:
    """Return what a JSON answer says.

    Parameters
    ----------
    body : bytes
        The text, in UTF-8.
    url : str
        Where it came from, for the errors.

    Raises
    ------
    ArchiveAnswerError
        It is not JSON, or has more values than any answer can have.
    """
    # Counted before they are made: each takes some twenty times its three bytes of text.
    if sum(map(body.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise ArchiveAnswerError(f"{url}: the answer has more than {_MOST_VALUES} values")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ArchiveAnswerError(f"{url}: the answer is not JSON: {body[:80]!r}") from error
