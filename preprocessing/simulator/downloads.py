"""The Download service: a file, or a range of its bytes, by its URI."""

from __future__ import annotations

import re

from preprocessing.missions import Product, parse_file_name
from preprocessing.simulator.answers import Answer, text_answer
from preprocessing.simulator.holdings import Holdings, ProductNames

__all__ = ["file_answer", "head_answer", "not_found", "product_of_uri"]

_URI = re.compile(r"mast:([a-z0-9-]+)/(?:.*/)?([^/]+)", re.ASCII | re.IGNORECASE)
_SINGLE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_MEDIA_TYPE = "application/fits"


def product_of_uri(uri: str, names: ProductNames | None = None) -> Product | None:
    """Return the file that a dataURI names, or None if it is no light curve.

    The path before the file's name and the collection's capitalization do not matter.

    Parameters
    ----------
    uri : str
        An address such as ``mast:Kepler/url/...``.
    names : ProductNames, optional
        Knows the star of a file whose name does not tell.

    Examples
    --------
    >>> product_of_uri("mast:Kepler/url/kplr011904151-2010009091648_llc.fits").label
    'Q4'
    """
    match = _URI.fullmatch(uri)
    if match is None:
        return None
    product = (parse_file_name if names is None else names.product)(match[2])
    if product is None:
        return None
    collection = _collection(product.uri)
    return product if match[1].lower() == collection.lower() else None


def _collection(uri: str) -> str:
    """Return the first part of an address after ``mast:``."""
    return uri.partition(":")[2].partition("/")[0]


def head_answer(holdings: Holdings, product: Product | None) -> Answer:
    """Answer a HEAD request with the file's size, and announce that ranges are supported.

    Parameters
    ----------
    holdings : Holdings
        The files.
    product : Product or None
        The file; None is answered with 404.
    """
    if product is None:
        return not_found()
    try:
        size = holdings.size(product)
    except KeyError:
        return not_found()
    return Answer(200, _MEDIA_TYPE, b"", size, _headers(product, size))


def file_answer(
    holdings: Holdings, product: Product | None, range_header: str | None = None
) -> Answer:
    """Answer a GET request for a file.

    Parameters
    ----------
    holdings : Holdings
        The files.
    product : Product or None
        The file; None is answered with 404.
    range_header : str, optional
        Value of the header ``Range``. As RFC 9110 (section 14.2) allows, a malformed value or
        one with several ranges is ignored.

    Returns
    -------
    Answer
        200 with the file, 206 with a part of it, 404, or 416.
    """
    if product is None:
        return not_found()
    try:
        body = holdings.body(product)
    except KeyError:
        return not_found()
    headers = _headers(product, len(body))
    wanted = _parse_range(range_header or "", len(body))
    if wanted is None:
        return Answer(200, _MEDIA_TYPE, body, len(body), headers)
    start, stop = wanted
    if start >= stop:
        headers = {"Content-Range": f"bytes */{len(body)}"}
        return text_answer(416, "range not satisfiable\n", headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(body)}"
    return Answer(206, _MEDIA_TYPE, body[start:stop], stop - start, headers)


def not_found() -> Answer:
    """Return the HTML page of status 404 for a file that the archive does not have."""
    page = "<html><head><title>404 Not Found</title></head><body>Not Found</body></html>\n"
    return text_answer(404, page, "html")


def _parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return start and stop of a range; the range is empty if it misses the file."""
    match = _SINGLE_RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if last and int(last) < int(first):
        return None
    return int(first), min(size, int(last) + 1) if last else size


def _headers(product: Product, size: int) -> dict[str, str]:
    name = product.file_name
    return {
        "Accept-Ranges": "bytes",
        # A weak ETag, since two contents of one size get the same.
        "ETag": f'W/"{name}-{size}"',
        "Content-Disposition": f"attachment; filename={name}",
    }
