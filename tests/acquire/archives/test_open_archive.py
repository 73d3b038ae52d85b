"""Each kind of archive opens as what it is, or is refused in one line."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from preprocessing.acquire.archives import open_archive, servers
from preprocessing.acquire.archives.base import SearchAnswer, StarFiles
from preprocessing.acquire.archives.directory import DirectoryArchive
from preprocessing.core.errors import RunError, UsageError
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import parse_target
from preprocessing.network.rate_limit import RateLimit
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system.paths import cache_dir
from tests.support.fake_holdings import FakeHoldings, held_star
from tests.support.raw_server import http_answer, raw_server, said


@pytest.mark.parametrize(
    "source",
    [
        "",
        "moon",
        "/no/such/directory",
        "ftp://host/",
        "http://",
        "http://[bad",
        "http://h:port",
        __file__,
    ],
)
async def test_unknown_sources(source: str) -> None:
    """An unknown source is refused with a list of the known ones."""
    with pytest.raises(UsageError, match=r"unknown archive .*: give mast, s3, stsci, embedded"):
        async with open_archive(source, 4):
            pass


async def test_empty_directory(tmp_path: Path) -> None:
    """A directory without light curves is refused."""
    with pytest.raises(UsageError, match="holds no light-curve file with a known name"):
        async with open_archive(str(tmp_path), 4):
            pass


async def test_directory(tmp_path: Path) -> None:
    """A directory is read in place."""
    (tmp_path / held_star(5).products[0].file_name).write_bytes(b"x")
    async with open_archive(str(tmp_path), 4) as archive:
        assert isinstance(archive, DirectoryArchive)
        assert archive.identity == str(tmp_path)


@pytest.mark.slow
async def test_unreachable_servers() -> None:
    """An absent, failing or badly addressed server is refused in one line."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        silent = f"http://127.0.0.1:{unused.getsockname()[1]}"
        for source in (silent, "http://xn--/"):
            with pytest.raises(RunError, match="cannot be reached") as caught:
                async with open_archive(source, 4):
                    pass
            assert "\n" not in str(caught.value)
    async with raw_server(said(http_answer(b"", status="502 Bad Gateway"))) as (url, _):
        with pytest.raises(RunError, match="502"):
            async with open_archive(url, 4):
                pass


async def test_server_without_front_page() -> None:
    """A server need not have a front page."""
    async with (
        raw_server(said(http_answer(b"", status="404 Not Found"))) as (url, _),
        open_archive(f"{url}/", 4) as archive,
    ):
        assert archive.identity == url
        assert archive.polite_requests is None


async def test_mast_is_polite() -> None:
    """MAST opens without a request and states how many requests it accepts at once."""
    async with open_archive("mast", 32) as archive:
        assert (archive.identity, archive.polite_requests) == ("mast", 8)


async def test_loopback_needs_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is not used for this machine."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    async with (
        ArchiveSimulator(FakeHoldings(held_star(5))) as server,
        open_archive(server.base_url, 4) as archive,
    ):
        assert await archive.holdings(1, make_recipe(), Transfer()) == [5]


async def _find(source: str) -> SearchAnswer:
    target = parse_target("5")
    async with open_archive(source, 4) as archive:
        return (await archive.search([target], make_recipe(), Transfer()))[target.key]


async def test_answers_are_of_the_holdings() -> None:
    """Two archives at one address keep separate caches, and one archive keeps its own."""
    port = 0
    for quarters in ((1, 2), (1, 3)):
        star = held_star(5, quarters=quarters)
        async with ArchiveSimulator(FakeHoldings(star), port=port) as server:
            port = int(server.base_url.rpartition(":")[2])
            for _ in range(2):
                assert await _find(server.base_url) == StarFiles(5, star.products, "Kepler", "long")
            assert server.log.requests["Mast.Caom.Filtered"] == 1


async def test_run_without_a_cache(caplog: pytest.LogCaptureFixture) -> None:
    """A cache folder that cannot be made causes a warning, and the search continues."""
    folder = cache_dir()
    assert folder is not None
    folder.write_text("in the way")
    async with ArchiveSimulator(FakeHoldings(held_star(5))) as server:
        assert isinstance(await _find(server.base_url), StarFiles)
    assert "answers are not kept" in caplog.text


async def test_run_without_a_home(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Without a home directory nothing is kept, which is said, and the search continues."""
    monkeypatch.setattr(servers, "cache_dir", lambda: None)
    async with ArchiveSimulator(FakeHoldings(held_star(5))) as server:
        assert isinstance(await _find(server.base_url), StarFiles)
    assert "this user has no home directory" in caplog.text


async def test_embedded_answers_are_kept() -> None:
    """An embedded archive keeps its cache although its port changes."""
    names = []
    for _ in range(2):
        async with (
            ArchiveSimulator(SyntheticHoldings(3)) as server,
            open_archive("embedded", 4, started={"embedded": server.base_url}) as archive,
        ):
            assert archive.identity == "embedded"
            names.append(await archive.holdings(3, make_recipe(), Transfer()))
    assert names[0] == names[1]
    assert len(names[0]) == 3


async def test_what_does_not_change_its_stars_does_not_name_an_embedded_archive() -> None:
    """Latency, releases and faults are not part of an embedded archive's recorded name."""
    source = "embedded --latency 0.01 --release 26=0.5 --stars 3"
    async with (
        ArchiveSimulator(SyntheticHoldings(3)) as server,
        open_archive(source, 4, started={source: server.base_url}) as archive,
    ):
        assert archive.identity == "embedded --stars 3"


@pytest.mark.parametrize("source", ["embedded", "s3+embedded --stars 3"])
async def test_an_embedded_archive_that_does_not_run_is_refused(source: str) -> None:
    """The package starts no server: the caller starts one and passes its address."""
    with pytest.raises(UsageError, match="is not running"):
        async with open_archive(source, 4):
            pass


async def test_a_rate_holds_for_all_files_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate limit holds for simultaneous files together."""
    owed: list[float] = []

    async def note(limit: RateLimit, seconds: float) -> None:
        owed.append(seconds)

    monkeypatch.setattr(RateLimit, "wait", note)
    holdings = SyntheticHoldings(2, n_quarters=1)
    async with (
        ArchiveSimulator(holdings) as server,
        open_archive(server.base_url, 4, max_rate_mb_s=0.001) as archive,
    ):
        products = [holdings.products(kic)[0] for kic in holdings.star_keys()]
        files = await asyncio.gather(*(archive.fetch(p, Transfer()) for p in products))
    total_s = sum(len(file.body) for file in files) / 1000
    assert 0.9 * total_s < max(owed) < 1.1 * total_s
