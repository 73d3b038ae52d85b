"""What the page about a large data set takes: time, memory, and its length."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measure import describe_machine
from benchmarks.ranking_times import write_many
from benchmarks.report import table, write_report
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.core.errors import RunError
from preprocessing.core.outcomes import COLUMNS
from preprocessing.core.run_state import RUN_HISTORY_NAME, RunState, RunStatus
from tests.support.ranked_stars import DIPPER

__all__ = ["report_times", "write_run"]

#: Files of a star, of which one in a hundred fails, and one in ten of the worst quarter.
_QUARTERS, _FAILING, _WORST, _WORST_FAILING = 17, 0.01, 9, 0.1
_REASONS = ("corrupt", "timeout", "archive_error", "not_found")
#: A history never gets longer than this, in lines.
_MOST_LINES = 20_000


def report_times(n_stars: int, folder: Path) -> None:
    """Measure `xenoscan report` on a data set of synthetic tables and records.

    Parameters
    ----------
    n_stars : int
        How many stars it has, of 17 files each.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A command failed.
    """
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        write_many(root, n_stars)
        write_run(root, n_stars)
        _rank(root)
        wall = time.perf_counter()
        cpu_s, memory_mb = _report(root)
        wall_s = time.perf_counter() - wall
        page_mb = (root / "report.html").stat().st_size / 1e6
        manifest_mb = DatasetFolder(root).manifest.stat().st_size / 1e6
    rows = [
        ["seconds", f"{wall_s:.1f}"],
        ["seconds of the processor", f"{cpu_s:.1f}"],
        ["memory at most", f"{memory_mb:.0f} MB"],
        ["length of the page", f"{page_mb:.2f} MB"],
    ]
    parts = [
        f"`xenoscan report` on {n_stars:,} synthetic stars of {_QUARTERS} files: all tables but"
        f" those of a validation, a manifest of {manifest_mb:.0f} MB, and a history of"
        f" {_MOST_LINES:,} lines. Load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors:"
        " above 1, the seconds of the processor count.",
        table(["what", "measured"], rows),
    ]
    record = {"stars": n_stars, "cpu_s": cpu_s, "memory_mb": memory_mb, "page_mb": page_mb}
    write_report(folder, "report-times", describe_machine(), parts, record)


def _rank(root: Path) -> None:
    words = [sys.executable, "-m", "preprocessing", "rank", str(root), "--quiet"]
    if subprocess.run(words, check=False).returncode:
        raise RunError(f"{' '.join(words)} failed")


def _report(root: Path) -> tuple[float, float]:
    """Return seconds of the processor and largest memory in MB of a process that reports."""
    program = (
        "import resource, sys; from preprocessing.cli.main import main;"
        " status = main(['report', sys.argv[1], '--quiet']);"
        " used = resource.getrusage(resource.RUSAGE_SELF);"
        " print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024); sys.exit(status)"
    )
    words = [sys.executable, "-c", program, str(root)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    cpu_s, memory_mb = map(float, done.stdout.split())
    return cpu_s, memory_mb


def write_run(root: Path, n_stars: int, seed: int = 0) -> None:
    """Write the records of an invented run: results, manifest and history.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    n_stars : int
        Stars of its list.
    seed : int, optional
        Of which files fail.
    """
    places = DatasetFolder(root)
    places.checkpoints.mkdir(exist_ok=True)
    rng = np.random.default_rng(seed)
    failing = np.full(_QUARTERS + 1, _FAILING)
    failing[_WORST] = _WORST_FAILING
    with (
        places.results.open("w", newline="", encoding="utf-8") as results,
        places.manifest.open("w", encoding="utf-8") as manifest,
    ):
        rows = csv.DictWriter(results, COLUMNS)
        rows.writeheader()
        run = {"kind": "run", "time": "2026-11-29T20:00:00Z", "program": "xenoscan 0.2.0"}
        manifest.write(json.dumps({**run, "arguments": ["--targets", str(n_stars)]}) + "\n")
        for star in range(n_stars):
            is_lost = rng.random(_QUARTERS + 1) < failing
            why = rng.integers(len(_REASONS), size=_QUARTERS + 1)
            lost = {q: _REASONS[why[q]] for q in range(1, _QUARTERS + 1) if is_lost[q]}
            rows.writerow(_row(DIPPER + star, lost))
            manifest.write(json.dumps(_line(DIPPER + star, lost), separators=(",", ":")) + "\n")
    _write_history(places.checkpoints / RUN_HISTORY_NAME, n_stars, rng)


def _row(number: int, lost: dict[int, str]) -> dict[str, object]:
    words = "; ".join(f"Q{quarter} {reason}" for quarter, reason in lost.items())
    return {
        "target_id": f"KIC {number}",
        "success": True,
        "n_points": 65_000,
        "duration_days": 1470.5,
        "filepath": f"KIC_{number}.fits",
        "error": words,
        "download_time": 1.0,
        "timestamp": "2026-11-30T03:04:05Z",
        "reason": "partial" if lost else "complete",
        "quarters_found": _QUARTERS,
        "quarters_used": _QUARTERS - len(lost),
        "quarters_failed": len(lost),
        "bytes": 8_000_000,
        "retries": len(lost),
    }


def _line(number: int, lost: dict[int, str]) -> dict[str, object]:
    return {
        "kind": "target",
        "target": f"KIC {number}",
        "number": number,
        "reason": "partial" if lost else "complete",
        "quarters": [
            {
                "label": f"Q{quarter}",
                "file": f"kplr{number:09}-2010174085026_llc.fits",
                "uri": f"mast:KEPLER/url/missions/kepler/lightcurves/kplr{number:09}_llc.fits",
                "status": "failed" if quarter in lost else "used",
                "reason": lost.get(quarter, ""),
                "bytes": 492_480,
                "sha256": f"{number * quarter:064x}",
                "verified": "checksum",
                "procver": "synthetic",
                "data_rel": 25,
                "fetched": "2026-11-30T03:04:05Z",
                "archive": "mast",
                "taken_over": False,
            }
            for quarter in range(1, _QUARTERS + 1)
        ],
    }


def _write_history(path: Path, n_stars: int, rng: np.random.Generator) -> None:
    """Write a history of two runs, with an outage in the first."""
    n_lines = min(_MOST_LINES, max(40, n_stars // 5))
    seconds = 10.0 * np.arange(n_lines)
    is_down = (seconds > 0.35 * seconds[-1]) & (seconds < 0.42 * seconds[-1])
    pace = np.where(is_down, 0.0, 2.0 + 0.5 * np.sin(seconds / 3000) + rng.normal(0, 0.2, n_lines))
    done = np.cumsum(pace)
    done *= n_stars / done[-1]
    is_second = np.arange(n_lines) > 0.7 * n_lines
    starts = {False: 0, True: int(np.flatnonzero(is_second)[0])}
    with path.open("w", encoding="utf-8") as stream:
        for place in range(n_lines):
            first = starts[bool(is_second[place])]
            of_run = int(done[place] - done[first])
            status = RunStatus(
                run="2026-11-30T08:00:00Z" if is_second[place] else "2026-11-29T20:00:00Z",
                state=RunState.OUTAGE if is_down[place] else RunState.RUNNING,
                seconds=float(seconds[place] - seconds[first]),
                total=n_stars,
                before=int(done[first]),
                done=of_run,
                complete=int(0.8 * of_run),
                partial=of_run - int(0.8 * of_run) - of_run // 500,
                failed=of_run // 500,
                bytes=of_run * 8_000_000,
                retries=of_run // 5,
                requests_in_flight=0 if is_down[place] else int(rng.integers(4, 9)),
                stars_per_s=float(pace[place]),
                bytes_per_s=float(pace[place]) * 8e6,
                rss_bytes=int(2.2e8 + 2e7 * rng.random()),
                peak_rss_bytes=int(2.5e8),
            )
            stream.write(status.to_history())
