"""What a server sends back: an HTTP answer as a value, and how its sending ends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

__all__ = ["Answer", "Ending", "json_answer", "text_answer"]


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
    """

    status: int
    content_type: str
    body: bytes
    length: int
    headers: Mapping[str, str] = field(default_factory=dict)
    ending: Ending = Ending.WHOLE


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
