"""What the page is told when something cannot be done: one line, never a traceback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from preprocessing.core.errors import UsageError, XenoscanError

__all__ = ["as_answers", "in_thread", "json_object", "refusal"]

_T = TypeVar("_T")
#: No answer takes longer on an idle machine; on a busy one, a page that waits says so.
_PATIENCE_S = 60.0

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def in_thread(function: Callable[..., _T], *arguments: object) -> _T:
    """Return what a function returns that computes or reads, off the loop.

    Raises
    ------
    TimeoutError
        It takes too long; its thread goes on to its end.
    """
    return await asyncio.wait_for(asyncio.to_thread(function, *arguments), _PATIENCE_S)


async def json_object(request: web.Request) -> dict[str, Any]:
    """Return the JSON object that a request sends.

    Raises
    ------
    UsageError
        It sends none.
    """
    if request.content_type != "application/json":
        raise UsageError("send application/json")
    try:
        content = json.loads(await request.read())
    except (ValueError, RecursionError) as error:
        raise UsageError("the body is no JSON") from error
    if not isinstance(content, dict):
        raise UsageError("the body is no JSON object")
    return content


def refusal(status: int, line: str) -> web.Response:
    """Return the answer that says in one line why there is no other."""
    return web.json_response({"error": line}, status=status)


@web.middleware
async def as_answers(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """Turn errors into answers that the page can show."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if not request.path.startswith("/api/") or error.status < 400:
            raise
        return refusal(error.status, (error.text or error.reason).strip())
    except (asyncio.TimeoutError, TimeoutError):
        return refusal(503, "this took too long: the machine is busy; try again")
    except UsageError as error:
        return refusal(400, str(error))
    except (XenoscanError, OSError) as error:
        return refusal(500, str(error))
