"""Count what happens in a run; at its end, report the counts and advise what to change."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from preprocessing.acquire.records.run_records import Unsettled
from preprocessing.core.outcomes import TargetOutcome
from preprocessing.core.reasons import Reason
from preprocessing.network.transfer import Rivals

__all__ = [
    "STAGES",
    "Origins",
    "RunSummary",
    "StageClock",
    "Tally",
    "bottleneck",
    "counted",
    "describe",
    "duration",
]

#: Stages of a target, in order. Fetching has two: waiting until the archive begins its answer,
#: and receiving the file.
STAGES = ("search", "wait", "receive", "verify", "read", "stitch", "write")
#: Those of them that compute.
_COMPUTING = ("verify", "read", "stitch")
#: Above this share of one processor's time, the processor limits the run.
_CPU_BOUND = 0.8
#: Shorter runs are mostly start-up, which says nothing about the limit.
_START_S = 5.0
#: Above this share of the recorded time, the disk limits the run.
_DISK_BOUND = 0.4
#: Above this share of --max-rate, that option limits the run.
_NEARLY_ALL = 0.9
#: Thresholds for advising fewer workers: percent of the machine's memory, and share of the targets
#: for which the archive failed or did not answer in time.
_MUCH_MEMORY_PERCENT = 80.0
_MANY_FAILURES = 0.05
#: Above this share of the recorded time, waiting for a server limits the run.
_SERVER_BOUND = 0.5
#: Unread files that are named one by one.
_NAMED = 10


class StageClock:
    """Seconds spent in each stage, summed over everything that ran in parallel."""

    def __init__(self) -> None:
        self._seconds: defaultdict[str, float] = defaultdict(float)
        #: How many blocks of a stage run at the moment.
        self.running: Counter[str] = Counter()

    def add(self, stage: str, seconds: float) -> None:
        """Add seconds to a stage."""
        self._seconds[stage] += seconds

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the duration of a block to a stage."""
        began = time.perf_counter()
        self.running[stage] += 1
        try:
            yield
        finally:
            self.running[stage] -= 1
            self.add(stage, time.perf_counter() - began)

    def join(self, other: StageClock) -> None:
        """Add what another clock measured."""
        for stage, seconds in other._seconds.items():
            self.add(stage, seconds)

    def shares(self) -> Mapping[str, float]:
        """Return each stage's share of the recorded time, 0 to 1; empty if there is none.

        Examples
        --------
        >>> clock = StageClock()
        >>> clock.add("wait", 3.0)
        >>> clock.add("write", 1.0)
        >>> {stage: share for stage, share in clock.shares().items() if share}
        {'wait': 0.75, 'write': 0.25}
        """
        total = sum(self._seconds.values())
        return {stage: self._seconds[stage] / total for stage in STAGES} if total else {}


@dataclass
class Origins:
    """Where the files of a run came from.

    Parameters
    ----------
    files : Counter of str
        Number of sound files from each source, by `Archive.identity`.
    differing : int
        Number of files that differ between two sources.
    """

    files: Counter[str] = field(default_factory=Counter)
    differing: int = 0


@dataclass
class Tally:
    """Running counts of a run.

    Parameters
    ----------
    total : int
        Number of targets in the list.
    before : int
        Number of these that were done in earlier runs.
    done, succeeded : int
        Targets with an outcome, and targets with an output.
    bytes, retries : int
        Bytes received and requests repeated for them.
    retried_targets : int
        Targets that failed for a transient reason and were tried again at the end.
    commanded_targets : int
        Targets that were tried again because the run was told so.
    queued_again : int
        Targets that wait for another attempt, or have one.
    reasons : Counter of Reason
        Number of targets with each reason.
    missing_files : Counter of Reason
        Number of files that partial targets lack, with each reason.
    unusual_medians, without_flux : int
        Targets with a file whose median is negative, zero, infinite or NaN, and targets without any
        finite flux.
    stages : StageClock
        Where the time went.
    origins : Origins
        Where the files came from.
    rivals : Rivals
        Requests that were sent again because the first ones were silent.
    search_is_down, files_are_down : bool
        Whether the archive cannot be searched, and whether no source gives files, at the moment.
    outage_s : float
        How long either was so, in seconds.
    """

    total: int
    before: int
    done: int = 0
    succeeded: int = 0
    bytes: int = 0
    retries: int = 0
    retried_targets: int = 0
    commanded_targets: int = 0
    queued_again: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    missing_files: Counter[Reason] = field(default_factory=Counter)
    unusual_medians: int = 0
    without_flux: int = 0
    stages: StageClock = field(default_factory=StageClock)
    origins: Origins = field(default_factory=Origins)
    rivals: Rivals = field(default_factory=Rivals)
    search_is_down: bool = False
    files_are_down: bool = False
    outage_s: float = 0.0

    def add(self, outcome: TargetOutcome) -> None:
        """Count an outcome."""
        self.done += 1
        self.succeeded += outcome.success
        self.bytes += outcome.bytes
        self.retries += outcome.retries
        self.reasons[outcome.reason] += 1
        if outcome.error or not outcome.n_finite:
            self.missing_files.update(outcome.missing_files)
            self.unusual_medians += outcome.has_unusual_median
            self.without_flux += outcome.lacks_flux

    def take_back(self, outcome: Unsettled) -> None:
        """Uncount an outcome that was replaced, except for its bytes and retries."""
        self.done -= 1
        self.succeeded -= outcome.success
        self.unusual_medians -= outcome.has_unusual_median
        self.without_flux -= outcome.lacks_flux
        self.reasons[outcome.reason] -= 1
        self.reasons += Counter()
        self.missing_files.subtract(outcome.missing_files)
        self.missing_files += Counter()

    def join(self, other: Tally) -> None:
        """Add what happened to requests elsewhere; targets are counted by their outcomes.

        Parameters
        ----------
        other : Tally
            The counts of a unit of targets.
        """
        self.stages.join(other.stages)
        self.origins.files += other.origins.files
        self.origins.differing += other.origins.differing
        self.rivals.sent += other.rivals.sent
        self.rivals.won += other.rivals.won

    @property
    def complete_percent(self) -> int:
        """Share of this run's finished targets that are complete; 100 only if all are."""
        return 100 * self.reasons[Reason.COMPLETE] // self.done if self.done else 0

    @property
    def is_outage(self) -> bool:
        """Whether nothing can be fetched at the moment."""
        return self.search_is_down or self.files_are_down

    def note_search_outage(self, is_down: bool) -> None:
        """Note whether the archive cannot be searched at the moment."""
        self.search_is_down = is_down

    @property
    def is_all_complete(self) -> bool:
        """Whether every target of the list has an outcome, and none failed or is partial."""
        return self.before + self.done == self.total and set(self.reasons) <= {Reason.COMPLETE}


@dataclass(frozen=True)
class RunSummary:
    """Counts and measurements of a run that ended.

    Parameters
    ----------
    tally : Tally
        The counts at the end of the run.
    seconds, cpu_seconds : float
        Elapsed time, and processor time of this process, in seconds.
    peak_rss_bytes : int
        Peak memory of the process (resident set size), in bytes.
    peak_memory_percent : float
        Peak memory use of the whole machine, in percent.
    stages : mapping of str to float
        Share of the recorded time, by stage.
    workers : int
        Targets at once, after any lowering.
    stopped : bool
        Whether it was interrupted.
    earlier : mapping of str to int
        Number of targets from earlier runs with each reason.
    max_rate_mb_s : float or None
        Limit of the download rate, in 10**6 bytes per second; None for no limit.
    origins : Origins
        Where files came from.
    is_local : bool
        Whether all sources are directories of this machine.
    most_workers : int or None
        Maximum number of workers that is polite to the archive; None for no limit.
    unread_files : tuple of str
        Light curves that the sources hold and could not give: see `Archive`.
    """

    tally: Tally
    seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    peak_memory_percent: float
    stages: Mapping[str, float]
    workers: int
    stopped: bool
    earlier: Mapping[str, int]
    max_rate_mb_s: float | None = None
    origins: Origins = field(default_factory=Origins)
    is_local: bool = False
    most_workers: int | None = None
    unread_files: tuple[str, ...] = ()

    @property
    def n_incomplete(self) -> int:
        """How many targets are not complete, those of earlier runs included."""
        before = sum(n for reason, n in self.earlier.items() if reason != str(Reason.COMPLETE))
        return before + self.tally.done - self.tally.reasons[Reason.COMPLETE]

    @property
    def is_success(self) -> bool:
        """Whether every target of the list is complete, including those of earlier runs."""
        return self.tally.is_all_complete and set(self.earlier) <= {str(Reason.COMPLETE)}


def bottleneck(summary: RunSummary) -> str:
    """Return what limited a run: ``archive``, ``network``, ``CPU`` or ``disk``."""
    long_enough = summary.seconds > _START_S
    if long_enough and summary.cpu_seconds / summary.seconds > _CPU_BOUND:
        return "CPU"
    stages = summary.stages
    if stages.get("write", 0.0) > _DISK_BOUND:
        return "disk"
    if summary.is_local:
        computing = sum(stages.get(stage, 0.0) for stage in _COMPUTING)
        return "CPU" if computing > 0.5 else "disk"
    asking = stages.get("search", 0.0) + stages.get("wait", 0.0)
    return "archive" if asking >= stages.get("receive", 0.0) else "network"


def describe(summary: RunSummary) -> Iterator[str]:
    """Yield the last lines of a run, for a person."""
    tally = summary.tally
    seconds = max(summary.seconds, 1e-9)
    yield (
        f"{counted(tally.done, 'target')} in {duration(seconds)}: {_how_complete(tally)};"
        f" {tally.before} were done before, {tally.total - tally.before - tally.done} are left."
    )
    if tally.retried_targets:
        yield f"  {counted(tally.retried_targets, 'target')} tried again at the end."
    if tally.commanded_targets:
        yield f"  {counted(tally.commanded_targets, 'target')} tried again on command."
    for reason, count in sorted(tally.reasons.items()):
        if reason is not Reason.COMPLETE:
            yield f"  {reason}: {count}{_missing(tally) if reason is Reason.PARTIAL else ''}"
    for name, count in sorted(summary.earlier.items()):
        if name != str(Reason.COMPLETE):
            yield f"  {name}, in an earlier run: {count}"
    yield from _about_light(tally)
    yield (
        f"{tally.bytes / 1e6:.1f} MB received, {tally.bytes / 1e6 / seconds:.2f} MB/s,"
        f" {tally.done / seconds:.2f} targets/s, {tally.retries} retries"
        f"{_memory(summary.peak_rss_bytes)}."
    )
    if tally.rivals.sent:
        yield (
            f"{counted(tally.rivals.sent, 'request')} sent again because the archive was silent;"
            f" {tally.rivals.won} of them answered first."
        )
    origins = summary.origins
    if len(origins.files) > 1 or origins.differing:
        gave = ", ".join(f"{count} from {name}" for name, count in origins.files.most_common())
        yield f"Files used: {gave}."
        if origins.differing:
            copies = counted(origins.differing, "file")
            yield f"Two sources had different copies of {copies}: see the log."
    if summary.unread_files:
        yield from _about_unread(summary.unread_files)
    if tally.succeeded:
        shares = ", ".join(f"{stage} {share:.0%}" for stage, share in summary.stages.items())
        yield f"What bounded the run: {bottleneck(summary)} ({shares})."
        yield from _advice(summary)


def _how_complete(tally: Tally) -> str:
    """Return three numbers, and the share of the finished targets that are complete."""
    complete, partial = tally.reasons[Reason.COMPLETE], tally.reasons[Reason.PARTIAL]
    failed = tally.done - complete - partial
    share = f" ({tally.complete_percent}% complete)" if tally.done else ""
    return f"{complete} complete, {partial} partial, {failed} failed{share}"


def _missing(tally: Tally) -> str:
    """Say why files of partial targets are missing."""
    reasons = ", ".join(f"{count} {reason}" for reason, count in tally.missing_files.most_common())
    return f" (missing files: {reasons})" if reasons else ""


def _about_light(tally: Tally) -> Iterator[str]:
    if tally.unusual_medians:
        yield (
            f"  {counted(tally.unusual_medians, 'target')} with {Reason.UNUSUAL_MEDIAN}: a file's"
            " flux was divided by a median that is negative, zero, infinite or NaN: see the column"
            " error."
        )
    if tally.without_flux:
        yield f"  {counted(tally.without_flux, 'target')} without a finite flux: n_finite is 0."


def _about_unread(paths: Sequence[str]) -> Iterator[str]:
    yield (
        f"{counted(len(paths), 'light curve')} not read: neither name nor header says which of a"
        " star's files it is. Give it the archive's name, plain or packed by gzip."
    )
    yield from (f"  {path}" for path in paths[:_NAMED])
    if len(paths) > _NAMED:
        yield f"  and {len(paths) - _NAMED} more: see the log."


def _memory(peak_bytes: int) -> str:
    # Not every system tells.
    return f", {peak_bytes / 1e6:.0f} MB of memory at most" if peak_bytes else ""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> counted(1, "target"), counted(20, "target")
    ('1 target', '20 targets')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _advice(summary: RunSummary) -> Iterator[str]:
    """Yield what the run showed about its number of workers, if it showed anything."""
    fewer = list(_reasons_for_fewer(summary))
    if fewer:
        yield f"Next time try fewer than {summary.workers} workers: {' and '.join(fewer)}."
    elif _is_rate_reached(summary):
        yield f"More workers would not help: --max-rate {summary.max_rate_mb_s:g} was reached."
    elif bottleneck(summary) == "CPU":
        yield "More workers would not help: the processor was busy."
    elif _was_waiting(summary):
        yield f"More than {summary.workers} workers may be faster, where the archive allows it."


def _reasons_for_fewer(summary: RunSummary) -> Iterator[str]:
    tally = summary.tally
    if summary.peak_memory_percent > _MUCH_MEMORY_PERCENT:
        yield f"the machine's memory was {summary.peak_memory_percent:.0f} % full"
    if summary.is_local:
        return
    if tally.reasons[Reason.ARCHIVE_ERROR] > _MANY_FAILURES * tally.done:
        yield f"only {tally.complete_percent}% of the targets are complete"
    if tally.reasons[Reason.TIMEOUT] > _MANY_FAILURES * tally.done:
        yield f"{tally.reasons[Reason.TIMEOUT]} targets timed out"


def _is_rate_reached(summary: RunSummary) -> bool:
    if summary.max_rate_mb_s is None:
        return False
    rate_mb_s = summary.tally.bytes / 1e6 / max(summary.seconds, 1e-9)
    return rate_mb_s > _NEARLY_ALL * summary.max_rate_mb_s


def _was_waiting(summary: RunSummary) -> bool:
    """Tell whether all workers had work, and were mostly waiting for a server."""
    waiting = summary.stages.get("wait", 0.0) + summary.stages.get("receive", 0.0)
    return (
        not summary.is_local
        and summary.seconds > _START_S
        and summary.tally.done > summary.workers
        and waiting > _SERVER_BOUND
        and (summary.most_workers is None or summary.workers < summary.most_workers)
    )


def duration(seconds: float) -> str:
    """Return a duration for people to read.

    Examples
    --------
    >>> duration(3.21), duration(200), duration(7200)
    ('3.2 s', '3 min 20 s', '2 h 0 min')
    """
    if seconds < 120:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
