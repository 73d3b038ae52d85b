"""Run units of work on this machine, in several processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from preprocessing.core.errors import RunError

__all__ = ["LocalWorkers", "local_workers"]

_T = TypeVar("_T")
_R = TypeVar("_R")

#: Seconds between two looks of a process at whether the one that started it still lives.
_LOOK_EVERY_S = 1.0


class LocalWorkers:
    """A pool of processes: see `Workers`.

    Parameters
    ----------
    pool : ProcessPoolExecutor
        The processes.
    count : int
        How many there are.
    """

    def __init__(self, pool: ProcessPoolExecutor, count: int) -> None:
        self._pool = pool
        self.count = count

    def submit(self, function: Callable[[_T], _R], unit: _T, /) -> Future[_R]:
        """Hand out a unit: see `Workers.submit`."""
        result: Future[_R] = Future()
        try:
            remote = self._pool.submit(function, unit)
        except BrokenProcessPool:
            result.set_exception(_killed())
            return result
        result.add_done_callback(lambda done: done.cancelled() and remote.cancel())
        remote.add_done_callback(lambda done: _pass_on(done, result))
        return result


@contextmanager
def local_workers(jobs: int) -> Iterator[LocalWorkers]:
    """Start processes of this machine, and end them when the block ends.

    Parameters
    ----------
    jobs : int
        How many.
    """
    # A forked process would inherit locks that other threads hold at that moment.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(jobs, context, _prepare, (os.getpid(),)) as pool:
        yield LocalWorkers(pool, jobs)


def _pass_on(done: Future[_R], result: Future[_R]) -> None:
    """Give the result its value, unless nobody wants it any more."""
    if not result.set_running_or_notify_cancel():
        return
    error = done.exception()
    if isinstance(error, BrokenProcessPool):
        error = _killed()
    if error is None:
        result.set_result(done.result())
    else:
        result.set_exception(error)


def _killed() -> RunError:
    return RunError(
        "a process was killed, perhaps for lack of memory. What is done stays; go on with fewer"
        " --jobs"
    )


def _prepare(parent: int) -> None:
    """Leave Ctrl-C to the process that started this one, and end when that does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY_S)
    os._exit(1)
