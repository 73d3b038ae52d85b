"""A star whose files fail is written with the others, and its records say what failed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import pytest
from astropy.io import fits

from preprocessing.acquire.archives.base import Archive, FetchedFile, StarFiles
from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.runs.source import FileSources, Source
from preprocessing.acquire.runs.star import StarDownloader
from preprocessing.acquire.runs.summary import Tally
from preprocessing.acquire.settings import Mode
from preprocessing.core.outcomes import TargetOutcome, parse_failures
from preprocessing.core.reasons import Reason
from preprocessing.missions import Product
from preprocessing.missions.kepler import LONG_STAMPS
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import Target, parse_target
from preprocessing.network.retry import RetryPolicy
from preprocessing.network.transfer import Transfer
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings
from preprocessing.system.waiting import WorkThreads
from tests.support.virtual_time import run_virtual

_HOLDINGS = SyntheticHoldings(12, n_quarters=4)
_KIC = _HOLDINGS.star_keys()[3]
_NAME = f"KIC {_KIC}"
_PRODUCTS = _HOLDINGS.star(_KIC).products
_LABELS = [product.label for product in _PRODUCTS]
#: How often a run tries what fails in passing, without retries.
_LOOKS = 2


async def _download(
    server: ArchiveSimulator,
    folder: Path,
    *,
    workers: int = 4,
    timeout: float = 30.0,
    retries: int = 1,
    resume: bool = False,
    name: str = _NAME,
) -> TargetOutcome:
    downloader = AsyncDownloader(
        folder / "raw",
        workers,
        timeout,
        retries=retries,
        archive=server.base_url,
        results_path=folder / "results.csv",
        checkpoint_dir=folder,
        resume=resume,
    )
    (outcome,) = await downloader.download_batch([name])
    return outcome


def _quarters(outcome: TargetOutcome) -> list[tuple[int, str, str]]:
    with fits.open(outcome.filepath) as hdus:
        rows = hdus["QUARTERS"].data
        return [(int(r["QUARTER"]), str(r["STATUS"]), str(r["REASON"])) for r in rows]


async def _whole(folder: Path) -> bytes:
    async with ArchiveSimulator(_HOLDINGS) as server:
        outcome = await _download(server, folder)
    return Path(outcome.filepath).read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        # The product list names the file, so that its absence may pass.
        ("missing", Reason.ARCHIVE_ERROR),
        ("flip", Reason.CORRUPT),
        ("html-200", Reason.CORRUPT),
        ("status-500", Reason.ARCHIVE_ERROR),
        ("cut", Reason.ARCHIVE_ERROR),
        ("reset", Reason.ARCHIVE_ERROR),
    ],
)
async def test_a_quarter_that_cannot_be_had_does_not_cost_the_star(
    tmp_path: Path, fault: str, reason: Reason
) -> None:
    """The other quarters are stitched, and the records say which failed and why."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script(fault, match=_PRODUCTS[1].file_name, times=None)
        outcome = await _download(server, tmp_path)
    assert (outcome.success, outcome.reason) == (True, Reason.PARTIAL)
    assert (outcome.quarters_found, outcome.quarters_used, outcome.quarters_failed) == (4, 3, 1)
    assert parse_failures(outcome.error) == [(_LABELS[1], reason)]
    assert outcome.retries >= 1
    expected = [(p.sequence_number, "used", "") for p in _PRODUCTS]
    expected[1] = (_PRODUCTS[1].sequence_number, "failed", str(reason))
    assert [row for row in _quarters(outcome) if row[1] == "failed"] == [expected[1]]
    assert [row[:2] for row in _quarters(outcome)] == [row[:2] for row in expected]


@pytest.mark.slow
async def test_a_passing_fault_leaves_no_trace(tmp_path: Path) -> None:
    """A retry gives the same file as an undisturbed run."""
    whole = await _whole(tmp_path / "whole")
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("flip", match=_PRODUCTS[1].file_name)
        outcome = await _download(server, tmp_path)
    assert (outcome.reason, outcome.retries) == (Reason.COMPLETE, 1)
    assert Path(outcome.filepath).read_bytes() == whole


async def test_all_quarters_failing_leaves_no_file(tmp_path: Path) -> None:
    """A star without a single usable file has a row with a reason, and no output."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("flip", match="kplr*", times=None)
        outcome = await _download(server, tmp_path, retries=0)
    assert (outcome.success, outcome.reason, outcome.filepath) == (False, Reason.CORRUPT, "")
    assert parse_failures(outcome.error) == [(label, Reason.CORRUPT) for label in _LABELS]
    assert list((tmp_path / "raw").iterdir()) == []


@pytest.mark.slow
async def test_a_stall_is_given_up_and_taken_up_again(tmp_path: Path) -> None:
    """Files received before a stall are written, and resuming fetches only the rest."""
    whole = await _whole(tmp_path / "whole")
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("stall", match=_PRODUCTS[2].file_name, times=_LOOKS)
        outcome = await _download(server, tmp_path, workers=1, timeout=0.7)
        assert (outcome.success, outcome.reason) == (True, Reason.TIMEOUT)
        assert outcome.error == f"{_LABELS[2]} timeout; {_LABELS[3]} timeout"
        assert [row[1] for row in _quarters(outcome)] == ["used", "used", "failed", "failed"]
        before = server.log.files.copy()
        resumed = await _download(server, tmp_path, resume=True)
        fetched = server.log.files - before
    assert resumed.reason is Reason.COMPLETE
    assert Path(resumed.filepath).read_bytes() == whole
    assert sorted(fetched) == sorted(p.file_name for p in _PRODUCTS[2:])
    assert set(fetched.values()) == {1}


@pytest.mark.slow
async def test_files_that_came_meanwhile_are_used(tmp_path: Path) -> None:
    """Spare connections fetch later files during a stall, and none of them is lost."""
    whole = await _whole(tmp_path / "whole")
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("stall", match=_PRODUCTS[1].file_name, times=_LOOKS)
        server.faults.script("flip", match=_PRODUCTS[3].file_name)
        outcome = await _download(server, tmp_path, timeout=0.7)
        assert outcome.error == f"{_LABELS[1]} timeout; {_LABELS[3]} timeout"
        resumed = await _download(server, tmp_path, resume=True)
        assert server.log.files[_PRODUCTS[2].file_name] == 1
    assert resumed.reason is Reason.COMPLETE
    assert Path(resumed.filepath).read_bytes() == whole


@pytest.mark.slow
async def test_the_next_file_comes_while_one_is_used(tmp_path: Path) -> None:
    """A single star uses all connections, and one connection makes one request at a time."""
    for workers, peak in ((1, 1), (4, 4)):
        folder = tmp_path / str(workers)
        async with ArchiveSimulator(_HOLDINGS, latency_s=0.1) as server:
            await _download(server, folder, workers=workers)
            assert server.log.peak_in_flight == peak
            assert server.log.connections <= max(2, workers)


@pytest.mark.slow
@pytest.mark.parametrize("missing", range(4))
async def test_resuming_fetches_only_the_missing_quarter(tmp_path: Path, missing: int) -> None:
    """The repaired file equals an undisturbed run's, whichever quarter was corrupt."""
    whole = await _whole(tmp_path / "whole")
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("flip", match=_PRODUCTS[missing].file_name, times=_LOOKS)
        await _download(server, tmp_path, retries=0)
        before = server.log.files.copy()
        resumed = await _download(server, tmp_path, resume=True)
        fetched = server.log.files - before
    assert resumed.reason is Reason.COMPLETE
    assert Path(resumed.filepath).read_bytes() == whole
    assert dict(fetched) == {_PRODUCTS[missing].file_name: 1}


@pytest.mark.slow
async def test_a_worse_attempt_keeps_the_better_file(tmp_path: Path) -> None:
    """If every file fails on resume, the earlier output stays and is reported."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("flip", match=_PRODUCTS[3].file_name, times=_LOOKS)
        first = await _download(server, tmp_path, retries=0)
        content = Path(first.filepath).read_bytes()
        server.faults.script("flip", match="kplr*", times=None)
        again = await _download(server, tmp_path, retries=0, resume=True)
    assert Path(again.filepath).read_bytes() == content
    for name in ("success", "reason", "n_points", "duration_days", "quarters_used"):
        assert getattr(again, name) == getattr(first, name)
    # Another bit was wrong.
    assert parse_failures(again.error) == parse_failures(first.error)


@pytest.mark.slow
async def test_a_stall_at_the_first_file_loses_nothing(tmp_path: Path) -> None:
    """Quarters of the previous output are kept even if the first one stalls on resume."""
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("flip", match=_PRODUCTS[0].file_name, times=_LOOKS)
        first = await _download(server, tmp_path, retries=0)
        content = Path(first.filepath).read_bytes()
        server.faults.script("stall", match=_PRODUCTS[0].file_name, times=None)
        again = await _download(server, tmp_path, timeout=0.7, resume=True)
    assert (again.reason, again.quarters_used) == (Reason.TIMEOUT, 3)
    assert again.n_points == first.n_points
    # The reason of the missing quarter is the newer one; the rows are the same.
    assert len(Path(again.filepath).read_bytes()) == len(content)
    assert [row[1] for row in _quarters(again)] == ["failed", "used", "used", "used"]


@pytest.mark.slow
async def test_a_damaged_output_is_fetched_anew(tmp_path: Path) -> None:
    """A damaged earlier output is replaced by one made from the archive's files."""
    whole = await _whole(tmp_path / "whole")
    async with ArchiveSimulator(_HOLDINGS) as server:
        server.faults.script("flip", match=_PRODUCTS[3].file_name, times=_LOOKS)
        path = Path((await _download(server, tmp_path, retries=0)).filepath)
        content = path.read_bytes()
        path.write_bytes(content[:50_000] + b"rot" + content[50_003:])
        before = server.log.files.copy()
        resumed = await _download(server, tmp_path, resume=True)
        assert sum((server.log.files - before).values()) == 4
    assert Path(resumed.filepath).read_bytes() == whole


class _Slow:
    """Gives every file, in small pieces over so many seconds."""

    identity = "slow"
    polite_requests = None
    has_answered = True
    may_be_down = True

    def __init__(self) -> None:
        self.file_s = 0.2

    async def fetch(self, product: Product, transfer: Transfer) -> FetchedFile:
        for _ in range(10):
            await asyncio.sleep(self.file_s / 10)
            transfer.received(1)
        return FetchedFile(_HOLDINGS.body(product), self.identity)


async def _never(target: Target) -> None:
    raise AssertionError(target.name)


@pytest.mark.slow
def test_a_star_that_crawls_is_given_up_for_now(tmp_path: Path) -> None:
    """A star that takes far longer than others is given up for now."""

    async def work() -> None:
        archive = _Slow()
        with WorkThreads(1, 1) as threads:
            tally = Tally(total=6, before=0)
            files = FileSources(
                (Source(cast(Archive, archive)),),
                RetryPolicy(),
                tally.origins,
                threads.cpu_slots.wait_for_backlog,
            )
            stars = StarDownloader(
                Recipe(),
                tmp_path,
                Mode.NEW,
                180.0,
                files,
                threads,
                tally.stages,
                kept_files=None,
                note_clock=None,
                mark_superseded=_never,
            )

            async def download(kic: int) -> tuple[TargetOutcome, float]:
                began = asyncio.get_running_loop().time()
                star = StarFiles(kic, _HOLDINGS.star(kic).products, "Kepler", "long")
                target = parse_target(f"KIC {kic}")
                outcome = await stars.download(target, star, is_retry=False)
                return outcome, asyncio.get_running_loop().time() - began

            # Nobody knows yet what is usual.
            archive.file_s = 170.0
            first, seconds = await download(_HOLDINGS.star_keys()[0])
            assert (first.reason, round(seconds)) == (Reason.COMPLETE, 4 * 170)
            archive.file_s = 0.2
            for kic in _HOLDINGS.star_keys()[1:5]:
                assert (await download(kic))[0].reason is Reason.COMPLETE
            archive.file_s = 170.0
            slow, seconds = await download(_HOLDINGS.star_keys()[5])
            # Whether the archive is down was found out first, which took a file's time.
            assert (slow.reason, slow.quarters_used) == (Reason.TIMEOUT, 2)
            assert seconds == pytest.approx(180.0 + 20 * 4 * 0.2 + 170.0, abs=2.0)

    run_virtual(work())


class _WithoutLateQuarters:
    """A star of which Q8, Q12 and Q16 are not there, though it was not on module 3 in Q4."""

    is_synthetic = True

    def __init__(self) -> None:
        self._all = SyntheticHoldings(12, n_quarters=18)
        self._kic = self._all.star_keys()[5]

    def star_keys(self) -> Sequence[int]:
        return (self._kic,)

    def star(self, kic: int) -> HeldStar:
        star = self._all.star(kic)
        kept = tuple(p for p in star.products if p.sequence_number not in (8, 12, 16))
        return HeldStar(kic, star.ra_deg, star.dec_deg, star.names, kept)

    def products(self, kic: int) -> Sequence[Product]:
        return self.star(kic).products

    def size(self, product: Product) -> int:
        self._require(product)
        return self._all.size(product)

    def body(self, product: Product) -> bytes:
        self._require(product)
        return self._all.body(product)

    def _require(self, product: Product) -> None:
        if product not in self.star(product.number).products:
            raise KeyError(product)


@pytest.mark.slow
async def test_a_wrong_guess_of_module_3_is_put_right(tmp_path: Path) -> None:
    """If Q4 is not under the expected stamp, it is fetched under the other one."""
    holdings = _WithoutLateQuarters()
    name = f"KIC {holdings.star_keys()[0]}"
    async with ArchiveSimulator(holdings) as server:
        outcome = await _download(server, tmp_path, name=name)
    assert (outcome.reason, outcome.quarters_used) == (Reason.COMPLETE, 15)
    with fits.open(outcome.filepath) as hdus:
        (row,) = (row for row in hdus["QUARTERS"].data if row["QUARTER"] == 4)
        assert LONG_STAMPS[4][0] in row["FILENAME"]
