"""Redirects are followed within an archive's hosts, and to the same scheme or a better one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from preprocessing.core.errors import ArchiveAnswerError
from preprocessing.network.redirects import REDIRECTS, redirected

_MAST = "https://mast.stsci.edu/api/v0.1/Download/file?uri=mast:KEPLER/x"


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        (_MAST, "/elsewhere", "https://mast.stsci.edu/elsewhere"),
        (_MAST, "https://archive.stsci.edu/x.fits", "https://archive.stsci.edu/x.fits"),
        (_MAST, "//archive.stsci.edu/x", "https://archive.stsci.edu/x"),
        ("http://mast.stsci.edu/a", "https://mast.stsci.edu/a", "https://mast.stsci.edu/a"),
        ("http://127.0.0.1:8686/a", "b", "http://127.0.0.1:8686/b"),
        ("http://mirror.org/a", "https://mirror.org/a", "https://mirror.org/a"),
    ],
)
def test_within_the_archive(url: str, location: str, target: str) -> None:
    """A redirect within an archive's hosts is followed."""
    assert str(redirected("GET", URL(url), 302, location)) == target


@pytest.mark.parametrize(
    ("url", "location"),
    [
        (_MAST, "http://mast.stsci.edu/api"),
        (_MAST, "https://evil.org/x"),
        (_MAST, "https://stsci.edu.evil.org/x"),
        (_MAST, "https://evilstsci.edu/x"),
        (_MAST, "https://mast.stsci.edu:8443/x"),
        (_MAST, "https://someone:secret@mast.stsci.edu/x"),
        (_MAST, "ftp://mast.stsci.edu/x"),
        (_MAST, "file:///etc/passwd"),
        (_MAST, "javascript:alert(1)"),
        (_MAST, "https://[::1/x"),
        (_MAST, "https://xn--/x"),
        (_MAST, "https://127.0.0.1/x"),
        ("http://127.0.0.1:8686/a", "http://127.0.0.1:22/b"),
        ("http://127.0.0.1:8686/a", "http://localhost:8686/b"),
        ("http://mirror.org/a", "https://mast.stsci.edu/a"),
    ],
)
def test_nowhere_else(url: str, location: str) -> None:
    """A redirect to another host or a weaker scheme is refused."""
    with pytest.raises(ArchiveAnswerError, match="redirects to"):
        redirected("GET", URL(url), 302, location)


def test_a_form_is_not_lost() -> None:
    """Only the two statuses that keep the method redirect a POST."""
    assert redirected("POST", URL(_MAST), 307, "/b").path == "/b"
    for status in (301, 302, 303):
        with pytest.raises(ArchiveAnswerError, match="answers a POST"):
            redirected("POST", URL(_MAST), status, "/b")


def test_what_is_a_redirect() -> None:
    """Neither 304 nor 300 is a redirect."""
    assert sorted(REDIRECTS) == [301, 302, 303, 307, 308]


@pytest.mark.slow
@given(st.text(max_size=60))
def test_any_text_leads_to_the_same_archive_or_nowhere(location: str) -> None:
    """Any Location leads to the same archive or is refused."""
    url = URL("https://mast.stsci.edu/a")
    try:
        target = redirected("GET", url, 302, location)
    except ArchiveAnswerError:
        return
    assert target.scheme == "https"
    assert (target.host or "").endswith("stsci.edu")
