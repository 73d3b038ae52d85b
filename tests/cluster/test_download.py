"""A run on a cluster loses no star and writes none twice, whatever dies or lacks a disk."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from preprocessing.cluster.dask_clusters import dask_workers
from preprocessing.core.errors import RunError
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.dask_cluster import OwnCluster
from tests.support.small_holdings import SmallHoldings
from tests.support.unit_runs import download, outputs, rows

pytestmark = pytest.mark.slow

_HOLDINGS = SmallHoldings(24)
_NAMES = [f"KIC {number}" for number in _HOLDINGS.star_keys()]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[OwnCluster]:
    started = OwnCluster(tmp_path)
    yield started
    started.close()


async def until_outputs(folder: Path, count: int) -> None:
    while len([*folder.glob("raw/*.fits")]) < count:
        await asyncio.sleep(0.02)


async def alone(folder: Path) -> Path:
    async with ArchiveSimulator(_HOLDINGS) as server:
        await download(folder, server.base_url, _NAMES)
    return folder


async def test_killed_worker(tmp_path: Path) -> None:
    """The stars of a worker that is killed are downloaded by others, once."""
    expected = await alone(tmp_path / "alone")
    run = tmp_path / "run"
    workers = dask_workers("local:2")
    async with ArchiveSimulator(_HOLDINGS, latency_s=0.1) as server:
        started = await asyncio.to_thread(workers.__enter__)
        try:
            victim = started.submit(_pid, 0)
            task = asyncio.ensure_future(download(run, server.base_url, _NAMES, started))
            await until_outputs(run, 2)
            os.kill(victim.result(), signal.SIGKILL)
            summary = await task
        finally:
            await asyncio.to_thread(workers.__exit__, None, None, None)
    assert summary.is_success
    assert outputs(run) == outputs(expected)
    assert rows(run) == rows(expected)


def _pid(_: int) -> int:
    return os.getpid()


async def test_killed_scheduler(tmp_path: Path, cluster: OwnCluster) -> None:
    """When the scheduler is killed, a line says so, and the run goes on with --resume."""
    expected = await alone(tmp_path / "alone")
    run = tmp_path / "run"
    cluster.add_worker()
    async with ArchiveSimulator(_HOLDINGS, latency_s=0.05) as server:
        workers = dask_workers(cluster.address)
        started = await asyncio.to_thread(workers.__enter__)
        try:
            task = asyncio.ensure_future(download(run, server.base_url, _NAMES, started))
            await until_outputs(run, 2)
            cluster.scheduler.kill()
            with pytest.raises(RunError, match=r"the scheduler of the cluster .* is gone"):
                await task
        finally:
            await asyncio.to_thread(workers.__exit__, None, None, None)
        summary = await download(run, server.base_url, _NAMES, resume=True)
    assert summary.is_success
    assert outputs(run) == outputs(expected)
    assert [row["target_id"] for row in rows(run)] == sorted(_NAMES)


def mounted(folder: Path, command: str) -> tuple[str, ...]:
    """Return the words that start a worker where a folder is mounted otherwise."""
    return ("unshare", "-m", "sh", "-c", f'{command} && exec "$@"', "sh")


async def test_workers_without_the_disk(
    tmp_path: Path, cluster: OwnCluster, caplog: pytest.LogCaptureFixture
) -> None:
    """Workers that cannot write, or have another folder of that name, are left out by name."""
    if os.geteuid() or subprocess.run(["unshare", "-m", "true"], check=False).returncode:
        pytest.skip("only root may mount a folder where one process sees it")
    expected = await alone(tmp_path / "alone")
    raw = tmp_path / "run" / "raw"
    raw.mkdir(parents=True)
    cluster.add_worker()
    cluster.add_worker(*mounted(raw, f"mount --bind {raw} {raw} && mount -o remount,ro,bind {raw}"))
    cluster.add_worker(*mounted(raw, f"mount -t tmpfs -o size=64k tmpfs {raw}"))
    async with ArchiveSimulator(_HOLDINGS, latency_s=0.02) as server:
        workers = dask_workers(cluster.address)
        started = await asyncio.to_thread(workers.__enter__)
        try:
            while started.count < 3:
                await asyncio.sleep(0.1)
            summary = await download(tmp_path / "run", server.base_url, _NAMES, started)
        finally:
            await asyncio.to_thread(workers.__exit__, None, None, None)
    assert summary.is_success
    assert outputs(tmp_path / "run") == outputs(expected)
    assert rows(tmp_path / "run") == rows(expected)
    left_out = [r.getMessage() for r in caplog.records if "is left out" in r.getMessage()]
    assert len(left_out) == 2
    assert any("Read-only file system" in message for message in left_out)
    assert any("there is no lock" in message for message in left_out)
