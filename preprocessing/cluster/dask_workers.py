"""Run units of work on a Dask cluster, whatever dies meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from distributed import Client, KilledWorker, get_worker
from distributed import Future as RemoteFuture

from preprocessing._version import __version__
from preprocessing.core.errors import RunError
from preprocessing.core.log_marks import EVERY_TIME

__all__ = ["DaskWorkers"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_R = TypeVar("_R")

#: Seconds between two looks at how many workers there are.
_LOOK_EVERY_S = 1.0
#: Workers that may refuse a unit before its error ends the run: one may lack the disk or the
#: network, but what three lack is not theirs.
_MOST_REFUSALS = 3
#: How long there may be no worker before it is said, in seconds.
_WORTH_SAYING_S = 10.0
_KEPT = "What is done stays: the same command goes on (download: with --resume)"


@dataclass(frozen=True)
class _Answer(Generic[_R]):
    """What a worker made of a unit.

    Parameters
    ----------
    worker : str
        Its address.
    value : object
        What the function returned.
    refusal : RunError, OSError or None
        Why this worker cannot do it, though another may.
    """

    worker: str
    value: _R | None = None
    refusal: RunError | OSError | None = None


@dataclass(eq=False)
class _Assignment(Generic[_R]):
    """A unit that was handed out.

    Parameters
    ----------
    call : callable
        Runs the function on the unit, on a worker.
    result : Future
        What the caller waits for.
    n_refusals : int
        How many workers could not do it.
    remote : RemoteFuture or None
        Dask forgets work whose future nobody holds.
    only : frozenset of str
        The workers that may do it; all if empty.
    """

    call: Callable[[], _Answer[_R]]
    result: Future[_R] = field(default_factory=Future)
    n_refusals: int = 0
    remote: RemoteFuture[_Answer[_R]] | None = None
    only: frozenset[str] = frozenset()

    def succeed(self, value: Any) -> None:
        """Give the caller the result, if it still waits."""
        if not self.result.done() and self.result.set_running_or_notify_cancel():
            self.result.set_result(value)

    def fail(self, error: BaseException) -> None:
        """Give the caller an error, if it still waits."""
        if not self.result.done() and self.result.set_running_or_notify_cancel():
            self.result.set_exception(error)


class DaskWorkers:
    """The workers of a Dask cluster: see `Workers`.

    Dask's scheduler hands out again what a worker did that died. What a worker cannot do, since it
    cannot write or reach the archive, is handed out again here, to others.

    Parameters
    ----------
    client : distributed.Client
        Connected to the scheduler.
    name : str
        What messages call the cluster.
    patience_s : float
        How long there may be no worker, in seconds.
    """

    def __init__(self, client: Client, name: str, patience_s: float) -> None:
        self._client = client
        self._name = name
        self._patience_s = patience_s
        self._threads: dict[str, int] = client.nthreads()
        self._unable: set[str] = set()
        self._assignments: set[_Assignment[Any]] = set()
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    @property
    def count(self) -> int:
        """How many units can be worked on at once: see `Workers`."""
        return max(1, sum(n for worker, n in self._threads.items() if worker not in self._unable))

    def submit(self, function: Callable[[_T], _R], unit: _T, /) -> Future[_R]:
        """Hand out a unit: see `Workers.submit`."""
        assignment = _Assignment[_R](partial(_work, __version__, function, unit))
        self._assignments.add(assignment)
        assignment.result.add_done_callback(lambda _: self._forget(assignment))
        self._hand_out(assignment)
        return assignment.result

    def close(self) -> None:
        """Hand out nothing more, and forget what is not done."""
        self._ended.set()
        self._watching.join()
        for assignment in self._assignments.copy():
            assignment.result.cancel()

    def _hand_out(self, assignment: _Assignment[Any]) -> None:
        able = self._threads.keys() - self._unable
        # Not "allow_other_workers": those that are left out have time, and would steal the work.
        assignment.only = frozenset(able) if self._unable else frozenset()
        where = {"workers": sorted(able)} if assignment.only else {}
        try:
            # Not pure: Dask would take equal units for one, and remember its result.
            remote = self._client.submit(assignment.call, pure=False, **where)
        except Exception:
            # Before 2025, Dask raises nothing more exact when it has given up its scheduler.
            if self._client.status == "running":
                raise
            assignment.fail(self._lost())
            return
        former, assignment.remote = assignment.remote, remote
        remote.add_done_callback(partial(self._settle, assignment))
        if former is not None and not former.done():
            former.cancel()

    def _settle(self, assignment: _Assignment[Any], remote: RemoteFuture[Any]) -> None:
        """Give a unit's result to its caller, or hand the unit out again."""
        if assignment.result.done() or remote is not assignment.remote:
            return
        try:
            answer: _Answer[Any] = remote.result()
        except CancelledError:
            assignment.fail(self._lost())
        except KilledWorker:
            assignment.fail(_killed(self._name))
        except ModuleNotFoundError as error:
            assignment.fail(_not_installed(self._name, error))
        except Exception as error:
            # It is raised again where the result is read.
            assignment.fail(error)
        else:
            if answer.refusal is None:
                assignment.succeed(answer.value)
            else:
                self._refused(assignment, answer.worker, answer.refusal)

    def _refused(self, assignment: _Assignment[Any], worker: str, why: RunError | OSError) -> None:
        assignment.n_refusals += 1
        is_known = worker in self._unable
        self._unable.add(worker)
        self._look()
        if assignment.n_refusals == _MOST_REFUSALS or self._unable.issuperset(self._threads):
            assignment.fail(why)
            return
        if not is_known:
            _log.warning("the worker %s is left out: %s", worker, why, extra=EVERY_TIME)
        self._hand_out(assignment)

    def _forget(self, assignment: _Assignment[Any]) -> None:
        self._assignments.discard(assignment)
        if assignment.result.cancelled() and assignment.remote is not None:
            assignment.remote.cancel()
        assignment.remote = None

    def _watch(self) -> None:
        """Look how many workers there are, and give up when there were none for too long."""
        missing_s = 0.0
        while not self._ended.wait(_LOOK_EVERY_S):
            self._look()
            for assignment in self._assignments.copy():
                if self._threads and assignment.only and assignment.only.isdisjoint(self._threads):
                    # All of them died, and others have come.
                    self._hand_out(assignment)
            missing_s = 0.0 if self._threads else missing_s + _LOOK_EVERY_S
            if missing_s == _WORTH_SAYING_S:
                _log.warning(
                    "the cluster %s has no worker; waiting up to %.0f min for one",
                    self._name,
                    self._patience_s / 60,
                    extra=EVERY_TIME,
                )
            if missing_s >= self._patience_s:
                for assignment in self._assignments.copy():
                    assignment.fail(_no_workers(self._name, missing_s))

    def _look(self) -> None:
        try:
            self._threads = self._client.nthreads()
        except (OSError, TimeoutError, AttributeError):
            # Once Dask has given up its scheduler, its client has none to ask.
            self._threads = {}

    def _lost(self) -> RunError:
        return RunError(
            f"the scheduler of the cluster {self._name} is gone, and its workers with it. Start"
            f" both again. {_KEPT}"
        )


def _work(version: str, function: Callable[[_T], _R], unit: _T) -> _Answer[_R]:
    """Run a function on a unit, on a worker."""
    worker = get_worker().address
    try:
        if version != __version__:
            raise RunError(
                f"it has version {__version__} of xenoscan, and the run {version}: install the same"
            )
        return _Answer(worker, function(unit))
    except (RunError, OSError) as error:
        return _Answer(worker, refusal=error)


def _killed(name: str) -> RunError:
    return RunError(
        f"several workers of the cluster {name} died one after another of the same work, perhaps"
        f" for lack of memory. {_KEPT}"
    )


def _not_installed(name: str, error: ModuleNotFoundError) -> RunError:
    return RunError(
        f"the workers of the cluster {name} lack the package {error.name}: install xenoscan"
        f" {__version__} there, with the extras that the command needs"
    )


def _no_workers(name: str, seconds: float) -> RunError:
    return RunError(f"the cluster {name} had no worker for {seconds / 60:.0f} min. {_KEPT}")
