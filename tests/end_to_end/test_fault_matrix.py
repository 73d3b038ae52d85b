"""Every fault, in a quarter of the requests and in all of them for ten minutes: nothing is lost.

In each case 14 stars are downloaded in virtual time, and in the end every star is complete,
every output is the same to the last bit, and no file was sent whole twice without a cause.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
import trustme

from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.core.reasons import Reason
from preprocessing.missions import LONG, SHORT
from preprocessing.network import http_client
from preprocessing.simulator.calls import CallKind
from preprocessing.simulator.faults.fault_kinds import FAULTS
from preprocessing.simulator.faults.plan import Chance, FaultPlan
from preprocessing.simulator.request_log import RequestLog
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.small_holdings import SmallHoldings
from tests.support.virtual_time import VirtualTimeLoop, run_virtual

pytestmark = pytest.mark.slow

_STARS = 14
_HOLDINGS = SmallHoldings(_STARS)
_NAMES = [f"KIC {kic}" for kic in _HOLDINGS.star_keys()]
_FILES = {LONG: 2 * _STARS, SHORT: 3 * _STARS}
_SHARE = 0.25
_TEN_MINUTES_S = 600.0
#: A run takes ten seconds and more of the virtual clock: some files have come by then.
_LATENCY_S = 1.3
_MID_RUN_S = 5.0
#: The file that tells whether the archive is back is the only one to be sent again.
_PROBES = 1

#: Of the client's requests none is a HEAD or for a folder, and what only HTTPS can meet has a
#: test below.
_NEVER_MET = {"head-405", "redirect-to-plain", "listing-empty", "listing-foreign"}
_KINDS = sorted(FAULTS.keys() - _NEVER_MET)

Outputs = dict[str, dict[str, bytes]]


@pytest.fixture(autouse=True)
def small_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpack no more of a gzip bomb than these small files need."""
    monkeypatch.setattr(http_client, "_LARGEST_ANSWER", 2**24)
    monkeypatch.setattr(http_client, "_LARGEST_FILE", 2**24)


def _cadence(kind: str) -> str:
    """Return which files are asked for: months are of short cadence only."""
    return SHORT if kind == "other-month" else LONG


def _run(
    folder: Path, cadence: str, plan: FaultPlan, host: str = "127.0.0.1", **options: Any
) -> RequestLog:
    """Download every star with what goes wrong; return what the archive saw."""

    async def work() -> RequestLog:
        async with ArchiveSimulator(
            _HOLDINGS, latency_s=_LATENCY_S, faults=plan, **options
        ) as server:
            address = server.base_url.replace("127.0.0.1", host)
            downloader = AsyncDownloader(folder / "raw", archive=address)
            outcomes = await downloader.download_batch(_NAMES, cadence=cadence)
            assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}
            return server.log

    return run_virtual(work())


def _outputs(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "raw").iterdir()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """Return what runs without a fault write, by cadence and file name."""
    outputs = {}
    for cadence in (LONG, SHORT):
        folder = tmp_path_factory.mktemp(cadence)
        _run(folder, cadence, FaultPlan())
        outputs[cadence] = _outputs(folder)
        assert len(outputs[cadence]) == _STARS
    return outputs


def _check(folder: Path, log: RequestLog, undisturbed: dict[str, bytes]) -> None:
    assert _outputs(folder) == undisturbed
    repeated = {name: n for name, n in log.whole_files.items() if n > 1}
    assert len(repeated) <= _PROBES, repeated


@pytest.mark.parametrize("kind", _KINDS)
def test_in_a_quarter_of_the_requests(kind: str, tmp_path: Path, undisturbed: Outputs) -> None:
    """No fault costs a star when it strikes a quarter of all requests and the first."""
    plan = FaultPlan({kind: _SHARE})
    plan.script(kind)
    log = _run(tmp_path, _cadence(kind), plan)
    assert log.faults[kind] > 0
    if CallKind.DOWNLOAD in FAULTS[kind].calls:
        assert log.faults[kind] > _SHARE * _FILES[_cadence(kind)] / 2
    _check(tmp_path, log, undisturbed[_cadence(kind)])


@pytest.mark.parametrize("kind", _KINDS)
def test_in_every_request_for_ten_minutes(kind: str, tmp_path: Path, undisturbed: Outputs) -> None:
    """No fault costs a star when it strikes every request for ten minutes."""
    start_s = 0.0 if FAULTS[kind].calls <= {CallKind.PORTAL, CallKind.RESOLVER} else _MID_RUN_S
    plan = FaultPlan()
    plan.add(Chance(kind, 1.0, start_s, start_s + _TEN_MINUTES_S))
    log = _run(tmp_path, _cadence(kind), plan)
    # Nobody counts connections to a port at which nobody listens.
    assert log.faults[kind] > 0 or kind == "refused"
    _check(tmp_path, log, undisturbed[_cadence(kind)])


def test_redirects_from_https_to_http(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Outputs
) -> None:
    """A redirect from HTTPS to plain HTTP is not followed."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    # aiohttp has read what the system trusts when it was imported.
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trust)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    log = _run(tmp_path, LONG, FaultPlan({"redirect-to-plain": _SHARE}), tls=tls)
    assert log.faults["redirect-to-plain"] > _SHARE * _FILES[LONG] / 2
    _check(tmp_path, log, undisturbed[LONG])


@pytest.mark.parametrize(("share", "end_s"), [(0.5, 10**6), (1.0, _MID_RUN_S + _TEN_MINUTES_S)])
def test_names_that_do_not_resolve(
    share: float,
    end_s: float,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undisturbed: Outputs,
) -> None:
    """A host name that stops resolving, half of the time or for a while, costs no star."""
    failures = _let_names_fail(monkeypatch, share, 1000.0 + _MID_RUN_S, 1000.0 + end_s)
    log = _run(tmp_path, LONG, FaultPlan(), host="localhost")
    assert failures
    _check(tmp_path, log, undisturbed[LONG])


def _let_names_fail(
    monkeypatch: pytest.MonkeyPatch, share: float, start_s: float, end_s: float
) -> list[float]:
    """Let the resolver fail from time to time; return a list that will say when it did."""
    failures: list[float] = []
    chance = random.Random(0)

    async def getaddrinfo(loop: VirtualTimeLoop, host: str, port: int, **options: Any) -> Any:
        if start_s <= loop.time() < end_s and chance.random() < share:
            failures.append(loop.time())
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        return await asyncio.SelectorEventLoop.getaddrinfo(loop, host, port, **options)

    monkeypatch.setattr(VirtualTimeLoop, "getaddrinfo", getaddrinfo)
    # aiohttp keeps addresses and connections for some seconds, so that it would hardly ask.
    monkeypatch.setattr("aiohttp.connector.monotonic", itertools.count(step=60).__next__)
    return failures
