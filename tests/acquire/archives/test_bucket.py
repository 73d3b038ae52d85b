"""Tests of the bucket against a real S3 server: it is listed, paged, verified and read whole."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from preprocessing.acquire.archives.bucket import Bucket
from preprocessing.acquire.archives.tree import Listing
from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.records.manifest import manifest_path
from preprocessing.core.errors import (
    ArchiveAnswerError,
    ArchiveError,
    CorruptProduct,
    ProductNotFound,
)
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.missions import author_of, parse_file_name
from preprocessing.network.http_client import HttpClient
from preprocessing.network.transfer import Transfer
from tests.support.raw_server import http_answer, raw_server, said
from tests.support.s3_server import S3Server, s3_server

_FOLDER = "kepler/public/lightcurves/0119/011904151"


@pytest.fixture(scope="module")
def running() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.fixture
def server(running: S3Server) -> S3Server:
    running.clear()
    return running


@asynccontextmanager
async def bucket_at(url: str) -> AsyncIterator[Bucket]:
    async with HttpClient(4) as http:
        yield Bucket(http, url, "s3")


@pytest.mark.slow
async def test_listing(server: S3Server) -> None:
    """A listing names what lies directly in a folder, and a missing folder is empty."""
    server.put({f"{_FOLDER}/a.fits": b"a", f"{_FOLDER}/deep/b.fits": b"b", "other/c.fits": b"c"})
    # As some tools make a folder.
    server.put({f"{_FOLDER}/": b""})
    async with bucket_at(f"{server.url}/stpubdata") as bucket:
        assert await bucket.listing(_FOLDER, Transfer()) == Listing(("deep",), ("a.fits",))
        assert await bucket.listing("", Transfer()) == Listing(("kepler", "other"))
        assert await bucket.listing("kepler/public/light", Transfer()) == Listing()


@pytest.mark.slow
async def test_pages(server: S3Server) -> None:
    """A listing longer than one page arrives in several pages, each key once and in order."""
    names = [f"{number:04d}.fits" for number in range(1003)]
    server.put_empty(f"many/{name}" for name in names)
    async with bucket_at(f"{server.url}/stpubdata") as bucket:
        assert (await bucket.listing("many", Transfer())).files == tuple(names)
        pages = [page async for page in bucket.pages_below("many", Transfer())]
    assert [len(page) for page in pages] == [1000, 3]
    assert [name for page in pages for name in page] == names


@pytest.mark.slow
async def test_files(server: S3Server) -> None:
    """The ETag vouches for a file uploaded in one piece, and for no other."""
    server.put({"whole.fits": b"w" * 100})
    upload = server.client.create_multipart_upload(
        Bucket="stpubdata", Key="parts.fits", ACL="public-read"
    )
    where = {"Bucket": "stpubdata", "Key": "parts.fits", "UploadId": upload["UploadId"]}
    tag = server.client.upload_part(**where, PartNumber=1, Body=b"p" * 50)["ETag"]
    server.client.complete_multipart_upload(
        **where, MultipartUpload={"Parts": [{"ETag": tag, "PartNumber": 1}]}
    )
    async with bucket_at(f"{server.url}/stpubdata") as bucket:
        whole = await bucket.read("whole.fits", Transfer())
        assert (whole.body, whole.has_source_digest) == (b"w" * 100, True)
        parts = await bucket.read("parts.fits", Transfer())
        assert (parts.body, parts.has_source_digest) == (b"p" * 50, False)
        assert await bucket.read_start("whole.fits", 10, Transfer()) == b"w" * 10
        with pytest.raises(ProductNotFound):
            await bucket.read("none.fits", Transfer())


async def test_what_is_not_public(server: S3Server) -> None:
    """A private bucket and a missing bucket each raise an error that says so."""
    server.client.put_object(Bucket="stpubdata", Key="secret.fits", Body=b"s")
    async with bucket_at(f"{server.url}/stpubdata") as bucket:
        with pytest.raises(ArchiveError, match="403"):
            await bucket.read("secret.fits", Transfer())
    async with bucket_at(f"{server.url}/nowhere") as bucket:
        with pytest.raises(ArchiveError, match="cannot be listed"):
            await bucket.listing("", Transfer())


def _tagged(body: bytes, tag: str, *more: str) -> bytes:
    return http_answer(body, *(f"ETag: {tag}", *more))


async def test_etags() -> None:
    """A body that contradicts its ETag is damaged, and other kinds of tag prove nothing."""
    md5 = hashlib.md5(b"light").hexdigest()
    kms = "x-amz-server-side-encryption: aws:kms"
    for answer, has_source_digest in (
        (_tagged(b"light", f'"{md5}"'), True),
        (_tagged(b"light", f'"{md5}"', "x-amz-server-side-encryption: AES256"), True),
        (_tagged(b"light", f'"{"0" * 32}"', kms), False),
        (_tagged(b"light", f'"{md5}-3"'), False),
        (_tagged(b"light", f'W/"{md5}"'), False),
        (_tagged(b"light", ""), False),
    ):
        async with raw_server(said(answer)) as (url, _), bucket_at(url) as bucket:
            assert (await bucket.read("a.fits", Transfer())).has_source_digest == has_source_digest
    wrong = said(_tagged(b"lighd", f'"{md5}"'))
    async with raw_server(wrong) as (url, _), bucket_at(url) as bucket:
        with pytest.raises(CorruptProduct, match="MD5"):
            await bucket.read("a.fits", Transfer())


async def test_a_list_that_goes_in_a_circle() -> None:
    """A continuation token that comes twice ends the listing with an error."""
    page = (
        b"<ListBucketResult><IsTruncated>true</IsTruncated>"
        b"<NextContinuationToken>t</NextContinuationToken></ListBucketResult>"
    )
    async with raw_server(said(http_answer(page))) as (url, _), bucket_at(url) as bucket:
        with pytest.raises(ArchiveAnswerError, match="in a circle"):
            await bucket.listing("a", Transfer())


async def test_a_page_that_fails_among_many() -> None:
    """A failed page is requested again, and the only page is left to the caller's retry."""
    token = "<IsTruncated>true</IsTruncated><NextContinuationToken>{}</NextContinuationToken>"
    pages = [
        f"<ListBucketResult>{more}<Contents><Key>s1/{n}.fits</Key></Contents></ListBucketResult>"
        for n, more in enumerate((token.format("t1"), token.format("t2"), ""))
    ]
    good = [http_answer(page.encode()) for page in pages]
    bad = http_answer(b"", status="500 Internal Server Error")

    async def no_sleep(seconds: float) -> None:
        pass

    reply = said(good[0], bad, bad, good[1], bad, good[2])
    async with raw_server(reply) as (url, requests), HttpClient(4) as http:
        bucket = Bucket(http, url, "s3", sleep=no_sleep)
        found = [list(page) async for page in bucket.pages_below("s1", Transfer())]
    assert found == [["0.fits"], ["1.fits"], ["2.fits"]]
    assert [b"continuation-token=t1" in request for request in requests].count(True) == 3
    async with raw_server(said(bad)) as (url, requests), HttpClient(4) as http:
        with pytest.raises(ArchiveError, match="500"):
            await Bucket(http, url, "s3", sleep=no_sleep).listing("s1", Transfer())
        assert len(requests) == 1


#: Real stars whose files the bucket has: what is asked for, and how many files that are used.
_REAL = [
    ("KIC 8644288", {"mission": "Kepler"}, 18),
    ("KIC 6462863", {"mission": "Kepler", "cadence": "short"}, 3),
    ("TIC 162494287", {"mission": "TESS"}, 4),
    ("TIC 66818296", {"mission": "TESS"}, 2),
    ("TIC 33910247", {"mission": "TESS", "author": "any"}, 1),
    ("EPIC 206103150", {"mission": "K2"}, 1),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "options", "n_files"), _REAL)
def test_real_files(
    name: str,
    options: dict[str, str],
    n_files: int,
    server: S3Server,
    real_files: Path,
    tmp_path: Path,
) -> None:
    """Outputs made from the bucket equal those made from a directory, bit for bit."""
    _put_star(server, real_files, int(name.split()[1]))
    s3 = _download(tmp_path / "s3", f"s3+{server.url}", name, options)
    assert (s3.reason, s3.quarters_used) == (Reason.COMPLETE, n_files)
    directory = _download(tmp_path / "directory", str(real_files), name, options)
    assert Path(s3.filepath).read_bytes() == Path(directory.filepath).read_bytes()


@pytest.mark.slow
def test_a_real_file_without_checksum(server: S3Server, real_files: Path, tmp_path: Path) -> None:
    """The manifest says that the ETag vouches for the file, and the output does not change."""
    _put_star(server, real_files, 254113311)
    found: dict[str, bytes] = {}
    for archive in (f"s3+{server.url}", str(real_files)):
        folder = tmp_path / str(len(found))
        results = folder / "results.csv"
        downloader = AsyncDownloader(folder / "raw", archive=archive, results_path=results)
        options: dict[str, Any] = {"mission": "TESS", "author": "QLP"}
        (outcome,) = asyncio.run(downloader.download_batch(["TIC 254113311"], **options))
        last = json.loads(manifest_path(results).read_text().splitlines()[-1])
        found[last["quarters"][0]["verified"]] = Path(outcome.filepath).read_bytes()
    assert found["etag"] == found["structure"]


def _put_star(server: S3Server, real_files: Path, number: int) -> None:
    files = {path.name: path for path in real_files.rglob("*.fits")}
    products = filter(None, map(parse_file_name, files))
    roots = {p: author_of(p).bucket_root for p in products}
    server.put(
        {
            f"{root}/{product.path}": files[product.file_name].read_bytes()
            for product, root in roots.items()
            if root is not None and product.number == number
        }
    )


def _download(folder: Path, archive: str, name: str, options: dict[str, Any]) -> TargetOutcome:
    downloader = AsyncDownloader(folder, archive=archive)
    (outcome,) = asyncio.run(downloader.download_batch([name], **options))
    return outcome
