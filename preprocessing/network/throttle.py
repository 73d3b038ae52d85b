"""Decide which requests are in flight: how many at once, and rivals of those that are silent."""

from __future__ import annotations

import asyncio
import logging
import math
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from preprocessing.core.errors import ArchiveBusy, ArchiveError, ArchiveTimeout, ProductNotFound
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.network.transfer import OwnRequest, Race, Rivals, Silence, Transfer
from preprocessing.system.waiting import loop_time

__all__ = ["Hedge", "Slot", "Throttle"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

#: Requests at once to begin with; one more for every answer from then on.
_FIRST_WINDOW = 4
#: Where the archive is known to refuse, one request more is tried after so many answers:
#: at most one in a hundred is refused for that.
_ANSWERS_A_PROBE = 100
#: An archive is overloaded that takes so many times as long to begin an answer as it did
#: at best, and longer than this many seconds.
_SLOWER, _SLOW_S = 8.0, 5.0
#: Share of the last answer in the usual time to the first byte.
_NEWEST = 0.1
#: Of so many requests half must fail before fewer are made: single failures say nothing.
_RECENT = 20
#: The longest that one Retry-After holds all requests, in seconds: then one finds out whether
#: the archive means it still.
_LONGEST_WISH_S = 900.0
_WORTH_SAYING_S = 60.0
#: Pauses after refusals while a single request is in flight, in seconds.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 60.0

#: A request gets a rival when it has been silent for so many times as long as this quantile of
#: the last answers was at most, and for no less than so many seconds. J. Dean and L. A. Barroso,
#: "The Tail at Scale" (CACM 56, 2, 2013), send a second request after the 95th percentile; this
#: is far later, since a light curve costs the archive more than a lookup.
_TIMES, _QUANTILE, _LEAST_SILENCE_S = 5.0, 0.99, 3.0
#: The answers that tell what is usual; with fewer than enough of them, a request is silent for
#: too long after this share of its time-out.
_ANSWERS_KEPT, _ANSWERS_ENOUGH, _UNKNOWN_SHARE = 300, 5, 0.1
#: Each answer allows this share of another rival. On an archive where none is needed, at most one
#: request in a hundred has one.
_RIVALS_AN_ANSWER = 0.01
#: For so many seconds a request and its rival are both in flight though others wait for a slot.
_PAIR_S = 1.0
#: Seconds between two looks at a request that is silent.
_CHECKED_S = 1.0


@dataclass
class Slot:
    """One request's leave to be made.

    Parameters
    ----------
    in_flight : int
        Requests in flight when it was given, this one included.
    epoch : int
        How often the window had shrunk.
    waited_s : float or None
        How long the archive took to begin its answer.
    """

    in_flight: int
    epoch: int
    waited_s: float | None = None

    def waited(self, seconds: float) -> None:
        """Note how long the archive took to begin its answer."""
        self.waited_s = seconds


@dataclass
class _Waits:
    """How long the archive takes to begin an answer, in seconds."""

    best_s: float = float("inf")
    usual_s: float = 0.0

    def add(self, seconds: float) -> None:
        first = self.best_s == float("inf")
        self.best_s = min(self.best_s, seconds)
        self.usual_s = seconds if first else self.usual_s + _NEWEST * (seconds - self.usual_s)

    @property
    def are_long(self) -> bool:
        return self.usual_s > max(_SLOW_S, _SLOWER * self.best_s)


@dataclass
class _Recent:
    """Which of the last requests failed."""

    failures: deque[bool] = field(default_factory=lambda: deque(maxlen=_RECENT))

    def add(self, failed: bool) -> None:
        self.failures.append(failed)

    @property
    def are_bad(self) -> bool:
        return len(self.failures) == _RECENT and sum(self.failures) * 2 >= _RECENT


class Throttle:
    """A window of requests in flight that grows while all goes well, and shrinks if not.

    It grows by one with each answer until the archive refuses one request (HTTP status 429
    or 503), and then is one less than were in flight; half as much if that does not help.
    From then on one request more is tried now and then: additive increase, multiplicative
    decrease, with a memory for where the ceiling is.

    It shrinks, too, while the archive takes very long to begin its answers, or half of the
    last requests failed. When a single request at a time is refused there are pauses, and
    a Retry-After holds every request, unless the refused request was a probe.

    Parameters
    ----------
    most : int
        What the window never exceeds.
    on_refusal : callable, optional
        Called when the archive refuses a request.

    Notes
    -----
    The scheme is that of TCP's congestion control (RFC 5681), and the ceiling that of
    its descendant CUBIC (RFC 9438, section 4): losses tell where the limit is.
    """

    def __init__(self, most: int, on_refusal: Callable[[], None] = lambda: None) -> None:
        self._most = most
        self._on_refusal = on_refusal
        self._window = min(most, _FIRST_WINDOW)
        self._ceiling: int | None = None
        self._in_flight = 0
        self._epoch = 0
        self._answers = 0
        self._waiting: deque[asyncio.Future[Slot]] = deque()
        self._rivals_waiting: deque[asyncio.Future[Slot]] = deque()
        self._not_before = float("-inf")
        self._pause_s = _FIRST_PAUSE_S
        self._waits = _Waits()
        self._recent = _Recent()

    @property
    def window(self) -> int:
        """Requests that may be in flight just now."""
        return self._window

    @property
    def is_full(self) -> bool:
        """Whether a request waits for a slot, or a connection, that another could leave to it."""
        # Urgent requests alone exceed the limit. They need no slot, but a connection.
        has_urgent = self._in_flight > self._most
        is_settled = self._in_flight <= self._window and loop_time() >= self._not_before
        return has_urgent or (is_settled and bool(self._rivals_waiting or self._waiting))

    @asynccontextmanager
    async def slot(self, transfer: Transfer, *, is_rival: bool = False) -> AsyncIterator[Slot]:
        """Wait for leave to make a request, and make it in the block.

        How the block ends tells what the archive made of the request.

        Parameters
        ----------
        transfer : Transfer
            Of the target: the wait does not count as a stall. One that is urgent waits for
            nothing.
        is_rival : bool, optional
            Whether the request goes before those that wait: its answer is overdue.
        """
        if not transfer.is_urgent and (self._rivals_waiting or self._waiting or not self._is_open):
            with transfer.paused():
                slot = await self._wait(is_rival)
        else:
            slot = self._new_slot()
        try:
            yield slot
        except ArchiveBusy as error:
            self._refused(slot, error)
            raise
        except ArchiveError:
            self._failed()
            raise
        except ProductNotFound:
            # Which takes the archive no time to say.
            slot.waited_s = None
            self._answered(slot)
            raise
        else:
            self._answered(slot)
        finally:
            self._in_flight -= 1
            self._let_in()

    @property
    def _is_open(self) -> bool:
        return self._in_flight < self._window and loop_time() >= self._not_before

    def _new_slot(self) -> Slot:
        self._in_flight += 1
        return Slot(self._in_flight, self._epoch)

    async def _wait(self, is_rival: bool) -> Slot:
        waiting: asyncio.Future[Slot] = asyncio.get_running_loop().create_future()
        (self._rivals_waiting if is_rival else self._waiting).append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting.done() and not waiting.cancelled():
                # It had been let in already.
                self._in_flight -= 1
                self._let_in()
            raise

    def _let_in(self) -> None:
        while (queue := self._rivals_waiting or self._waiting) and self._is_open:
            waiting = queue.popleft()
            if not waiting.done():
                waiting.set_result(self._new_slot())

    def _answered(self, slot: Slot) -> None:
        self._recent.add(failed=False)
        self._answers += 1
        self._pause_s = _FIRST_PAUSE_S
        if slot.waited_s is not None:
            self._waits.add(slot.waited_s)
        if self._waits.are_long:
            if self._answers >= self._window:
                self._slow_down()
        elif self._may_grow(slot) and self._waiting:
            self._window = min(self._most, self._window + 1)

    def _slow_down(self) -> None:
        if self._window > 1:
            self._shrink(self._window - 1)
        else:
            # It is no quicker with a single request: that is how it is now.
            self._waits.best_s = self._waits.usual_s

    def _may_grow(self, slot: Slot) -> bool:
        if self._ceiling is None:
            return True
        if slot.in_flight > self._ceiling and slot.epoch == self._epoch:
            # What was tried went well: the ceiling is no more where it was.
            self._ceiling = None
            return True
        is_due = self._answers >= _ANSWERS_A_PROBE and self._window == self._ceiling
        return self._window < self._ceiling or is_due

    def _refused(self, slot: Slot, error: ArchiveBusy) -> None:
        self._on_refusal()
        is_probe = self._ceiling is not None and self._window > self._ceiling
        if error.retry_after_s is not None and not is_probe:
            self._pause(min(_LONGEST_WISH_S, error.retry_after_s))
        if slot.epoch < self._epoch:
            self._lower_ceiling()
        elif self._window == 1:
            self._pause(self._pause_s)
            self._pause_s = min(_LONGEST_PAUSE_S, 2 * self._pause_s)
        else:
            did_not_help = self._epoch > 0 and self._answers < self._window
            self._ceiling = max(1, self._in_flight - 1)
            self._shrink(min(self._ceiling, self._window // 2 if did_not_help else self._window))

    def _lower_ceiling(self) -> None:
        # It was requested together with others that were refused: the ceiling is one lower yet.
        if self._ceiling is not None:
            self._ceiling = max(1, self._ceiling - 1)
            self._window = min(self._window, self._ceiling)

    def _failed(self) -> None:
        self._recent.add(failed=True)
        if self._recent.are_bad and self._window > 1:
            self._recent = _Recent()
            self._shrink(self._window // 2)

    def _shrink(self, window: int) -> None:
        self._window = max(1, window)
        self._epoch += 1
        self._answers = 0
        _log.debug("at most %d requests at once from now on", self._window)

    def _pause(self, seconds: float) -> None:
        until = loop_time() + seconds
        if seconds > _WORTH_SAYING_S:
            _log.warning("the archive asks for a pause of %.0f s", seconds, extra=EVERY_TIME)
        if until > self._not_before:
            self._not_before = until
            self._wake_up()

    def _wake_up(self) -> None:
        """Let requests in when the pause is over."""
        left_s = self._not_before - loop_time()
        if left_s > 0:
            # Where clocks are coarse, timers come too early.
            asyncio.get_running_loop().call_later(max(left_s, 0.001), self._wake_up)
        else:
            self._let_in()


class Hedge:
    """Sends a rival of a request that has been silent for far longer than its peers.

    The first answer counts, whichever request it belongs to; the other one is closed. A rival
    that is silent, too, is replaced by another; from the third on each is given twice as long.
    Rivals need slots like all requests: while others wait for one, the request that has been
    silent for longest soon gives way. A file that comes slowly is not silent.

    Parameters
    ----------
    throttle : Throttle
        Decides how many requests are in flight, rivals included.
    most_unproven : int
        Rivals that may be sent before one of them wins.
    """

    def __init__(self, throttle: Throttle, most_unproven: int) -> None:
        self._throttle = throttle
        self._most_unproven = most_unproven
        self._silences: defaultdict[str, deque[float]] = defaultdict(
            lambda: deque(maxlen=_ANSWERS_KEPT)
        )
        #: Rivals that may be sent, and those that were as silent as the requests before them.
        self._unproven, self._silent = float(most_unproven), 0

    def first_answer(
        self,
        send: Callable[[Silence, bool], Coroutine[Any, Any, _T]],
        what: str,
        peers: str,
        timeout_s: float,
        rivals: Rivals,
    ) -> Awaitable[_T]:
        """Return what sends a request, and rivals of it if need be, and gives the first answer.

        Parameters
        ----------
        send : callable
            Takes what is told of bytes that come, and whether the request is a rival; sends it.
        what : str
            What is requested, for the log.
        peers : str
            Names the requests whose answers take as long.
        timeout_s : float
            After which no answer is expected, in seconds.
        rivals : Rivals
            Counts the rivals.

        Returns
        -------
        awaitable
            Awaiting it raises `ArchiveTimeout` if nothing came in time, and the `ArchiveError` or
            `ProductNotFound` of `send`, the last one, if all failed.
        """

        def race(first: OwnRequest[_T]) -> Coroutine[Any, Any, _T]:
            return self._raced_answer(Race(send, first), what, peers, timeout_s, rivals)

        first: OwnRequest[_T] = OwnRequest()
        note = partial(self._note_answer, peers, is_rival=False)
        return first.answer(send, race, _CHECKED_S, note)

    async def _raced_answer(
        self, race: Race[_T], what: str, peers: str, timeout_s: float, rivals: Rivals
    ) -> _T:
        """Return the first answer to a request that has had none for a while, or to its rivals."""
        try:
            while True:
                pause_s = await self._review(race, what, self._patience_s(peers, timeout_s))
                await asyncio.wait(
                    [request.task for request in race.running],
                    timeout=pause_s,
                    return_when=asyncio.FIRST_COMPLETED,
                )
                winner = race.winner()
                if winner is not None:
                    self._note_answer(peers, winner.silence.longest_s, is_rival=winner.is_rival)
                    rivals.won += winner.is_rival
                    return winner.task.result()
                if race.silent_s and race.n_rivals and race.quiet_s >= timeout_s:
                    raise ArchiveTimeout(f"{what}: no answer for too long")
        except (ArchiveError, asyncio.CancelledError):
            self._silent += race.n_rivals
            raise
        finally:
            rivals.sent += race.n_sent
            await race.end()

    async def _review(self, race: Race[Any], what: str, patience_s: float) -> float:
        """Send a rival if one is due, or close a request; return when to look next, in seconds."""
        patience_s *= 2 ** max(0, race.n_rivals - 1)
        if (race.pair_s or 0.0) >= _PAIR_S and self._throttle.is_full:
            await race.give_way()
        elif race.silent_s >= patience_s and self._may_send():
            _log.info("%s: silent for %.1f s, sent again", what, race.silent_s)
            await race.replace_rival()
        left_s = [patience_s - race.silent_s, _CHECKED_S]
        if race.pair_s is not None:
            left_s.append(_PAIR_S - race.pair_s)
        # Where clocks are coarse, a shorter wait may not end.
        return max(0.001, min(seconds for seconds in left_s if seconds > 0))

    def _patience_s(self, peers: str, timeout_s: float) -> float:
        silences = sorted(self._silences[peers])
        if len(silences) < _ANSWERS_ENOUGH:
            return max(_LEAST_SILENCE_S, _UNKNOWN_SHARE * timeout_s)
        usual_s = silences[math.ceil(_QUANTILE * len(silences)) - 1]
        return max(_LEAST_SILENCE_S, _TIMES * usual_s)

    def _note_answer(self, peers: str, longest_s: float, *, is_rival: bool) -> None:
        self._silences[peers].append(longest_s)
        # The archive is not down, so the rivals that were silent were sent with good reason.
        earned = self._most_unproven if is_rival else _RIVALS_AN_ANSWER + self._silent
        self._unproven = min(self._most_unproven, self._unproven + earned)
        self._silent = 0

    def _may_send(self) -> bool:
        if self._unproven < 1:
            return False
        self._unproven -= 1
        return True
