"""Errors of a web server are pages with a status, and perhaps a time to come back."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from preprocessing.network.http_client import parse_retry_after
from preprocessing.simulator.answers import Answer
from tests.support.fault_contexts import distort

_ANSWER = Answer(200, "application/fits", b"0123456789", 10, {"ETag": "x"})


@pytest.mark.parametrize(
    ("kind", "status", "text"),
    [
        ("status-500", 500, b"Internal Server Error"),
        ("status-502", 502, b"Bad Gateway"),
        ("status-503", 503, b"Service Unavailable"),
        ("status-504", 504, b"Gateway Timeout"),
        ("status-429", 429, b"Too Many Requests"),
        ("status-429-date", 429, b"Too Many Requests"),
        ("status-503-wait", 503, b"Service Unavailable"),
        ("status-503-date", 503, b"Service Unavailable"),
        ("html-200", 200, b"maintenance"),
        ("missing", 404, b"Not Found"),
    ],
)
def test_pages_in_place_of_answers(kind: str, status: int, text: bytes) -> None:
    """The answer is an HTML page of its own status and length."""
    answer = distort(kind, _ANSWER)
    assert (answer.status, answer.length) == (status, len(answer.body))
    assert text in answer.body
    assert b"<html>" in answer.body
    assert answer.content_type.startswith("text/html")


def test_head_can_be_refused() -> None:
    """The status says so, and what is allowed."""
    answer = distort("head-405", _ANSWER)
    assert (answer.status, answer.headers["Allow"]) == (405, "GET")


@pytest.mark.parametrize(("kind", "seconds"), [("status-429", "1"), ("status-503-wait", "2")])
def test_when_to_come_back_in_seconds(kind: str, seconds: str) -> None:
    """Retry-After can be a number."""
    assert distort(kind, _ANSWER).headers["Retry-After"] == seconds


@pytest.mark.parametrize("kind", ["status-429-date", "status-503-date"])
def test_when_to_come_back_as_a_date(kind: str) -> None:
    """Retry-After can be a date slightly in the future, in HTTP's form."""
    value = distort(kind, _ANSWER).headers["Retry-After"]
    assert value.endswith(" GMT")
    wait_s = parse_retry_after(value, datetime.now(timezone.utc))
    assert wait_s is not None
    assert 0 < wait_s <= 3


@pytest.mark.parametrize("kind", ["status-500", "status-504"])
def test_other_statuses_say_nothing_of_when(kind: str) -> None:
    """Other statuses have no Retry-After."""
    assert "Retry-After" not in distort(kind, _ANSWER).headers
