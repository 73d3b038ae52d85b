"""The fault plan: which calls are affected by which fault, by script or by chance."""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from preprocessing.core.errors import UsageError
from preprocessing.simulator.calls import Call, CallKind
from preprocessing.simulator.faults.fault_kinds import FAULTS, REFUSED, Fault

__all__ = ["Chance", "ChosenFault", "FaultPlan", "parse_fault"]

_FAULT = re.compile(
    r"\s*(?P<kind>[\w-]+)=(?P<probability>[^@]+)"
    r"(?:@(?P<start>\d+(?:\.\d*)?)-(?P<end>\d+(?:\.\d*)?)?)?\s*",
    re.ASCII,
)


@dataclass(frozen=True)
class Chance:
    """The probability of a fault, and when it applies.

    Parameters
    ----------
    kind : str
        One of `FAULTS`.
    probability : float
        Fraction of the calls affected, 0 to 1, among those that the fault can affect.
    start_s, end_s : float, optional
        Time window in seconds since the server's start; always by default.
    match : str, optional
        Pattern for the call's subject, as in `FaultPlan.script`.

    Raises
    ------
    UsageError
        The kind is unknown, the probability is not within 0 to 1, or the window does not
        end after its start.
    """

    kind: str
    probability: float
    start_s: float = 0.0
    end_s: float = math.inf
    match: str = "*"

    def __post_init__(self) -> None:
        _known(self.kind)
        if not 0.0 <= self.probability <= 1.0:
            raise UsageError(f"fault {self.kind}: {self.probability} is not between 0 and 1")
        if not 0.0 <= self.start_s < self.end_s:
            raise UsageError(
                f"fault {self.kind}: the window {self.start_s:g}-{self.end_s:g} does not end"
                " after its start"
            )

    @property
    def fault(self) -> Fault:
        """The fault."""
        return FAULTS[self.kind]

    @property
    def is_window(self) -> bool:
        """Whether the fault is limited to a time window."""
        return self.start_s > 0 or self.end_s < math.inf

    def covers(self, elapsed_s: float) -> bool:
        """Tell whether a time, in seconds since the server's start, is in the window."""
        return self.start_s <= elapsed_s < self.end_s


@dataclass(frozen=True)
class ChosenFault:
    """A fault, with the random number of 64 bits for its choices."""

    fault: Fault
    number: int


@dataclass
class _Scripted:
    fault: Fault
    match: str
    calls: CallKind | None
    remaining: int | None

    def affects(self, call: Call) -> bool:
        return (
            self.remaining != 0
            and call.kind in self.fault.calls
            and self.calls in (None, call.kind)
            and fnmatchcase(call.subject, self.match)
        )


class FaultPlan:
    """Decide which calls are affected by which fault.

    The decision depends on the seed, on what the call asks for, on how often that was asked
    for before, and on the time if there are windows. It does not depend on the order or the
    speed of other calls.

    Parameters
    ----------
    probabilities : mapping of str to float, optional
        For each kind of fault, the fraction of calls affected, 0 to 1, among those that the
        fault can affect.
    seed : int, optional
        Another seed affects other calls.

    Raises
    ------
    UsageError
        A kind is unknown, or a probability is not within 0 to 1.
    """

    def __init__(self, probabilities: Mapping[str, float] | None = None, seed: int = 0) -> None:
        self._chances = [Chance(kind, p) for kind, p in (probabilities or {}).items()]
        self._seed = seed
        self._scripts: list[_Scripted] = []
        self._calls: Counter[tuple[CallKind, str]] = Counter()
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], None]] = []

    def add(self, chance: Chance) -> None:
        """Add a fault that affects calls by chance, from now on or in its window.

        Parameters
        ----------
        chance : Chance
            The fault, its probability and its window.
        """
        with self._lock:
            self._chances.append(chance)
        for notify in self._listeners:
            notify()

    def script(
        self,
        kind: str,
        *,
        match: str = "*",
        calls: CallKind | None = None,
        times: int | None = 1,
    ) -> None:
        """Make a fault affect the next calls, before faults by chance are considered.

        Parameters
        ----------
        kind : str
            One of `FAULTS`.
        match : str, optional
            Pattern (`fnmatch.fnmatchcase`) for the call's subject: a file name, a
            portal service, or names to resolve joined by commas.
        calls : CallKind or None, optional
            Affect only this kind of call, such as ``DOWNLOAD`` without ``HEAD``. By default, affect
            all kinds that the fault can affect.
        times : int or None, optional
            How many calls to affect; None for all that follow.

        Raises
        ------
        UsageError
            The kind is unknown.
        """
        with self._lock:
            self._scripts.append(_Scripted(_known(kind), match, calls, times))

    def choose(self, call: Call, elapsed_s: float = 0.0) -> ChosenFault | None:
        """Return the fault that affects a call, or None if it gets the correct answer.

        Parameters
        ----------
        call : Call
            The request.
        elapsed_s : float, optional
            Seconds since the server's start.
        """
        with self._lock:
            # Keep a hash only, since a query for a thousand stars has 25 kB.
            key = (call.kind, hashlib.blake2b(call.content.encode(), digest_size=12).hexdigest())
            earlier = self._calls[key]
            self._calls[key] += 1
            fault = self._next_scripted(call)
            chances = [c for c in self._chances if c.covers(elapsed_s)]
        if fault is not None:
            return ChosenFault(fault, self._draw(fault, key, earlier)[1])
        return self._by_chance(call, chances, key, earlier)

    def is_shut(self, elapsed_s: float) -> bool:
        """Tell whether all connections are refused, so that the server must not listen."""
        return any(chance.covers(elapsed_s) for chance in self._shutting())

    def next_change_s(self, elapsed_s: float) -> float:
        """Return when `is_shut` may change next, in seconds since the start, or infinity."""
        times = (time for chance in self._shutting() for time in (chance.start_s, chance.end_s))
        return min((time for time in times if time > elapsed_s), default=math.inf)

    def listen(self, notify: Callable[[], None]) -> None:
        """Call a function whenever `add` is called, in the thread that calls `add`."""
        self._listeners.append(notify)

    def _shutting(self) -> list[Chance]:
        with self._lock:
            return [c for c in self._chances if c.kind == REFUSED and c.probability == 1]

    def _next_scripted(self, call: Call) -> Fault | None:
        for scripted in self._scripts:
            if scripted.affects(call):
                if scripted.remaining is not None:
                    scripted.remaining -= 1
                return scripted.fault
        return None

    def _by_chance(
        self, call: Call, chances: list[Chance], key: tuple[CallKind, str], earlier: int
    ) -> ChosenFault | None:
        for chance in chances:
            fault = chance.fault
            if call.kind not in fault.calls or not fnmatchcase(call.subject, chance.match):
                continue
            cycle, repeat = divmod(earlier, fault.repeats + 1)
            draw, number = self._draw(fault, key, cycle)
            # A fault with a window ends with the window instead.
            comes_through = 0 < fault.repeats == repeat and not chance.is_window
            if draw < chance.probability and not comes_through:
                return ChosenFault(fault, number)
        return None

    def _draw(self, fault: Fault, key: tuple[CallKind, str], cycle: int) -> tuple[float, int]:
        """Return a random number from 0 to 1 and one of 64 bits."""
        text = f"{self._seed} {fault.kind} {key[0].value} {key[1]} {cycle}"
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        return int.from_bytes(digest[:8], "big") / 2**64, int.from_bytes(digest[8:], "big")


def parse_fault(text: str) -> Chance:
    """Read ``KIND=PROBABILITY`` or ``KIND=PROBABILITY@START-END``.

    Parameters
    ----------
    text : str
        The option's value. START and END are seconds since the server's start; END may be
        missing.

    Examples
    --------
    >>> parse_fault("status-503=1@60-660").end_s
    660.0

    Raises
    ------
    UsageError
        The text has another form, or a value is out of range: see `Chance`.
    """
    match = _FAULT.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)
        probability = float(match["probability"])
    except ValueError:
        raise UsageError(
            f"fault {text!r} is neither KIND=PROBABILITY nor KIND=PROBABILITY@START-END with"
            " seconds after the start"
        ) from None
    window = float(match["start"] or 0), float(match["end"] or math.inf)
    return Chance(match["kind"], probability, *window)


def _known(kind: str) -> Fault:
    try:
        return FAULTS[kind]
    except KeyError:
        raise UsageError(f"unknown fault {kind!r}; known faults: {', '.join(FAULTS)}") from None
