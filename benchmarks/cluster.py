"""How a download scales with the workers of a cluster, where an archive takes its time."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.measure import describe_machine
from benchmarks.report import Figure, Goal, goals_table, spread, table, write_report
from benchmarks.trial import fresh_folder
from preprocessing import AsyncDownloader
from preprocessing.acquire.archives import open_archive
from preprocessing.acquire.runs.elsewhere import Elsewhere
from preprocessing.acquire.runs.unit import Sources
from preprocessing.cluster.choice import open_workers
from preprocessing.missions.recipe import make_recipe
from preprocessing.missions.targets import TargetList
from preprocessing.simulator.server import ArchiveThread
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["cluster"]

#: Connections of each worker, and files a star.
_CONNECTIONS, _QUARTERS = 2, 2
_GOAL = 0.9


def cluster(
    workers: Sequence[int], stars: int, rounds: int, latency_s: float, data: Path, folder: Path
) -> None:
    """Download the same stars with several numbers of workers, and report.

    Parameters
    ----------
    workers : sequence of int
        How many workers a cluster has, one after the other; the first is what is compared with.
    stars, rounds : int
    latency_s : float
        Seconds that the archive takes to begin a file. On a machine with fewer cores than workers
        it must be long beside the processor time of a file.
    data : Path
        For the runs.
    folder : Path
        For the report.
    """
    seconds: dict[int, list[float]] = {count: [] for count in workers}
    holdings = SyntheticHoldings(stars, n_quarters=_QUARTERS)
    names = [f"KIC {number}" for number in holdings.star_keys()]
    for number in range(1, rounds + 1):
        for count in workers:
            with (
                ArchiveThread(holdings, latency_s=latency_s) as archive,
                fresh_folder(data) as place,
            ):
                took_s = asyncio.run(_download(count, names, archive.base_url, place))
            seconds[count].append(took_s)
            print(
                f"round {number} of {rounds}: {count} workers, {took_s:.1f} s",
                file=sys.stderr,
                flush=True,
            )
    note = (
        f"{stars} stars of {_QUARTERS} quarters, {latency_s:g} s to the first byte of a file,"
        f" {_CONNECTIONS} connections a worker, Dask's workers on this machine. Starting them does"
        " not count."
    )
    text, figures = _report(seconds, stars)
    sections = [note, text, "## Goals", goals_table(figures)]
    write_report(folder, "cluster", describe_machine(), sections, {"seconds": seconds})


async def _download(count: int, names: Sequence[str], url: str, place: Path) -> float:
    downloader = AsyncDownloader(
        place / "raw",
        _CONNECTIONS,
        results_path=place / "results.csv",
        checkpoint_dir=place / "checkpoints",
    )
    recipe = make_recipe("Kepler", None, None, "default", None, ())
    targets = TargetList.of(names, recipe.mission.catalog)
    async with open_workers(1, f"local:{count}") as workers, open_archive(url, 1) as archive:
        assert workers is not None
        for ready in [workers.submit(_load, count) for _ in range(4 * count)]:
            await asyncio.wrap_future(ready)
        began = time.monotonic()
        elsewhere = Elsewhere(workers, Sources(url, (), {}))
        summary = await downloader.run(targets, recipe, archive, elsewhere=elsewhere)
        took_s = time.monotonic() - began
    assert summary.is_success, "not every star is complete"
    return took_s


def _load(count: int) -> None:
    """Import what a unit needs, in a worker that is busy long enough for the others to come."""
    import preprocessing.acquire.runs.unit  # noqa: F401

    time.sleep(0.5)


def _report(seconds: dict[int, list[float]], stars: int) -> tuple[str, list[Figure]]:
    (first, alone), *_ = seconds.items()
    shares = {
        count: [median(alone) * first / (took_s * count) for took_s in found]
        for count, found in seconds.items()
    }
    rows = [
        [str(count), spread(found), spread([stars / s for s in found]), spread(shares[count])]
        for count, found in seconds.items()
    ]
    figures = [
        Figure(Goal(f"share of linear with {count} workers", _GOAL, at_least=True), tuple(found))
        for count, found in shares.items()
        if count != first
    ]
    return table(["workers", "seconds", "stars/s", "of linear"], rows), figures
