"""One contender, one fresh archive, one fresh folder: what it took, and what came of it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.archive import Conditions, Counts, make_certificate, read_counts, served
from benchmarks.contenders import Contender, Job
from benchmarks.correctness import count_right
from benchmarks.measure import Measured, last_words, measure
from benchmarks.mirror import Mirror

__all__ = ["Outcome", "environment", "fresh_folder", "run_trial"]

#: After which a contender is killed, in seconds: what the slowest one here, lightkurve
#: behind the slowest archive, takes twice over.
_START_TIMEOUT_S = 120
_STAR_TIMEOUT_S = 45


@dataclass(frozen=True)
class Outcome:
    """What came of one trial.

    Parameters
    ----------
    contender : str
    connections : int
    stars, files : int
        How many there were to fetch.
    measured : Measured
    charged_s : float
        Added to the wall time of a contender that does not search, for the one query
        that would have told it the files, in seconds.
    right : int
        Stars that are complete and right.
    claimed : int
        Stars that the contender says it has.
    counts : Counts
        What the archive was asked.
    complaint : str
        The last line that a contender said which ended badly.
    """

    contender: str
    connections: int
    stars: int
    files: int
    measured: Measured
    charged_s: float
    right: int
    claimed: int
    counts: Counts
    complaint: str

    @property
    def stars_per_s(self) -> float:
        """Stars a second of the whole process, its start included."""
        return self.stars / (self.measured.wall_s + self.charged_s)

    @property
    def cpu_ms_per_star(self) -> float:
        """Processor time of the whole process, in milliseconds a star."""
        return 1e3 * self.measured.cpu_s / self.stars

    @property
    def requests_per_file(self) -> float:
        """Requests for files, by the files there were to fetch."""
        return self.counts.file_requests / self.files


def run_trial(
    contender: Contender, connections: int, mirror: Mirror, conditions: Conditions, data: Path
) -> Outcome:
    """Let a contender fetch the stars of a mirror.

    Parameters
    ----------
    contender : Contender
    connections : int
    mirror : Mirror
    conditions : Conditions
    data : Path
        In which the trial has its folder, removed at the end.
    """
    with fresh_folder(data) as folder:
        authority = make_certificate(folder) if conditions.tls else None
        _settle(mirror)
        with served(["--mirror", str(mirror.root)], folder, conditions) as base_url:
            job = Job(base_url, mirror.products, connections, folder / "job", authority)
            job.folder.mkdir()
            measured = measure(
                contender.command(job),
                job.folder,
                {**environment(), **contender.environment(job)},
                _START_TIMEOUT_S + _STAR_TIMEOUT_S * len(mirror.products),
            )
        return Outcome(
            contender=contender.name,
            connections=connections,
            stars=len(mirror.products),
            files=sum(map(len, mirror.products.values())),
            measured=measured,
            charged_s=0.0 if contender.searches else conditions.portal_latency_s,
            right=count_right(job.output, mirror, contender.makes),
            claimed=contender.claims(job, measured.status),
            counts=read_counts(folder),
            complaint=last_words(job.folder) if measured.status else "",
        )


@contextmanager
def fresh_folder(data: Path) -> Iterator[Path]:
    """Make a folder on the disk of the data, and remove it at the end of the block."""
    data.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="run-", dir=data) as name:
        yield Path(name)


def environment() -> dict[str, str]:
    """Return this process's environment without what would turn a client elsewhere."""
    turning = ("http_proxy", "https_proxy", "all_proxy")
    return {name: value for name, value in os.environ.items() if name.lower() not in turning}


def _settle(mirror: Mirror) -> None:
    """Bring the files into memory, and what earlier runs left in it to disk."""
    for products in mirror.products.values():
        for product in products:
            mirror.path(product).read_bytes()
    os.sync()
