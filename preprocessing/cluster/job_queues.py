"""Let a batch system such as Slurm start the workers, as a YAML file describes."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import which
from typing import Any

from preprocessing.core.errors import RunError, UsageError
from preprocessing.core.log_marks import EVERY_TIME
from preprocessing.core.suggestions import one_of

__all__ = ["Jobs", "import_job_queues", "job_cluster", "read_jobs"]

_log = logging.getLogger(__name__)

#: How long a batch system may take to accept or reject the jobs, in seconds.
_SUBMIT_S = 300.0
#: The batch systems of dask-jobqueue, by the word for them in a file.
_JOB_CLUSTERS = {
    "slurm": "SLURMCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "lsf": "LSFCluster",
    "oar": "OARCluster",
    "moab": "MoabCluster",
    "htcondor": "HTCondorCluster",
}


@dataclass(frozen=True)
class Jobs:
    """Jobs of a batch system that are to be workers.

    Parameters
    ----------
    path : Path
        The file that describes them.
    kind : str
        The batch system, as in `_JOB_CLUSTERS`.
    count : int
        How many jobs.
    options : mapping
        Of the class of dask-jobqueue.
    """

    path: Path
    kind: str
    count: int
    options: Mapping[str, Any]


def import_job_queues() -> None:
    """Import dask-jobqueue, in the main thread, and leave Ctrl-C as it was.

    Its version 0.9.0 (``runner.py``) makes Ctrl-C end the process as soon as it is imported.
    """
    handler = signal.getsignal(signal.SIGINT)
    try:
        import dask_jobqueue  # noqa: F401
    finally:
        signal.signal(signal.SIGINT, handler)


def read_jobs(path: Path) -> Jobs:
    """Read which jobs are to be workers.

    Parameters
    ----------
    path : Path
        A YAML file with the name of a batch system, and below it ``jobs`` and the options of its
        cluster in dask-jobqueue.

    Raises
    ------
    UsageError
        The file cannot be read, or says something else.
    """
    import yaml

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(
            f"--cluster {path}: give local:N, the address of a scheduler as in tcp://host:8786, or"
            f" a YAML file ({error.strerror})"
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no YAML file: {' '.join(str(error).split())}") from error
    if not isinstance(content, Mapping) or len(content) != 1:
        raise UsageError(f"{path}: name one batch system with its options below, as in slurm:")
    kind, options = next(iter(content.items()))
    if kind not in _JOB_CLUSTERS:
        raise UsageError(
            f"{path}: unknown batch system {kind!r}: {one_of(str(kind), _JOB_CLUSTERS)}"
        )
    if not isinstance(options, Mapping) or not all(isinstance(key, str) for key in options):
        raise UsageError(f"{path}: below {kind} there are no options with names")
    jobs = options.get("jobs")
    if not isinstance(jobs, int) or isinstance(jobs, bool) or jobs < 1:
        raise UsageError(f"{path}: say how many jobs to submit, as in jobs: 10")
    return Jobs(path, kind, jobs, {name: options[name] for name in options if name != "jobs"})


def job_cluster(jobs: Jobs) -> Any:
    """Submit jobs whose workers come to a scheduler in this process.

    Parameters
    ----------
    jobs : Jobs
        Which ones. The library must be imported: see `import_job_queues`.

    Returns
    -------
    dask_jobqueue.JobQueueCluster
        The cluster, which cancels the jobs when it is closed.

    Raises
    ------
    UsageError
        dask-jobqueue does not take the options, or there is no such batch system here.
    RunError
        The batch system rejects all of the jobs.
    """
    import dask_jobqueue

    cluster_class = getattr(dask_jobqueue, _JOB_CLUSTERS[jobs.kind])
    command = cluster_class.job_cls.submit_command.split()[0]
    if which(command) is None:
        raise UsageError(f"{jobs.path}: this machine has no {command}: start where {jobs.kind} is")
    answers: list[str | None] = []
    job_class = _noting(cluster_class.job_cls, answers)
    try:
        cluster = cluster_class(job_cls=job_class, **_with_any_port(jobs.options))
    except (TypeError, ValueError) as error:
        why = " ".join(str(error).split())
        raise UsageError(
            f"{jobs.path}: dask-jobqueue does not take these options: {why}"
        ) from error
    cluster.scale(jobs=jobs.count)
    deadline = time.monotonic() + _SUBMIT_S
    while len(answers) < jobs.count and time.monotonic() < deadline:
        time.sleep(0.05)
    rejections = [why for why in answers if why is not None]
    if not rejections:
        return cluster
    what = f"{command} rejected {len(rejections)} of {jobs.count} jobs of {jobs.path}"
    if len(rejections) == jobs.count:
        cluster.close()
        raise RunError(f"{what}: {rejections[0]}")
    _log.warning("%s: %s", what, rejections[0], extra=EVERY_TIME)
    return cluster


def _noting(job_class: Any, answers: list[str | None]) -> Any:
    """Return a class of jobs that notes for each why it was rejected; None if it was not.

    The library would print a traceback, and fail when the cluster is closed.
    """
    from distributed.core import Status

    class Job(job_class):  # type: ignore[misc]
        async def start(self) -> None:
            try:
                await super().start()
            except (RuntimeError, ValueError, OSError) as error:
                # The library quotes the command, and last what it wrote to its standard error.
                answers.append(" ".join(str(error).rpartition("stderr:")[2].split()))
            else:
                answers.append(None)

        async def close(self) -> None:
            await super().close()
            self.status = Status.closed

    return Job


def _with_any_port(options: Mapping[str, Any]) -> dict[str, Any]:
    """Let the scheduler's pages have any free port, unless the user chose one."""
    if "dashboard_address" in options:
        return dict(options)
    given = options.get("scheduler_options") or {}
    return {**options, "scheduler_options": {"dashboard_address": ":0", **given}}
