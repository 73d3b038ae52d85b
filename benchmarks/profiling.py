"""Where the time of a run goes, by stage, as py-spy sees it."""

from __future__ import annotations

import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from benchmarks.archive import Conditions, served
from benchmarks.contenders import Job, scraper_command, scraper_environment
from benchmarks.measure import describe_machine, measure_sound
from benchmarks.mirror import make_mirror
from benchmarks.report import new_plot, table, write_report
from benchmarks.trial import environment, fresh_folder
from preprocessing.core.errors import RunError

__all__ = ["profile", "stage_of"]

_SAMPLES_A_SECOND = 200
_TIMEOUT_S = 1800
_FUNCTIONS = 15

_START = "start"
#: The stage of a function by its file. Files that are not here, such as numpy's or
#: `fits_format`, count for whoever called them.
_STAGES = {
    "fetch": (
        *("aiohttp/", "asyncio/", "selectors.py", "ssl.py", "yarl/", "multidict/", "socket.py"),
        *("preprocessing/network/http_client.py", "preprocessing/acquire/runs/file_fetcher.py"),
    ),
    "search": ("preprocessing/acquire/runs/search.py", "preprocessing/acquire/archives/"),
    "verify": ("preprocessing/fits/product_file.py",),
    "read": ("preprocessing/fits/stitch.py", "preprocessing/fits/product_file.py"),
    "stitch": ("preprocessing/fits/stitch.py",),
    "write": ("preprocessing/fits/writer.py", "preprocessing/system/atomic.py"),
    "records": (
        "preprocessing/acquire/records/",
        *("preprocessing/cli/run_log.py", "preprocessing/acquire/runs/progress.py"),
        "preprocessing/acquire/runs/monitor.py",
        "logging/",
    ),
    "steer": (
        *("preprocessing/acquire/runs/star.py", "preprocessing/acquire/runs/run.py"),
        "preprocessing/acquire/downloader.py",
        "concurrent/",
    ),
}
#: A thread in these waits for work, though py-spy does not always see it.
_WAITING = ("_worker (concurrent/futures/thread.py:", "select (selectors.py:")
_FRAME = re.compile(r"(?P<function>.*) \((?P<file>.*?)(:\d+)?\)")


def profile(stars: int, workers: int, data: Path, folder: Path) -> None:
    """Profile one run, and report.

    Parameters
    ----------
    stars, workers : int
    data : Path
        For the mirror and the run.
    folder : Path
        For the report, and for the stacks as py-spy wrote them: ``profile.raw``, which
        flame-graph programs read.

    Raises
    ------
    RunError
        py-spy could not follow the run.
    """
    machine = describe_machine()
    folder.mkdir(parents=True, exist_ok=True)
    raw = folder / "profile.raw"
    said = _record(stars, workers, data, raw)
    samples = dict(_parse(raw.read_text(encoding="utf-8").splitlines()))
    stages = _by_stage(samples)
    shares = {stage: count / stages.total() for stage, count in stages.most_common()}
    parts = [
        f"{stars} stars, {workers} workers, no latency. Shares of the time in which a thread ran;"
        " being sampled slows a run down.",
        table(["stage", "share"], [(stage, f"{share:.1%}") for stage, share in shares.items()]),
        f"By the run's own clock, waiting included: {said}",
        "## The functions that took most by themselves",
        table(["function", "share"], _by_function(samples)),
    ]
    write_report(folder, "profile", machine, parts, {"stages": shares, "summary": said})
    plot, (panel,) = new_plot([3.2])
    panel.barh(list(reversed(shares)), [100 * share for share in reversed(shares.values())])
    panel.grid(visible=False, axis="y")
    panel.set_xlabel("% of the time in which a thread ran")
    plot.savefig(folder / "profile.png")


def stage_of(stack: Sequence[str]) -> str:
    """Return what a run was at, by the innermost function whose file has a stage.

    Parameters
    ----------
    stack : sequence of str
        Functions as py-spy spells them, the innermost last.

    Examples
    --------
    >>> stage_of(["run (asyncio/runners.py:1)", "_read (preprocessing/fits/stitch.py:2)"])
    'read'
    >>> stage_of(["_find_and_load (<frozen importlib._bootstrap>:1)", "<module> (a.py:1)"])
    'start'
    """
    if any("<frozen importlib" in frame for frame in stack):
        return _START
    for frame in reversed(stack):
        match = _FRAME.fullmatch(frame)
        file = match["file"] if match else ""
        for stage, places in _STAGES.items():
            if any(place in file for place in places):
                return stage
    return "other"


def _record(stars: int, workers: int, data: Path, raw: Path) -> str:
    """Run the scraper under py-spy; return what it said of its own stages."""
    mirror = make_mirror(data, stars).first(stars)
    with (
        fresh_folder(data) as folder,
        served(["--mirror", str(mirror.root)], folder, Conditions()) as base_url,
    ):
        job = Job(base_url, mirror.products, workers, folder / "job", None)
        job.folder.mkdir()
        # Its summary is wanted.
        scraper = [word for word in scraper_command(job) if word != "--quiet"]
        rate = ("--rate", str(_SAMPLES_A_SECOND))
        spy = [_py_spy(), "record", "--format", "raw", *rate, "--output", str(raw), "--"]
        variables = {**environment(), **scraper_environment(job)}
        _, said = measure_sound([*spy, *scraper], job.folder, variables, _TIMEOUT_S)
        return next(line for line in said.splitlines() if line.startswith("What bounded"))


def _py_spy() -> str:
    beside_python = shutil.which("py-spy", path=str(Path(sys.executable).parent))
    if beside_python is None:
        raise RunError("py-spy is not there: scripts/benchmark installs it")
    return beside_python


def _parse(lines: Iterable[str]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield stacks and how often each was seen: ``outer;inner 12``."""
    for line in lines:
        text, _, count = line.rpartition(" ")
        stack = tuple(text.split(";"))
        if not any(waiting in stack[-1] for waiting in _WAITING):
            yield stack, int(count)


def _by_stage(samples: Mapping[tuple[str, ...], int]) -> Counter[str]:
    stages: Counter[str] = Counter()
    for stack, count in samples.items():
        stages[stage_of(stack)] += count
    return stages


def _by_function(samples: Mapping[tuple[str, ...], int]) -> Iterator[tuple[str, str]]:
    functions: Counter[str] = Counter()
    for stack, count in samples.items():
        functions[re.sub(r":\d+\)$", ")", stack[-1]) or "unknown"] += count
    for function, count in functions.most_common(_FUNCTIONS):
        yield f"`{function}`", f"{count / functions.total():.1%}"
