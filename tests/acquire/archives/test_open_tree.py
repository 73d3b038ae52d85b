"""The bucket and the archive's folders open as what they are, or are refused."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.acquire.archives import open_archive
from preprocessing.core.errors import RunError, UsageError
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import parse_target
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.system.paths import cache_dir
from tests.support.fake_holdings import FakeHoldings, held_star
from tests.support.s3_server import S3Server, s3_server
from tests.support.scraping import Place

_ENDPOINT = "AWS_ENDPOINT_URL_S3"


@pytest.fixture(autouse=True)
def _no_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(_ENDPOINT, raising=False)


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    with s3_server() as server:
        yield server


@pytest.mark.parametrize(("source", "polite"), [("s3", 32), ("stsci", 8)])
async def test_public_ones(source: str, polite: int) -> None:
    """Public trees have their own names, are asked politely, and are not contacted early."""
    async with open_archive(source, 100) as archive:
        assert (archive.identity, archive.polite_requests) == (source, polite)
        assert not archive.has_answered


@pytest.mark.slow
async def test_another_server(server: S3Server) -> None:
    """Another server is checked when it opens, with the public bucket's name by default."""
    key = "kepler/public/lightcurves/0007/000757076/kplr000757076-2009166043257_llc.fits"
    server.put({key: b"x"})
    server.client.create_bucket(Bucket="mine")
    server.put({key: b"x"}, "mine")
    targets = [parse_target("757076")]
    for place in (server.url, f"{server.url}/", f"{server.url}/mine"):
        async with open_archive(f"s3+{place}", 4) as archive:
            found = await archive.search(targets, make_recipe(), Transfer())
            assert archive.identity == f"s3+{place.rstrip('/')}"
            assert archive.polite_requests is None
            assert found["kic757076"].number == 757076  # type: ignore[union-attr]
    with pytest.raises(RunError, match="cannot be listed"):
        async with open_archive(f"s3+{server.url}/none", 4):
            pass
    # What is another's may change: nothing is kept of it.
    folder = cache_dir()
    assert folder is not None and not list(folder.glob("*.sqlite"))


async def test_the_environment(server: S3Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable of AWS's tools redirects plain ``s3`` to another server."""
    monkeypatch.setenv(_ENDPOINT, server.url)
    async with open_archive("s3", 4) as archive:
        assert archive.identity == f"s3+{server.url}"
        assert archive.has_answered
    monkeypatch.setenv(_ENDPOINT, "no address")
    with pytest.raises(UsageError, match=f"{_ENDPOINT} is no address"):
        async with open_archive("s3", 4):
            pass


@pytest.mark.slow
async def test_servers_that_are_not_there() -> None:
    """One line names the server that cannot be reached."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{unused.getsockname()[1]}"
        for kind in ("s3", "stsci"):
            with pytest.raises(RunError, match="cannot be reached") as caught:
                async with open_archive(f"{kind}+{silent}", 4):
                    pass
            assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", ["s3+", "s3+nowhere", "s3+mast", "stsci+ftp://host", "web+x"])
async def test_what_is_none(source: str) -> None:
    """An unknown tree is refused with a list of the known ones."""
    with pytest.raises(UsageError, match="unknown archive"):
        async with open_archive(source, 4):
            pass


async def test_a_server_of_mast_api_by_its_kind() -> None:
    """The prefix ``mast+`` before an address equals the address alone."""
    async with (
        ArchiveSimulator(FakeHoldings(held_star(5))) as server,
        open_archive(f"mast+{server.base_url}", 4) as archive,
    ):
        assert archive.identity == server.base_url


@pytest.mark.slow
def test_an_author_that_the_bucket_has_not(
    real_files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run for an author that the bucket lacks ends with one line of advice."""
    assert MirrorHoldings(real_files).star_keys()
    place = Place(tmp_path)
    status = place.scrape(
        f"--archive=s3+embedded --mirror {real_files}",
        "--mission=K2",
        "--author=K2SFF",
        "--ids=EPIC 221312395",
    )
    assert status == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("has no light curves by K2SFF: use --archive mast")
