"""The embedded archive runs as a child process, and as a command."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import psutil
import pytest
import trustme

from preprocessing.core.errors import RunError, UsageError
from preprocessing.simulator.__main__ import main
from preprocessing.simulator.process import ArchiveProcess
from preprocessing.simulator.server import ARCHIVE_HEADER
from tests.support.fake_holdings import long_product

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).resolve().parents[2]
_PRODUCT = long_product(757076, 1)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Return a mirror with one file."""
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / _PRODUCT.file_name).write_bytes(b"body")
    return folder


def _command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "preprocessing.simulator", *map(str, arguments)]


@pytest.fixture
def served(tree: Path) -> Iterator[subprocess.Popen[str]]:
    """Return the command, serving that mirror."""
    command = _command("--port", 0, "--mirror", tree)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=_ROOT, stdout=pipe, stderr=pipe, text=True) as child:
        yield child
        child.kill()


def _announced_url(child: subprocess.Popen[str]) -> str:
    assert child.stdout is not None
    match = re.fullmatch(r"serving 1 stars of \S+ at (http://\S+)\n", child.stdout.readline())
    assert match
    return match[1]


async def test_child_serves_a_mirror(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The child serves a mirror from any folder and in its own session, and ends with the block."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    async with ArchiveProcess(mirror=Path(os.path.relpath(tree))) as archive:
        (child,) = _children()
        # Of its own session, so that a Ctrl-C at the terminal does not reach it.
        assert os.getsid(child.pid) == child.pid != os.getsid(0)
        async with aiohttp.ClientSession(archive.base_url) as session:
            params = {"uri": _PRODUCT.uri}
            async with session.get("/api/v0.1/Download/file", params=params) as response:
                assert await response.read() == b"body"
    assert not child.is_running()


async def test_child_serves_https_and_counts(tree: Path, tmp_path: Path) -> None:
    """The child has a certificate that the client can trust, and leaves its counts."""
    authority, pem, counts = trustme.CA(), tmp_path / "server.pem", tmp_path / "counts.json"
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(pem))
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    arguments = ["--certificate", str(pem), "--counts", str(counts)]
    async with ArchiveProcess(mirror=tree, arguments=arguments) as archive:
        assert archive.base_url.startswith("https://127.0.0.1:")
        async with aiohttp.ClientSession(archive.base_url) as session:
            params = {"uri": _PRODUCT.uri}
            async with session.get(
                "/api/v0.1/Download/file", params=params, ssl=trusting
            ) as response:
                assert await response.read() == b"body"
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await session.get("/")
    assert json.loads(counts.read_text())["requests"] == {"download": 1}


async def test_child_serves_synthetic_stars() -> None:
    """Without a mirror the child serves as many synthetic stars as asked, and says so."""
    async with (
        ArchiveProcess(stars=3, seed=1, quarters=2) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
    ):
        filters = [{"paramName": "target_name", "values": [], "freeText": "kplr%"}]
        query = {"service": "Mast.Caom.Filtered", "params": {"columns": "*", "filters": filters}}
        async with session.post("/api/v0/invoke", data={"request": json.dumps(query)}) as response:
            rows = (await response.json())["data"]
            assert response.headers[ARCHIVE_HEADER] == "synthetic"
    assert len(rows) == 3
    assert all(row["obs_id"].partition("_Q")[2].count("1") == 2 for row in rows)


async def test_options_are_passed_on(tree: Path) -> None:
    """Faults given to the parent befall the child's clients."""
    async with (
        ArchiveProcess(
            mirror=tree, latency_s=0.001, bandwidth_mb_s=9, faults={"status-503": 1}
        ) as a,
        aiohttp.ClientSession(a.base_url) as session,
        session.get("/api/v0.1/Download/file", params={"uri": _PRODUCT.uri}) as response,
    ):
        assert response.status == 503


async def test_a_window_and_a_capacity_are_passed_on(tree: Path) -> None:
    """A refusal window and a capacity reach the child."""
    url = f"/api/v0.1/Download/file?uri={_PRODUCT.uri}"
    refusing = ("--fault", "refused=1@0-3600", "--fault", "cut=1@3600-")
    async with ArchiveProcess(mirror=tree, arguments=refusing) as archive:
        with pytest.raises(aiohttp.ClientConnectorError):
            async with aiohttp.ClientSession(archive.base_url) as session, session.get(url):
                pass
    small = ("--capacity", "1", "--refusal", "429:7", "--fault", "stall=1@0-")
    async with (
        ArchiveProcess(mirror=tree, arguments=small) as archive,
        aiohttp.ClientSession(archive.base_url) as session,
        session.get(url) as stalled,
        session.get(url) as refused,
    ):
        assert (stalled.status, refused.status) == (200, 429)
        assert refused.headers["Retry-After"] == "7"


async def test_child_that_does_not_start(tmp_path: Path) -> None:
    """The error says what a failed child printed, and the child is gone."""
    with pytest.raises(UsageError, match="absent is not a directory"):
        async with ArchiveProcess(mirror=tmp_path / "absent"):
            pass
    assert _children() == []


async def test_child_that_takes_too_long(tree: Path) -> None:
    """A child that does not announce itself in time is stopped."""
    with pytest.raises(RunError, match=r"did not start within 0\.001 s"):
        async with ArchiveProcess(mirror=tree, start_timeout_s=0.001):
            pass
    assert _children() == []


async def test_child_that_died_meanwhile(tree: Path) -> None:
    """Leaving the block is no error when the child is gone already."""
    async with ArchiveProcess(mirror=tree):
        (child,) = _children()
        child.kill()
        while child.is_running():
            await asyncio.sleep(0.01)


def test_child_ends_with_a_killed_parent(tree: Path) -> None:
    """The child of a parent that had no chance to stop it ends by itself."""
    script = (
        "import asyncio, os\n"
        "from pathlib import Path\n"
        "from preprocessing.simulator.process import ArchiveProcess\n"
        "async def main():\n"
        f"    async with ArchiveProcess(mirror=Path({str(tree)!r})) as archive:\n"
        "        print(archive.base_url, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline().startswith(b"http://")
        (child,) = psutil.Process(parent.pid).children()
        parent.kill()
        gone, _ = psutil.wait_procs([child], timeout=10)
    assert gone == [child]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_command_ends_quietly(served: subprocess.Popen[str], number: signal.Signals) -> None:
    """It announces itself in one line, serves, and ends with status 0 and no other word."""
    url = _announced_url(served)
    with urllib.request.urlopen(url) as response:
        assert b"1 stars" in response.read()
    served.send_signal(number)
    assert served.communicate(timeout=20) == ("", "")
    assert served.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mirror", "absent"), "mirror absent is not a directory"),
        (("--counts", "absent/counts.json"), "cannot write absent/counts.json: No such file"),
        (("--certificate", "absent"), "cannot use the certificate absent: No such file"),
        (("--port", "99999"), "'99999' is not a number from 0 to 65535"),
        (("--latency", "nan"), "'nan' is not a number"),
        (("--stars", "0"), "'0' is not a number"),
        (("--fault", "cut=2"), "2.0 is not between 0 and 1"),
        (("--fault", "cut"), "'cut' is neither KIND=PROBABILITY"),
        (("--fault", "gremlin=1"), "unknown fault 'gremlin'"),
        (("--fault", "cut=1@660-60"), "the window 660-60 does not end after its start"),
        (("--fault", "cut=1@noon-"), "'cut=1@noon-' is neither KIND=PROBABILITY nor KIND="),
        (("--capacity", "0"), "'0' is not a number from 1"),
        (("--refusal", "404"), "refusal 404: requests are refused with 429 or 503"),
        (("--color",), "unrecognized arguments: --color"),
    ],
)
def test_bad_arguments(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bad argument is one clear line with status 2 and no traceback."""
    assert main(arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert message in said.err


def test_a_taken_port(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A port in use is reported in one line."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert main(["--mirror", str(tree), "--port", str(taken.getsockname()[1])]) == 2
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "address already in use" in said.lower()


def _children() -> list[psutil.Process]:
    # Pools of processes, in other tests, leave a helper behind.
    children = psutil.Process().children()
    return [child for child in children if "preprocessing.simulator" in child.cmdline()]


def test_the_truth_table_lists_every_synthetic_star(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--truth-table`` writes a row for each star, and what is synthetic goes with no mirror."""
    table = tmp_path / "truth.csv"
    stars = ("--stars", 30, "--k2-stars", 5, "--tess-stars", 7)
    command = _command("--port", 0, *stars, "--survey", "--truth-table", table)
    server = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    server.terminate()
    server.communicate(timeout=30)
    missions = [line.partition(",")[0] for line in table.read_text().splitlines()]
    assert missions == ["mission", *["Kepler"] * 30, *["K2"] * 5, *["TESS"] * 7]
    assert "is_strange" in table.read_text()

    for option in (("--truth-table", str(table)), ("--survey",)):
        assert main(["--mirror", str(tmp_path), *option]) == 2
        assert "--mirror" in capsys.readouterr().err
