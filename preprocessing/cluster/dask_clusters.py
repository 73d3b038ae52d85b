"""Start or find the Dask cluster that a user names."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from distributed import Client, LocalCluster, Security

from preprocessing.cluster import uninterrupted
from preprocessing.cluster.choice import LOCAL, is_address
from preprocessing.cluster.dask_workers import DaskWorkers
from preprocessing.cluster.job_queues import job_cluster, read_jobs
from preprocessing.core.errors import RunError, UsageError

__all__ = ["dask_workers"]

#: How long a scheduler may take to answer, in seconds.
_CONNECT_S = 10.0
#: How long a cluster may have no worker, in seconds: their jobs may wait in a queue, but what
#: runs already is restarted soon or never.
_PATIENCE_S, _QUEUE_PATIENCE_S = 600.0, 86400.0


@contextmanager
def dask_workers(name: str) -> Iterator[DaskWorkers]:
    """Start or find a Dask cluster, and leave it when the block ends.

    Parameters
    ----------
    name : str
        ``local:N``, the address of a scheduler, or a YAML file for a batch system.

    Raises
    ------
    UsageError
        There is no such cluster.
    RunError
        The scheduler does not answer.
    """
    # What it would say is said by us, in one line.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with ExitStack() as stack:
        patience_s = _PATIENCE_S
        if name.startswith(LOCAL):
            where: Any = stack.enter_context(_local_cluster(int(name.removeprefix(LOCAL))))
        elif is_address(name):
            where = name
        else:
            where = stack.enter_context(job_cluster(read_jobs(Path(name))))
            patience_s = _QUEUE_PATIENCE_S
        client = stack.enter_context(_connected(where, name))
        workers = DaskWorkers(client, name, patience_s)
        stack.callback(workers.close)
        yield workers


def _local_cluster(count: int) -> LocalCluster:
    # The scheduler is in this process, so that neither outlives the other.
    return LocalCluster(
        n_workers=count,
        threads_per_worker=1,
        processes=True,
        host="127.0.0.1",
        # Any free port: else two runs on a machine are told of each other.
        dashboard_address="127.0.0.1:0",
        memory_limit=None,
        silence_logs=logging.CRITICAL,
        preload=[uninterrupted.__name__],
    )


def _connected(where: Any, name: str) -> Client:
    keys = Security().get_connection_args("client")
    if name.startswith("tls:") and keys.get("ssl_context") is None:
        raise UsageError(
            f"{name} needs keys: name them in Dask's configuration (distributed.comm.tls), or start"
            " a scheduler at tcp://"
        )
    try:
        return Client(where, timeout=_CONNECT_S, set_as_default=False)
    except OSError as error:
        raise RunError(
            f"no scheduler answers at {name}: start one with dask scheduler, and workers with"
            f" dask worker {name} --nthreads 1"
        ) from error
