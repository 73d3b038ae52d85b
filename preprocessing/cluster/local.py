"""Run units of work on this machine, in this process or in several."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Protocol, TypeVar

from preprocessing.core.errors import RunError

__all__ = ["RunUnits", "local_workers"]

_T = TypeVar("_T")
_R = TypeVar("_R")

#: Seconds between two looks of a process at whether the one that started it still lives.
_LOOK_EVERY_S = 1.0


class RunUnits(Protocol):
    """Runs a function on units of work and yields what it returns, in any order."""

    def __call__(self, function: Callable[[_T], _R], units: Iterable[_T], /) -> Iterator[_R]:
        """Yield the result of each unit as it is done; an error of one ends it."""


@contextmanager
def local_workers(jobs: int) -> Iterator[RunUnits]:
    """Yield what runs units of work on this machine.

    Parameters
    ----------
    jobs : int
        How many processes work; with 1, this one does.
    """
    if jobs == 1:
        yield map
        return
    # A forked process would inherit locks that other threads hold at that moment.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _prepare, (os.getpid(),)) as pool:

        def run(function: Callable[[_T], _R], units: Iterable[_T], /) -> Iterator[_R]:
            return _in_pool(pool, jobs, function, units)

        yield run


def _in_pool(
    pool: ProcessPoolExecutor, jobs: int, function: Callable[[_T], _R], units: Iterable[_T]
) -> Iterator[_R]:
    rest = iter(units)
    waiting: set[Future[_R]] = set()
    try:
        while True:
            # One more than can run, so that nobody waits for this process.
            for unit in islice(rest, jobs + 1 - len(waiting)):
                waiting.add(pool.submit(function, unit))
            if not waiting:
                return
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    except BrokenProcessPool as error:
        raise RunError(
            "a process was killed, perhaps for lack of memory. What is done stays; go on with"
            " fewer --jobs"
        ) from error
    finally:
        for future in waiting:
            future.cancel()


def _prepare(parent: int) -> None:
    """Leave Ctrl-C to the process that started this one, and end when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)
