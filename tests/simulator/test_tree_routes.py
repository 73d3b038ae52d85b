"""The embedded archive serves a bucket and a tree of folders, also to AWS's own client."""

from __future__ import annotations

import hashlib
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from preprocessing.missions import author_of
from preprocessing.missions.k2 import k2_product
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.server import ArchiveThread
from tests.support.fake_holdings import FakeHoldings, held_star

_STARS = [held_star(kic, quarters=(1, 2, 3)) for kic in (757076, 757099, 11904151, 100000001)]
_K2 = HeldStar(206003187, 1.0, 2.0, (), (k2_product(206003187, 3, "long"),))
_HOLDINGS = FakeHoldings(*_STARS, _K2, file_size=600)
_PRODUCTS = [p for key in _HOLDINGS.star_keys() for p in _HOLDINGS.products(key)]
_KEYS = sorted(f"{author_of(p).bucket_root}/{p.path}" for p in _PRODUCTS)


@pytest.fixture(scope="module")
def server() -> Iterator[ArchiveThread]:
    with ArchiveThread(_HOLDINGS) as server:
        yield server


def _get(server: ArchiveThread, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(f"{server.base_url}{path}", headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("prefix", "delimiter", "page_size"),
    [
        ("", "", 1000),
        ("", "", 2),
        ("", "/", 1000),
        ("kepler/public/lightcurves/", "/", 2),
        ("kepler/public/lightcurves/0007/", "/", 1),
        ("kepler/public/lightcurves/0007", "", 3),
        ("kepler/public/lightcurves/0007/000757076/", "/", 2),
        ("kepler/public/lightcurves/0119/011904151/kplr011904151-2009", "", 1),
        ("kepler/public/lightcurves/1000/", "", 5),
        ("k2/public/lightcurves/c3/", "/", 5),
        ("nothing/", "", 5),
    ],
)
def test_boto3_lists(server: ArchiveThread, prefix: str, delimiter: str, page_size: int) -> None:
    """AWS's own client lists all keys, page by page."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    client = boto3.client(
        "s3",
        endpoint_url=server.base_url,
        region_name="us-east-1",
        config=Config(signature_version=UNSIGNED, s3={"addressing_style": "path"}),
    )
    pages = client.get_paginator("list_objects_v2").paginate(
        Bucket="stpubdata",
        Prefix=prefix,
        Delimiter=delimiter,
        PaginationConfig={"PageSize": page_size},
    )
    keys, prefixes = [], []
    for page in pages:
        keys += [entry["Key"] for entry in page.get("Contents", ())]
        prefixes += [entry["Prefix"] for entry in page.get("CommonPrefixes", ())]
    client.close()
    below = [key for key in _KEYS if key.startswith(prefix)]
    folders = {
        prefix + key[len(prefix) :].partition("/")[0] + "/"
        for key in below
        if delimiter and "/" in key[len(prefix) :]
    }
    assert prefixes == sorted(folders)
    assert keys == [k for k in below if not any(k.startswith(folder) for folder in folders)]


def test_objects(server: ArchiveThread) -> None:
    """A file comes with its MD5 as its ETag, as do parts of it; others are not found."""
    body = _HOLDINGS.body(_STARS[0].products[0])
    key = next(k for k in _KEYS if k.endswith(_STARS[0].products[0].file_name))
    tag = f'"{hashlib.md5(body).hexdigest()}"'
    status, headers, content = _get(server, f"/stpubdata/{key}")
    assert (status, headers["ETag"], content) == (200, tag, body)
    status, headers, content = _get(server, f"/stpubdata/{key}", Range="bytes=0-9")
    assert (status, headers["ETag"], content) == (206, tag, body[:10])
    for wrong in (f"{key}x", key.replace("0007", "0008"), "x", "../etc/passwd"):
        status, _, content = _get(server, f"/stpubdata/{wrong}")
        assert (status, b"NoSuchKey" in content) == (404, True)
    assert _get(server, "/stpubdata?list-type=2&max-keys=x")[0] == 400


def test_indexes(server: ArchiveThread) -> None:
    """Each folder has an index of what is just below it; a file is its bytes."""
    status, headers, page = _get(server, "/missions/kepler/lightcurves/0007/")
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b'href="000757076/"' in page
    assert b'href="000757099/"' in page
    assert b"kplr" not in page
    for path in ("/missions/", "/missions", "/missions/kepler/lightcurves/"):
        assert _get(server, path)[0] == 200
    for path in ("/missions/kepler/lightcurves/0008/", "/hlsps/", "/missions/none"):
        assert _get(server, path)[0] == 404
    product = _STARS[0].products[0]
    path = f"/{author_of(product).web_root}/{product.path}"
    assert _get(server, path)[2] == _HOLDINGS.body(product)
    assert f'href="{product.file_name}"'.encode() in _get(server, path.rpartition("/")[0] + "/")[2]
