"""Tests of a page of a bucket's keys: it is read, or refused with a reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.acquire.archives.bucket_pages import LARGEST_PAGE, parse_page
from preprocessing.core.errors import ArchiveAnswerError

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


def _page(content: str, root: str = "ListBucketResult") -> bytes:
    return f'<?xml version="1.0"?>\n<{root} xmlns="{_NAMESPACE}">{content}</{root}>'.encode()


def _key(key: str) -> str:
    return f"<Contents><Key>{key}</Key><Size>1</Size></Contents>"


def test_a_page() -> None:
    """Keys, prefixes and the token are read with and without a namespace."""
    content = (
        "<IsTruncated>true</IsTruncated><NextContinuationToken>1/x+y==</NextContinuationToken>"
        f"{_key('k2/a.fits')}<CommonPrefixes><Prefix>k2/c3/</Prefix></CommonPrefixes>"
    )
    for body in (_page(content), f"<ListBucketResult>{content}</ListBucketResult>".encode()):
        page = parse_page(body, "k2/")
        assert (page.keys, page.prefixes, page.token) == (("k2/a.fits",), ("k2/c3/",), "1/x+y==")


@pytest.mark.parametrize("key", ["k2/../x", "k2/a b", "k2/\N{BULLET}", "k2/a\\b", "k2/%2e", ""])
def test_keys_that_are_passed_over(key: str) -> None:
    """Keys that no mission file could have are skipped."""
    content = _key(key) + _key("k2/a.fits")
    assert parse_page(_page(content), "" if not key else "k2/").keys == ("k2/a.fits",)


_BOMB = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
_FILE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not XML"),
        (b"<html>", "not XML"),
        (b"\x00\xff", "not XML"),
        (b'<?xml version="1.0" encoding="none"?><ListBucketResult/>', "not XML"),
        (_page(_key("k2/a"))[:-9], "not XML"),
        (_page("", "Error"), "is a 'Error'"),
        (b"<html><body>down</body></html>", "is a 'html'"),
        (_page(_key("kepler/a.fits")), "below k2/ has 'kepler/a.fits'"),
        (_page(_key("/etc/passwd")), "below k2/ has"),
        (_page("<IsTruncated>true</IsTruncated>"), "no token"),
        (_BOMB.encode() + b"<ListBucketResult>&b;</ListBucketResult>", "DOCTYPE"),
        (_FILE.encode() + b"<ListBucketResult>&e;</ListBucketResult>", "DOCTYPE"),
        (b"<!DOCTYPE html><html></html>", "DOCTYPE"),
        (b" " * (LARGEST_PAGE + 1), "far too many"),
    ],
)
def test_what_is_no_page(body: bytes, why: str) -> None:
    """A document that is no page is refused in one line before anything of it grows."""
    with pytest.raises(ArchiveAnswerError, match=why) as caught:
        parse_page(body, "k2/")
    assert len(str(caught.value)) < 300


@given(st.binary(max_size=300), st.integers(0, 400))
def test_damaged_pages(noise: bytes, place: int) -> None:
    """A damaged page is read or refused, and names nothing outside its prefix."""
    body = _page(_key("k2/a.fits") + _key("k2/b.fits"))
    try:
        page = parse_page(body[:place] + noise + body[place:], "k2/")
    except ArchiveAnswerError:
        return
    assert all(key.startswith("k2/") for key in page.keys)


@pytest.mark.slow
def test_a_deep_page() -> None:
    """A page nested a hundred thousand elements deep is refused."""
    deep = 100_000
    assert parse_page(_page("<a>" * deep + "</a>" * deep), "k2/").keys == ()
