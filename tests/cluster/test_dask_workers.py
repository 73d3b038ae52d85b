"""A Dask cluster of processes does every unit once, whatever dies meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from uuid import uuid4

import dask
import pytest
from distributed import get_worker

from preprocessing.cluster.dask_clusters import dask_workers
from preprocessing.cluster.dask_workers import DaskWorkers
from preprocessing.cluster.workers import run_units
from preprocessing.core.errors import RunError, UsageError
from preprocessing.dataset.packing.pack import PackRequest, pack
from preprocessing.system.run_lock import hold
from tests.support.packing import contents, write_dataset

pytestmark = pytest.mark.slow


def double(number: int) -> tuple[int, int]:
    return 2 * number, os.getpid()


def fail(number: int) -> int:
    raise ValueError(f"unit {number}")


def refuse(place: str) -> str:
    """Do it on one worker only: the one that did not come first."""
    # Linked when it is written, so that nobody reads a part of it.
    own = Path(f"{place}.{uuid4().hex}")
    own.write_text(str(get_worker().address))
    with suppress(FileExistsError):
        os.link(own, f"{place}.worker")
    if Path(f"{place}.worker").read_text() == get_worker().address:
        with open(f"{place}.refusals", "a") as refusals:
            refusals.write("x")
        raise OSError(28, "No space left on device", place)
    time.sleep(0.1)
    return str(get_worker().address)


def never(number: int) -> int:
    raise RunError("no worker can do it")


def signal_once(unit: tuple[str, int]) -> int:
    """Stop or kill the worker that comes first; another one, or its successor, does the unit."""
    marker, number = unit
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), number)
    return os.getpid()


@pytest.fixture(scope="module")
def workers() -> Iterator[DaskWorkers]:
    # A worker that says nothing for so long counts as dead; five minutes if users do not set it.
    silent = {"distributed.scheduler.worker-ttl": "1s"}
    with dask.config.set(silent), dask_workers("local:2") as started:
        yield started


def test_other_processes(workers: DaskWorkers) -> None:
    """Every unit is run once, by several processes that are not this one; errors come back."""
    found = [future.result(60) for future in [workers.submit(double, n) for n in range(9)]]
    assert [number for number, _ in found] == [2 * n for n in range(9)]
    assert len({process for _, process in found} - {os.getpid()}) == 2
    with pytest.raises(ValueError, match="unit 3"):
        workers.submit(fail, 3).result(60)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_dead_worker(workers: DaskWorkers, tmp_path: Path, number: int) -> None:
    """A unit whose worker is killed or stopped is done by another."""
    assert workers.submit(signal_once, (str(tmp_path / "marker"), number)).result(60)


def test_worker_that_cannot_write(workers: DaskWorkers, tmp_path: Path) -> None:
    """What one worker cannot do, others do; what nobody can ends with the error of the last."""
    place = tmp_path / "place"
    while workers.count < 2:
        time.sleep(0.1)
    units = [workers.submit(refuse, str(place)) for _ in range(6)]
    assert len({unit.result(60) for unit in units}) == 1
    assert workers.count == 1
    n_refused = len(Path(f"{place}.refusals").read_text())
    later = [workers.submit(refuse, str(place)) for _ in range(12)]
    assert len({unit.result(60) for unit in later}) == 1
    # It is idle, but takes no work from the other one.
    assert len(Path(f"{place}.refusals").read_text()) == n_refused
    with pytest.raises(RunError, match="no worker can do it"):
        workers.submit(never, 1).result(60)


async def test_packs_the_same(workers: DaskWorkers, tmp_path: Path) -> None:
    """A cluster packs the same bytes as one process, and leaves nothing else."""
    numbers = [757076 + 31 * n for n in range(6)]
    alone, together = (write_dataset(tmp_path / name, numbers).root for name in "ab")
    pack(PackRequest(alone))
    async with hold([(together / ".lock", "it")]) as held:
        run = partial(run_units, workers, held.token)
        assert (await asyncio.to_thread(pack, PackRequest(together), run)).n_stars == 6
    assert contents(together) == contents(alone)


def test_keys_are_missing() -> None:
    """A scheduler that wants encrypted connections is not asked without keys."""
    with pytest.raises(UsageError, match="needs keys"), dask_workers("tls://127.0.0.1:8786"):
        pass


def test_killed_scheduler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the scheduler of a cluster is killed, all its units end with what to do."""
    monkeypatch.setattr("preprocessing.cluster.dask_clusters._CONNECT_S", 1.0)
    place = tmp_path / "scheduler.json"
    command = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--no-dashboard"]
    command += ["--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(place)]
    scheduler = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        address = _address(place)
        with dask_workers(address) as workers:
            unit = workers.submit(double, 1)
            assert not unit.done()
            scheduler.kill()
            with pytest.raises(RunError, match=rf"{address} is gone.*Start both again"):
                unit.result(60)
            while workers._client.status != "closed":
                time.sleep(0.1)
            with pytest.raises(RunError, match=rf"{address} is gone.*Start both again"):
                workers.submit(double, 1).result(60)
            workers._look()
    finally:
        scheduler.kill()
        scheduler.wait()


def _address(place: Path) -> str:
    began = time.monotonic()
    while time.monotonic() < began + 30:
        try:
            return str(json.loads(place.read_text())["address"])
        except (FileNotFoundError, ValueError):
            time.sleep(0.05)
    raise AssertionError("the scheduler did not start")
