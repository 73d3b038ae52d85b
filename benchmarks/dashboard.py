"""What the dashboard takes: its answers about many stars, and what it costs a run beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil

from benchmarks.measure import describe_machine
from benchmarks.ranking_times import write_many
from benchmarks.report import table, write_report
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError
from tests.support.packing import write_results
from tests.support.ranked_stars import DIPPER, write_ranking

__all__ = ["dashboard_cost", "dashboard_times"]

#: What the page shows of each star unless the user chooses other columns.
_SHOWN = "name,rank_unexplained,score_unexplained,class,labels,magnitude,teff,rank,score,outcome"
_FILTERS = (
    "score > 0.001 and magnitude between 12 and 14",
    "class = 'irregular dips' or contains(labels, 'flares')",
    "list_contains(failed_files, 'Q9')",
)
#: How often the page asks for the run, for its history, and a busy user for another page of stars.
_POLLS_S = {
    "api/run": 1.0,
    "api/run/history": 10.0,
    "api/stars?size=50": 5.0,
}


@dataclass(frozen=True)
class _Asked:
    """Milliseconds of each of some questions, and of the server's processors on average."""

    times_ms: list[float]
    cpu_ms: float


@dataclass
class _Dashboard:
    """A dashboard in a process of its own."""

    address: str
    process: psutil.Process

    def get(self, path: str, **query: str) -> Any:
        with urllib.request.urlopen(f"{self.address}{path}?{urllib.parse.urlencode(query)}") as one:
            return json.loads(one.read())

    def asked(self, calls: Iterable[tuple[str, dict[str, str]]]) -> _Asked:
        times_ms, before_s = [], _cpu_s(self.process)
        for path, query in calls:
            began = time.perf_counter()
            self.get(path, **query)
            times_ms.append(1e3 * (time.perf_counter() - began))
        return _Asked(times_ms, 1e3 * (_cpu_s(self.process) - before_s) / len(times_ms))


@contextmanager
def _opened(root: Path) -> Iterator[_Dashboard]:
    command = [sys.executable, "-m", "preprocessing", "dashboard", str(root), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        if not words:
            raise RunError(f"{' '.join(command)} did not start")
        try:
            yield _Dashboard(words[-1], psutil.Process(process.pid))
        finally:
            process.terminate()


def dashboard_times(n_stars: int, rounds: int, folder: Path) -> None:
    """Measure the answers about many synthetic stars.

    Parameters
    ----------
    n_stars : int
        Synthetic stars, with random features.
    rounds : int
        How often each question is asked, of another page each time.
    folder : Path
        For the report.
    """
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        write_many(root, n_stars)
        write_ranking(root, n_stars)
        write_results(DatasetFolder(root), [_result(n) for n in range(n_stars)])
        with _opened(root) as shown:
            began = time.perf_counter()
            about = shown.get("api/dataset")
            read_s, read_cpu_s = time.perf_counter() - began, _cpu_s(shown.process)
            asked = _questions(shown, [column["name"] for column in about["columns"]], rounds)
            rss_mb = shown.process.memory_info().rss / 1e6
    rows = [
        [
            what,
            f"{len(own.times_ms)}",
            f"{own.cpu_ms:.0f}",
            *(f"{value:.0f}" for value in np.percentile(own.times_ms, (50, 95, 100))),
        ]
        for what, own in asked.items()
    ]
    parts = [
        f"{n_stars:,} synthetic stars, {len(about['columns'])} columns, 50 rows a page, by HTTP on"
        f" loopback, on {os.cpu_count()} processors with a load of {os.getloadavg()[0]:.1f}."
        f" Reading all tables: {read_s:.1f} s after the start ({read_cpu_s:.1f} s of processors"
        f" with the start). Memory of the server afterwards: {rss_mb:.0f} MB.",
        table(["asked", "times", "processor, ms", "median, ms", "95 %, ms", "longest, ms"], rows),
    ]
    record = {
        "asked": {what: asdict(own) for what, own in asked.items()},
        "rss_mb": rss_mb,
        "read_s": read_s,
        "read_cpu_s": read_cpu_s,
    }
    write_report(folder, "dashboard-times", describe_machine(), parts, record)


def _questions(shown: _Dashboard, columns: list[str], rounds: int) -> dict[str, _Asked]:
    few = min(rounds, 8)
    asked: dict[str, Iterable[tuple[str, dict[str, str]]]] = {
        "the first page": [("api/stars", {"columns": _SHOWN})],
        "a sort by each column, for the first time": (
            ("api/stars", {"columns": _SHOWN, "sort": column}) for column in columns
        ),
        "another page": (
            ("api/stars", {"columns": _SHOWN, "page": str(1 + 37 * n)}) for n in range(rounds)
        ),
        "a page with all columns": (
            ("api/stars", {"page": str(1 + 41 * n)}) for n in range(rounds)
        ),
        **{
            # With another end it is another condition, which is checked and asked anew.
            f"`{where}`": [
                ("api/stars", {"columns": _SHOWN, "where": f"({where}){' or 1 = 0' * n}"})
                for n in range(few)
            ]
            for where in _FILTERS
        },
        "the sky": [("api/sky", {})] * 3,
        "one star": ((f"api/stars/kic_{DIPPER + 7919 * n}", {}) for n in range(few)),
    }
    return {what: shown.asked(calls) for what, calls in asked.items()}


def _result(n: int) -> Mapping[str, object]:
    number = DIPPER + n
    failed = {"reason": "partial", "error": "Q9 timeout"} if n % 50 == 0 else {}
    return {
        **{"target_id": f"KIC {number}", "catalog_number": number, "mission": "Kepler"},
        **{"filepath": f"lightcurves/KIC_{number}.fits", "quarters_found": 17, **failed},
    }


def dashboard_cost(n_stars: int, pairs: int, folder: Path) -> None:
    """Measure the same download with the dashboard open and asked, and without, in turns.

    Parameters
    ----------
    n_stars : int
        Synthetic stars of each download.
    pairs : int
        Pairs of downloads; which of the two comes first changes.
    folder : Path
        For the report.
    """
    found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}
    for pair in range(pairs):
        for is_open in (False, True) if pair % 2 else (True, False):
            found[is_open].append(_download(n_stars, is_open))
    ratios = [
        [without[which] / with_it[which] for without, with_it in zip(*found.values(), strict=True)]
        for which in (0, 1)
    ]
    rows = [
        [
            "with the dashboard" if is_open else "without",
            f"{n_stars / median(wall for wall, _ in own):.2f}",
            f"{median(cpu for _, cpu in own):.2f}",
        ]
        for is_open, own in found.items()
    ]
    parts = [
        f"{n_stars} synthetic stars from the embedded archive, with 8 workers; {pairs} pairs of"
        f" downloads in turns, on {os.cpu_count()} processors with a load of"
        f" {os.getloadavg()[0]:.1f}. The page of the run is asked once a second, a page of stars"
        " every 5 s.",
        table(["download", "stars/s, median", "processor time, s, median"], rows),
        f"Rate with the dashboard over that without, in pairs: median {median(ratios[0]):.3f} (from"
        f" {min(ratios[0]):.3f} to {max(ratios[0]):.3f}). Processor time of the download without"
        f" the dashboard over that with it: median {median(ratios[1]):.3f}.",
    ]
    record = {"walls_and_cpu_s": {str(k): v for k, v in found.items()}, "ratios": ratios}
    write_report(folder, "dashboard-cost", describe_machine(), parts, record)


def _download(n_stars: int, is_open: bool) -> tuple[float, float]:
    """Download into a new folder; return seconds by the clock and of the processors."""
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "stars"
        root.mkdir()
        archive = f"embedded --stars {n_stars}"
        words = ["--dataset", str(root), "--targets", str(n_stars), "--archive", archive]
        command = [sys.executable, "-m", "preprocessing", "download", *words, "--workers", "8"]
        if not is_open:
            return _run(command)
        with _opened(root) as shown, _asked(shown):
            return _run(command)


def _run(command: list[str]) -> tuple[float, float]:
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # Of the archive too, which the download started and waited for.
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RunError(f"{' '.join(command)} failed with status {process.returncode}")
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


@contextmanager
def _asked(shown: _Dashboard) -> Iterator[None]:
    """Ask what an open page asks, while the block runs."""
    ended = threading.Event()

    def ask(path: str, every_s: float) -> None:
        while not ended.wait(every_s):
            with urllib.request.urlopen(shown.address + path) as answer:
                answer.read()

    threads = [threading.Thread(target=ask, args=one) for one in _POLLS_S.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def _cpu_s(process: psutil.Process) -> float:
    used = process.cpu_times()
    return float(used.user + used.system)
