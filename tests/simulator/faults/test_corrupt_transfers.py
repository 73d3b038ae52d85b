"""Answers are cut, stalled, encoded, or had elsewhere."""

from __future__ import annotations

import gzip
import zlib

import pytest

from preprocessing.simulator.answers import Answer, Ending, Framing
from tests.support.fault_contexts import distort, download_context

_ANSWER = Answer(200, "application/fits", b"0123456789", 10, {"ETag": "x"})


@pytest.mark.parametrize(
    ("kind", "ending", "framing"),
    [
        ("cut", Ending.CUT, Framing.LENGTH),
        ("stall", Ending.STALL, Framing.LENGTH),
        ("cut-chunked", Ending.CUT, Framing.CHUNKED),
        ("cut-unannounced", Ending.CUT, Framing.CLOSE),
    ],
)
def test_bodies_that_stop_half_way(kind: str, ending: Ending, framing: Framing) -> None:
    """Half of the body is sent, under any kind of announced length."""
    answer = distort(kind, _ANSWER)
    assert (answer.body, answer.length) == (b"01234", 10)
    assert (answer.ending, answer.framing) == (ending, framing)


@pytest.mark.parametrize(("kind", "ending"), [("reset", Ending.RESET), ("silence", Ending.SILENCE)])
def test_nothing_is_sent(kind: str, ending: Ending) -> None:
    """Nothing is sent, not even a status."""
    assert distort(kind, _ANSWER).ending is ending


def test_trickle() -> None:
    """The right answer is sent at one byte a second."""
    answer = distort("trickle", _ANSWER)
    assert (answer.body, answer.bytes_per_s) == (_ANSWER.body, 1.0)


def test_longer_than_announced() -> None:
    """The right answer is sent, and more follows."""
    answer = distort("overlong", _ANSWER)
    assert (answer.body[:10], answer.length) == (_ANSWER.body, 10)
    assert len(answer.body) > 10


def test_gzip() -> None:
    """The right body is sent compressed, with the length of the compressed body."""
    answer = distort("gzip", _ANSWER)
    assert gzip.decompress(answer.body) == _ANSWER.body
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.length == len(answer.body)


@pytest.mark.slow
def test_gzip_bomb() -> None:
    """A small body is valid gzip of 1 GiB."""
    answer = distort("gzip-bomb", _ANSWER)
    assert len(answer.body) == answer.length < 2**21
    expander = zlib.decompressobj(31)
    size, rest = 0, answer.body
    while not expander.eof:
        part = expander.decompress(rest, 2**24)
        rest = expander.unconsumed_tail
        assert part.count(0) == len(part)
        size += len(part)
    assert size == 2**30


@pytest.mark.parametrize(
    ("kind", "base_url", "location"),
    [
        ("redirect", "http://127.0.0.1:80", "/moved/file?uri=a.fits"),
        ("redirect-loop", "http://127.0.0.1:80", "/loop/file?uri=a.fits"),
        ("redirect-away", "http://127.0.0.1:80", "http://localhost:80/moved/file?uri=a.fits"),
        ("redirect-away", "http://localhost:80", "http://127.0.0.1:80/moved/file?uri=a.fits"),
        ("redirect-to-plain", "https://127.0.0.1:80", "http://127.0.0.1:80/moved/file?uri=a.fits"),
    ],
)
def test_redirects(kind: str, base_url: str, location: str) -> None:
    """Redirects keep the method and lead to the same file or into a loop."""
    answer = distort(kind, _ANSWER, download_context(base_url=base_url))
    assert (answer.status, answer.headers["Location"]) == (307, location)


def test_no_redirect_from_where_one_led() -> None:
    """A redirected address does not redirect again, except in the loop."""
    assert distort("redirect", _ANSWER, download_context(moved=True)) is _ANSWER


def test_no_redirect_to_plain_http_from_plain_http() -> None:
    """A redirect to plain HTTP happens only from TLS."""
    assert distort("redirect-to-plain", _ANSWER) is _ANSWER
