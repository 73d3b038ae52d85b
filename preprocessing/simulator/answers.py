"""What a server sends back: an HTTP answer as a value, and how its sending ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["Answer", "Ending", "Framing", "json_answer", "text_answer"]


class Ending(Enum):
    """How the sending of an answer ends."""

    #: The whole body is sent, and the connection stays open.
    WHOLE = "whole"
    #: The connection is closed after the part of the body that is sent.
    CUT = "cut"
    #: Nothing follows the part of the body that is sent, and the connection stays open.
    STALL = "stall"
    #: The connection is reset before the first byte.
    RESET = "reset"
    #: Not one byte is sent, and the connection stays open.
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
        With its charset, where it has one.
    body : bytes
        What is sent to a request that is not HEAD.
    length : int
        Announced as Content-Length, whatever is sent.
    headers : mapping of str to str
        Besides those two.
    ending : Ending
    framing : Framing
        Whether the length is announced at all.
    bytes_per_s : float or None
        Pace at which the body is sent, if it is not the server's own.
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
    """Return an answer of status 200 with a JSON object in its body."""
    body = json.dumps(content, separators=(",", ":"), allow_nan=False).encode("ascii")
    return Answer(200, "application/json; charset=utf-8", body, len(body))


def text_answer(
    status: int, text: str, media: str = "plain", headers: Mapping[str, str] | None = None
) -> Answer:
    """Return an answer with plain text, or HTML if `media` is ``'html'``, in its body."""
    body = text.encode("utf-8")
    return Answer(status, f"text/{media}; charset=utf-8", body, len(body), headers or {})
