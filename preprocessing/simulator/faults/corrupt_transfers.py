"""Faults of the transfer: how an answer is sent, cut, encoded or redirected."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace
from functools import cache
from urllib.parse import urlsplit

from preprocessing.simulator.answers import Answer, Ending, Framing, text_answer
from preprocessing.simulator.faults.fault_context import FaultContext

__all__ = [
    "LOOP",
    "MOVED",
    "cut",
    "cut_chunked",
    "cut_unannounced",
    "gzip_bomb",
    "gzipped",
    "overlong",
    "redirect",
    "redirect_away",
    "redirect_loop",
    "redirect_to_plain",
    "reset",
    "silence",
    "stall",
    "trickle",
    "turned_away",
]

#: Where the server redirects to. Paths below ``/moved`` are answered like the paths without
#: that prefix; everything below ``/loop`` redirects to itself.
MOVED, LOOP = "/moved", "/loop"

#: Follows a body to make it longer than announced.
_SURPLUS = b"<html><body>Internal Server Error</body></html>\n"
#: Zeros in a gzip bomb, which compresses them to about a thousandth of their size.
_BOMB_SIZE = 1 << 30
_BOMB_PART = 1 << 20


def turned_away(answer: Answer, context: FaultContext) -> Answer:
    """Return the answer unchanged: a client refused on connecting sends no request."""
    return answer


def reset(answer: Answer, context: FaultContext) -> Answer:
    """Reset the connection before the first byte."""
    return replace(answer, ending=Ending.RESET)


def silence(answer: Answer, context: FaultContext) -> Answer:
    """Send nothing and leave the connection open."""
    return replace(answer, ending=Ending.SILENCE)


def stall(answer: Answer, context: FaultContext) -> Answer:
    """Send half of the body, then nothing; leave the connection open."""
    return replace(_half(answer), ending=Ending.STALL)


def trickle(answer: Answer, context: FaultContext) -> Answer:
    """Send one byte per second."""
    return replace(answer, bytes_per_s=1.0)


def cut(answer: Answer, context: FaultContext) -> Answer:
    """Close the connection after half of a body with a Content-Length."""
    return replace(_half(answer), ending=Ending.CUT)


def cut_chunked(answer: Answer, context: FaultContext) -> Answer:
    """Close the connection after half of a chunked body, without the last chunk."""
    return replace(_half(answer), ending=Ending.CUT, framing=Framing.CHUNKED)


def cut_unannounced(answer: Answer, context: FaultContext) -> Answer:
    """Close the connection after half of a body without a Content-Length.

    Nothing in HTTP tells it from a complete answer.
    """
    return replace(_half(answer), ending=Ending.CUT, framing=Framing.CLOSE)


def overlong(answer: Answer, context: FaultContext) -> Answer:
    """Send more bytes than Content-Length announces."""
    return replace(answer, body=answer.body + _SURPLUS)


def gzipped(answer: Answer, context: FaultContext) -> Answer:
    """Compress the body although the client did not ask for it, and say so in the header."""
    return _encoded(answer, gzip.compress(answer.body, compresslevel=1, mtime=0))


def gzip_bomb(answer: Answer, context: FaultContext) -> Answer:
    """Send a body of 1 MB that decompresses to 1 GiB."""
    return _encoded(answer, _bomb())


def redirect(answer: Answer, context: FaultContext) -> Answer:
    """Redirect to another path of this server, which gives the answer."""
    return _redirect_to(answer, context, MOVED)


def redirect_away(answer: Answer, context: FaultContext) -> Answer:
    """Redirect to another host, this server's other name, which gives the answer."""
    address = urlsplit(context.base_url)
    other = "127.0.0.1" if address.hostname == "localhost" else "localhost"
    return _redirect_to(answer, context, f"{address.scheme}://{other}:{address.port}{MOVED}")


def redirect_to_plain(answer: Answer, context: FaultContext) -> Answer:
    """Redirect from HTTPS to HTTP; without TLS, return the answer unchanged."""
    address = urlsplit(context.base_url)
    if address.scheme != "https":
        return answer
    return _redirect_to(answer, context, f"http://{address.netloc}{MOVED}")


def redirect_loop(answer: Answer, context: FaultContext) -> Answer:
    """Redirect to a path that redirects to itself."""
    return _redirect_to(answer, context, LOOP)


def _half(answer: Answer) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2])


def _encoded(answer: Answer, body: bytes) -> Answer:
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return replace(answer, body=body, length=len(body), headers=headers)


def _redirect_to(answer: Answer, context: FaultContext, where: str) -> Answer:
    if context.call.moved:
        # Otherwise a fault in every request would become a loop.
        return answer
    # With status 307 a POST stays a POST (RFC 9110, section 15.4.8).
    return text_answer(307, "moved\n", headers={"Location": f"{where}{context.call.target}"})


@cache
def _bomb() -> bytes:
    zeros = bytes(_BOMB_PART)
    check = 0
    for _ in range(_BOMB_SIZE // _BOMB_PART):
        check = zlib.crc32(zeros, check)
    # After a full flush, every part compresses to the same bytes: compress it once.
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    part = deflate.compress(zeros) + deflate.flush(zlib.Z_FULL_FLUSH)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    trailer = check.to_bytes(4, "little") + (_BOMB_SIZE & 0xFFFFFFFF).to_bytes(4, "little")
    return header + part * (_BOMB_SIZE // _BOMB_PART) + deflate.flush() + trailer
