"""How the scraper scales: with workers, quarters a star, and the length of the list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import zip_longest
from math import ceil
from pathlib import Path

from benchmarks.archive import Conditions
from benchmarks.bookkeeping import Bookkeeping, measure_bookkeeping
from benchmarks.contenders import CONTENDERS
from benchmarks.measure import describe_machine
from benchmarks.mirror import make_mirror
from benchmarks.parts import Drawing, Part, Plan, in_rounds, trend
from benchmarks.report import Figure, Goal, goals_table, new_plot, spread, table, write_report
from benchmarks.responsiveness import loop_lags, start_times
from benchmarks.trial import Outcome, run_trial

__all__ = ["FULL", "PARTS", "QUICK", "scaling"]

_XENOSCAN = CONTENDERS["xenoscan"]
_NO_LATENCY = Conditions()
#: At which the number of workers is not what is varied.
_WORKERS = 4


#: What `scaling` runs if nothing else is asked for.
FULL = Plan(
    stars=200,
    workers=(1, 2, 4, 8, 16, 32, 64),
    quarters=(1, 2, 4, 9, 17),
    lengths=(1_000, 10_000, 50_000, 200_000),
    lag_workers=(4, 16, 64),
    starts=10,
    rounds=3,
)
#: To see everything run.
QUICK = Plan(
    stars=2,
    workers=(1, 4),
    quarters=(1, 17),
    lengths=(200, 400),
    lag_workers=(4,),
    starts=2,
    rounds=1,
)


def scaling(plan: Plan, parts: Collection[str], data: Path, folder: Path) -> None:
    """Measure and report.

    Parameters
    ----------
    plan : Plan
    parts : collection of str
        Which of `PARTS`.
    data : Path
        For mirrors and runs.
    folder : Path
        For the report.
    """
    machine = describe_machine()
    answered = {name: PARTS[name](plan, data) for name in PARTS if name in parts}
    figures = [figure for part in answered.values() for figure in part.figures]
    sections = [f"## {name}\n\n{part.markdown}" for name, part in answered.items()]
    if figures:
        sections += ["## Goals", goals_table(figures)]
    record = {name: part.record for name, part in answered.items()} | {"figures": figures}
    write_report(folder, "scaling", machine, sections, record)
    _plot([drawing for part in answered.values() for drawing in part.drawings], folder)


def _by_workers(plan: Plan, data: Path) -> Part:
    mirror = make_mirror(data, plan.stars)

    def run(workers: int) -> Outcome:
        return run_trial(_XENOSCAN, workers, mirror, _NO_LATENCY, data)

    found = in_rounds("workers", plan.workers, run, plan.rounds)
    return Part(_trial_table("workers", found), found, _trial_trends(found, "workers"))


def _by_quarters(plan: Plan, data: Path) -> Part:
    mirrors = {quarters: make_mirror(data, plan.stars, quarters) for quarters in plan.quarters}

    def run(quarters: int) -> Outcome:
        return run_trial(_XENOSCAN, _WORKERS, mirrors[quarters], _NO_LATENCY, data)

    found = in_rounds("quarters", plan.quarters, run, plan.rounds)
    trends = _trial_trends(found, f"quarters a star, at {_WORKERS} workers")
    return Part(_trial_table("quarters", found), found, trends)


def _by_length(plan: Plan, data: Path) -> Part:
    def run(length: int) -> Bookkeeping:
        return measure_bookkeeping(length, data)

    found = in_rounds("targets", plan.lengths, run, plan.rounds)
    along = "targets, all but one done"
    trends = (
        trend(found, along, lambda b: b.ready_s, "seconds more to resume"),
        trend(found, along, lambda b: b.memory_mb, "memory, MB more"),
    )
    rows = [
        [
            f"{length:,}",
            spread([b.ready_s for b in books]),
            spread([b.memory_mb for b in books]),
            spread([b.checkpoint_ms for b in books]),
        ]
        for length, books in found.items()
    ]
    headers = ["targets", "to be ready, s", "memory, MB more", "checkpoint, ms"]
    return Part(table(headers, rows), found, trends, _length_figures(found))


def _length_figures(found: Mapping[int, Sequence[Bookkeeping]]) -> list[Figure]:
    shortest, longest = (found[length] for length in (min(found), max(found)))
    at = f"at {max(found):,} targets"
    growth = [
        of_long.checkpoint_ms / of_short.checkpoint_ms
        for of_short, of_long in zip(shortest, longest, strict=True)
    ]
    return [
        Figure(Goal(f"resuming {at}, s", 2), tuple(b.ready_s for b in longest)),
        Figure(Goal(f"a checkpoint {at}, ms", 20), tuple(b.checkpoint_ms for b in longest)),
        Figure(Goal(f"the same, of that at {min(found):,} targets", 2), tuple(growth)),
        Figure(Goal(f"memory {at}, MB more", 100), tuple(b.memory_mb for b in longest)),
    ]


def _trial_table(what: str, found: Mapping[int, Sequence[Outcome]]) -> str:
    return table(
        [what, "stars/s", "complete and right", "CPU, ms a star", "peak memory, MB"],
        (
            (
                str(value),
                spread([o.stars_per_s for o in outcomes]),
                f"{min(o.right for o in outcomes)} of {outcomes[0].stars}",
                spread([o.cpu_ms_per_star for o in outcomes]),
                spread([o.measured.peak_rss_mb for o in outcomes]),
            )
            for value, outcomes in found.items()
        ),
    )


def _trial_trends(found: Mapping[int, Sequence[Outcome]], along: str) -> tuple[Drawing, Drawing]:
    return (
        trend(found, along, lambda o: o.stars_per_s, "stars a second"),
        trend(found, along, lambda o: o.measured.peak_rss_mb, "peak memory, MB"),
    )


def _plot(drawings: Sequence[Drawing], folder: Path) -> None:
    plot, panels = new_plot([2.7] * ceil(len(drawings) / 2), columns=2)
    for panel, draw in zip_longest(panels, drawings):
        if draw is None:
            panel.set_visible(False)
        else:
            draw(panel)
    plot.savefig(folder / "scaling.png")


#: What is measured, by name.
PARTS: Mapping[str, Callable[[Plan, Path], Part]] = {
    "workers": _by_workers,
    "quarters": _by_quarters,
    "list": _by_length,
    "start": start_times,
    "lag": loop_lags,
}
