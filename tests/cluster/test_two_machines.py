"""A machine that is cut off in the middle of its work costs no star."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from preprocessing.cluster.dask_clusters import dask_workers
from preprocessing.cluster.dask_workers import DaskWorkers
from preprocessing.simulator.server import ArchiveSimulator
from tests.support.dask_cluster import OwnCluster
from tests.support.small_holdings import SmallHoldings
from tests.support.two_machines import HERE, THERE, can_be_had, cut, other_machine
from tests.support.unit_runs import download, outputs, rows

_HOLDINGS = SmallHoldings(24)
_NAMES = [f"KIC {number}" for number in _HOLDINGS.star_keys()]


async def until_two(workers: DaskWorkers) -> None:
    while workers.count < 2:
        await asyncio.sleep(0.1)


@pytest.mark.slow
@pytest.mark.allow_hosts(["127.0.0.1", HERE])
async def test_machine_that_is_cut_off(tmp_path: Path) -> None:
    """The stars of a machine that is cut off are downloaded by the other one, once."""
    if not can_be_had():
        pytest.skip("only root may make networks")
    run, expected = tmp_path / "run", tmp_path / "alone"
    with other_machine() as there:
        cluster = OwnCluster(tmp_path, HERE, silent="6s")
        try:
            cluster.add_worker()
            cluster.add_worker(*there, host=THERE)
            async with ArchiveSimulator(_HOLDINGS, host=HERE, latency_s=0.15) as server:
                await download(expected, server.base_url, _NAMES)
                workers = dask_workers(cluster.address)
                started = await asyncio.to_thread(workers.__enter__)
                try:
                    await asyncio.wait_for(until_two(started), 30)
                    task = asyncio.ensure_future(download(run, server.base_url, _NAMES, started))
                    while len([*run.glob("raw/*.fits")]) < 3:
                        await asyncio.sleep(0.02)
                    cut()
                    summary = await task
                finally:
                    await asyncio.to_thread(workers.__exit__, None, None, None)
        finally:
            cluster.close()
    assert summary.is_success
    assert {n: b for n, b in outputs(run).items() if n.endswith(".fits")} == outputs(expected)
    assert rows(run) == rows(expected)
