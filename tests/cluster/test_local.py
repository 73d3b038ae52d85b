"""Units of work run in several processes of this machine."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import wait

import pytest

from preprocessing.cluster.local import LocalWorkers, local_workers
from preprocessing.core.errors import RunError

pytestmark = pytest.mark.slow


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


def fail(number: int) -> int:
    raise ValueError(f"unit {number}")


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalWorkers]:
    with local_workers(2) as started:
        yield started


def test_other_processes(workers: LocalWorkers) -> None:
    """Every unit is run once, in other processes."""
    found = [future.result() for future in [workers.submit(double, n) for n in range(9)]]
    assert [number for number, _ in found] == [2 * n for n in range(9)]
    assert os.getpid() not in {process for _, process in found}


def test_errors_come_back(workers: LocalWorkers) -> None:
    """An error of one unit is its result."""
    with pytest.raises(ValueError, match="unit 3"):
        workers.submit(fail, 3).result()


def test_cancelled_unit(workers: LocalWorkers) -> None:
    """A unit that nobody waits for any more does not disturb the others."""
    futures = [workers.submit(double, n) for n in range(20)]
    assert futures[-1].cancel()
    wait(futures[:-1], timeout=10)
    assert futures[-2].result()[0] == 36


def test_killed_process() -> None:
    """A process that is killed ends the work with what to do, and later units as well."""
    with local_workers(1) as workers:
        for function in (die, double):
            with pytest.raises(RunError, match="fewer --jobs"):
                workers.submit(function, 1).result()
