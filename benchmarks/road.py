"""What ``xenoscan all`` takes and finds: a simulated survey, from archive to ranked list."""

from __future__ import annotations

import argparse
import csv
import re
import subprocess
import sys
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.measure import describe_machine
from benchmarks.ranking_times import say_made_from
from benchmarks.report import table, write_report
from preprocessing.core.errors import RunError
from preprocessing.missions import MISSIONS
from preprocessing.tables.light_curves import key_column

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

__all__ = ["StageCost", "Strange", "add_road", "road", "stage_costs", "strange_stars"]

_KEY = key_column(MISSIONS["Kepler"])
#: The share of the list that a person reads, and from where on a signal is strong, in the noise.
_READ, _STRONG = 0.03, 10.0
_SHOWN = 10
_HEADING, _END = re.compile(r"\d+/\d+ (\w[^(]*\w)"), re.compile(r"\((\d+) s\)")
#: Tables that the ranking reads, all of them with one or more rows a light curve.
_RANKED = ("features", "candidates", "vetting", "events", "dispositions")


@dataclass(frozen=True)
class StageCost:
    """What one stage took: wall and processor time, and the most memory of all its processes."""

    what: str
    wall_s: float
    cpu_s: float
    peak_mb: float


@dataclass(frozen=True)
class Strange:
    """One star, what is true of it, and what the ranking says."""

    kic: int
    kind: str
    is_strange: bool
    over_noise: float
    faults: str
    rank: int
    rank_unexplained: int
    found: str
    why: str

    @property
    def reason(self) -> str:
        """The first of the reasons."""
        return self.why.partition(";")[0]


def add_road(commands: Commands) -> argparse.ArgumentParser:
    """Add the command to those of the measurements, but for where its report goes.

    Parameters
    ----------
    commands : argparse subparsers
        The others.
    """

    def run(given: argparse.Namespace) -> None:
        road(given.stars, given.jobs, given.seed, given.data, given.results)

    parser = commands.add_parser("road", help="what xenoscan all takes and finds, in a survey")
    parser.set_defaults(run=run)
    add = parser.add_argument
    add("--stars", type=int, default=1000, metavar="N", help="of one quarter (1000)")
    add("--jobs", type=int, default=2, metavar="N", help="processes (2)")
    add("--seed", type=int, default=0, metavar="N", help="of the survey (0)")
    add("--data", type=Path, required=True, metavar="FOLDER", help="for the data sets")
    return parser


def road(stars: int, jobs: int, seed: int, data: Path, folder: Path) -> None:
    """Take a survey the whole road, rank it again without its strange stars, and report both.

    Parameters
    ----------
    stars : int
        Stars of one quarter each, of which 2 % are strange.
    jobs : int
        Processes.
    seed : int
        Of the survey.
    data : Path
        For the data sets. One that is there goes on, and its times are then those of the rest.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A stage failed.
    """
    dataset, truth = data / f"road-{stars}-{seed}", data / f"road-{stars}-{seed}.csv"
    data.mkdir(parents=True, exist_ok=True)
    archive = f"embedded --survey --stars {stars} --seed {seed} --truth-table {truth}"
    words = ["all", "--dataset", str(dataset), "--archive", archive, "--targets", str(stars)]
    words += ["--jobs", str(jobs), *(["--resume"] if dataset.exists() else [])]
    costs = list(stage_costs([sys.executable, "-m", "preprocessing", *words]))
    found = strange_stars(dataset / "ranking.parquet", truth)
    rank_others(
        dataset, data / f"road-{stars}-{seed}-without", {s.kic for s in found if s.is_strange}
    )
    without = strange_stars(data / f"road-{stars}-{seed}-without" / "ranking.parquet", truth)
    _report(costs, found, without, jobs, folder)


def stage_costs(command: Sequence[str]) -> Iterator[StageCost]:
    """Run ``xenoscan all``, and yield what each stage took.

    Parameters
    ----------
    command : sequence of str
        The command.

    Raises
    ------
    RunError
        It failed.
    """
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        watch = _Watch(psutil.Process(process.pid))
        what, before_s = "", 0.0
        for line in process.stdout:
            print(line, end="", flush=True)
            begins, ends = _HEADING.match(line), _END.match(line)
            if begins:
                what = begins[1]
            elif ends:
                cpu_s, peak_mb = watch.taken()
                yield StageCost(what, float(ends[1]), cpu_s - before_s, peak_mb)
                before_s = cpu_s
        watch.end()
    if process.returncode not in (0, 1):
        raise RunError(f"{' '.join(command)} failed")


class _Watch(threading.Thread):
    """Watches the memory of a process and its children."""

    def __init__(self, process: psutil.Process) -> None:
        super().__init__(daemon=True)
        self._process, self._peak_mb, self._ended = process, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self._ended.wait(0.2):
            self._peak_mb = max(self._peak_mb, self._memory_mb())

    def taken(self) -> tuple[float, float]:
        """Return processor seconds so far, and the most memory since the last call, in MB."""
        times = self._process.cpu_times()
        peak_mb, self._peak_mb = self._peak_mb, 0.0
        return times.user + times.system + times.children_user + times.children_system, peak_mb

    def end(self) -> None:
        self._ended.set()

    def _memory_mb(self) -> float:
        total = 0.0
        with suppress(psutil.Error):
            for one in (self._process, *self._process.children(recursive=True)):
                with suppress(psutil.Error):
                    total += one.memory_info().rss / 1e6
        return total


def strange_stars(ranking: Path, truth: Path) -> list[Strange]:
    """Return all stars of a ranking with what is true of them, as ``rank_unexplained`` has them.

    Parameters
    ----------
    ranking : Path
        ``ranking.parquet``.
    truth : Path
        The survey's truth table.
    """
    with truth.open(encoding="utf-8", newline="") as stream:
        true = {int(row["number"]): row for row in csv.DictReader(stream)}
    names = [_KEY, "rank", "rank_unexplained", "class", "why_unexplained"]
    rows = pq.read_table(ranking, columns=names).to_pylist()
    return sorted((_star(row, true[row[_KEY]]) for row in rows), key=lambda s: s.rank_unexplained)


def _star(row: Mapping[str, object], true: Mapping[str, str]) -> Strange:
    return Strange(
        int(str(row[_KEY])),
        true["kind"],
        true["is_strange"] == "True",
        float(true["amplitude_over_noise"] or 0),
        " ".join(fault.partition(":")[0] for fault in true["spacecraft_faults"].split()),
        int(str(row["rank"])),
        int(str(row["rank_unexplained"])),
        str(row["class"]),
        str(row["why_unexplained"] or ""),
    )


def rank_others(dataset: Path, folder: Path, left_out: Collection[int]) -> None:
    """Rank a data set as if some of its stars had never been in it.

    Parameters
    ----------
    dataset : Path
        Its folder.
    folder : Path
        For the ranking of the others.
    left_out : collection of int
        Numbers of the stars that are left out.

    Raises
    ------
    RunError
        The command failed.
    """
    folder.mkdir(exist_ok=True)
    for name in _RANKED:
        rows = pq.read_table(dataset / f"{name}.parquet")
        pq.write_table(
            rows.filter(pc.invert(pc.is_in(rows[_KEY], pa.array(list(left_out))))),
            folder / f"{name}.parquet",
        )
    say_made_from(folder)
    command = [sys.executable, "-m", "preprocessing", "rank", str(folder), "--quiet"]
    if subprocess.run(command, check=False).returncode:
        raise RunError(f"{' '.join(command)} failed")


def _report(
    costs: Sequence[StageCost],
    found: Sequence[Strange],
    without: Sequence[Strange],
    jobs: int,
    folder: Path,
) -> None:
    n_read = int(_READ * len(found))
    strange = [one for one in found if one.is_strange]
    strong = [one for one in strange if one.over_noise > _STRONG]
    costs = [*costs, _total(costs)]
    parts = [
        f"{len(found)} stars of one quarter, {len(strange)} of them strange; {jobs} processes.",
        table(
            ["stage", "wall, s", "processor, s", "most memory, MB"],
            [[c.what, f"{c.wall_s:.0f}", f"{c.cpu_s:.0f}", f"{c.peak_mb:.0f}"] for c in costs],
        ),
        f"Strange stars among the first {n_read} of `rank_unexplained`: {_count(strange, n_read)}"
        f" (goal: 0.8); of those above {_STRONG:g} times the noise: {_count(strong, n_read)} (goal:"
        " all).",
        table(
            ["star", "kind", "over noise", "rank", "unexplained", "class", "first reason"],
            [_row(one) for one in strange],
        ),
        "The first of the list, and the first of the same stars without the strange ones:",
        table(
            ["", "kind", "why", "without: kind", "why"],
            [
                [str(place), _named(one), one.reason, _named(other), other.reason]
                for place, (one, other) in enumerate(zip(found, without, strict=False), 1)
                if place <= _SHOWN
            ],
        ),
    ]
    record = {
        "stages": [vars(one) for one in costs],
        "strange": [vars(one) for one in strange],
        "first": [vars(one) for one in found[:n_read]],
        "first_without": [vars(one) for one in without[:n_read]],
    }
    write_report(folder, "road", describe_machine(), parts, record)


def _total(costs: Sequence[StageCost]) -> StageCost:
    return StageCost(
        "all",
        sum(one.wall_s for one in costs),
        sum(one.cpu_s for one in costs),
        max((one.peak_mb for one in costs), default=0.0),
    )


def _count(stars: Sequence[Strange], n_read: int) -> str:
    return f"{sum(one.rank_unexplained <= n_read for one in stars)} of {len(stars)}"


def _named(one: Strange) -> str:
    kind = f"**{one.kind}**" if one.is_strange else one.kind
    return f"{kind}, {one.faults}" if one.faults else kind


def _row(one: Strange) -> list[str]:
    noise, ranks = f"{one.over_noise:.1f}", (str(one.rank), str(one.rank_unexplained))
    return [f"KIC {one.kic}", one.kind, noise, *ranks, one.found, one.reason]
