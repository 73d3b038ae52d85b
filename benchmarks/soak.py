"""A long run: whether the memory that it takes grows with what is done."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from benchmarks.archive import Conditions, served
from benchmarks.contenders import Job, scraper_command, scraper_environment
from benchmarks.measure import CLIENT_CORES, describe_machine, pinned
from benchmarks.report import Figure, Goal, goals_table, new_plot, spell, table, write_report
from benchmarks.trial import environment, fresh_folder
from preprocessing.core.errors import RunError
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["Sample", "memory_at", "soak"]

_QUARTERS = 17
_BETWEEN_SAMPLES_S = 0.5
#: Up to here, a share of the list, a run is taken to be still filling its buffers.
_SETTLED = 0.2
#: Samples that count for a star: as far from it as this share of the list.
_AROUND = 0.02


@dataclass(frozen=True)
class Sample:
    """What was seen at a time.

    Parameters
    ----------
    seconds : float
        Since the run began.
    stars : int
        Done.
    rss_mb : float
        Memory of the run, in 10**6 bytes.
    """

    seconds: float
    stars: int
    rss_mb: float


def soak(stars: int, workers: int, data: Path, folder: Path) -> None:
    """Let the scraper fetch many stars, watch its memory, and report.

    Parameters
    ----------
    stars, workers : int
    data : Path
        For the run. Outputs are removed as they come.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A star is not complete.
    """
    machine = describe_machine()
    kics = SyntheticHoldings(stars, 0, _QUARTERS).star_keys()
    holdings = ["--stars", str(stars), "--quarters", str(_QUARTERS)]
    with (
        fresh_folder(data) as run_folder,
        served(holdings, run_folder, Conditions()) as base_url,
    ):
        job = Job(base_url, dict.fromkeys(kics, ()), workers, run_folder / "job", None)
        job.folder.mkdir()
        samples = list(_watch(job))
    settled = round(_SETTLED * stars)
    memory = {star: memory_at(star, samples, stars) for star in (settled, stars)}
    growth_mb = memory[stars] - memory[settled]
    figures = [
        Figure(Goal(f"growth from star {settled:,} to star {stars:,}, MB", 5), (growth_mb,)),
        Figure(Goal("most memory, MB", 150), (max(s.rss_mb for s in samples),)),
    ]
    parts = [
        f"{stars:,} stars of {_QUARTERS} quarters, made as they are asked for; {workers} workers;"
        f" {samples[-1].seconds:.0f} s. All complete.",
        table(["stars done", "memory, MB"], [(f"{s:,}", spell(mb)) for s, mb in memory.items()]),
        goals_table(figures),
    ]
    write_report(folder, "soak", machine, parts, {"samples": samples, "figures": figures})
    _plot(samples, folder / "soak.png")


def memory_at(star: int, samples: Sequence[Sample], stars: int) -> float:
    """Return the memory around a star: the median of the samples near it.

    Parameters
    ----------
    star : int
        From 1.
    samples : sequence of Sample
    stars : int
        Of the whole run.

    Returns
    -------
    float
        In 10**6 bytes. If no sample is near, of the nearest one.
    """
    reach = max(_AROUND * stars, min(abs(sample.stars - star) for sample in samples))
    return median(sample.rss_mb for sample in samples if abs(sample.stars - star) <= reach)


def _watch(job: Job) -> Iterator[Sample]:
    """Run the scraper; yield samples until it ends."""
    began = time.monotonic()
    with (job.folder / "output.log").open("w") as said:
        child = subprocess.Popen(
            pinned(scraper_command(job), CLIENT_CORES),
            env={**environment(), **scraper_environment(job)},
            stdout=said,
            stderr=said,
        )
        with child:
            process = psutil.Process(child.pid)
            while child.poll() is None:
                if rss_mb := _rss_mb(process):
                    yield Sample(time.monotonic() - began, _count_done(job), rss_mb)
                for output in job.output.glob("*.fits"):
                    output.unlink()
                time.sleep(_BETWEEN_SAMPLES_S)
    if child.returncode != 0:
        raise RunError(f"not every star is complete (status {child.returncode})")


def _rss_mb(process: psutil.Process) -> float:
    """Return what a process has in memory: nothing if it has just ended."""
    try:
        return float(process.memory_info().rss / 1e6)
    except psutil.ZombieProcess:
        return 0.0


def _count_done(job: Job) -> int:
    if not job.results.exists():
        return 0
    # The first line is no star.
    return max(0, job.results.read_bytes().count(b"\n") - 1)


def _plot(samples: Sequence[Sample], path: Path) -> None:
    plot, (panel,) = new_plot([3.6])
    panel.plot([s.stars for s in samples], [s.rss_mb for s in samples], linewidth=1)
    panel.set_ylim(bottom=0)
    panel.set_xlabel("stars done")
    panel.set_ylabel("memory, MB")
    plot.savefig(path)
