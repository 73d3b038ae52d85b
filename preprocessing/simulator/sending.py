"""Send an answer as planned: whole, cut, stalled, paced, and in its framing."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from preprocessing.simulator.answers import Answer, Ending, Framing

__all__ = ["reset", "send"]

_CHUNK = 1 << 18
#: Seconds between two writes when the bandwidth is limited.
_PACE_S = 0.05


async def send(
    request: web.BaseRequest,
    answer: Answer,
    headers: Mapping[str, str],
    bytes_per_s: float | None,
) -> web.StreamResponse:
    """Send an answer.

    Parameters
    ----------
    request : aiohttp.web.BaseRequest
        The request to answer.
    answer : Answer
        What to send and how.
    headers : mapping of str to str
        The server's own headers, added to the answer's.
    bytes_per_s : float or None
        The server's pace, used if the answer has none; None means unlimited.

    Returns
    -------
    aiohttp.web.StreamResponse
        For aiohttp to finish, if the connection is still open.
    """
    if answer.ending is Ending.RESET:
        reset(request.transport)
        return web.Response()
    if answer.ending is Ending.SILENCE:
        await _wait_for_the_end()
    headers = {**answer.headers, "Content-Type": answer.content_type, **headers}
    pace = answer.bytes_per_s or bytes_per_s
    if answer.framing is Framing.CLOSE:
        return await _send_until_close(request, answer, headers)
    response = web.StreamResponse(status=answer.status, headers=headers)
    if answer.framing is Framing.CHUNKED:
        response.enable_chunked_encoding()
    else:
        response.content_length = answer.length
    await response.prepare(request)
    if request.method != "HEAD":
        await _send_body(response, answer.body, pace)
        if answer.framing is Framing.LENGTH and len(answer.body) > answer.length:
            _send_surplus(request, answer)
    if answer.ending is Ending.STALL:
        await _wait_for_the_end()
    if answer.ending is Ending.CUT and request.transport is not None:
        request.transport.close()
    return response


def reset(transport: asyncio.BaseTransport | None) -> None:
    """End a connection with a TCP reset (RST) instead of FIN.

    Parameters
    ----------
    transport : asyncio.BaseTransport or None
        The connection; None if it is already gone.
    """
    if not isinstance(transport, asyncio.Transport):
        return
    connection: socket.socket | None = transport.get_extra_info("socket")
    if connection is not None:
        # Closing a socket with a linger time of zero sends RST.
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    transport.abort()


async def _wait_for_the_end() -> None:
    # aiohttp cancels this when the client or the server closes the connection.
    await asyncio.Event().wait()


async def _send_body(response: web.StreamResponse, body: bytes, limit: float | None) -> None:
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    chunk = _CHUNK if limit is None else max(1, min(_CHUNK, int(limit * _PACE_S)))
    view = memoryview(body)
    for start in range(0, len(body), chunk):
        stop = min(start + chunk, len(body))
        if limit is not None:
            await asyncio.sleep(started_s + stop / limit - loop.time())
        await response.write(view[start:stop])


def _send_surplus(request: web.BaseRequest, answer: Answer) -> None:
    """Send the bytes beyond the announced length, which aiohttp itself would not send."""
    if request.transport is not None:
        request.transport.write(answer.body[answer.length :])
        request.transport.close()


async def _send_until_close(
    request: web.BaseRequest, answer: Answer, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Send without aiohttp, which always announces a length or sends chunks."""
    if request.transport is not None:
        status = HTTPStatus(answer.status)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request.transport.write("\r\n".join([*lines, "", ""]).encode() + answer.body)
        request.transport.close()
    return web.Response()
