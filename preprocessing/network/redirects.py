"""Follow an archive's redirects, but nowhere else, and never to less security."""

from __future__ import annotations

from yarl import URL

from preprocessing.core.errors import ArchiveAnswerError

__all__ = ["MOST_REDIRECTS", "REDIRECTS", "redirected"]

#: More in a row lead in a circle.
MOST_REDIRECTS = 5
#: HTTP statuses that send elsewhere.
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: These repeat the same request; the others turn a POST into a GET, without its form.
_KEEP_THE_METHOD = frozenset({307, 308})
#: MAST spreads its services over hosts of this domain.
_ARCHIVE_DOMAIN = "stsci.edu"


def redirected(method: str, url: URL, status: int, location: str) -> URL:
    """Return where a redirect leads.

    Parameters
    ----------
    method : str
        Of the request.
    url : yarl.URL
        The address that was requested.
    status : int
        Of the answer.
    location : str
        Its header of that name.

    Raises
    ------
    ArchiveAnswerError
        The redirect leads to another host than the archive's or from https to http, or would
        lose the form of a POST.

    Examples
    --------
    >>> str(redirected("GET", URL("http://mast.stsci.edu/a"), 301, "https://archive.stsci.edu/b"))
    'https://archive.stsci.edu/b'
    """
    try:
        target = url.join(URL(location))
        # Asking for the host decodes it.
        _ = target.host
    except ValueError as error:
        raise ArchiveAnswerError(f"{url}: redirects to {location!r:.200}, no address") from error
    if method != "GET" and status not in _KEEP_THE_METHOD:
        raise ArchiveAnswerError(f"{url}: answers a {method} with a redirect ({status})")
    if not _is_as_safe(url, target) or not _is_same_archive(url, target):
        raise ArchiveAnswerError(f"{url}: redirects to {target!s:.200}, which is not followed")
    return target


def _is_as_safe(url: URL, target: URL) -> bool:
    if target.user is not None or target.password is not None:
        # A password that a server puts into our mouth is none of ours.
        return False
    return target.scheme == url.scheme or (url.scheme, target.scheme) == ("http", "https")


def _is_same_archive(url: URL, target: URL) -> bool:
    if _is_of_archive(url) and _is_of_archive(target):
        return True
    # With TLS comes another port.
    same_port = url.port == target.port or url.scheme != target.scheme
    return target.host is not None and url.host == target.host and same_port


def _is_of_archive(url: URL) -> bool:
    host = (url.host or "").lower().rstrip(".")
    return url.is_default_port() and (
        host == _ARCHIVE_DOMAIN or host.endswith(f".{_ARCHIVE_DOMAIN}")
    )
