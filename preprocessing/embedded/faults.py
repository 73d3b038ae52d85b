"""Faults on request: what can go wrong with an answer, and which answers it befalls."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from preprocessing.embedded.answers import Answer, Ending, json_answer, text_answer
from preprocessing.embedded.calls import Call, CallKind
from preprocessing.embedded.downloads import not_found
from preprocessing.embedded.portal import error_envelope
from preprocessing.exceptions import UsageError

__all__ = ["FAULTS", "ChosenFault", "Fault", "FaultPlan", "parse_fault"]

_PORTAL = frozenset({CallKind.PORTAL})
_BODIES = frozenset({CallKind.PORTAL, CallKind.RESOLVER, CallKind.DOWNLOAD})
_FILES = frozenset({CallKind.DOWNLOAD, CallKind.HEAD})
_EVERYTHING = _BODIES | {CallKind.COLUMNS_CONFIG, CallKind.HEAD}

_MAINTENANCE_PAGE = """<!DOCTYPE html>
<html><head><title>MAST is down for maintenance</title></head>
<body><h1>Scheduled maintenance</h1><p>We will be back soon.</p></body></html>
"""
#: As reported in https://github.com/lightkurve/lightkurve/issues/449.
_KILL_STATE = "Cannot continue the execution because the session is in the kill state."


@dataclass(frozen=True)
class Fault:
    """One way in which an answer goes wrong.

    Parameters
    ----------
    kind : str
        Its name.
    calls : frozenset of CallKind
        What it can befall.
    distort : callable
        Makes the wrong answer of the right one and a random number, an integer of 64
        bits.
    repeats : int
        How many answers to the same call in a row it befalls before one comes through,
        where it comes by chance.
    """

    kind: str
    calls: frozenset[CallKind]
    distort: Callable[[Answer, int], Answer]
    repeats: int = 0


@dataclass(frozen=True)
class ChosenFault:
    """A fault with the random number that it takes."""

    fault: Fault
    number: int

    def distort(self, answer: Answer) -> Answer:
        """Return what is sent in place of an answer."""
        return self.fault.distort(answer, self.number)


@dataclass
class _Scripted:
    fault: Fault
    match: str
    remaining: int | None


class FaultPlan:
    """Decides which calls meet with which fault.

    What befalls a call depends on the seed, on what the call asks for, and on how often
    that was asked for before: not on the order or the speed of other calls.

    Parameters
    ----------
    probabilities : mapping of str to float, optional
        For each kind of fault, the share of those calls that it can befall, 0 to 1.
    seed : int, optional

    Raises
    ------
    UsageError
        A kind is unknown, or a probability is not in 0 to 1.
    """

    def __init__(self, probabilities: Mapping[str, float] | None = None, seed: int = 0) -> None:
        self._chances = [(_known(kind), p) for kind, p in (probabilities or {}).items()]
        for fault, probability in self._chances:
            if not 0.0 <= probability <= 1.0:
                raise UsageError(f"fault {fault.kind}: {probability} is not between 0 and 1")
        self._seed = seed
        self._scripts: list[_Scripted] = []
        self._calls: Counter[tuple[CallKind, str]] = Counter()
        self._lock = threading.Lock()

    def script(self, kind: str, *, match: str = "*", times: int | None = 1) -> None:
        """Let a fault befall the next calls, before chance has its say.

        Parameters
        ----------
        kind : str
            One of `FAULTS`.
        match : str, optional
            Pattern (`fnmatch.fnmatchcase`) for the call's subject: a file name, a
            portal service, or names to resolve joined by commas.
        times : int or None, optional
            How many calls; None is all that follow.

        Raises
        ------
        UsageError
            The kind is unknown.
        """
        with self._lock:
            self._scripts.append(_Scripted(_known(kind), match, times))

    def choose(self, call: Call) -> ChosenFault | None:
        """Return the fault that befalls a call, None if it is answered as it should be."""
        with self._lock:
            # Hashed, since the question for a thousand stars is 25 kB long.
            key = (call.kind, hashlib.blake2b(call.content.encode(), digest_size=12).hexdigest())
            earlier = self._calls[key]
            self._calls[key] += 1
            fault = self._next_scripted(call)
        if fault is not None:
            return ChosenFault(fault, self._draw(fault, key, earlier)[1])
        return self._by_chance(call.kind, key, earlier)

    def _next_scripted(self, call: Call) -> Fault | None:
        for scripted in self._scripts:
            if (
                scripted.remaining != 0
                and call.kind in scripted.fault.calls
                and fnmatchcase(call.subject, scripted.match)
            ):
                if scripted.remaining is not None:
                    scripted.remaining -= 1
                return scripted.fault
        return None

    def _by_chance(
        self, kind: CallKind, key: tuple[CallKind, str], earlier: int
    ) -> ChosenFault | None:
        for fault, probability in self._chances:
            if kind not in fault.calls:
                continue
            turn, place = divmod(earlier, fault.repeats + 1)
            chance, number = self._draw(fault, key, turn)
            comes_through = fault.repeats > 0 and place == fault.repeats
            if chance < probability and not comes_through:
                return ChosenFault(fault, number)
        return None

    def _draw(self, fault: Fault, key: tuple[CallKind, str], turn: int) -> tuple[float, int]:
        """Return a number in 0 to 1 and one of 64 bits."""
        text = f"{self._seed} {fault.kind} {key[0].value} {key[1]} {turn}"
        digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
        return int.from_bytes(digest[:8], "big") / 2**64, int.from_bytes(digest[8:], "big")


def parse_fault(text: str) -> tuple[str, float]:
    """Read ``KIND=PROBABILITY``.

    Raises
    ------
    UsageError
        The text is something else. The kind and the range are left to `FaultPlan`.
    """
    kind, _, probability = text.partition("=")
    try:
        return kind.strip(), float(probability)
    except ValueError as error:
        raise UsageError(f"fault {text!r} is not KIND=PROBABILITY") from error


def _known(kind: str) -> Fault:
    try:
        return FAULTS[kind]
    except KeyError:
        raise UsageError(f"unknown fault {kind!r}; known are {', '.join(FAULTS)}") from None


def _status(status: int, reason: str, **headers: str) -> Callable[[Answer, int], Answer]:
    page = f"<html><head><title>{status} {reason}</title></head><body>{reason}</body></html>\n"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    wrong = text_answer(status, page, "html", named)
    return lambda answer, number: wrong


def _maintenance(answer: Answer, number: int) -> Answer:
    return text_answer(200, _MAINTENANCE_PAGE, "html")


def _reset(answer: Answer, number: int) -> Answer:
    return replace(answer, ending=Ending.RESET)


def _cut(answer: Answer, number: int) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2], ending=Ending.CUT)


def _stall(answer: Answer, number: int) -> Answer:
    return replace(answer, body=answer.body[: len(answer.body) // 2], ending=Ending.STALL)


def _flip(answer: Answer, number: int) -> Answer:
    if not answer.body:
        return answer
    body = bytearray(answer.body)
    place, bit = divmod(number % (8 * len(body)), 8)
    body[place] ^= 1 << bit
    return replace(answer, body=bytes(body))


def _missing(answer: Answer, number: int) -> Answer:
    return not_found()


def _json_error(answer: Answer, number: int) -> Answer:
    return json_answer(error_envelope(_KILL_STATE))


def _executing(answer: Answer, number: int) -> Answer:
    return json_answer({"status": "EXECUTING", "msg": ""})


#: Every kind of fault, by name.
FAULTS: dict[str, Fault] = {
    fault.kind: fault
    for fault in (
        Fault("status-500", _EVERYTHING, _status(500, "Internal Server Error")),
        Fault("status-503", _EVERYTHING, _status(503, "Service Unavailable")),
        Fault("status-429", _EVERYTHING, _status(429, "Too Many Requests", Retry_After="1")),
        Fault("html-200", _EVERYTHING, _maintenance),
        Fault("reset", _EVERYTHING, _reset),
        Fault("cut", _BODIES, _cut),
        Fault("stall", _BODIES, _stall),
        Fault("flip", frozenset({CallKind.DOWNLOAD}), _flip),
        Fault("missing", _FILES, _missing),
        Fault("json-error", _PORTAL, _json_error),
        Fault("executing", _PORTAL, _executing, repeats=3),
    )
}
