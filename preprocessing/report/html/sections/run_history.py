"""The section about runs: rate, memory, requests in flight and errors over time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from preprocessing.core.run_state import RunState, RunStatus
from preprocessing.report.html.drawing.axis import Axis
from preprocessing.report.html.drawing.blocks import (
    Cell,
    Section,
    figure,
    grid,
    lacking,
    legend,
    paragraph,
    table,
)
from preprocessing.report.html.drawing.markup import Markup
from preprocessing.report.html.drawing.numbers import counted, duration, number, size
from preprocessing.report.html.drawing.plot import Plot
from preprocessing.report.html.records.dataset_records import DatasetRecords
from preprocessing.report.html.records.runs import RunRecord

__all__ = ["run_section"]

_Floats = NDArray[np.float64]
_ANCHOR, _TITLE = "run", "Runs"
#: Stretches of time in which a plot shows the mean, the least and the most.
_BINS = 220
#: Runs that are listed; of more, the last.
_MOST_RUNS = 12
#: Records of one run below which nothing is drawn: at the beginning and at the end, a run does
#: nothing, and a line from the one to the other says what nobody measured.
_FEWEST = 4
_UNITS = (("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))


@dataclass(frozen=True)
class _Course:
    """What is drawn of all runs, one after the other.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Since the first run began; time between runs is left out.
    starts : list of (float, str)
        When each run began, counted in the same way, and its name.
    unit : str
        What times count.
    statuses : list of RunStatus
        What was recorded.
    """

    times: _Floats
    starts: Sequence[tuple[float, str]]
    statuses: Sequence[RunStatus]
    unit: str


def run_section(records: DatasetRecords) -> Section:
    """Return how the runs of the downloader went.

    Parameters
    ----------
    records : DatasetRecords
        What is known of the data set.
    """
    if not records.runs:
        return lacking(
            _ANCHOR,
            _TITLE,
            "There is no history of a download (run_history.jsonl): earlier versions recorded none,"
            " and light curves that others fetched have none.",
        )
    return Section(
        _ANCHOR,
        _TITLE,
        (paragraph(_summary(records.runs)), _curves(records.runs), _runs_table(records.runs)),
    )


def _curves(runs: Sequence[RunRecord]) -> Markup:
    """Return what is drawn over time, if enough was recorded for it."""
    if all(len(run.statuses) < _FEWEST for run in runs):
        return paragraph(
            "That is too short for curves: a run is recorded when it begins, every ten seconds, and"
            " at its end."
        )
    course = _course(runs)
    stated = [figure(*_drawn(course, *one)) for one in _CURVES]
    return grid(*stated, figure(*_errors(course)))


def _summary(runs: Sequence[RunRecord]) -> str:
    seconds = sum(run.last.seconds for run in runs)
    done = sum(run.last.done for run in runs)
    received = sum(run.last.bytes for run in runs)
    peak = max(run.last.peak_rss_bytes for run in runs)
    rate = f", {number(done / seconds)} stars/s in the mean" if seconds else ""
    paused = _stopped_share(runs)
    return (
        f"{counted(len(runs), 'run')} of {duration(seconds)} finished {counted(done, 'star')}"
        f"{rate}. {size(received)} were received; the process had {size(peak)} of memory at most."
        + (f" {paused}" if paused else "")
    )


def _stopped_share(runs: Sequence[RunRecord]) -> str:
    """Return how much of the records are of outages or pauses, in words."""
    states = [one.state for run in runs for one in run.statuses]
    found = [
        f"{100 * states.count(state) / len(states):.1f} % {words}"
        for state, words in (
            (RunState.OUTAGE, "while the archive was down"),
            (RunState.PAUSED, "while paused"),
        )
        if state in states
    ]
    return f"Of the time, {' and '.join(found)}." if found else ""


def _course(runs: Sequence[RunRecord]) -> _Course:
    whole_s = sum(run.last.seconds for run in runs)
    unit, one_s = next((unit, s) for unit, s in _UNITS if whole_s >= 2 * s or s == 1)
    times: list[float] = []
    starts: list[tuple[float, str]] = []
    statuses: list[RunStatus] = []
    before = 0.0
    for run in runs:
        starts.append((before, run.name))
        times += [before + one.seconds / one_s for one in run.statuses]
        statuses += run.statuses
        before += run.last.seconds / one_s
    return _Course(np.array(times), starts, statuses, unit)


#: What is drawn: title, unit, color, and the value of a status.
_CURVES: Sequence[tuple[str, str, str, Callable[[RunStatus], float]]] = (
    ("Stars finished", "stars/s", "blue", lambda one: one.stars_per_s),
    ("Data received", "MB/s", "green", lambda one: one.bytes_per_s / 1e6),
    ("Memory of the process", "MB", "pink", lambda one: one.rss_bytes / 1e6),
    ("Requests in flight", "requests", "amber", lambda one: one.requests_in_flight),
)


def _drawn(
    course: _Course, title: str, unit: str, color: str, value: Callable[[RunStatus], float]
) -> tuple[Markup, str]:
    values = np.array([value(one) for one in course.statuses], np.float64)
    across = _time_axis(course)
    plot = Plot(across, Axis(0, 1.06 * float(values.max()) or 1.0, unit), height=200)
    at, low, middle, high = _binned(across.place(course.times), values)
    places = across.low + at * (across.high - across.low)
    said = (
        f"{title} over time: {number(float(np.median(values)))} {unit} in the median,"
        f" {number(float(values.max()))} at most."
    )
    layers = (
        _stopped(plot, course),
        plot.band(places, low, high, color),
        plot.line(places, middle, color),
        _starts(plot, course),
    )
    return plot.drawn(said, *layers), said


def _errors(course: _Course) -> tuple[Markup, tuple[Markup | str, ...]]:
    """Return failed and partial stars and repeated requests, as they add up."""
    across = _time_axis(course)
    curves = [
        ("failed", "red", _summed(course, lambda one: one.failed)),
        ("partial", "amber", _summed(course, lambda one: one.partial)),
        ("repeated requests", "blue", _summed(course, lambda one: one.retries)),
    ]
    most = max(float(values.max()) for _, _, values in curves)
    plot = Plot(across, Axis(0, 1.06 * most or 1.0, "so far"), height=200)
    said = "Errors over time: " + ", ".join(
        f"{number(int(values[-1]))} {name}" for name, _, values in curves
    )
    lines = [plot.line(*_stepped(course.times, values), color) for _, color, values in curves]
    drawn = plot.drawn(f"{said}.", _stopped(plot, course), lines, _starts(plot, course))
    return drawn, (
        f"{said} in all.",
        legend(red="failed stars", amber="partial stars", blue="repeated requests"),
    )


def _summed(course: _Course, value: Callable[[RunStatus], float]) -> _Floats:
    """Return what was counted in all runs so far."""
    counts = np.array([value(one) for one in course.statuses], np.float64)
    names = np.array([one.run for one in course.statuses])
    before = 0.0
    for name in dict.fromkeys(names.tolist()):
        own = names == name
        counts[own] += before
        before = float(counts[own][-1])
    return counts


def _stepped(times: _Floats, values: _Floats) -> tuple[_Floats, _Floats]:
    """Return only the points at which a count changes, and the ends."""
    changes = np.diff(values, prepend=np.nan) != 0
    kept = changes | np.append(changes[1:], True)
    if kept.sum() > 2 * _BINS:
        kept = np.zeros(len(values), np.bool_)
        kept[np.linspace(0, len(values) - 1, 2 * _BINS).astype(int)] = True
    return times[kept], values[kept]


def _time_axis(course: _Course) -> Axis:
    end = float(course.times.max())
    several = len(course.starts) > 1
    label = f"{course.unit} of running" if several else f"{course.unit} since the start"
    return Axis(0.0, end or 1e-3, label)


def _binned(place: _Floats, values: _Floats) -> tuple[_Floats, _Floats, _Floats, _Floats]:
    """Return places of stretches of time, with the least, the mean and the most in each."""
    column = np.minimum((place * _BINS).astype(np.int64), _BINS - 1)
    order = np.argsort(column, kind="stable")
    column, values, place = column[order], values[order], place[order]
    first = np.flatnonzero(np.diff(column, prepend=-1))
    n = np.diff(np.append(first, len(column)))
    middle = np.add.reduceat(values, first) / n
    at = np.add.reduceat(place, first) / n
    return at, np.minimum.reduceat(values, first), middle, np.maximum.reduceat(values, first)


def _starts(plot: Plot, course: _Course) -> list[Markup]:
    if len(course.starts) < 2:
        return []
    return [plot.upright(at) for at, _ in course.starts[1:]]


def _stopped(plot: Plot, course: _Course) -> list[Markup]:
    """Return the stretches of time in which the archive was down, or the run paused."""
    found = []
    is_stopped = np.array(
        [one.state in (RunState.OUTAGE, RunState.PAUSED) for one in course.statuses], np.bool_
    )
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_stopped, [False]]).astype(np.int8)))
    for first, last in edges.reshape(-1, 2).tolist():
        end = course.times[min(last, len(course.times) - 1)]
        both = [course.times[first], end]
        found.append(plot.band(both, [plot.y.low] * 2, [plot.y.high] * 2, "gray"))
    return found


def _runs_table(runs: Sequence[RunRecord]) -> Markup:
    rows: list[tuple[Cell, ...]] = [
        (
            run.name,
            duration(run.last.seconds),
            run.last.complete,
            run.last.partial,
            run.last.failed,
            size(run.last.bytes),
            run.last.retries,
            size(run.last.peak_rss_bytes),
            str(run.last.state),
        )
        for run in runs[-_MOST_RUNS:]
    ]
    which = "Runs" if len(runs) <= _MOST_RUNS else f"The last {_MOST_RUNS} of {len(runs)} runs"
    return table(
        f"{which}, as they ended. A state other than ended is that of a run which still goes on, or"
        " was killed.",
        (
            *("began (UTC)", "took", "complete", "partial", "failed"),
            *("received", "repeated", "most memory", "state"),
        ),
        rows,
    )
