"""HTTP answers as values: what a server sends, how it frames it, and how sending ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["Answer", "Ending", "Framing", "json_answer", "text_answer"]


class Ending(Enum):
    """How the sending of an answer ends."""

    #: The whole body is sent; the connection stays open.
    WHOLE = "whole"
    #: Part of the body is sent; then the connection is closed.
    CUT = "cut"
    #: Part of the body is sent; then nothing, but the connection stays open.
    STALL = "stall"
    #: The connection is reset before the first byte.
    RESET = "reset"
    #: Nothing is sent at all; the connection stays open.
    SILENCE = "silence"


class Framing(Enum):
    """How a client learns where a body ends (RFC 9112, section 6)."""

    #: From Content-Length.
    LENGTH = "length"
    #: From the last chunk of ``Transfer-Encoding: chunked``.
    CHUNKED = "chunked"
    #: From the end of the connection.
    CLOSE = "close"


@dataclass(frozen=True)
class Answer:
    """One HTTP answer.

    Parameters
    ----------
    status : int
        HTTP status.
    content_type : str
        Value of Content-Type, including the charset if there is one.
    body : bytes
        The bytes sent, except to a HEAD request.
    length : int
        Value of Content-Length, which may differ from what is sent.
    headers : mapping of str to str
        All other headers.
    ending : Ending
        How sending ends.
    framing : Framing
        How the client learns where the body ends.
    bytes_per_s : float or None
        Pace at which the body is sent; None for the server's own pace.
    """

    status: int
    content_type: str
    body: bytes
    length: int
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = Ending.WHOLE
    framing: Framing = Framing.LENGTH
    bytes_per_s: float | None = None


def json_answer(content: Mapping[str, Any]) -> Answer:
    """Return an answer of status 200 with a JSON object as its body.

    Parameters
    ----------
    content : mapping
        The object.
    """
    body = json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")
    return Answer(200, "application/json; charset=utf-8", body, len(body))


def text_answer(
    status: int, text: str, media: str = "plain", headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer with text as its body.

    Parameters
    ----------
    status : int
        HTTP status.
    text : str
        The body.
    media : str, optional
        Subtype of the content type: ``'plain'``, ``'html'`` or ``'xml'``.
    headers : mapping of str to str, optional
        Further headers.
    """
    body = text.encode("utf-8")
    return Answer(status, f"text/{media}; charset=utf-8", body, len(body), headers or {})
