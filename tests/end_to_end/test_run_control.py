"""A run can be watched while it is alive, paused, and told to try failed stars again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.records.live_files import LiveFiles
from preprocessing.acquire.runs.run import Run
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.core.run_state import (
    CONTROL_NAME,
    RUN_HISTORY_NAME,
    RUN_STATUS_NAME,
    Command,
    ControlCommand,
    RunState,
    RunStatus,
    read_history,
)
from preprocessing.simulator.server import ArchiveSimulator
from preprocessing.system.waiting import loop_time
from tests.support.scraping import Place
from tests.support.small_holdings import SmallHoldings
from tests.support.virtual_time import run_virtual

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(50)
_KICS = _HOLDINGS.star_keys()
_NAMES = [f"KIC {kic}" for kic in _KICS]


class WatchedRun:
    """A run in virtual time, what it says of itself, and who tells it something."""

    def __init__(self, place: Place, server: ArchiveSimulator) -> None:
        self._folder = place.checkpoint.parent
        self.server = server
        self.downloader = AsyncDownloader(
            place.raw,
            4,
            30.0,
            archive=server.base_url,
            results_path=place.results,
            checkpoint_dir=self._folder,
            retries=1,
        )
        self._ids = iter(range(100))

    async def run(
        self, names: list[str], beside: Callable[[WatchedRun], Awaitable[None]]
    ) -> list[TargetOutcome]:
        running = asyncio.ensure_future(self.downloader.download_batch(names))
        await beside(self)
        return await running

    @property
    def status(self) -> RunStatus:
        return RunStatus.from_json((self._folder / RUN_STATUS_NAME).read_bytes())

    @property
    def history(self) -> list[RunStatus]:
        return list(read_history((self._folder / RUN_HISTORY_NAME).read_text()))

    def write(self, *commands: Command) -> list[str]:
        """Give commands in one moment, and return their names."""
        told = [ControlCommand(str(next(self._ids)), command) for command in commands]
        (self._folder / CONTROL_NAME).write_text("".join(one.to_json() for one in told))
        return [one.id for one in told]

    async def tell(self, command: Command) -> str:
        """Give a command, and return the answer."""
        (name,) = self.write(command)
        await self.until(lambda status: name in [answer.id for answer in status.answers])
        return self.status.answers[-1].answer

    async def until(self, is_so: Callable[[RunStatus], bool]) -> None:
        """Wait until the status is so."""
        while not (self._folder / RUN_STATUS_NAME).exists() or not is_so(self.status):
            await asyncio.sleep(0.2)


def _play(tmp_path: Path, work: Callable[[WatchedRun], Awaitable[None]]) -> None:
    async def play() -> None:
        async with ArchiveSimulator(_HOLDINGS, latency_s=1.0) as server:
            place = Place(tmp_path)
            place.checkpoint.parent.mkdir()
            (place.checkpoint.parent / CONTROL_NAME).write_text(
                ControlCommand("of yesterday", Command.PAUSE).to_json()
            )
            await work(WatchedRun(place, server))

    run_virtual(play(), show_every_s=1.0)


def test_a_paused_run_asks_for_nothing_until_it_goes_on(tmp_path: Path) -> None:
    """What is in flight ends, nothing begins for long, and the time is no part of the pace."""

    async def work(watched: WatchedRun) -> None:
        log = watched.server.log

        async def beside(_: WatchedRun) -> None:
            await watched.until(lambda status: status.seconds_left is not None)
            left_before = watched.status.seconds_left
            assert (await watched.tell(Command.PAUSE)).startswith("paused")
            assert await watched.tell(Command.PAUSE) == "it is paused already"
            await watched.until(lambda status: not status.requests_in_flight)
            requests, done = log.requests.total(), watched.status.done
            await asyncio.sleep(600.0)
            status = watched.status
            assert (log.requests.total(), status.done) == (requests, done)
            assert (status.state, status.seconds_left) == (RunState.PAUSED, None)
            assert status.waiting_for == "the command to go on"
            assert await watched.tell(Command.GO_ON) == "going on"
            await watched.until(lambda status: status.done > done)
            assert left_before is not None and watched.status.seconds_left is not None
            assert watched.status.seconds_left <= 1.2 * left_before

        outcomes = await watched.run(_NAMES, beside)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}
        assert max(log.whole_files.values()) == 1

        last = watched.status
        assert (last.state, last.done, last.complete) == (RunState.ENDED, 50, 50)
        assert last.bytes == sum(outcome.bytes for outcome in outcomes)
        history = watched.history
        assert history[-1].state is RunState.ENDED and RunState.PAUSED in {h.state for h in history}
        assert 55 <= len(history) < 80

    _play(tmp_path, work)


def test_an_interrupt_ends_a_paused_run(tmp_path: Path) -> None:
    """A paused run that is stopped ends soon, begins no other star, and says that it ended."""

    async def work(watched: WatchedRun) -> None:
        ended_at: list[float] = []

        async def beside(_: WatchedRun) -> None:
            await watched.until(lambda status: status.done >= 4)
            await watched.tell(Command.PAUSE)
            await asyncio.sleep(60)
            watched.downloader.stop()
            ended_at.append(loop_time())

        outcomes = await watched.run(_NAMES, beside)
        # Virtual time goes on while threads of a busy machine end what they write.
        assert loop_time() - ended_at[0] < 120
        assert 4 <= len(outcomes) <= 12
        assert watched.status.state is RunState.ENDED

    _play(tmp_path, work)


def test_failed_stars_are_tried_again_on_command(tmp_path: Path) -> None:
    """They come after those that are found already, also at the end, and each has one row."""
    place = Place(tmp_path)
    place.raw.mkdir()
    foreign = [place.raw / f"KIC_{kic}.fits" for kic in _KICS[:3]]
    for path in foreign:
        path.write_text("my notes")

    async def work(watched: WatchedRun) -> None:
        async def beside(_: WatchedRun) -> None:
            await watched.until(lambda status: status.done >= 46)
            assert watched.status.failures == {"foreign_file": 3}
            for path in foreign:
                path.unlink()
            answer = await watched.tell(Command.RETRY_FAILED)
            assert answer == "3 targets will be tried again, after those that are found already"
            assert "wait for another attempt" in await watched.tell(Command.RETRY_FAILED)
            await watched.until(lambda status: status.failed == 0)

        await watched.run(_NAMES, beside)
        assert (watched.status.complete, watched.status.done) == (50, 50)

    _play(tmp_path, work)
    assert [row["reason"] for row in place.rows()] == ["complete"] * 50
    assert sorted(row["target_id"] for row in place.rows()) == sorted(_NAMES)
    assert place.noted()["counts"] == {"complete": 50}


def test_commands_of_one_moment_are_all_obeyed(tmp_path: Path) -> None:
    """A run that is told to pause and to go on within a second does both, and answers both."""

    async def work(watched: WatchedRun) -> None:
        async def beside(_: WatchedRun) -> None:
            await watched.until(lambda status: status.done >= 4)
            names = watched.write(Command.PAUSE, Command.GO_ON)
            await watched.until(lambda status: len(status.answers) == 2)
            answers = watched.status.answers
            assert [answer.id for answer in answers] == names
            assert answers[0].answer.startswith("paused") and answers[1].answer == "going on"

        outcomes = await watched.run(_NAMES[:20], beside)
        assert len(outcomes) == 20

    _play(tmp_path, work)


def test_a_command_of_the_last_instant_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Failed stars are tried again although the run was about to end when it was told so."""
    place = Place(tmp_path)
    place.raw.mkdir()
    foreign = place.raw / f"KIC_{_KICS[0]}.fits"
    foreign.write_text("my notes")
    download = Run.download

    async def work(watched: WatchedRun) -> None:
        told: list[str] = []

        async def and_tell(run: Run, targets: Sequence[object], **more: bool) -> None:
            await download(run, targets, **more)  # type: ignore[arg-type]
            if not targets and not told:
                foreign.unlink()
                told.extend(watched.write(Command.RETRY_FAILED))

        async def beside(_: WatchedRun) -> None: ...

        monkeypatch.setattr(Run, "download", and_tell)
        await watched.run(_NAMES[:5], beside)
        (answer,) = watched.status.answers
        assert answer.answer.startswith("1 target will be tried again")
        assert (watched.status.complete, watched.status.done) == (5, 5)

    _play(tmp_path, work)


def test_a_command_that_is_too_late_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command that comes while the last status is written is answered in the status."""
    write_status = LiveFiles.write_status

    async def work(watched: WatchedRun) -> None:
        def and_tell(live: LiveFiles, status: RunStatus) -> None:
            write_status(live, status)
            if status.state is RunState.ENDED and not status.answers:
                watched.write(Command.PAUSE, Command.RETRY_FAILED)

        async def beside(_: WatchedRun) -> None: ...

        monkeypatch.setattr(LiveFiles, "write_status", and_tell)
        await watched.run(_NAMES[:5], beside)
        assert watched.status.state is RunState.ENDED
        assert [answer.answer[:31] for answer in watched.status.answers] == [
            "too late: the run has ended",
            "too late: the run has ended. It",
        ]
        assert [one.state for one in watched.history].count(RunState.ENDED) == 1

    _play(tmp_path, work)


def test_what_is_no_command_is_logged_and_costs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A torn file, one of somebody else, and a status that cannot be written fail no run."""
    place = Place(tmp_path)

    async def work(watched: WatchedRun) -> None:
        control = place.checkpoint.parent / CONTROL_NAME

        async def beside(_: WatchedRun) -> None:
            await asyncio.sleep(3)
            for content in ('{"id": "7", "comm', json.dumps({"id": "8", "command": "explode"})):
                control.write_text(content)
                await asyncio.sleep(3)
            control.unlink()
            control.mkdir()

        (place.checkpoint.parent / RUN_STATUS_NAME).mkdir()
        (place.checkpoint.parent / RUN_HISTORY_NAME).write_text("my notes\n")
        outcomes = await watched.run(_NAMES[:20], beside)
        assert {outcome.reason for outcome in outcomes} == {Reason.COMPLETE}

    _play(tmp_path, work)
    said = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert [text.split(": ", 1)[1] for text in said if "no command" in text] == [
        "it is no JSON",
        "its command is none of pause, go-on, retry-failed",
        "Is a directory",
    ]
    assert sum("the run goes on without" in text for text in said) == 2
    assert (place.checkpoint.parent / RUN_HISTORY_NAME).read_text() == "my notes\n"
