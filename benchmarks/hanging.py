"""Servers that leave requests hanging: what that costs a run, and another build's run."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks.archive import Conditions, Counts, read_counts, served
from benchmarks.contenders import CONTENDERS, Contender, Job, other_build
from benchmarks.experiments import OTHER_BUILD, XENOSCAN
from benchmarks.measure import describe_machine, measure
from benchmarks.mirror import Mirror, make_mirror
from benchmarks.report import Figure, Goal, goals_table, spell, table, write_report
from benchmarks.trial import environment, fresh_folder
from preprocessing.core.errors import RunError

__all__ = ["hanging"]

_QUARTERS = 17
_WORKERS = 8
_TIME_OUT_S = 120.0
#: Share of the requests that hang, and the faults of the simulator that let them.
_SHARE = 0.15
_RECIPES = {"healthy": "", "never answered": "silence", "stalling in mid-file": "stall"}
_CONDITIONS = Conditions(latency_s=0.05, portal_latency_s=0.05)
#: After which a run is killed, in seconds.
_LIMIT_S = 3600


@dataclass(frozen=True)
class Hung:
    """What came of one run.

    Parameters
    ----------
    recipe, build : str
        Which requests hang, and what ran.
    wall_s : float
        Of the whole process, in seconds.
    complete : int
        Stars of which all is there.
    requests_per_file : float
        Requests for files, by the files there were to fetch.
    outputs : mapping of str to str
        SHA-256 of each light curve, by its file's name.
    """

    recipe: str
    build: str
    wall_s: float
    complete: int
    requests_per_file: float
    outputs: Mapping[str, str]


def hanging(stars: int, seed: int, against: Path | None, data: Path, folder: Path) -> None:
    """Download from archives of which 15 % of all requests hang, and report.

    Parameters
    ----------
    stars : int
        Of 17 quarters.
    seed : int
        Decides which requests hang.
    against : Path or None
        Another checkout, which runs at the same time: nearly all of it is waiting.
    data : Path
        For synthetic stars and runs.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A run did not start or end.
    """
    machine = describe_machine()
    mirror = make_mirror(data, stars, _QUARTERS).first(stars)
    builds = [CONTENDERS[XENOSCAN]]
    if against is not None:
        builds.append(other_build(against, OTHER_BUILD))
    found = [hung for recipe in _RECIPES for hung in _run_all(recipe, builds, mirror, seed, data)]
    parts = [
        f"{stars} stars of {_QUARTERS} quarters, {_WORKERS} workers, `--timeout {_TIME_OUT_S:g}`,"
        f" {_CONDITIONS.latency_s} s to the first byte. {_SHARE:.0%} of all requests hang, searches"
        f" included; seed {seed}.",
        goals_table(_figures(found, stars)),
        table(
            ["archive", "build", "seconds", "complete", "requests a file", "outputs as healthy"],
            [_row(hung, found, stars) for hung in found],
        ),
    ]
    write_report(folder, "hanging", machine, parts, found)


def _run_all(
    recipe: str, builds: Sequence[Contender], mirror: Mirror, seed: int, data: Path
) -> list[Hung]:
    run = partial(_run, recipe, mirror=mirror, seed=seed, data=data)
    with ThreadPoolExecutor(len(builds)) as threads:
        return list(threads.map(run, builds))


def _run(recipe: str, build: Contender, mirror: Mirror, seed: int, data: Path) -> Hung:
    fault = _RECIPES[recipe]
    faults = ["--fault", f"{fault}={_SHARE}", "--seed", str(seed)] if fault else []
    with fresh_folder(data) as folder:
        with served(["--mirror", str(mirror.root), *faults], folder, _CONDITIONS) as base_url:
            job = Job(base_url, mirror.products, _WORKERS, folder / "job", None)
            job.folder.mkdir()
            command = [*build.command(job), "--timeout", str(_TIME_OUT_S)]
            variables = {**environment(), **build.environment(job)}
            measured = measure(command, job.folder, variables, _LIMIT_S)
        counts: Counts = read_counts(folder)
        outputs = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in job.output.glob("*.fits")
        }
        hung = Hung(
            recipe,
            build.name,
            measured.wall_s,
            build.claims(job, measured.status),
            counts.file_requests / sum(map(len, mirror.products.values())),
            outputs,
        )
    print(
        f"{recipe}: {build.name}, {hung.wall_s:.1f} s, {hung.complete} complete",
        file=sys.stderr,
        flush=True,
    )
    return hung


def _find(found: Sequence[Hung], recipe: str, build: str) -> Hung | None:
    return next((h for h in found if (h.recipe, h.build) == (recipe, build)), None)


def _same_outputs(hung: Hung, found: Sequence[Hung]) -> int:
    """Return how many outputs have the bytes of the same build's from a healthy archive."""
    healthy = _find(found, "healthy", hung.build)
    if healthy is None:
        raise RunError(f"{hung.build} did not run against a healthy archive")
    return len(hung.outputs.items() & healthy.outputs.items())


def _row(hung: Hung, found: Sequence[Hung], stars: int) -> list[str]:
    return [
        hung.recipe,
        hung.build,
        spell(hung.wall_s),
        f"{hung.complete} of {stars}",
        f"{hung.requests_per_file:.3f}",
        f"{_same_outputs(hung, found)} of {stars}",
    ]


def _figures(found: Sequence[Hung], stars: int) -> Iterator[Figure]:
    """Yield what this build is measured by."""
    ours = [hung for hung in found if hung.build == XENOSCAN]
    least = Goal("complete stars, the fewest", stars, at_least=True)
    yield Figure(least, (min(hung.complete for hung in ours),))
    same = Goal("outputs as from a healthy archive, the fewest", stars, at_least=True)
    yield Figure(same, (min(_same_outputs(hung, found) for hung in ours),))
    for hung in ours:
        if hung.recipe == "healthy":
            yield Figure(Goal("requests a file, healthy", 1.02), (hung.requests_per_file,))
            continue
        other = _find(found, hung.recipe, OTHER_BUILD)
        if other is not None:
            share = hung.wall_s / other.wall_s
            yield Figure(Goal(f"time, of the other build's, {hung.recipe}", 0.25), (share,))
