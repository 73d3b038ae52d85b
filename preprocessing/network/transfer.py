"""What requests move, how slowly, and for how long not; and how long a file usually takes."""

from __future__ import annotations

import asyncio
import math
import statistics
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from preprocessing.core.errors import ArchiveError, ArchiveTimeout, ProductNotFound
from preprocessing.network.traffic import Traffic
from preprocessing.system.waiting import loop_time

__all__ = ["FilePace", "OwnRequest", "Race", "Rivals", "Silence", "SlownessWatch", "Transfer"]

_T = TypeVar("_T")

#: MAST was seen to send 10 kB/s on a bad day. What comes ten times as slowly, for half a
#: minute, comes sooner over another connection.
_LEAST_BYTES_PER_S = 1000.0
_WATCH_S = 30.0
#: The usual time of a file is that of the last so many.
_PACE_FILES = 101
#: Before so many came, no time is usual.
_PACE_ENOUGH = 10
#: A target that takes so many times as long as its files usually do is stuck.
_TIMES_THE_USUAL = 20.0


@dataclass
class Rivals:
    """Requests that were sent because an earlier one for the same answer was silent.

    Parameters
    ----------
    sent, won : int
        How many there were, and how many of them answered first.
    """

    sent: int = 0
    won: int = 0


class Transfer:
    """Counts what one target's requests moved, and when the last byte came.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.
    is_urgent : bool
        Whether its requests need not wait for others.
    rivals : Rivals, optional
        Counts its rival requests, perhaps along with those of other targets.
    traffic : Traffic, optional
        Counts what its requests do, perhaps along with those of other targets.
    """

    def __init__(
        self,
        clock: Callable[[], float] = loop_time,
        *,
        is_urgent: bool = False,
        rivals: Rivals | None = None,
        traffic: Traffic | None = None,
    ) -> None:
        self._clock = clock
        self.is_urgent = is_urgent
        self.rivals = rivals or Rivals()
        self.traffic = traffic or Traffic()
        self.bytes = 0
        self.waiting_s = 0.0
        self._began = self._last_progress = clock()
        self._pauses = 0
        self._paused_since = self._began
        self._paused_s = 0.0

    def received(self, count: int) -> None:
        """Note that so many bytes came."""
        self.bytes += count
        self.traffic.bytes += count
        self._last_progress = self._clock()

    def touch(self) -> None:
        """Note progress of another kind."""
        self._last_progress = self._clock()

    def restart(self) -> None:
        """Let no time count that has passed so far."""
        self._began = self._last_progress = self._paused_since = self._clock()
        self._paused_s = 0.0

    def exclude_time(self, seconds: float) -> None:
        """Note that this process did not run for so long: nothing can have moved meanwhile."""
        if not self._pauses:
            self._began += seconds
            self._last_progress += seconds

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let no time count while the block runs: it waits on purpose."""
        if self._pauses == 0:
            self._paused_since = self._clock()
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1
            self._last_progress = self._clock()
            if self._pauses == 0:
                self._paused_s += self._last_progress - self._paused_since

    def seconds_left(self, patience_s: float, budget_s: float = math.inf) -> float:
        """Return how long until the target should be given up for now.

        Parameters
        ----------
        patience_s : float
            How long nothing may move.
        budget_s : float, optional
            How long all of it may take.
        """
        if self._pauses:
            return patience_s
        now = self._clock()
        of_progress = self._last_progress + patience_s - now
        return min(of_progress, self._began + self._paused_s + budget_s - now)

    def waited(self, seconds: float) -> None:
        """Note how long the archive took to begin an answer."""
        self.waiting_s += seconds


class Silence:
    """For how long one request has been silent.

    Parameters
    ----------
    clock : callable
        Seconds, monotonic.

    Attributes
    ----------
    longest_s : float
        The longest silence that has ended, in seconds.
    """

    def __init__(self, clock: Callable[[], float] = loop_time) -> None:
        self._clock = clock
        self._sent_at: float | None = None
        self._since = 0.0
        self._first_wait_s: float | None = None
        self.longest_s = 0.0

    @property
    def is_sent(self) -> bool:
        """Whether the request was sent; until then it waits for its turn."""
        return self._sent_at is not None

    @property
    def has_answer(self) -> bool:
        """Whether its answer began."""
        return self._first_wait_s is not None

    @property
    def seconds(self) -> float:
        """How long nothing has come, in seconds; 0 if the request was not sent yet."""
        return self._clock() - self._since if self.is_sent else 0.0

    @property
    def first_wait_s(self) -> float:
        """How long it took until the answer began, or has taken so far, in seconds."""
        return self.seconds if self._first_wait_s is None else self._first_wait_s

    def begin(self) -> None:
        """Note that the request is sent."""
        self._sent_at = self._since = self._clock()

    def heard(self) -> None:
        """Note that the answer began, or that bytes of it came."""
        now = self._clock()
        self.longest_s = max(self.longest_s, now - self._since)
        if self._first_wait_s is None:
            self._first_wait_s = now - self._since
        self._since = now

    def exclude_time(self, seconds: float) -> None:
        """Do not count a time in which we ourselves read nothing."""
        self._since += seconds


class OwnRequest(asyncio.Future[_T]):
    """A request that the present task makes itself, and that may become the first of a race.

    Most requests are answered soon: these cost no task of their own, only a timer. Cancelling
    this interrupts the request.
    """

    def __init__(self) -> None:
        super().__init__()
        self.silence = Silence()
        self.began = loop_time()
        self._task: asyncio.Task[Any] | None = None
        self._racing: asyncio.Task[_T] | None = None

    async def answer(
        self,
        send: Callable[[Silence, bool], Coroutine[Any, Any, _T]],
        race: Callable[[OwnRequest[_T]], Coroutine[Any, Any, _T]],
        after_s: float,
        note: Callable[[float], None],
    ) -> _T:
        """Return the answer, or that of the race, which begins after so many seconds.

        Parameters
        ----------
        send : callable
            Takes what is told of bytes that come, and whether the request is a rival; sends it.
        race : callable
            Takes this request; lets others race it.
        after_s : float
            When the race begins, in seconds from now.
        note : callable
            Told of the longest silence, in seconds, if an answer came before that.

        Raises
        ------
        ArchiveError, ProductNotFound
            From `send`, or from the race if one began.
        """
        self._task = asyncio.current_task()
        self._begin_after(after_s, race)
        try:
            answer = await send(self.silence, False)
        except (ArchiveError, ProductNotFound) as error:
            if self._racing is None:
                if isinstance(error, ProductNotFound):
                    note(self.silence.longest_s)
                raise
            if not self.done():
                self.set_exception(error)
        except asyncio.CancelledError:
            if not self._was_interrupted():
                await self._end_race()
                raise
        else:
            if self._racing is None:
                note(self.silence.longest_s)
                return answer
            if not self.done():
                self.set_result(answer)
        finally:
            self._timer.cancel()
        assert self._racing is not None
        return await self._racing

    def cancel(self, msg: Any = None) -> bool:
        """Interrupt the request, unless it is done."""
        is_cancelled = super().cancel(msg)
        if is_cancelled and self._task is not None:
            self._task.cancel()
        return is_cancelled

    def _begin_after(
        self, seconds: float, race: Callable[[OwnRequest[_T]], Coroutine[Any, Any, _T]]
    ) -> None:
        """Begin the race so much later, or once more so much later if this process was stopped."""
        due = loop_time() + seconds

        def begin() -> None:
            if loop_time() - due > seconds:
                # What came meanwhile was not read yet, or the request was not even sent.
                self._begin_after(seconds, race)
            else:
                self._racing = asyncio.ensure_future(race(self))

        self._timer = asyncio.get_running_loop().call_later(seconds, begin)

    def _was_interrupted(self) -> bool:
        """Tell whether the race, and nobody else, has just cancelled the task."""
        if not self.cancelled() or self._task is None:
            return False
        # Python 3.10 does not count who cancels: two at the same moment are taken for one.
        uncancel = getattr(self._task, "uncancel", None)
        return uncancel is None or uncancel() == 0

    async def _end_race(self) -> None:
        if self._racing is not None:
            # The task itself is cancelled already.
            super().cancel()
            self._racing.cancel()
            await asyncio.gather(self._racing, return_exceptions=True)


@dataclass(frozen=True)
class _Request(Generic[_T]):
    """One of the requests for the same answer."""

    task: asyncio.Future[_T]
    silence: Silence
    is_rival: bool
    began: float

    @property
    def waits(self) -> bool:
        """Whether it waits for a slot."""
        return not self.silence.is_sent

    @property
    def quiet_s(self) -> float:
        """How long it has been silent, or has waited for a slot, in seconds."""
        return loop_time() - self.began if self.waits else self.silence.seconds


class Race(Generic[_T]):
    """The requests for one answer: the first, and rivals that were sent because it was silent.

    Parameters
    ----------
    send : callable
        Takes what is told of bytes that come, and whether the request is a rival; sends it.
    first : OwnRequest
        The request that is no rival, which runs already.

    Attributes
    ----------
    running : list of _Request
        Those that were neither answered nor closed; the newest is the last.
    """

    def __init__(
        self,
        send: Callable[[Silence, bool], Coroutine[Any, Any, _T]],
        first: OwnRequest[_T],
    ) -> None:
        self._send = send
        self._all = [_Request(first, first.silence, is_rival=False, began=first.began)]
        self.running = self._all.copy()

    @property
    def n_rivals(self) -> int:
        """Rivals so far, those included that wait for a slot."""
        return len(self._all) - 1

    @property
    def n_sent(self) -> int:
        """Rivals that were sent so far."""
        return sum(request.is_rival and not request.waits for request in self._all)

    @property
    def silent_s(self) -> float:
        """How long all that run have been silent, in seconds; 0 if one waits for a slot."""
        return min(request.silence.seconds for request in self.running)

    @property
    def quiet_s(self) -> float:
        """How long nothing has come from any, in seconds; a rival's start is no sound."""
        first, *others = (request.silence for request in self._all)
        heard = [silence.seconds for silence in others if silence.has_answer]
        return min([first.seconds, *heard])

    @property
    def pair_s(self) -> float | None:
        """How long there have been two requests, in seconds; None if there is one."""
        return loop_time() - self.running[-1].began if len(self.running) > 1 else None

    def winner(self) -> _Request[_T] | None:
        """Return a request that has an answer, or an error that is one; None if none has.

        Raises
        ------
        ArchiveError
            Every request that was sent failed, or one timed out and no other has an answer yet:
            rivals must not delay that a dead archive is noticed.
        """
        for request in [request for request in self.running if request.task.done()]:
            self.running.remove(request)
            error = request.task.exception()
            if not isinstance(error, ArchiveError):
                return request
            is_time_out = isinstance(error, ArchiveTimeout)
            others = [r.silence.has_answer if is_time_out else not r.waits for r in self.running]
            if not any(others):
                raise error
        return None

    async def replace_rival(self) -> None:
        """Send a rival as soon as it has a slot, in place of the one that runs, if one does."""
        if len(self.running) > 1:
            await self._close(self.running[-1])
        silence = Silence()
        task = asyncio.ensure_future(self._send(silence, True))
        rival = _Request(task, silence, is_rival=True, began=loop_time())
        self._all.append(rival)
        self.running.append(rival)

    async def give_way(self) -> None:
        """Close the request that has been silent, or has waited for a slot, for longest."""
        await self._close(max(self.running, key=lambda request: request.quiet_s))

    async def end(self) -> None:
        """Close every request."""
        while self.running:
            await self._close(self.running[0])

    async def _close(self, request: _Request[_T]) -> None:
        self.running.remove(request)
        request.task.cancel()
        # Also retrieves an error that nobody awaits any more, so that asyncio does not log it.
        await asyncio.gather(request.task, return_exceptions=True)


class SlownessWatch:
    """Ends a transfer that moves, but so slowly that it never ends.

    Parameters
    ----------
    what : str
        For the error's text.
    clock : callable
        Seconds, monotonic.
    """

    def __init__(self, what: str, clock: Callable[[], float] = loop_time) -> None:
        self._what = what
        self._clock = clock
        self._since = clock()
        self._bytes = 0

    def received(self, count: int) -> None:
        """Note bytes.

        Raises
        ------
        ArchiveTimeout
            Too few came in the last half minute.
        """
        self._bytes += count
        seconds = self._clock() - self._since
        if seconds < _WATCH_S:
            return
        if self._bytes < _LEAST_BYTES_PER_S * seconds:
            raise ArchiveTimeout(f"{self._what}: only {self._bytes} bytes came in {seconds:.0f} s")
        self._since, self._bytes = self._clock(), 0

    def exclude_time(self, seconds: float) -> None:
        """Do not count a time in which we ourselves read nothing."""
        self._since += seconds


class FilePace:
    """The usual time from requesting a file to having it, over the last files of a run.

    Examples
    --------
    >>> pace = FilePace()
    >>> for _ in range(10):
    ...     pace.add(0.5)
    >>> pace.budget_s(n_files=17, timeout_s=180.0)
    350.0
    """

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=_PACE_FILES)

    def add(self, seconds: float) -> None:
        """Note how long a file took."""
        self._seconds.append(seconds)

    def budget_s(self, n_files: int, timeout_s: float) -> float:
        """Return how long a target may take in all, in seconds.

        Parameters
        ----------
        n_files : int
            Files of the target.
        timeout_s : float
            What it may take at least, however quick the others are.
        """
        if len(self._seconds) < _PACE_ENOUGH:
            return math.inf
        return timeout_s + _TIMES_THE_USUAL * n_files * statistics.median(self._seconds)
