"""Parse one page of a bucket's list of keys: the XML of ListObjectsV2."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from preprocessing.core.errors import ArchiveAnswerError

__all__ = ["LARGEST_PAGE", "Page", "parse_page"]

#: Maximum size of a page, in bytes. S3 sends at most 1000 keys a page, about 400 kB.
LARGEST_PAGE = 8 * 2**20
#: Characters in the keys of mission files. All other keys are skipped.
_KEY = re.compile(r"[A-Za-z0-9._/-]{1,1024}", re.ASCII)
_ROOT = "ListBucketResult"


@dataclass(frozen=True)
class Page:
    """One page.

    Parameters
    ----------
    keys, prefixes : tuple of str
        Paths of files, and of folders with a slash at their end.
    token : str or None
        Continuation token that requests the next page; None on the last page.
    """

    keys: tuple[str, ...]
    prefixes: tuple[str, ...]
    token: str | None


class _Builder(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        # S3 sends none. A DOCTYPE can define entities that expand without end or read files.
        raise ArchiveAnswerError("the list of keys has a DOCTYPE")


def parse_page(body: bytes, prefix: str) -> Page:
    """Read a page.

    Parameters
    ----------
    body : bytes
        The XML document, as it came.
    prefix : str
        The prefix that was requested, with a slash at its end unless empty.

    Raises
    ------
    ArchiveAnswerError
        The document is not such a page, or has a key with another prefix.

    Examples
    --------
    >>> page = b"<ListBucketResult><Contents><Key>k2/a.fits</Key></Contents></ListBucketResult>"
    >>> parse_page(page, "k2/").keys
    ('k2/a.fits',)
    """
    if len(body) > LARGEST_PAGE:
        raise ArchiveAnswerError(f"the list of keys has {len(body)} bytes, far too many")
    try:
        # `_Builder` refuses what makes XML dangerous.
        root = ElementTree.fromstring(body, ElementTree.XMLParser(target=_Builder()))
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise ArchiveAnswerError(f"the list of keys is not XML: {error}") from error
    if _name(root) != _ROOT:
        raise ArchiveAnswerError(f"the list of keys is a {_name(root)[:40]!r}")
    token = None
    if _text(root, "IsTruncated") == "true":
        token = _text(root, "NextContinuationToken")
        if not token:
            raise ArchiveAnswerError("the list of keys has more pages, but no token for them")
    return Page(
        tuple(_checked(_texts(root, "Contents", "Key"), prefix)),
        tuple(_checked(_texts(root, "CommonPrefixes", "Prefix"), prefix)),
        token,
    )


def _checked(keys: Iterator[str], prefix: str) -> Iterator[str]:
    for key in keys:
        if not key.startswith(prefix):
            raise ArchiveAnswerError(f"the list of keys below {prefix} has {key[:100]!r}")
        if _KEY.fullmatch(key) and ".." not in key:
            yield key


def _name(element: ElementTree.Element) -> str:
    # Some servers use a namespace, others do not.
    return str(element.tag).rpartition("}")[2]


def _texts(root: ElementTree.Element, name: str, part: str) -> Iterator[str]:
    for element in root:
        if _name(element) == name:
            yield _text(element, part)


def _text(parent: ElementTree.Element, name: str) -> str:
    return next((child.text or "" for child in parent if _name(child) == name), "")
