"""A server of a few lines that sends exactly the bytes a test wants, HTTP or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager

__all__ = ["http_answer", "json_answers", "raw_server", "said"]

Reply = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


def http_answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """Return a whole answer, its length announced unless headers say otherwise."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(h.lower().startswith(("content-length", "transfer-encoding")) for h in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def said(*answers: bytes) -> Reply:
    """Return a reply that sends one answer after the other, the last of them for ever."""
    remaining: Iterator[bytes] = iter(answers)
    last = answers[-1]

    async def reply(request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(next(remaining, last))

    return reply


def json_answers(*answers: object) -> Reply:
    """Return a reply that sends JSON."""
    return said(*(http_answer(json.dumps(answer).encode()) for answer in answers))


@asynccontextmanager
async def raw_server(reply: Reply) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Serve on a free port; yield the address, and the requests as they came."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await reader.readuntil(b"\r\n\r\n")
            length = [line for line in request.split(b"\r\n") if b"content-length" in line.lower()]
            if length:
                request += await reader.readexactly(int(length[0].split(b":")[1]))
            requests.append(request)
            await reply(request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", requests
    finally:
        server.close()
