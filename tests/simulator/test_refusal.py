"""A request too many hears a status, and perhaps when to come back."""

from __future__ import annotations

import pytest

from preprocessing.core.errors import UsageError
from preprocessing.simulator.refusal import Refusal, parse_refusal


def test_refusals() -> None:
    """A refusal has a Retry-After or none."""
    assert Refusal().answer().status == 503
    assert "Retry-After" not in Refusal().answer().headers
    answer = Refusal(429, 7).answer()
    assert (answer.status, answer.headers["Retry-After"]) == (429, "7")


def test_refusals_are_read_from_the_command_line() -> None:
    """A refusal is a status, or a status and seconds."""
    assert parse_refusal("503") == Refusal(503)
    assert parse_refusal("429:5") == Refusal(429, 5)


@pytest.mark.parametrize("text", ["", "busy", "429:", "429:soon", "429:-1", ":5"])
def test_texts_that_are_no_refusal(text: str) -> None:
    """A malformed refusal is refused."""
    with pytest.raises(UsageError, match="STATUS:SECONDS"):
        parse_refusal(text)


def test_statuses_that_refuse_nothing() -> None:
    """Only two say that there are too many requests."""
    with pytest.raises(UsageError, match="429 or 503"):
        parse_refusal("404")
