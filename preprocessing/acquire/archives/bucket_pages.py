"""One page of a bucket's list of keys, as the XML of ListObjectsV2 gives it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

from preprocessing.core.errors import ArchiveAnswerError

__all__ = ["LARGEST_PAGE", "Page", "parse_page"]

#: Bytes of a page: a thousand keys, which S3 never exceeds, are some 400 kB.
LARGEST_PAGE = 8 * 2**20
#: What a key of the mission's files is made of; whatever else a bucket holds is passed over.
_KEY = re.compile(r"[A-Za-z0-9._/-]{1,1024}", re.ASCII)
_ROOT = "ListBucketResult"


@dataclass(frozen=True)
class Page:
    """One page.

    Parameters
    ----------
    keys, prefixes : tuple of str
        Files, and folders with the slash at their end.
    token : str or None
        By which to ask for the next page; None after the last.
    """

    keys: tuple[str, ...]
    prefixes: tuple[str, ...]
    token: str | None


class _Builder(ElementTree.TreeBuilder):
    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        # S3 sends none; with one come entities, which grow without end or name other files.
        raise ArchiveAnswerError("the list of keys has a DOCTYPE")


def parse_page(body: bytes, prefix: str) -> Page:
    """Read a page.

    Parameters
    ----------
    body : bytes
        The XML document, as it came.
    prefix : str
        What was asked for.

    Raises
    ------
    ArchiveAnswerError
        It is no such page, or of another prefix.

    Examples
    --------
    >>> page = b"<ListBucketResult><Contents><Key>k2/a.fits</Key></Contents></ListBucketResult>"
    >>> parse_page(page, "k2/").keys
    ('k2/a.fits',)
    """
    if len(body) > LARGEST_PAGE:
        raise ArchiveAnswerError(f"the list of keys has {len(body)} bytes, far too many")
    try:
        # What is refused is what makes XML dangerous: see `_Builder`.
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
    # Whether there is a namespace differs from server to server.
    return str(element.tag).rpartition("}")[2]


def _texts(root: ElementTree.Element, name: str, part: str) -> Iterator[str]:
    for element in root:
        if _name(element) == name:
            yield _text(element, part)


def _text(parent: ElementTree.Element, name: str) -> str:
    return next((child.text or "" for child in parent if _name(child) == name), "")
