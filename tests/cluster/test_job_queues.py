"""A YAML file says which jobs of a batch system are to be workers."""

from __future__ import annotations

import gc
import signal
from pathlib import Path

import pytest

from preprocessing.cluster.dask_clusters import dask_workers
from preprocessing.cluster.job_queues import import_job_queues, job_cluster, read_jobs
from preprocessing.core.errors import RunError, UsageError

pytestmark = pytest.mark.slow

#: Runs a job at once, where Slurm would let it wait for its turn.
SBATCH = """\
#!/bin/sh
setsid sh -c "$(cat "$1")" >/dev/null 2>&1 &
echo "Submitted batch job $!"
"""
SCANCEL = """\
#!/bin/sh
kill -- "-$1"
"""


def double(number: int) -> int:
    return 2 * number


def write(folder: Path, text: str) -> Path:
    path = folder / "jobs.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "name one batch system"),
        ("[1, 2", "no YAML file"),
        ("slum: {jobs: 2}", "did you mean slurm"),
        ("slurm: 2", "no options with names"),
        ("slurm: {jobs: 0}", "how many jobs"),
        ("slurm: {jobs: yes}", "how many jobs"),
    ],
)
def test_bad_file(tmp_path: Path, text: str, message: str) -> None:
    """A file that says something else is refused with what to write."""
    with pytest.raises(UsageError, match=message):
        read_jobs(write(tmp_path, text))


# The library leaves a cluster half made.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_no_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Options that the library refuses, and a machine without the batch system, are named."""
    monkeypatch.setenv("PATH", str(tmp_path))
    import_job_queues()
    jobs = read_jobs(write(tmp_path, "slurm: {jobs: 1, cores: 1}"))
    with pytest.raises(UsageError, match="this machine has no sbatch"):
        job_cluster(jobs)
    (tmp_path / "sbatch").touch(0o755)
    with pytest.raises(UsageError, match="does not take these options"):
        job_cluster(jobs)
    gc.collect()


def test_ctrl_c_stays_as_it_was() -> None:
    """The library that submits jobs does not take Ctrl-C from whoever handles it."""
    before = signal.getsignal(signal.SIGINT)
    import_job_queues()
    assert signal.getsignal(signal.SIGINT) is before


@pytest.mark.parametrize("is_first_taken", [False, True])
def test_rejected_jobs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    is_first_taken: bool,
) -> None:
    """What the batch system says of jobs that it rejects is said; without any job, work ends."""
    first = f"mkdir {tmp_path}/first 2>/dev/null && echo Submitted batch job 7 && exit 0"
    reject = "echo 'sbatch: error: Invalid account' >&2; exit 1"
    commands = {"sbatch": f"{first if is_first_taken else ''}\n{reject}", "scancel": "exit 0"}
    for name, text in commands.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    import_job_queues()
    here = "scheduler_options: {host: 127.0.0.1}"
    jobs = read_jobs(write(tmp_path, f"slurm: {{jobs: 2, cores: 1, memory: 1GB, {here}}}"))
    if is_first_taken:
        with job_cluster(jobs):
            pass
        assert "sbatch rejected 1 of 2 jobs" in caplog.text and "Invalid account" in caplog.text
    else:
        with pytest.raises(
            RunError, match=r"rejected 2 of 2 jobs .*sbatch: error: Invalid account"
        ):
            job_cluster(jobs)


def test_jobs_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs that the batch system starts come to the scheduler, and do the units."""
    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    import_job_queues()
    here = "scheduler_options: {host: 127.0.0.1}"
    path = write(tmp_path, f"slurm: {{jobs: 1, cores: 1, memory: 1GB, {here}}}")
    with dask_workers(str(path)) as workers:
        assert workers.submit(double, 4).result(60) == 8
