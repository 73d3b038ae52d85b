"""Open the workers that a user chooses: processes of this machine, or a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from urllib.parse import urlsplit

from preprocessing.cluster.workers import Workers
from preprocessing.core.errors import UsageError

__all__ = ["LOCAL", "checked_name", "is_address", "open_workers"]

#: What the name of a cluster of this machine's processes begins with.
LOCAL = "local:"
#: Of schedulers: https://distributed.dask.org/en/stable/communications.html.
_SCHEMES = ("tcp", "tls")


def is_address(name: str) -> bool:
    """Tell whether a cluster's name is the address of its scheduler."""
    return "://" in name


def checked_name(name: str) -> str:
    """Return the name of a cluster if it can be one.

    Parameters
    ----------
    name : str
        ``local:N``, the address of a scheduler, or a YAML file for a batch system.

    Raises
    ------
    UsageError
        It is an address or a number that cannot be.

    Examples
    --------
    >>> checked_name("tcp://head-node:8786")
    'tcp://head-node:8786'
    """
    count = name.removeprefix(LOCAL)
    if name.startswith(LOCAL) and not (count.isascii() and count.isdigit() and int(count) > 0):
        raise UsageError(f"{name!r} gives no number of processes, as local:4 does")
    if is_address(name) and not _can_be_reached(name):
        raise UsageError(f"{name!r} is no address of a scheduler, as tcp://host:8786 is")
    return name


@asynccontextmanager
async def open_workers(jobs: int, cluster: str | None) -> AsyncIterator[Workers | None]:
    """Yield the workers, or None if this process alone is to work.

    Parameters
    ----------
    jobs : int
        How many processes of this machine; with 1, this one.
    cluster : str or None
        ``local:N``, the address of a scheduler, or a YAML file for a batch system; None for none.

    Raises
    ------
    UsageError
        There is no such cluster.
    RunError
        The scheduler does not answer.
    ModuleNotFoundError
        The extra of clusters is not installed.
    """
    if cluster is None and jobs == 1:
        yield None
        return
    if cluster is not None and not cluster.startswith(LOCAL) and not is_address(cluster):
        from preprocessing.cluster.job_queues import import_job_queues

        import_job_queues()
    stack = ExitStack()
    try:
        yield await asyncio.to_thread(_open, stack, jobs, cluster)
    finally:
        await asyncio.to_thread(stack.close)


def _open(stack: ExitStack, jobs: int, cluster: str | None) -> Workers:
    if cluster is None:
        from preprocessing.cluster.local import local_workers

        return stack.enter_context(local_workers(jobs))
    from preprocessing.cluster.dask_clusters import dask_workers

    return stack.enter_context(dask_workers(cluster))


def _can_be_reached(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in _SCHEMES and bool(parts.hostname) and bool(parts.port)
    except ValueError:
        return False
