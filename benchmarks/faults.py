"""Ours and the peers side by side under each fault: what becomes of a star of two files."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders import FAULT_CONTENDERS, Contender, Job, lksearch_version
from benchmarks.fault_rows import ROWS, FaultRow, FaultStar
from benchmarks.measure import describe_machine, package_version
from benchmarks.report import table, write_report
from benchmarks.trial import environment, fresh_folder
from benchmarks.verdicts import Evidence, Verdict, gather, judge
from preprocessing.core.errors import RunError
from preprocessing.simulator.server import ArchiveThread

__all__ = ["Cell", "faults"]

_OURS = "xenoscan"
#: Cells at a time: most of them wait.
_AT_ONCE = 8
_NOT_APPLICABLE = "does not search"


@dataclass(frozen=True)
class Cell:
    """What one program made of one fault.

    Parameters
    ----------
    row, contender : str
        As the table has them.
    verdict : str
        In the words of the table.
    evidence : Evidence or None
        None if the program was not run.
    faults : int
        How often the fault befell it.
    seconds : float
        How long it ran.
    """

    row: str
    contender: str
    verdict: str
    evidence: Evidence | None = None
    faults: int = 0
    seconds: float = 0.0


def faults(names: Sequence[str], data: Path, folder: Path) -> None:
    """Try every fault on every program, and report.

    Parameters
    ----------
    names : sequence of str
        Of `FAULT_CONTENDERS`; those that are not there are left out, and it is said.
    data : Path
        For the runs.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        A program does not get the star even without a fault.
    """
    missing = {name: FAULT_CONTENDERS[name].missing() for name in names}
    chosen = [name for name in names if missing[name] is None]
    star = FaultStar()
    truth = {name: star.files() for name in chosen} | {_OURS: _stitched(star, data)}

    def try_one(task: tuple[FaultRow, str]) -> Cell:
        row, name = task
        cell = _try(row, name, star, truth[name], data)
        print(f"{row.name}; {name}: {cell.verdict} ({cell.seconds:.0f} s)", flush=True)
        return cell

    # The longest first, so that none is left alone at the end.
    tasks = [(row, name) for row in sorted(ROWS, key=lambda row: -row.limit_s) for name in chosen]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            cells = {(cell.row, cell.contender): cell for cell in pool.map(try_one, tasks)}
        except BaseException:
            # What runs is waited for, what has not begun is not.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    _check_sound(cells, chosen)
    absent = [f"- {name} is left out: {why}" for name, why in missing.items() if why]
    parts = ["\n".join(absent), _table(cells, chosen), _limits()]
    machine = {**describe_machine(), **_versions()}
    write_report(folder, "faults", machine, [p for p in parts if p], list(cells.values()))


def _try(row: FaultRow, name: str, star: FaultStar, truth: Mapping[str, bytes], data: Path) -> Cell:
    contender = FAULT_CONTENDERS[name]
    if row.of_search and not contender.searches:
        return Cell(row.name, name, _NOT_APPLICABLE)
    with (
        fresh_folder(data) as folder,
        ArchiveThread(star, faults=row.plan(star.asked)) as archive,
    ):
        job = Job(archive.base_url, {star.number: star.asked}, 1, folder, None)
        began = time.monotonic()
        status, said = _run(contender, job, row.limit_s)
        took_s = time.monotonic() - began
        where = job.output if name == _OURS else job.folder
        evidence = gather(truth, where, status, said)
        befell = archive.log.faults[row.kind]
    verdict = judge(evidence)
    if row.kind and not befell and verdict is Verdict.RECOVERED:
        verdict = Verdict.NOT_MET
    return Cell(row.name, name, verdict.value, evidence, befell, took_s)


def _run(contender: Contender, job: Job, limit_s: float) -> tuple[int | None, str]:
    """Return the exit status, None if it did not end in time, and what was said."""
    log = job.folder / "said.txt"
    with log.open("wb") as stream:
        child = subprocess.Popen(
            contender.command(job),
            cwd=job.folder,
            env={**environment(), **contender.environment(job)},
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            status: int | None = child.wait(limit_s)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    return status, log.read_text("utf-8", "replace")[-4000:]


def _stitched(star: FaultStar, data: Path) -> dict[str, bytes]:
    """Return what our program makes of the star where nothing goes wrong."""
    with fresh_folder(data) as folder, ArchiveThread(star) as archive:
        job = Job(archive.base_url, {star.number: star.asked}, 1, folder, None)
        status, said = _run(FAULT_CONTENDERS[_OURS], job, ROWS[0].limit_s)
        if status != 0:
            raise RunError(f"{_OURS} failed where nothing goes wrong: {said}")
        return {path.name: path.read_bytes() for path in job.output.glob("*.fits")}


def _check_sound(cells: Mapping[tuple[str, str], Cell], chosen: Sequence[str]) -> None:
    for name in chosen:
        cell = cells[ROWS[0].name, name]
        if cell.verdict != Verdict.RECOVERED.value:
            said = cell.evidence.said if cell.evidence else ""
            raise RunError(f"{name} without a fault: {cell.verdict}: {said}")


def _table(cells: Mapping[tuple[str, str], Cell], chosen: Sequence[str]) -> str:
    return table(
        ["fault", *chosen],
        ([row.name, *(cells[row.name, name].verdict for name in chosen)] for row in ROWS),
    )


def _limits() -> str:
    longest = max(row.limit_s for row in ROWS)
    patient = [row.name for row in ROWS if row.limit_s == longest]
    return (
        f"A program that had not ended counts as hung after {ROWS[0].limit_s:.0f} s, or after"
        f" {longest:.0f} s for: {'; '.join(patient)}."
    )


def _versions() -> dict[str, str]:
    found = {name: package_version(name) for name in ("parfive", "pooch")}
    found["lksearch"] = lksearch_version()
    return {name: version for name, version in found.items() if version}
