"""Hand units of work out to whatever works on them: the interface of pools and clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from itertools import islice
from typing import Protocol, TypeVar

from preprocessing.system.run_lock import LockToken

__all__ = ["Workers", "run_units"]

_T = TypeVar("_T")
_R = TypeVar("_R")


class Workers(Protocol):
    """Processes that run a function on units of work, on this machine or on others."""

    @property
    def count(self) -> int:
        """How many units can be worked on at once, at the moment; never less than 1."""

    def submit(self, function: Callable[[_T], _R], unit: _T, /) -> Future[_R]:
        """Hand out a unit; return what becomes the function's result or error.

        The function may run more than once, and even at the same time, if a worker dies or is
        cut off. It must then write the same bytes under the same names.
        """


def run_units(
    workers: Workers, token: LockToken, function: Callable[[_T], _R], units: Iterable[_T]
) -> Iterator[_R]:
    """Yield what a function returns for each unit, in the order in which they are done.

    Parameters
    ----------
    workers : Workers
        Who runs it.
    token : LockToken
        Of the lock below which the units are worked on.
    function : callable
        A function of a module, which other processes can import.
    units : iterable
        The units. They are taken as they are needed.

    Raises
    ------
    Exception
        The error of the first unit that failed. The units that wait are not run then.
    """
    rest = iter(units)
    waiting: set[Future[_R]] = set()
    try:
        while True:
            # One more than can run, so that nobody waits for this process.
            for unit in islice(rest, max(0, workers.count + 1 - len(waiting))):
                waiting.add(workers.submit(partial(_below, token, function), unit))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        for future in waiting:
            future.cancel()


def _below(token: LockToken, function: Callable[[_T], _R], unit: _T) -> _R:
    """Run a function on a unit where the run that it is for holds its lock."""
    token.ensure()
    return function(unit)
