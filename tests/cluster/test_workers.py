"""Units of work are handed out as they are needed, whoever works on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from preprocessing.cluster.workers import run_units
from preprocessing.core.errors import RunError
from preprocessing.system.run_lock import HeldLocks, hold


class Immediately:
    """Works on each unit when it is handed out."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.given: list[Any] = []

    def submit(self, function: Callable[[Any], Any], unit: Any, /) -> Future[Any]:
        self.given.append(unit)
        result: Future[Any] = Future()
        try:
            result.set_result(function(unit))
        except (RunError, ValueError) as error:
            result.set_exception(error)
        return result


@pytest.fixture
async def held(tmp_path: Path) -> Any:
    async with hold([(tmp_path / ".lock", "it")]) as locks:
        yield locks


def double(number: int) -> int:
    if number == 99:
        raise ValueError("unit 99")
    return 2 * number


async def test_units_are_taken_as_they_are_needed(held: HeldLocks) -> None:
    """No more units are taken than workers can begin and one, so that a stop is soon."""
    workers = Immediately(3)
    results = run_units(workers, held.token, double, iter(range(90)))
    assert next(results) % 2 == 0
    assert len(workers.given) <= 8
    assert isinstance(results, Iterator)
    assert len(list(results)) == 89


async def test_errors_come_back(held: HeldLocks) -> None:
    """An error of one unit is raised where results are read."""
    with pytest.raises(ValueError, match="unit 99"):
        list(run_units(Immediately(2), held.token, double, [1, 99, 2]))


async def test_units_of_a_run_that_ended(tmp_path: Path) -> None:
    """A unit that comes too late, or to a machine with another folder, is not worked on."""
    async with hold([(tmp_path / ".lock", "it")]) as locks:
        token = locks.token
    with pytest.raises(RunError, match="there is no lock"):
        list(run_units(Immediately(1), token, double, [1]))
