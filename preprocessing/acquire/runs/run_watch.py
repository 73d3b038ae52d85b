"""Once a second: measure a run, show how far it is, leave its status to others, take commands."""

from __future__ import annotations

import asyncio
import logging
import os
import platform
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from preprocessing.acquire.records.live_files import LiveFiles
from preprocessing.acquire.runs.activity import Activity
from preprocessing.acquire.runs.monitor import ResourceMonitor, free_bytes
from preprocessing.acquire.runs.pace import Pace
from preprocessing.acquire.runs.pause import PauseGate
from preprocessing.acquire.runs.progress import Progress
from preprocessing.acquire.runs.run import Files, MemoryGate
from preprocessing.acquire.runs.summary import Tally, counted
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.core.reasons import Reason
from preprocessing.core.run_state import (
    Command,
    CommandAnswer,
    ControlCommand,
    RunState,
    RunStatus,
)
from preprocessing.system.waiting import utc_now

__all__ = ["RunWatch"]

_log = logging.getLogger(__name__)

#: How often progress is shown, the status is written, and memory is looked at, in seconds.
_LOOK_EVERY_S = 1.0
#: Reasons of targets with a light curve.
_WITH_OUTPUT = (Reason.COMPLETE, Reason.PARTIAL)
#: How many answers a status shows, so that nobody misses one who looks now and then.
_MOST_ANSWERS = 10
#: What the run waits for in each state; None where only looking at it tells.
_WAITS_FOR = {
    RunState.RUNNING: None,
    RunState.PAUSED: "the command to go on",
    RunState.OUTAGE: "the archive, which is down",
    RunState.STOPPING: "what is in hand to end",
    RunState.ENDED: None,
}
_MEMORY = "free memory"
#: What commands hear that come when nothing is left to do.
_TOO_LATE = {
    Command.PAUSE: "too late: the run has ended",
    Command.GO_ON: "too late: the run has ended",
    Command.RETRY_FAILED: "too late: the run has ended. Its summary names the command that tries"
    " failed targets again",
}


@dataclass(frozen=True)
class RunWatch:
    """Looks at a run while it lasts.

    Parameters
    ----------
    tally : Tally
        The counts.
    monitor : ResourceMonitor
        Measures time, memory and processor.
    files : Files
        Says whether sources are down, and what requests do.
    activity : Activity
        Says what the run waits for.
    memory : MemoryGate
        Adjusted to the available memory.
    pause : PauseGate
        Closed and opened by commands.
    stopping : asyncio.Event
        Set when the run should end soon.
    output_dir : Path
        The folder whose disk must have room.
    progress : Progress
        Shows the status.
    live : LiveFiles or None
        Where the status is left, and commands come from; None if no records are kept.
    retry_failed : callable
        Queues targets that failed again; returns how many.
    """

    tally: Tally
    monitor: ResourceMonitor
    files: Files
    activity: Activity
    memory: MemoryGate
    pause: PauseGate
    stopping: asyncio.Event
    output_dir: Path
    progress: Progress
    live: LiveFiles | None
    retry_failed: Callable[[], int]

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
        """Watch the run while the block runs.

        The block gets a function that takes commands at once, and tells whether there were any:
        whoever calls it before the block ends leaves no moment in which a command is too late to be
        obeyed and too early to be refused.
        """
        looks = _Looks(self)
        if self.live is not None:
            await asyncio.to_thread(self.live.open)

        async def tick() -> None:
            while True:
                self.memory.adjust()
                await looks.look()
                await asyncio.sleep(_LOOK_EVERY_S)

        ticker = asyncio.ensure_future(tick())
        try:
            yield looks.take_commands
        finally:
            ticker.cancel()
            await asyncio.wait([ticker])
            await looks.end()


class _Looks:
    """The looks at one run, one after another."""

    def __init__(self, watch: RunWatch) -> None:
        self._watch = watch
        self._run = utc_now()
        self._pace = Pace()
        self._answers: tuple[CommandAnswer, ...] = ()
        self._looked_at = watch.monitor.seconds
        self._idle_s = 0.0
        self._exchange: asyncio.Future[list[ControlCommand]] | None = None
        self._exchanging = asyncio.Lock()

    async def look(self) -> None:
        """Measure, show, and leave the status; take commands if there are any."""
        self._watch.monitor.sample()
        self._count_idle()
        status = self._status(self._state())
        self._show(status)
        async with self._exchanging:
            self._begin_exchange(status)
            # The disk may take long: the next look does not wait for it.
            await self._end_exchange(_LOOK_EVERY_S)

    async def take_commands(self) -> bool:
        """Take the commands of this moment; tell whether there are any."""
        async with self._exchanging:
            # An exchange that began earlier may have looked before the last command came.
            was_told = await self._end_exchange(None)
            self._begin_exchange(self._status(self._state()))
            return await self._end_exchange(None) or was_told

    async def end(self) -> None:
        """Show and leave the last status, and say to late commands that they are late."""
        watch = self._watch
        watch.monitor.sample()
        self._count_idle()
        status = self._status(RunState.ENDED)
        self._show(status)
        with suppress(OSError):
            watch.progress.close()
        if watch.live is None:
            return
        late = [] if self._exchange is None else await self._exchange
        late += await asyncio.to_thread(watch.live.exchange, status)
        if late:
            self._take(late, is_late=True)
            last = replace(status, answers=self._answers)
            await asyncio.to_thread(watch.live.write_status, last)

    def _begin_exchange(self, status: RunStatus) -> None:
        live = self._watch.live
        if live is not None and self._exchange is None:
            self._exchange = asyncio.ensure_future(asyncio.to_thread(live.exchange, status))

    async def _end_exchange(self, patience_s: float | None) -> bool:
        """Take the commands that came, if they come in time; tell whether there are any."""
        if self._exchange is None:
            return False
        await asyncio.wait([self._exchange], timeout=patience_s)
        if not self._exchange.done():
            return False
        commands, self._exchange = self._exchange.result(), None
        self._take(commands)
        return bool(commands)

    def _show(self, status: RunStatus) -> None:
        # The terminal may be gone before the signal that says so arrives.
        with suppress(OSError):
            self._watch.progress.show(status)

    def _count_idle(self) -> None:
        """Count outages and pauses, which say nothing about the pace of the run."""
        watch = self._watch
        tally, now = watch.tally, watch.monitor.seconds
        tally.files_are_down = watch.files.are_down
        since_s, self._looked_at = now - self._looked_at, now
        tally.outage_s += since_s if tally.is_outage else 0.0
        is_idle = tally.is_outage or watch.pause.is_closed
        self._idle_s += since_s if is_idle else 0.0
        self._pace.note(now, self._idle_s, tally.done, watch.files.traffic.bytes)
        watch.activity.look(now, watch.monitor.cpu_seconds)

    def _state(self) -> RunState:
        watch = self._watch
        if watch.stopping.is_set():
            return RunState.STOPPING
        if watch.pause.is_closed:
            return RunState.PAUSED
        return RunState.OUTAGE if watch.tally.is_outage else RunState.RUNNING

    def _status(self, state: RunState) -> RunStatus:
        watch, tally, monitor = self._watch, self._watch.tally, self._watch.monitor
        failures = {
            str(reason): count
            for reason, count in sorted(tally.reasons.items())
            if reason not in _WITH_OUTPUT and count
        }
        return RunStatus(
            run=self._run,
            time=utc_now(),
            pid=os.getpid(),
            host=platform.node(),
            state=state,
            seconds=monitor.seconds,
            total=tally.total,
            before=tally.before,
            done=tally.done,
            complete=tally.reasons[Reason.COMPLETE],
            partial=tally.reasons[Reason.PARTIAL],
            failed=sum(failures.values()),
            queued_again=tally.queued_again,
            bytes=watch.files.traffic.bytes,
            retries=tally.retries,
            requests_in_flight=watch.files.traffic.in_flight,
            waiting_for=self._waiting_for(state),
            stars_per_s=self._pace.stars_per_s,
            bytes_per_s=self._pace.bytes_per_s,
            seconds_left=self._seconds_left(state),
            rss_bytes=monitor.rss_bytes,
            peak_rss_bytes=monitor.peak_rss_bytes,
            memory_percent=monitor.memory_percent,
            cpu_seconds=monitor.cpu_seconds,
            free_bytes=_free(watch.output_dir),
            failures=failures,
            answers=self._answers,
        )

    def _waiting_for(self, state: RunState) -> str | None:
        if state is RunState.RUNNING:
            if self._watch.memory.is_short:
                return _MEMORY
            return self._watch.activity.waiting_for(self._pace.bytes_per_s)
        return _WAITS_FOR[state]

    def _seconds_left(self, state: RunState) -> float | None:
        tally = self._watch.tally
        if state is not RunState.RUNNING:
            return None
        # Those that failed may take much longer than others, or less: the rate says nothing.
        left = tally.total - tally.before - tally.done
        return self._pace.seconds_left(left) if left else None

    def _take(self, commands: Iterable[ControlCommand], *, is_late: bool = False) -> None:
        """Do what commands say, one after the other, and answer each."""
        for command in commands:
            answer = _TOO_LATE[command.command] if is_late else self._obeyed(command.command)
            given = CommandAnswer(command.id, str(command.command), answer, utc_now())
            self._answers = (*self._answers, given)[-_MOST_ANSWERS:]
            _log.warning("told to %s: %s", command.command, answer, extra=EVERY_TIME)

    def _obeyed(self, command: Command) -> str:
        watch = self._watch
        if watch.stopping.is_set():
            return "the run is stopping"
        if command is Command.PAUSE:
            was_closed = watch.pause.is_closed
            watch.pause.close()
            in_flight = watch.files.traffic.in_flight
            if was_closed:
                return "it is paused already"
            rest = f", {counted(in_flight, 'request')} in flight will end" if in_flight else ""
            return f"paused{rest}"
        if command is Command.GO_ON:
            was_closed = watch.pause.is_closed
            watch.pause.open()
            return "going on" if was_closed else "it is not paused"
        again = watch.retry_failed()
        watch.tally.commanded_targets += again
        if not again:
            return "no target has failed that does not wait for another attempt already"
        is_paused = ", once it goes on" if watch.pause.is_closed else ""
        after = "after those that are found already"
        return f"{counted(again, 'target')} will be tried again, {after}{is_paused}"


def _free(folder: Path) -> int | None:
    try:
        return free_bytes(folder)
    except OSError:
        return None
