"""What a long list costs by itself: a run that resumes one of which all but one star is done."""

from __future__ import annotations

import csv
import os
import time
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from benchmarks.archive import Conditions, served
from benchmarks.contenders import Job, scraper_command, scraper_environment
from benchmarks.measure import Measured, measure_sound
from benchmarks.trial import environment, fresh_folder
from preprocessing.acquire.records.checkpoint import RunDescription
from preprocessing.acquire.records.opening import open_records
from preprocessing.acquire.records.saved_targets import list_path
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.missions.recipe import Recipe
from preprocessing.missions.targets import TargetList
from preprocessing.simulator.synthesis.population import FIRST_KIC
from preprocessing.system.waiting import utc_now

__all__ = ["Bookkeeping", "measure_bookkeeping"]

_WORKERS = 4
_TIMEOUT_S = 600
#: Of the checkpoints, the last so many are timed.
_CHECKPOINTS = 20


@dataclass(frozen=True)
class Bookkeeping:
    """What a list of some length costs.

    Parameters
    ----------
    targets : int
        Of the list, all but one done.
    resumed : Measured
        A run that resumes it.
    single : Measured
        A run of a list with nothing but the star that is left.
    checkpoint_ms : float
        To write a checkpoint when the list is all but done: the median of some.
    """

    targets: int
    resumed: Measured
    single: Measured
    checkpoint_ms: float

    @property
    def ready_s(self) -> float:
        """Wall time that the rest of the list costs, in seconds."""
        return self.resumed.wall_s - self.single.wall_s

    @property
    def memory_mb(self) -> float:
        """Memory that the rest of the list takes, in 10**6 bytes."""
        return self.resumed.peak_rss_mb - self.single.peak_rss_mb


def measure_bookkeeping(n_targets: int, data: Path) -> Bookkeeping:
    """Measure what a list costs.

    Parameters
    ----------
    n_targets : int
    data : Path
        In which the runs have their folders, removed at the end.

    Raises
    ------
    RunError
        A run did not end well.
    """
    with (
        fresh_folder(data) as folder,
        served(["--stars", "1", "--quarters", "17"], folder, Conditions()) as base_url,
    ):
        kics = [*range(1, n_targets), FIRST_KIC]
        whole = Job(base_url, dict.fromkeys(kics, ()), _WORKERS, folder / "whole", None)
        single = Job(base_url, {FIRST_KIC: ()}, _WORKERS, folder / "single", None)
        for job in (whole, single):
            job.folder.mkdir()
        checkpoint_ms = _leave_one(whole)
        return Bookkeeping(n_targets, _run(whole, "--resume"), _run(single), checkpoint_ms)


def _run(job: Job, *options: str) -> Measured:
    command = [*scraper_command(job), *options]
    variables = {**environment(), **scraper_environment(job)}
    measured, _ = measure_sound(command, job.folder, variables, _TIMEOUT_S)
    return measured


def _leave_one(job: Job) -> float:
    """Write the records and outputs of a run that lacks its last target.

    Returns the median time that a checkpoint took at the end, in milliseconds.
    """
    targets = TargetList.of(f"KIC {kic}" for kic in job.products)
    run = RunDescription(job.base_url, Recipe(), len(targets.targets), targets.digest)
    job.output.mkdir()
    times_ms: list[float] = []
    records = open_records(targets, run, job.output, job.results, job.checkpoints)
    for kic in list(job.products)[:-1]:
        output = job.output / job.recipe.output_name(f"KIC_{kic}")
        output.touch()
        records.add(replace(_DONE, target_id=f"KIC {kic}", filepath=str(output)))
        if records.is_checkpoint_due:
            began = time.perf_counter()
            records.write_checkpoint()
            times_ms.append(1e3 * (time.perf_counter() - began))
    records.write_checkpoint()
    records.close()
    with list_path(job.results).open("w", encoding="utf-8", newline="") as stream:
        names = [["target_id"], *([target.name] for target in targets.targets)]
        csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(names)
    # Or the runs would wait for all this to come to disk.
    os.sync()
    return median(times_ms[-_CHECKPOINTS:])


_DONE = TargetOutcome(
    target_id="",
    success=True,
    n_points=65_000,
    duration_days=1459.4889,
    filepath="",
    error="",
    download_time=7.123,
    timestamp=utc_now(),
    reason=Reason.COMPLETE,
    quarters_found=17,
    quarters_used=17,
    bytes=7_436_160,
)
