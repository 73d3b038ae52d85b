"""Answers in JSON: what is not finite is null, since JSON has no other word for it."""

from __future__ import annotations

import json
import math

from aiohttp import web

__all__ = ["json_answer", "json_text", "plain"]


def json_answer(content: object) -> web.Response:
    """Return an answer.

    Parameters
    ----------
    content : object
        Mappings, sequences, texts and numbers.
    """
    return web.Response(text=json_text(content), content_type="application/json")


def json_text(content: object) -> str:
    """Return content as JSON has it.

    Parameters
    ----------
    content : object
        Mappings, sequences, texts and numbers.
    """
    return json.dumps(plain(content), allow_nan=False, separators=(",", ":"), default=str)


def plain(content: object) -> object:
    """Return content with None for every number that is not finite.

    Examples
    --------
    >>> plain({"depth": [1.5, float("nan")]})
    {'depth': [1.5, None]}
    """
    if isinstance(content, float):
        return content if math.isfinite(content) else None
    if isinstance(content, dict):
        return {key: plain(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [plain(value) for value in content]
    return content
