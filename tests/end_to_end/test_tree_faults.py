"""Faults on the bucket and on the archive's folders, and of one source of two: nothing is lost.

As in `test_fault_matrix`, but fewer stars: what is tested here is the way to the files.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.core.reasons import Reason
from preprocessing.network import http_client
from preprocessing.simulator.calls import CallKind
from preprocessing.simulator.faults.fault_kinds import FAULTS
from preprocessing.simulator.faults.plan import Chance, FaultPlan
from preprocessing.simulator.request_log import RequestLog
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.small_holdings import SmallHoldings
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.slow

_STARS = 8
_HOLDINGS = SmallHoldings(_STARS)
_NAMES = [f"KIC {kic}" for kic in _HOLDINGS.star_keys()]
_SHARE = 0.3
_LATENCY_S = 0.3
_MID_RUN_S, _TEN_MINUTES_S = 3.2, 600.0
#: The file that tells whether the archive is back.
_PROBES = 1

_CALLS = {CallKind.LISTING, CallKind.DOWNLOAD, CallKind.CONNECTION}
#: What only HTTPS, or files of short cadence, can meet.
_NEVER_MET = {"redirect-to-plain", "other-month"}
_KINDS = sorted(k for k, fault in FAULTS.items() if fault.calls & _CALLS and k not in _NEVER_MET)
#: For ten minutes: one of each sort.
_LASTING = ("refused", "silence", "status-503", "missing", "listing-empty", "flip", "html-200")
_SOURCES = ("s3", "stsci")

Outputs = dict[str, bytes]


@pytest.fixture(autouse=True)
def small_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unpack no more of a gzip bomb than these small files need."""
    monkeypatch.setattr(http_client, "_LARGEST_ANSWER", 2**24)
    monkeypatch.setattr(http_client, "_LARGEST_FILE", 2**24)


def _run(folder: Path, kind: str, plan: FaultPlan) -> RequestLog:
    """Download every star from one kind of source; return what it saw."""

    async def work() -> RequestLog:
        async with ArchiveSimulator(_HOLDINGS, latency_s=_LATENCY_S, faults=plan) as server:
            downloader = AsyncDownloader(folder / "raw", archive=f"{kind}+{server.base_url}")
            outcomes = await downloader.download_batch(_NAMES)
            assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}
            return server.log

    return run_virtual(work())


def _outputs(folder: Path) -> Outputs:
    return {path.name: path.read_bytes() for path in (folder / "raw").iterdir()}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    """Return what a run without a fault writes."""
    outputs = []
    for kind in _SOURCES:
        folder = tmp_path_factory.mktemp(kind)
        _run(folder, kind, FaultPlan())
        outputs.append(_outputs(folder))
    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == _STARS
    return outputs[0]


def _check(folder: Path, log: RequestLog, undisturbed: Outputs) -> None:
    assert _outputs(folder) == undisturbed
    repeated = {name: n for name, n in log.whole_files.items() if n > 1}
    assert len(repeated) <= _PROBES, repeated


@pytest.mark.parametrize("source", _SOURCES)
@pytest.mark.parametrize("kind", _KINDS)
def test_in_some_requests(kind: str, source: str, tmp_path: Path, undisturbed: Outputs) -> None:
    """No fault in some lists and files of a tree costs a star."""
    plan = FaultPlan()
    # But not the first look at a server, which a user waits for: that has no name.
    named = "*" if FAULTS[kind].calls == {CallKind.CONNECTION} else "?*"
    plan.add(Chance(kind, _SHARE, match=named))
    for calls in FAULTS[kind].calls & _CALLS:
        plan.script(kind, calls=calls, match=named)
    log = _run(tmp_path, source, plan)
    assert log.faults[kind] > 0
    _check(tmp_path, log, undisturbed)


@pytest.mark.parametrize("source", _SOURCES)
@pytest.mark.parametrize("kind", _LASTING)
def test_for_ten_minutes(kind: str, source: str, tmp_path: Path, undisturbed: Outputs) -> None:
    """No fault in every request to a tree for ten minutes costs a star."""
    start_s = 0.0 if FAULTS[kind].calls == {CallKind.LISTING} else _MID_RUN_S
    plan = FaultPlan()
    plan.add(Chance(kind, 1.0, start_s, start_s + _TEN_MINUTES_S))
    _check(tmp_path, _run(tmp_path, source, plan), undisturbed)


@pytest.mark.parametrize("start_s", [0.7, 1.5])
@pytest.mark.parametrize("kind", ["refused", "silence", "status-503", "flip", "missing"])
def test_a_source_that_fails_for_good(
    kind: str, start_s: float, tmp_path: Path, undisturbed: Outputs
) -> None:
    """The second source gives the rest when the first fails for good."""
    plan = FaultPlan()
    plan.add(Chance(kind, 1.0, start_s, 10.0**7))

    async def work() -> tuple[float, set[Reason]]:
        async with (
            ArchiveSimulator(_HOLDINGS, latency_s=_LATENCY_S, faults=plan) as bad,
            ArchiveSimulator(_HOLDINGS, latency_s=_LATENCY_S) as good,
        ):
            downloader = AsyncDownloader(
                tmp_path / "raw", archive=bad.base_url, fallback=[f"s3+{good.base_url}"]
            )
            outcomes = await downloader.download_batch(_NAMES)
            assert good.log.whole_files
            return bad.elapsed_s, {outcome.reason for outcome in outcomes}

    seconds, reasons = run_virtual(work())
    assert reasons == {Reason.COMPLETE}
    assert _outputs(tmp_path) == undisturbed
    # Not an hour of waiting for it.
    assert seconds < 1800.0
