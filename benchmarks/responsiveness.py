"""How fast the program starts, and how long a run keeps its event loop from turning."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.archive import ROOT, Conditions, served
from benchmarks.contenders import Job, scraper_environment
from benchmarks.measure import measure_sound
from benchmarks.mirror import make_mirror
from benchmarks.parts import Part, Plan, in_rounds
from benchmarks.report import Figure, Goal, spread, table, use_plain_ticks
from benchmarks.trial import environment, fresh_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["loop_lags", "start_times"]

_TIMEOUT_S = 600


def start_times(plan: Plan, data: Path) -> Part:
    """Time commands that do nothing but start.

    Parameters
    ----------
    plan : Plan
    data : Path
        For their folders.
    """
    scraper = str(ROOT / "scripts" / "xenoscan_scraper.py")
    commands = {
        "--help": ([scraper, "--help"], 0.3),
        "import preprocessing": (["-c", "import preprocessing"], 0.5),
    }
    found = {
        name: [_start_time(arguments, data) for _ in range(plan.starts)]
        for name, (arguments, _) in commands.items()
    }

    def draw(panel: Axes) -> None:
        panel.boxplot(list(found.values()))
        panel.set_xticks([1, 2], list(found))
        panel.set_ylabel("seconds to start and end")
        panel.set_ylim(bottom=0)

    figures = [
        Figure(Goal(f"`{name}`, s", limit), tuple(found[name]))
        for name, (_, limit) in commands.items()
    ]
    rows = [[f"`{name}`", spread(times_s)] for name, times_s in found.items()]
    return Part(table(["command", "s"], rows), found, (draw,), figures)


def _start_time(arguments: Sequence[str], data: Path) -> float:
    variables = environment() | {"PYTHONPATH": str(ROOT)}
    with fresh_folder(data) as folder:
        command = [sys.executable, *arguments]
        measured, _ = measure_sound(command, folder, variables, _TIMEOUT_S)
    return measured.wall_s


def loop_lags(plan: Plan, data: Path) -> Part:
    """Measure how late the event loop of a run turns.

    Parameters
    ----------
    plan : Plan
    data : Path
        For the mirror and the runs.
    """

    def run(workers: int) -> dict[str, float]:
        return _loop_lag(workers, plan.stars, data)

    found = in_rounds("workers, with a probe", plan.lag_workers, run, plan.rounds)
    names = list(found[plan.lag_workers[0]][0])

    def draw(panel: Axes) -> None:
        for workers, lags in found.items():
            middle = [median(lag[name] for lag in lags) for name in names]
            panel.plot(names, middle, marker="o", label=f"{workers} workers")
        panel.set_yscale("log")
        use_plain_ticks(panel.yaxis)
        panel.set_ylabel("event loop late by, ms")
        panel.legend(frameon=False)

    rows = [
        [str(workers), *(spread([lag[name] for lag in lags]) for name in names)]
        for workers, lags in found.items()
    ]
    figures = [
        Figure(
            Goal(f"event loop blocked at {workers} workers, 99.9th percentile, ms", 20),
            tuple(lag["p99.9"] for lag in lags),
        )
        for workers, lags in found.items()
    ]
    return Part(table(["workers", *(f"{n}, ms" for n in names)], rows), found, (draw,), figures)


def _loop_lag(workers: int, stars: int, data: Path) -> dict[str, float]:
    mirror = make_mirror(data, stars)
    with (
        fresh_folder(data) as folder,
        served(["--mirror", str(mirror.root)], folder, Conditions()) as base_url,
    ):
        job = Job(base_url, mirror.products, workers, folder / "job", None)
        job.folder.mkdir()
        module = [sys.executable, "-m", "benchmarks.loop_lag"]
        arguments = [base_url, str(job.write_list()), str(job.output), str(workers)]
        variables = {**environment(), **scraper_environment(job), "PYTHONPATH": str(ROOT)}
        _, said = measure_sound([*module, *arguments], job.folder, variables, _TIMEOUT_S)
    lags: dict[str, float] = json.loads(said.splitlines()[-1])
    return lags
