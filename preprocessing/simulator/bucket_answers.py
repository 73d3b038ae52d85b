"""Answers of the public S3 bucket: pages of keys in the format of ListObjectsV2, and objects."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from xml.sax.saxutils import escape

from preprocessing.simulator.answers import Answer, text_answer
from preprocessing.simulator.downloads import file_answer
from preprocessing.simulator.holdings import Holdings
from preprocessing.simulator.tree_paths import TreePaths

__all__ = ["BUCKET_PATH", "list_answer", "object_answer"]

BUCKET_PATH = "/stpubdata"

_NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
#: The most keys and prefixes on a page: S3's own limit
#: (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html).
_MOST_KEYS = 1000
_MEDIA_TYPE = "application/xml"


def list_answer(paths: TreePaths, query: Mapping[str, str]) -> Answer:
    """Return a page of keys.

    Sizes and times are left out, because giving them would mean making every file.

    Parameters
    ----------
    paths : TreePaths
        The keys of the bucket.
    query : mapping of str to str
        The request's query. These fields count: ``prefix``, ``delimiter``, ``start-after``,
        ``continuation-token`` and ``max-keys``.
    """
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    if not query.get("max-keys", "0").isdecimal():
        return _error(400, "InvalidArgument")
    most = min(_MOST_KEYS, int(query.get("max-keys", _MOST_KEYS)))
    # Tokens are opaque to clients; this server uses the last entry of the previous page.
    after = query.get("continuation-token") or query.get("start-after", "")
    entries = _entries(paths, prefix, delimiter, after)
    page = list(islice(entries, most))
    is_truncated = bool(page) and next(entries, None) is not None
    lines = [f"<Name>{BUCKET_PATH[1:]}</Name><Prefix>{escape(prefix)}</Prefix>"]
    lines.append(f"<MaxKeys>{most}</MaxKeys><KeyCount>{len(page)}</KeyCount>")
    lines.append(f"<IsTruncated>{str(is_truncated).lower()}</IsTruncated>")
    if is_truncated:
        lines.append(f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>")
    for entry in page:
        is_folder = bool(delimiter) and entry.endswith(delimiter)
        kind, part = ("CommonPrefixes", "Prefix") if is_folder else ("Contents", "Key")
        lines.append(f"<{kind}><{part}>{escape(entry)}</{part}></{kind}>")
    return _xml(200, f'<ListBucketResult xmlns="{_NAMESPACE}">{"".join(lines)}</ListBucketResult>')


def object_answer(
    holdings: Holdings, paths: TreePaths, key: str, range_header: str | None
) -> Answer:
    """Return an object, or a range of its bytes, with its MD5 as ETag.

    Parameters
    ----------
    holdings : Holdings
        The files.
    paths : TreePaths
        The keys of the bucket.
    key : str
        The object's key.
    range_header : str or None
        Value of the request's header ``Range``.
    """
    product = paths.product(key)
    answer = file_answer(holdings, product, range_header)
    if product is None or answer.status not in (200, 206):
        return _error(404, "NoSuchKey") if answer.status == 404 else answer
    body = holdings.body(product) if answer.status == 206 else answer.body
    digest = hashlib.md5(body, usedforsecurity=False).hexdigest()
    return replace(answer, headers={**answer.headers, "ETag": f'"{digest}"'})


def _entries(paths: TreePaths, prefix: str, delimiter: str, after: str) -> Iterator[str]:
    """Yield keys and common prefixes after `after`, each once, in ascending order."""
    last = ""
    for path in paths.below(prefix):
        head, found, _ = path[len(prefix) :].partition(delimiter) if delimiter else (path, "", "")
        entry = f"{prefix}{head}{found}" if found else path
        if entry != last and entry > after:
            yield entry
        last = entry


def _error(status: int, code: str) -> Answer:
    return _xml(status, f"<Error><Code>{code}</Code><Message>{code}</Message></Error>")


def _xml(status: int, content: str) -> Answer:
    answer = text_answer(status, f'<?xml version="1.0" encoding="UTF-8"?>\n{content}')
    return replace(answer, content_type=_MEDIA_TYPE)
