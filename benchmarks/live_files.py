"""What it costs a run to leave its status and history for others to look at: pairs of runs."""

from __future__ import annotations

import asyncio
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from unittest.mock import patch

from benchmarks.archive import Conditions, served
from benchmarks.measure import describe_machine
from benchmarks.report import table, write_report
from benchmarks.trial import fresh_folder
from preprocessing.acquire.downloader import AsyncDownloader
from preprocessing.acquire.records.live_files import LiveFiles
from preprocessing.core.errors import RunError
from preprocessing.core.run_state import (
    CONTROL_NAME,
    RUN_STATUS_NAME,
    Command,
    ControlCommand,
    RunStatus,
)
from preprocessing.simulator.synthesis.population import FIRST_KIC
from preprocessing.system.waiting import utc_now

__all__ = ["live_files"]

_QUARTERS = 17
#: For how long the files alone are written, in seconds of a run.
_SECONDS = 3600


@dataclass(frozen=True)
class _Took:
    """What one run took: wall time and processor time, in seconds."""

    wall_s: float
    cpu_s: float


def live_files(stars: int, workers: int, rounds: int, data: Path, results: Path) -> None:
    """Measure pairs of runs, with and without the files, and write the report.

    Parameters
    ----------
    stars, workers : int
        Of each run.
    rounds : int
        Pairs; every other one begins with the run that leaves files.
    data : Path
        In which the runs have their folders, removed at the end.
    results : Path
        Where the report goes.

    Raises
    ------
    RunError
        A run did not end well.
    """
    names = [f"KIC {FIRST_KIC + number}" for number in range(stars)]
    pairs: list[tuple[_Took, _Took]] = []
    with (
        fresh_folder(data) as folder,
        served(["--stars", str(stars), "--quarters", str(_QUARTERS)], folder, Conditions()) as url,
    ):
        alone_s = _alone(folder / "alone")
        _run(names, url, workers, folder / "warm", leaves_files=True)
        for number in range(rounds):
            order = (True, False) if number % 2 else (False, True)
            took = {
                leaves: _run(names, url, workers, folder / f"{number}-{leaves}", leaves)
                for leaves in order
            }
            pairs.append((took[True], took[False]))
    wall = [without.wall_s / with_files.wall_s for with_files, without in pairs]
    cpu = [with_files.cpu_s / without.cpu_s for with_files, without in pairs]
    rows = [
        [str(number), *(f"{value:.3f}" for value in (each.wall_s, other.wall_s, rate, more))]
        for number, ((each, other), rate, more) in enumerate(zip(pairs, wall, cpu, strict=True), 1)
    ]
    header = ["pair", "with, s", "without, s", "rate with / without", "processor time"]
    write_report(
        results,
        "live-files",
        describe_machine(),
        [
            f"{rounds} pairs of runs: {stars} stars of {_QUARTERS} quarters, {workers} workers.",
            table(header, rows),
            f"Medians: rate {median(wall):.3f}, processor time {median(cpu):.3f}.",
            f"By itself, what is done for the files in a second takes {1e3 * alone_s:.2f} ms of"
            " processor time.",
        ],
        {"pairs": pairs, "alone_s": alone_s},
    )


def _alone(folder: Path) -> float:
    """Return the processor time of one exchange of status and command, in seconds."""
    folder.mkdir()
    (folder / CONTROL_NAME).write_text(ControlCommand("old", Command.PAUSE).to_json())
    live = LiveFiles(folder)
    live.open()
    began_s = time.thread_time()
    for second in range(_SECONDS):
        live.exchange(RunStatus(run=utc_now(), time=utc_now(), seconds=float(second)))
    return (time.thread_time() - began_s) / _SECONDS


def _run(names: list[str], url: str, workers: int, folder: Path, leaves_files: bool) -> _Took:
    run = AsyncDownloader(
        folder / "lightcurves",
        workers,
        archive=url,
        results_path=folder / "results.csv",
        checkpoint_dir=folder / "checkpoints",
    )
    began_s, cpu_before_s = time.perf_counter(), time.process_time()
    with nullcontext() if leaves_files else patch(f"{AsyncDownloader.__module__}.LiveFiles", _none):
        outcomes = asyncio.run(run.download_batch(names))
    took = _Took(time.perf_counter() - began_s, time.process_time() - cpu_before_s)
    # Among the synthetic stars are a few without light curves.
    if not any(outcome.success for outcome in outcomes):
        raise RunError("a run did not end well: see its results")
    if (folder / "checkpoints" / RUN_STATUS_NAME).exists() is not leaves_files:
        raise RunError("a run leaves its status where it is not looked for, or leaves one unasked")
    return took


def _none(*_: object) -> None:
    """Leave no files."""
