"""A run waits out transient failures and makes a retry pass over what failed or was not found."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.runs.progress import Progress, SilentProgress
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.core.run_state import RunState, RunStatus
from preprocessing.missions import LONG, Product
from preprocessing.missions.kepler import possible_products
from preprocessing.simulator.faults.plan import Chance, FaultPlan
from preprocessing.simulator.holdings import HeldStar, Holdings
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.system.waiting import loop_time
from tests.support.scraping import Place
from tests.support.small_holdings import SmallHoldings
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(30)
_KICS = _HOLDINGS.star_keys()
_NAMES = [f"KIC {kic}" for kic in _KICS]


def _files_of(kic: int) -> list[str]:
    return [p.file_name for p in _HOLDINGS.products(kic) if p.cadence == LONG]


class FaultContext:
    """A server and a place for runs, in virtual time."""

    def __init__(self, place: Place, server: ArchiveSimulator) -> None:
        self.place = place
        self.server = server

    async def run(
        self,
        names: list[str],
        *,
        workers: int = 4,
        retries: int = 1,
        timeout: float = 180.0,
        resume: bool = False,
        on_start: Callable[[AsyncDownloader], Awaitable[None]] | None = None,
        progress: Progress | None = None,
    ) -> list[TargetOutcome]:
        downloader = AsyncDownloader(
            self.place.raw,
            workers,
            timeout,
            archive=self.server.base_url,
            results_path=self.place.results,
            checkpoint_dir=self.place.checkpoint.parent,
            retries=retries,
            resume=resume,
            progress=progress,
        )
        running = asyncio.ensure_future(downloader.download_batch(names))
        if on_start is not None:
            await on_start(downloader)
        return await running


def _play(
    tmp_path: Path,
    work: Callable[[FaultContext], Awaitable[None]],
    holdings: Holdings = _HOLDINGS,
    show_every_s: float = 60.0,
) -> None:
    async def play() -> None:
        async with ArchiveSimulator(holdings, latency_s=0.2) as server:
            await work(FaultContext(Place(tmp_path), server))

    run_virtual(play(), show_every_s)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return what an undisturbed run writes, by file names."""
    tmp_path = tmp_path_factory.mktemp("undisturbed")

    async def work(context: FaultContext) -> None:
        await context.run(_NAMES)

    _play(tmp_path, work)
    return Place(tmp_path).outputs()


@pytest.mark.parametrize("workers", [1, 4, 32])
def test_an_hour_of_outage_costs_no_star(
    tmp_path: Path, undisturbed: dict[str, bytes], workers: int
) -> None:
    """The run waits, probes now and then, resumes by itself, and fetches every file once."""

    async def work(context: FaultContext) -> None:
        for kind in ("status-502", "refused"):
            context.server.faults.add(Chance(kind, 1.0, 3.0, 3600.0, match="kplr*"))
        outcomes = await context.run(_NAMES, workers=workers)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}
        log = context.server.log
        assert len(log.whole_files) == 2 * len(_NAMES)
        # One that is known is asked for until it comes again.
        assert log.whole_files.total() <= 2 * len(_NAMES) + 1
        assert log.requests["download"] < 2 * len(_NAMES) + 60

    _play(tmp_path, work)
    place = Place(tmp_path)
    assert place.outputs() == undisturbed
    assert [row["reason"] for row in place.rows()] == ["complete"] * len(_NAMES)


class OutageNotes(SilentProgress):
    """Notes, whenever the display is redrawn, whether it is told of an outage."""

    def __init__(self) -> None:
        self.noted: list[bool] = []

    def show(self, status: RunStatus) -> None:
        self.noted.append(status.state is RunState.OUTAGE)


@pytest.mark.parametrize(("match", "begins_s"), [("kplr*", 3.0), ("Mast*", 0.0)])
def test_an_outage_is_shown_while_it_lasts(tmp_path: Path, match: str, begins_s: float) -> None:
    """The display knows of an outage of the files, or of the search, until it is over."""
    notes = OutageNotes()

    async def work(context: FaultContext) -> None:
        context.server.faults.add(Chance("status-502", 1.0, begins_s, 3600.0, match=match))
        outcomes = await context.run(_NAMES, progress=notes)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}

    _play(tmp_path, work, show_every_s=1.0)
    assert 3500 < sum(notes.noted) < 4000
    assert not notes.noted[0] and not notes.noted[-1]


def test_what_failed_is_tried_again_at_the_end(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """A retried star has one row, and only the file that failed is fetched again."""
    broken = _files_of(_KICS[3])[1]

    async def work(context: FaultContext) -> None:
        context.server.faults.script("flip", match=broken, times=2)
        outcomes = await context.run(_NAMES)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}
        log = context.server.log
        assert log.faulty_files == {broken: 2}
        # One that is known to be good told the archive from the file.
        assert sorted(log.whole_files.values()) == [1] * (2 * len(_NAMES) - 1) + [2]

    _play(tmp_path, work)
    place = Place(tmp_path)
    assert place.outputs() == undisturbed
    assert sorted(row["target_id"] for row in place.rows()) == sorted(_NAMES)
    assert place.noted()["counts"] == {"complete": len(_NAMES)}
    assert place.noted()["results"]["bytes"] == place.results.stat().st_size


def test_what_fails_twice_has_one_row(tmp_path: Path) -> None:
    """A star that fails twice counts once, and --resume tries it again."""
    broken = _files_of(_KICS[3])[1]

    async def work(context: FaultContext) -> None:
        context.server.faults.script("flip", match=broken, times=4)
        await context.run(_NAMES)
        assert context.place.noted()["counts"] == {"complete": len(_NAMES) - 1, "partial": 1}
        assert context.place.row(_NAMES[3])["reason"] == "partial"
        await context.run(_NAMES, resume=True)
        assert context.place.row(_NAMES[3])["reason"] == "complete"
        assert len(context.place.rows()) == len(_NAMES)

    _play(tmp_path, work)


def test_a_star_that_the_search_forgot_is_found(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """A star missing from one search is searched for again and found."""

    async def work(context: FaultContext) -> None:
        context.server.faults.script("star-missing", times=3)
        outcomes = await context.run(_NAMES)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}

    _play(tmp_path, work)
    assert Place(tmp_path).outputs() == undisturbed


def test_an_archive_that_lists_nothing_is_waited_for(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """A file of a star that is not listed tells an outage from a list of strangers."""

    async def work(context: FaultContext) -> None:
        context.server.faults.add(Chance("no-rows", 1.0, 0.0, 1800.0))
        outcomes = await context.run(_NAMES)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}

    _play(tmp_path, work)
    assert Place(tmp_path).outputs() == undisturbed


def test_a_star_that_is_nowhere_has_no_data(tmp_path: Path) -> None:
    """A star has no data if two searches and its possible files are empty, by any author."""

    async def work(context: FaultContext) -> None:
        outcomes = await context.run([*_NAMES[:2], "KIC 757076"])
        assert [o.reason for o in outcomes] == [Reason.COMPLETE] * 2 + [Reason.NO_DATA]
        log = context.server.log
        # The third asks whether another author has it.
        assert log.requests["Mast.Caom.Filtered"] == 3
        assert log.requests["download"] == 2 * 2 + len(possible_products(757076))

    _play(tmp_path, work)
    assert len(Place(tmp_path).rows()) == 3


class _Forgetful:
    """Has the files of a star that it does not list."""

    is_synthetic = True

    def __init__(self, forgotten: int) -> None:
        self._forgotten = forgotten

    def star_keys(self) -> list[int]:
        return [kic for kic in _KICS if kic != self._forgotten]

    def star(self, kic: int) -> HeldStar:
        return _HOLDINGS.star(kic)

    def products(self, kic: int) -> Sequence[Product]:
        return _HOLDINGS.products(kic)

    def size(self, product: Product) -> int:
        return _HOLDINGS.size(product)

    def body(self, product: Product) -> bytes:
        return _HOLDINGS.body(product)


def test_a_star_that_is_there_but_never_listed(tmp_path: Path) -> None:
    """A star that is never listed is not called empty, and --resume tries it again."""
    forgotten = _KICS[2]

    async def work(context: FaultContext) -> None:
        names = [f"KIC {forgotten}", *(n for n in _NAMES[:4] if n != f"KIC {forgotten}")]
        outcomes = await context.run(names)
        assert [o.reason for o in outcomes[1:]] == [Reason.COMPLETE] * (len(names) - 1)
        assert outcomes[0].reason is Reason.NO_ROWS
        assert "lists nothing, but kplr" in outcomes[0].error
        assert not outcomes[0].is_final

    _play(tmp_path, work, _Forgetful(forgotten))


def test_a_stop_during_the_second_look_keeps_every_row(tmp_path: Path) -> None:
    """Each star keeps one row after a stop, from the pass that ended last."""
    broken = [_files_of(kic)[1] for kic in _KICS[:6]]

    async def work(context: FaultContext) -> None:
        for name in broken:
            context.server.faults.script("flip", match=name, times=2)
        context.server.faults.script("silence", match=broken[3], times=None)

        async def stop_in_second_look(downloader: AsyncDownloader) -> None:
            # The third request for the first of them is of the second look.
            while context.server.log.whole_files[broken[0]] == 0:
                await asyncio.sleep(0.1)
            await asyncio.sleep(5.0)
            downloader.stop()

        await context.run(_NAMES, workers=1, on_start=stop_in_second_look)

    _play(tmp_path, work)
    place = Place(tmp_path)
    assert sorted(row["target_id"] for row in place.rows()) == sorted(_NAMES)
    reasons = Counter(row["reason"] for row in place.rows())
    assert place.noted()["counts"] == dict(reasons)
    assert 0 < reasons["partial"] < len(broken)


def test_a_crash_in_the_second_look_is_mended_by_resuming(tmp_path: Path) -> None:
    """Resuming merges two rows of a star and fetches no good file again."""
    broken = _files_of(_KICS[0])[1]

    async def work(context: FaultContext) -> None:
        context.server.faults.script("flip", match=broken, times=2)
        await context.run(_NAMES[:3])
        rows = context.place.results.read_text().splitlines(keepends=True)
        # As if it had been killed before the first of the two rows was dropped.
        partial = next(line for line in rows if _NAMES[0] in line).replace("complete", "partial")
        context.place.results.write_text(rows[0] + partial + "".join(rows[1:]))
        await context.run(_NAMES[:3], resume=True)
        # One that is known to be good told the archive from the file.
        assert sorted(context.server.log.whole_files.values()) == [1] * 5 + [2]
        assert [row["reason"] for row in context.place.rows()] == ["complete"] * 3

    _play(tmp_path, work)


@pytest.mark.parametrize(
    ("kind", "workers", "timeout"),
    [
        ("silence", 1, 30.0),
        ("silence", 4, 60.0),
        ("silence", 16, 180.0),
        ("stall", 1, 180.0),
        ("stall", 4, 30.0),
        ("stall", 16, 60.0),
    ],
)
def test_an_archive_that_hangs_for_an_hour_costs_no_star(
    tmp_path: Path, undisturbed: dict[str, bytes], kind: str, workers: int, timeout: float
) -> None:
    """An archive that accepts requests and sends nothing counts as an outage."""

    async def work(context: FaultContext) -> None:
        context.server.faults.add(Chance(kind, 1.0, 3.0, 3600.0, match="kplr*"))
        outcomes = await context.run(_NAMES, workers=workers, timeout=timeout)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}
        assert context.server.log.requests["download"] < 2 * len(_NAMES) + 150

    _play(tmp_path, work)
    assert Place(tmp_path).outputs() == undisturbed


def test_an_hour_announced_by_the_archive_costs_no_star(
    tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """An announced hour of HTTP 503 costs no star, even with few stars."""

    async def work(context: FaultContext) -> None:
        busy = Chance("status-503-wait", 1.0, 0.3, 3600.0, match="kplr*")
        context.server.faults.add(busy)
        outcomes = await context.run(_NAMES[:4], workers=16)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}

    _play(tmp_path, work)
    assert set(Place(tmp_path).outputs()) < set(undisturbed)


def test_strangers_in_a_list_do_not_hold_it_up(tmp_path: Path) -> None:
    """Ten unknown stars and an error rate of one in twenty do not hold up the list."""

    async def work(context: FaultContext) -> None:
        context.server.faults.add(Chance("status-500", 0.05))
        began = asyncio.get_running_loop().time()
        strangers = [f"KIC {kic}" for kic in range(1, 11)]
        outcomes = await context.run([*_NAMES[:5], *strangers], retries=4)
        assert [o.reason for o in outcomes[:5]] == [Reason.COMPLETE] * 5
        assert [o.reason for o in outcomes[5:]] == [Reason.NO_DATA] * 10
        assert asyncio.get_running_loop().time() - began < 900

    _play(tmp_path, work)


@pytest.mark.parametrize("kind", ["silence", "stall"])
@pytest.mark.parametrize("seed", range(3))
def test_requests_that_hang_cost_seconds_and_no_star(
    tmp_path: Path, undisturbed: dict[str, bytes], kind: str, seed: int
) -> None:
    """With 15 % of all requests hanging, searches included, every star is complete soon."""

    async def play() -> None:
        faults = FaultPlan({kind: 0.15}, seed)
        async with ArchiveSimulator(_HOLDINGS, latency_s=0.2, faults=faults) as server:
            began = loop_time()
            outcomes = await FaultContext(Place(tmp_path), server).run(
                _NAMES, workers=8, timeout=120.0, retries=4
            )
            assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}
            # The first search, of which no peers are known, may be sent twice again.
            assert loop_time() - began < 60.0 + 60.0
            assert server.log.peak_in_flight <= 8

    run_virtual(play())
    assert Place(tmp_path).outputs() == undisturbed


def test_an_archive_without_faults_is_asked_once(tmp_path: Path) -> None:
    """No file is requested twice while the archive answers."""

    async def work(context: FaultContext) -> None:
        await context.run(_NAMES, workers=8)
        assert context.server.log.requests["download"] == 2 * len(_NAMES)

    _play(tmp_path, work)


@pytest.mark.parametrize(
    ("late", "later", "again", "reason"),
    [(3, 5, [2, 1], "complete"), (3, None, [2, 1], "timeout"), (0, None, [1], "timeout")],
)
def test_a_star_that_times_out_is_tried_as_long_as_others_come(
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    late: int,
    later: int | None,
    again: list[int],
    reason: str,
) -> None:
    """A further pass follows one that brought a file, and none follows one in vain."""

    async def work(context: FaultContext) -> None:
        # In five seconds a star has time for one request and one rival.
        script = context.server.faults.script
        script("silence", match=_files_of(_KICS[0])[1], times=late)
        script("silence", match=_files_of(_KICS[5])[1], times=later)
        with caplog.at_level(logging.INFO, "preprocessing"):
            await context.run(_NAMES, workers=4, timeout=5.0)
        assert context.place.row(_NAMES[0])["reason"] == "complete"
        assert context.place.row(_NAMES[5])["reason"] == reason

    _play(tmp_path, work)
    texts = [text for text in caplog.messages if text.startswith("trying")]
    assert texts == [f"trying {count} targets again" for count in again]
