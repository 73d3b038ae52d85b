"""Units of work run in this process or in several."""

from __future__ import annotations

import os
import signal

import pytest

from preprocessing.cluster.local import local_workers
from preprocessing.core.errors import RunError


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


def fail(number: int) -> int:
    raise ValueError(f"unit {number}")


def die(number: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return number


def test_one_job_is_this_process() -> None:
    """With one job, units run here, one after the other, in their order."""
    with local_workers(1) as run:
        assert list(run(double, range(4))) == [(2 * n, os.getpid()) for n in range(4)]


@pytest.mark.slow
def test_several_processes() -> None:
    """With several jobs, every unit is run once, in other processes."""
    with local_workers(2) as run:
        found = list(run(double, range(9)))
        assert sorted(number for number, _ in found) == [2 * n for n in range(9)]
        assert os.getpid() not in {process for _, process in found}


@pytest.mark.slow
def test_units_are_asked_for_as_they_are_needed() -> None:
    """No more units are taken than processes can begin, so that a stop is soon."""
    asked: list[int] = []
    with local_workers(2) as run:
        results = run(double, (asked.append(n) or n for n in range(100)))  # type: ignore[func-returns-value]
        next(results)
        assert len(asked) <= 6
        results.close()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_errors_come_back() -> None:
    """An error of one unit is raised where results are read."""
    with local_workers(2) as run, pytest.raises(ValueError, match="unit"):
        list(run(fail, range(3)))


@pytest.mark.slow
def test_killed_process() -> None:
    """A process that is killed ends the work with what to do."""
    with local_workers(2) as run, pytest.raises(RunError, match="fewer --jobs"):
        list(run(die, range(3)))
