"""The promise: very many stars, many kills, an hour without the archive, and nothing lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.archive import ROOT
from benchmarks.measure import describe_machine
from benchmarks.place import Place
from benchmarks.report import Figure, Goal, goals_table, spell, table, write_report
from benchmarks.shared_clock import SharedClock
from benchmarks.short_stars import ShortStars
from benchmarks.trial import environment, fresh_folder
from preprocessing.acquire.runs.monitor import free_bytes
from preprocessing.core.errors import RunError
from preprocessing.simulator.server import ArchiveThread

__all__ = ["Plan", "problems", "promise"]

#: An output of one short quarter takes 48 kB; with what records take, and some room.
_BYTES_A_STAR = 60_000
#: The outage begins when so much of the list is done, between two kills.
_OUTAGE_AT = 0.4
_BETWEEN_LOOKS_S = 0.05
#: Kills come at random stars up to this share of the list, and at most so much later, in seconds:
#: what comes later might come too late.
_KILLS_UNTIL, _KILL_DELAY_S = 0.9, 0.3
#: So many outputs are compared with those of an undisturbed run.
_SAMPLED = 200
#: Most that memory may grow by from the first tenth of the list to the last, in MB.
_GROWTH_MB = 20.0
#: A run that gets no further for so long hangs, in real seconds.
_PATIENCE_S = 600.0


@dataclass(frozen=True)
class Plan:
    """What is to be survived.

    Parameters
    ----------
    targets, kills, workers, seed : int
    outage_minutes : float
        By the clock that scraper and archive share.
    """

    targets: int
    kills: int
    outage_minutes: float
    workers: int
    seed: int


@dataclass
class _Course:
    """How it went."""

    kills: int = 0
    #: Stars done, and memory in MB, at each look.
    samples: list[tuple[int, float]] = field(default_factory=list)
    seconds: float = 0.0
    clock_seconds: float = 0.0
    problems: list[str] = field(default_factory=list)


def promise(plan: Plan, data: Path, folder: Path, keep: bool) -> None:
    """Keep the promise, and report.

    Parameters
    ----------
    plan : Plan
    data : Path
        For the run.
    folder : Path
        For the report.
    keep : bool
        Whether the outputs stay.

    Raises
    ------
    RunError
        The disk is too small, or something was lost.
    """
    data.mkdir(parents=True, exist_ok=True)
    needed, free = _BYTES_A_STAR * plan.targets, free_bytes(data)
    if free < needed:
        raise RunError(f"{needed / 1e9:.1f} GB are needed in {data}, {free / 1e9:.1f} are free")
    with ExitStack() as stack:
        run_folder = stack.enter_context(fresh_folder(data))
        holdings = ShortStars(plan.targets)
        course = _Course()
        with _archive(plan, run_folder) as (archive, base_url):
            _Promise(plan, run_folder, archive, base_url, course).keep()
        counts = json.loads((run_folder / "counts.json").read_text())
        course.problems += problems(plan, Place(run_folder / "run"), holdings, run_folder)
        # Those in flight at a kill, and now and then one to see whether the archive is back.
        if counts["sent_again"] > (plan.kills + 1) * plan.workers:
            course.problems.append(f"{counts['sent_again']} files were sent again")
        if keep:
            shutil.move(run_folder / "run", data / "promise")
    _report(plan, course, counts, folder)
    if course.problems:
        raise RunError(f"seed {plan.seed}: {'; '.join(course.problems[:5])}")


class _Promise:
    """The scraper on its way through a list, with what befalls it."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        archive: subprocess.Popen[str],
        base_url: str,
        course: _Course,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._archive = archive
        self._course = course
        self._place = Place(folder / "run")
        self._done = _DoneCounter(self._place.results)
        self._clock_path = folder / "clock"
        self._clock = SharedClock(self._clock_path)
        chance = random.Random(plan.seed)
        at = sorted(chance.uniform(0.0, _KILLS_UNTIL * plan.targets) for _ in range(plan.kills))
        self._kills = [(stars, chance.uniform(0.0, _KILL_DELAY_S)) for stars in at]
        self._outage_at: float = _OUTAGE_AT * plan.targets
        self._outage_ends = 0.0
        self._arguments = [
            *self._place.options(),
            *("--archive", base_url, "--target-list", str(self._write_list()), "--quiet"),
            *("--workers", str(plan.workers)),
        ]

    def keep(self) -> None:
        """Run, kill and resume to the end of the list."""
        began, clock_began = time.monotonic(), self._clock.now()
        status: int | None = None
        while status is None:
            status = self._run()
        if self._kills:
            self._course.problems.append(f"{len(self._kills)} kills came too late")
        if status != 0:
            self._course.problems.append(f"the last run ended with status {status}")
        self._course.seconds = time.monotonic() - began
        self._course.clock_seconds = self._clock.now() - clock_began

    def _run(self) -> int | None:
        """Run once; return the exit status, None if it was killed."""
        resume = ["--resume"] if self._place.results.exists() else []
        command = [sys.executable, "-m", "benchmarks.shared_clock", str(self._clock_path)]
        with (
            open(self._folder / "said", "a") as said,
            subprocess.Popen(
                [*command, *self._arguments, *resume],
                cwd=ROOT,
                env={**environment(), "XENOSCAN_CACHE_DIR": str(self._folder / "cache")},
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            ) as child,
        ):
            return self._watch(child)

    def _watch(self, child: subprocess.Popen[bytes]) -> int | None:
        process = psutil.Process(child.pid)
        done, moved = -1, time.monotonic()
        while child.poll() is None:
            time.sleep(_BETWEEN_LOOKS_S)
            before, done = done, self._done.count()
            if done != before:
                moved = time.monotonic()
            elif time.monotonic() - moved > _PATIENCE_S:
                child.kill()
                raise RunError(f"the run hangs at star {done}: {self._last_words()}")
            self._sample(process, done)
            if done >= self._outage_at:
                self._outage_at = float("inf")
                self._outage_ends = self._clock.now() + 60 * self._plan.outage_minutes
                self._archive.send_signal(signal.SIGUSR1)
            # A run that begins in the outage says so and ends, as it should.
            is_up = self._clock.now() > self._outage_ends
            if is_up and self._kills and done >= self._kills[0][0]:
                time.sleep(self._kills.pop(0)[1])
                if child.poll() is None:
                    child.kill()
                    self._course.kills += 1
                    return None
        return child.returncode

    def _sample(self, process: psutil.Process, done: int) -> None:
        try:
            self._course.samples.append((done, process.memory_info().rss / 1e6))
        except psutil.Error:
            # It has just ended.
            return

    def _write_list(self) -> Path:
        path = self._folder / "targets.txt"
        kics = ShortStars(self._plan.targets).star_keys()
        path.write_text("".join(f"{kic}\n" for kic in kics))
        return path

    def _last_words(self) -> str:
        return (self._folder / "said").read_text(errors="replace")[-300:]


class _DoneCounter:
    """Counts the rows of a file that grows, and seldom is another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode = self._read = self._lines = 0

    def count(self) -> int:
        if not self._path.exists():
            return 0
        with open(self._path, "rb") as stream:
            found = os.fstat(stream.fileno())
            if found.st_ino != self._inode or found.st_size < self._read:
                self._inode, self._read, self._lines = found.st_ino, 0, 0
            stream.seek(self._read)
            self._lines += stream.read().count(b"\n")
            self._read = stream.tell()
        # The first line is no star.
        return max(0, self._lines - 1)


@contextmanager
def _archive(plan: Plan, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [
        *(sys.executable, "-m", "benchmarks.clocked_archive"),
        *(str(folder / "clock"), str(folder / "counts.json")),
        *("--stars", str(plan.targets), "--outage", str(60 * plan.outage_minutes)),
    ]
    with (
        open(folder / "archive.log", "w") as said,
        subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=said, text=True
        ) as archive,
    ):
        try:
            assert archive.stdout is not None
            base_url = archive.stdout.readline().strip()
            if not base_url:
                raise RunError(f"no archive: {(folder / 'archive.log').read_text()[-500:]}")
            yield archive, base_url
        finally:
            archive.terminate()


def problems(plan: Plan, place: Place, holdings: ShortStars, folder: Path) -> Iterator[str]:
    """Yield what is wrong with what was left."""
    names = [f"KIC {kic}" for kic in holdings.star_keys()]
    reasons: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    for row in place.rows():
        rows[row["target_id"]] += 1
        reasons[row["reason"]] += 1
    if rows != Counter(names):
        wrong = [name for name in {*rows, *names} if rows[name] != 1]
        yield f"{len(wrong)} stars have not one row, among them {wrong[0]}"
    if set(reasons) != {"complete"}:
        yield f"not all are complete: {dict(reasons)}"
    expected = {_output_name(name) for name in names}
    found = {path.name for path in place.output.iterdir()}
    for problem, wrong_files in (("missing", expected - found), ("left over", found - expected)):
        if wrong_files:
            yield f"{len(wrong_files)} files are {problem}, among them {min(wrong_files)}"
    chosen = random.Random(plan.seed).sample(names, min(_SAMPLED, len(names)))
    for name, content in _undisturbed(chosen, holdings, folder).items():
        if name in found and (place.output / name).read_bytes() != content:
            yield f"{name} has other bytes"


def _output_name(name: str) -> str:
    return f"{name.replace(' ', '_')}.fits"


def _undisturbed(names: Sequence[str], holdings: ShortStars, folder: Path) -> dict[str, bytes]:
    """Return the outputs of some stars, by the scraper with nothing in its way."""
    place = Place(folder / "sample")
    wanted = folder / "sample.txt"
    wanted.write_text("\n".join(names) + "\n")
    scraper = ROOT / "scripts" / "xenoscan_scraper.py"
    with ArchiveThread(holdings) as archive:
        subprocess.run(
            [
                *(sys.executable, str(scraper), *place.options(), "--quiet"),
                *("--archive", archive.base_url, "--target-list", str(wanted)),
            ],
            env={**environment(), "XENOSCAN_CACHE_DIR": str(folder / "sample-cache")},
            check=True,
        )
    return {path.name: path.read_bytes() for path in place.output.iterdir()}


def _report(plan: Plan, course: _Course, counts: dict[str, Any], folder: Path) -> None:
    tenths = [_memory(course, plan.targets, tenth) for tenth in (0.05, 0.95)]
    figures = [
        Figure(
            Goal("memory in the last tenth over the first, MB", _GROWTH_MB),
            (tenths[1] - tenths[0],),
        )
    ]
    parts = [
        f"{plan.targets:,} stars of one quarter, {plan.workers} workers, {course.kills} kills, an"
        f" outage of {plan.outage_minutes:g} minutes; seed {plan.seed}."
        f" {len(course.problems)} problems.",
        table(
            ["what", "how much"],
            [
                ("real time, s", f"{course.seconds:.0f}"),
                ("time by the shared clock, s", f"{course.clock_seconds:.0f}"),
                ("stars a real second", spell(plan.targets / course.seconds)),
                ("memory in the first tenth, MB", spell(tenths[0])),
                ("memory in the last tenth, MB", spell(tenths[1])),
                ("most memory, MB", spell(max(mb for _, mb in course.samples))),
                ("files sent", f"{counts['files_sent']}"),
                ("of them again", f"{counts['sent_again']}"),
            ],
        ),
        goals_table(figures),
        *course.problems,
    ]
    record = {"plan": plan, "course": course, "counts": counts}
    write_report(folder, "promise", describe_machine(), parts, record)


def _memory(course: _Course, targets: int, share: float) -> float:
    """Return the median of the memory while a tenth of the list, by its middle, was done."""
    near = [mb for stars, mb in course.samples if abs(stars / targets - share) <= 0.05]
    return median(near or [mb for _, mb in course.samples])
