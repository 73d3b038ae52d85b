"""Kill the scraper at random moments, again and again, and see what it loses: nothing."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import describe_machine
from benchmarks.place import Place, Remains, differences
from benchmarks.report import table, write_report
from benchmarks.short_stars import ShortStars
from benchmarks.trial import fresh_folder
from preprocessing.core.errors import RunError
from preprocessing.missions import parse_file_name
from preprocessing.simulator.server import ArchiveThread
from preprocessing.system.run_lock import CONFIRM_DELAY_S

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

__all__ = ["Killing", "kill_group", "kill_rounds", "kills", "open_archive", "start_scraper"]


#: Loaded once, by the process that each run is a fork of.
_LOADED = (
    "preprocessing.cli.download",
    "preprocessing.acquire.archives",
    "preprocessing.acquire.downloader",
)

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([*_LOADED, __name__])


def start_scraper(arguments: Sequence[str], cache: Path, said: Path) -> BaseProcess:
    """Start the scraper's command line, in a process group of its own.

    Parameters
    ----------
    arguments : sequence of str
    cache : Path
        Its cache folder.
    said : Path
        What it says is appended there.
    """
    process = _FORKS.Process(target=_become_scraper, args=(list(arguments), cache, said))
    process.start()
    return process


def kill_group(process: BaseProcess) -> bool:
    """Kill a scraper with all that it started; return whether it still ran."""
    assert process.pid is not None
    # In its first moments it has no group of its own yet.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.join()
    return process.exitcode == -signal.SIGKILL


def _become_scraper(arguments: list[str], cache: Path, said: Path) -> None:
    os.setsid()
    os.environ["XENOSCAN_CACHE_DIR"] = str(cache)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    words = os.open(said, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for number, replacement in enumerate((nowhere, words, words)):
        os.dup2(replacement, number)

    from scripts.xenoscan_scraper import main

    sys.exit(main(arguments))


#: Q0 and Q1: what a star of two files goes through, in a moment.
_QUARTERS = (0, 1)
_STARS = 8
_WORKERS = 3
_HOLDINGS = ShortStars(_STARS, _QUARTERS)
#: Before each file, so that a run has a middle, in seconds.
_LATENCY_S = 0.02
#: Of the moments of a resumed run so many come after its pause at the locks, in which
#: nothing is written.
_AFTER_PAUSE = 0.85
#: A run that takes longer hangs, in seconds.
_PATIENCE_S = 120.0


def _names(place: int, kic: int) -> tuple[str, ...]:
    """Return how the list calls a star: by its number, its name, or by one after the other."""
    number, name = f"KIC {kic}", *_HOLDINGS.star(kic).names
    return ((number,), (name,), (name, number))[place % 3]


#: The list, and the star behind each target.
_TARGETS = {
    name: kic for place, kic in enumerate(_HOLDINGS.star_keys()) for name in _names(place, kic)
}


@dataclass
class Killing:
    """What was done, and what came of it.

    Parameters
    ----------
    kills, rounds : int
        Runs that were killed; lists that were brought to their end.
    moments : Counter of str
        How far the runs were that were killed.
    left : Counter of str
        What they left in an unfinished state, by kind.
    files_sent, sent_again : int
        By the archive, in all; those of stars that were in flight at a kill, sent again.
    violations : list of str
        What should not be, each with its seed.
    """

    kills: int = 0
    rounds: int = 0
    moments: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    files_sent: int = 0
    sent_again: int = 0
    violations: list[str] = field(default_factory=list)


def kills(wanted: int, seed: int, data: Path, folder: Path) -> None:
    """Kill runs until there were enough kills, bring every list to its end, and report.

    Parameters
    ----------
    wanted : int
        How many kills.
    seed : int
        Of the moments, in the first round; the next has the next.
    data : Path
        For the runs.
    folder : Path
        For the report.

    Raises
    ------
    RunError
        Something was lost, torn, left behind or fetched again.
    """
    began = time.monotonic()
    with fresh_folder(data) as run_folder, open_archive() as archive:
        killing = kill_rounds(wanted, seed, run_folder, archive)
    seconds = time.monotonic() - began
    parts = [
        f"{killing.kills} kills in {killing.rounds} rounds of {len(_TARGETS)} targets,"
        f" {_WORKERS} workers, in {seconds:.0f} s. {len(killing.violations)} violations.",
        table(["when it was killed", "kills"], _counts(killing.moments)),
        table(["what it left unfinished", "kills"], _counts(killing.left)),
        f"{killing.files_sent} files sent, {killing.sent_again} of them again, to stars that were"
        " in flight at a kill.",
        *killing.violations,
    ]
    write_report(folder, "kills", describe_machine(), parts, {"seconds": seconds, **vars(killing)})
    if killing.violations:
        raise RunError(f"{len(killing.violations)} violations, the first: {killing.violations[0]}")


def open_archive() -> ArchiveThread:
    """Return the archive that the runs fetch from, and that outlives them all, to be entered."""
    return ArchiveThread(_HOLDINGS, latency_s=_LATENCY_S, portal_latency_s=0.0)


def kill_rounds(wanted: int, seed: int, folder: Path, archive: ArchiveThread) -> Killing:
    """Kill runs, and return what came of it.

    Parameters
    ----------
    wanted, seed : int
    folder : Path
        For the runs; must be empty.
    archive : ArchiveThread
    """
    expected, length_s = _undisturbed(folder / "undisturbed", archive)
    killing = Killing()
    while killing.kills < wanted:
        round_folder = folder / str(seed)
        chance = random.Random(seed)
        one = _Round(round_folder, archive, length_s, chance, killing)
        problems = [*one.play(wanted), *differences(Remains.of(one.place), expected)]
        killing.violations += [f"seed {seed}: {problem}" for problem in problems]
        killing.rounds += 1
        seed += 1
    return killing


class _Round:
    """One list, from its first run to the one that comes to its end."""

    def __init__(
        self,
        folder: Path,
        archive: ArchiveThread,
        length_s: float,
        chance: random.Random,
        killing: Killing,
    ) -> None:
        folder.mkdir()
        self.place = Place(folder / "run")
        self._folder = folder
        self._archive = archive
        self._length_s = length_s
        self._chance = chance
        self._killing = killing
        self._sent: set[str] = set()

    def play(self, wanted: int) -> Iterator[str]:
        """Run, kill and resume until a run comes to its end; yield what is wrong meanwhile."""
        attempt = 0
        was_killed = True
        while was_killed:
            had, sent = self._had(), self._archive.log.files.copy()
            moment_s = self._moment_s(attempt) if self._killing.kills < wanted else None
            status = _run(self.place, self._folder, self._archive, attempt > 0, moment_s)
            was_killed = status is None
            sent_now = self._archive.log.files - sent
            yield from self._fetched_in_vain(sent_now, had)
            if was_killed:
                yield from self._too_many_in_flight(sent_now)
                self._note_kill()
            elif status != 0:
                yield f"attempt {attempt} ended with status {status}: {_said(self._folder)}"
            attempt += 1

    def _moment_s(self, attempt: int) -> float:
        moment_s = self._chance.uniform(0.0, self._length_s)
        if attempt == 0:
            return moment_s
        if self._chance.random() < _AFTER_PAUSE:
            return moment_s + CONFIRM_DELAY_S
        return self._chance.uniform(0.0, CONFIRM_DELAY_S)

    def _had(self) -> set[int]:
        """Return the stars of which nothing has to be fetched: with a row, or an output."""
        return self._with_row() | {
            star for name, star in _TARGETS.items() if self._output_of(name).exists()
        }

    def _with_row(self) -> set[int]:
        return {_TARGETS[row["target_id"]] for row in self.place.rows()}

    def _output_of(self, name: str) -> Path:
        return self.place.output / f"{name.replace(' ', '_')}.fits"

    def _fetched_in_vain(self, sent: Mapping[str, int], had: set[int]) -> Iterator[str]:
        for name, times in sent.items():
            if _star_of(name) in had:
                yield f"{name} was fetched again though its star was done"
            if times > 1:
                yield f"{name} was fetched {times} times in one run"
        self._killing.files_sent += sum(sent.values())
        self._killing.sent_again += sum(n for name, n in sent.items() if name in self._sent)
        self._sent |= sent.keys()

    def _too_many_in_flight(self, sent: Mapping[str, int]) -> Iterator[str]:
        lost = {_star_of(name) for name in sent} - self._had()
        if len(lost) > _WORKERS:
            yield f"a kill cost {len(lost)} stars, with {_WORKERS} in flight"

    def _note_kill(self) -> None:
        self._killing.kills += 1
        self._killing.moments[self._progress()] += 1
        self._killing.left.update(self._unfinished())

    def _progress(self) -> str:
        if not self.place.results.exists():
            return "before its records were there"
        n_rows = sum(1 for _ in self.place.rows())
        if n_rows in (0, len(_TARGETS)):
            return "before the first row" if n_rows == 0 else "after the last row"
        return "between the first row and the last"

    def _unfinished(self) -> Iterator[str]:
        names = [Path(name).name for name in self.place.files()]
        parts = [name for name in names if name.endswith(".part")]
        if any(name.endswith(".fits.part") for name in parts):
            yield "a part of a light curve"
        if any(not name.endswith(".fits.part") for name in parts):
            yield "a part of a record or lock"
        if any(name.endswith(".lock") for name in names):
            yield "a lock"
        if self._had() - self._with_row():
            yield "a light curve without a row"


def _undisturbed(folder: Path, archive: ArchiveThread) -> tuple[Remains, float]:
    """Run without a kill; return what it left, and how long it took."""
    folder.mkdir()
    place = Place(folder / "run")
    # Twice: the first is late, since it waits for the process that others are forks of.
    for name in ("first", "run"):
        place = Place(folder / name)
        began = time.monotonic()
        status = _run(place, folder, archive, False, None)
        length_s = time.monotonic() - began
        if status != 0:
            raise RunError(f"an undisturbed run ended with status {status}: {_said(folder)}")
    return Remains.of(place), length_s


def _run(
    place: Place, folder: Path, archive: ArchiveThread, resume: bool, kill_after_s: float | None
) -> int | None:
    """Run once; return the exit status, None if it was killed."""
    wanted = folder / "targets.txt"
    wanted.write_text("\n".join(_TARGETS) + "\n")
    arguments = [
        *place.options(),
        *("--archive", archive.base_url, "--target-list", str(wanted), "--quiet"),
        *("--workers", str(_WORKERS), *["--resume"][: int(resume)]),
    ]
    process = start_scraper(arguments, folder / "cache", folder / "said")
    process.join(_PATIENCE_S if kill_after_s is None else kill_after_s)
    killed = process.exitcode is None and kill_group(process)
    if killed and kill_after_s is None:
        raise RunError(f"a run hung: {_said(folder)}")
    _wait_for_rest(archive)
    return None if killed else process.exitcode


def _wait_for_rest(archive: ArchiveThread) -> None:
    """Wait until the archive has noticed that nobody is there any more."""
    deadline = time.monotonic() + _PATIENCE_S
    while archive.log.open_connections or archive.log.in_flight:
        if time.monotonic() > deadline:
            raise RunError("the archive still answers a run that has ended")
        time.sleep(0.001)


def _star_of(file_name: str) -> int:
    product = parse_file_name(file_name)
    assert product is not None
    return product.number


def _said(folder: Path) -> str:
    return " ".join((folder / "said").read_text(errors="replace").split())[-500:]


def _counts(counter: Counter[str]) -> list[tuple[str, str]]:
    return [(what, str(count)) for what, count in counter.most_common()]
