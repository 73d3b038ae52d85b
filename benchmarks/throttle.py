"""Archives that refuse above a number of requests in flight: how close to their best we come."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import Job, scraper_command, scraper_environment
from benchmarks.measure import describe_machine
from benchmarks.mirror import Mirror, make_mirror
from benchmarks.report import Figure, Goal, goals_table, spell, table, write_report
from benchmarks.trial import environment, fresh_folder
from preprocessing.core.errors import RunError
from preprocessing.simulator.mirror import MirrorHoldings
from preprocessing.simulator.server import ArchiveThread

__all__ = ["Sample", "Settling", "after_settling", "throttle"]

#: Requests that archives allow, and what to in mid-run.
_CAPACITIES = ((3,), (8,), (20,), (3, 20), (20, 3))
_WORKERS = 32
_LATENCY_S = 0.25
_QUARTERS = 17
#: Requests after which the number in flight should have settled.
_SETTLED = 200
_BETWEEN_SAMPLES_S = 0.05


@dataclass(frozen=True)
class Sample:
    """What an archive had done at a time.

    Parameters
    ----------
    seconds : float
        Of a clock.
    files, refused : int
        Files sent, and requests refused, since its start.
    """

    seconds: float
    files: int
    refused: int

    @property
    def requests(self) -> int:
        """Requests answered or refused."""
        return self.files + self.refused


@dataclass(frozen=True)
class Settling:
    """How a run dealt with an archive that refuses.

    Parameters
    ----------
    capacities : str
        Requests in flight that the archive allowed, and what to.
    rate, best : float
        Files a second after settling, and those of a run that knew the number.
    refused : float
        Share of the requests after settling.
    """

    capacities: str
    rate: float
    best: float
    refused: float


def throttle(stars: int, data: Path, folder: Path) -> None:
    """Measure against archives that allow 3, 8 and 20 requests, and that change, and report.

    Parameters
    ----------
    stars : int
        Of 17 quarters.
    data : Path
        For synthetic stars and runs.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A star is not complete.
    """
    machine = describe_machine()
    mirror = make_mirror(data, stars, _QUARTERS)
    rows = [_measure(mirror, capacities, data) for capacities in _CAPACITIES]
    worst = min(row.rate / row.best for row in rows)
    figures = [
        Figure(Goal("rate, of the best", 0.9, at_least=True), (worst,)),
        Figure(Goal("share of requests refused", 0.02), (max(row.refused for row in rows),)),
    ]
    parts = [
        f"{stars} stars of {_QUARTERS} quarters, {_WORKERS} workers, {_LATENCY_S} s to the first"
        f" byte; from the {_SETTLED}th request on, or the {_SETTLED}th after the change. The best"
        " is what a run with as many workers as are allowed gets.",
        goals_table(figures),
        table(
            ["allowed in flight", "files/s", "best, files/s", "of the best", "refused"],
            (
                (
                    row.capacities,
                    spell(row.rate),
                    spell(row.best),
                    spell(row.rate / row.best),
                    f"{row.refused:.2%}",
                )
                for row in rows
            ),
        ),
    ]
    write_report(folder, "throttle", machine, parts, rows)


def after_settling(samples: list[Sample], since: int) -> tuple[float, float]:
    """Return files a second, and the share of requests refused, from a request on.

    Parameters
    ----------
    samples : list of Sample
        In order.
    since : int
        Requests that do not count.

    Examples
    --------
    >>> after_settling([Sample(1.0, 9, 1), Sample(2.0, 19, 1), Sample(3.0, 38, 2)], 10)
    (14.5, 0.03333333333333333)
    """
    settled = [sample for sample in samples if sample.requests >= since]
    first, last = settled[0], settled[-1]
    seconds, requests = last.seconds - first.seconds, last.requests - first.requests
    return (last.files - first.files) / seconds, (last.refused - first.refused) / requests


def _measure(mirror: Mirror, capacities: tuple[int, ...], data: Path) -> Settling:
    samples, changed = _run(mirror, capacities, _WORKERS, data)
    rate, refused = after_settling(samples, changed + _SETTLED)
    known, _ = _run(mirror, (), capacities[-1], data)
    best, _ = after_settling(known, _SETTLED)
    return Settling(", then ".join(map(str, capacities)), rate, best, refused)


def _run(
    mirror: Mirror, capacities: tuple[int, ...], workers: int, data: Path
) -> tuple[list[Sample], int]:
    """Return what the archive did, and its requests before it changed for the last time."""
    n_files = sum(map(len, mirror.products.values()))
    changed = 0
    with (
        fresh_folder(data) as folder,
        ArchiveThread(MirrorHoldings(mirror.root), latency_s=_LATENCY_S) as archive,
    ):
        archive.capacity = capacities[0] if capacities else None
        job = Job(archive.base_url, mirror.products, workers, folder / "job", None)
        job.folder.mkdir()
        samples = []
        for sample in _watch(archive, job):
            samples.append(sample)
            if len(capacities) > 1 and not changed and sample.files > n_files // 3:
                changed, archive.capacity = sample.requests, capacities[1]
    # What is left at the end are the last stars' last files, fewer than there are connections.
    enough = [sample for sample in samples if sample.files <= n_files - _WORKERS]
    return enough, changed


def _watch(archive: ArchiveThread, job: Job) -> Iterator[Sample]:
    """Let the scraper run, and yield samples of the archive."""
    child_environment: Mapping[str, str] = {**environment(), **scraper_environment(job)}
    log = archive.log
    with subprocess.Popen(scraper_command(job), env=dict(child_environment)) as child:
        while child.poll() is None:
            yield Sample(time.monotonic(), log.whole_files.total(), log.refused)
            time.sleep(_BETWEEN_SAMPLES_S)
    if child.returncode != 0:
        raise RunError(f"the scraper ended with status {child.returncode}")
