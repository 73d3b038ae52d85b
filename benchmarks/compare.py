"""Ours and its peers side by side, in rounds: A B C, A B C, and so on."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.contenders import Contender, lksearch_version
from benchmarks.experiments import XENOSCAN, Entry, Experiment, Round
from benchmarks.measure import describe_machine
from benchmarks.mirror import make_mirror
from benchmarks.report import (
    Figure,
    goals_table,
    new_plot,
    spell,
    spread,
    table,
    use_plain_ticks,
    write_report,
)
from benchmarks.trial import Outcome, run_trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Results", "compare", "run_experiment"]


@dataclass(frozen=True)
class Results:
    """What the rounds of an experiment brought.

    Parameters
    ----------
    experiment : Experiment
    rounds : tuple of Round
    skipped : mapping of str to str
        Contenders that could not run, and why.
    """

    experiment: Experiment
    rounds: tuple[Round, ...]
    skipped: Mapping[str, str]

    def outcomes(self, entry: Entry) -> list[Outcome]:
        """Return what an entry brought, round by round; nothing if it was skipped."""
        key = (entry.contender, entry.connections)
        return [outcomes[key] for outcomes in self.rounds if key in outcomes]

    def advantages(self, entry: Entry) -> list[float]:
        """Return our rate over an entry's, round by round; nothing if either was skipped.

        Ours is that at as many connections, or if there is none, of our first entry.
        """
        ours = [e for e in self.experiment.entries if e.contender == XENOSCAN]
        peers = [e for e in ours if e.connections == entry.connections] or ours
        pairs = zip(self.outcomes(peers[0]), self.outcomes(entry), strict=False) if peers else ()
        return [mine.stars_per_s / theirs.stars_per_s for mine, theirs in pairs]

    def figures(self) -> Iterator[Figure]:
        """Answer the experiment's questions, but for those about who was skipped."""
        for question in self.experiment.questions:
            try:
                yield Figure(question.goal, tuple(map(question.answer, self.rounds)))
            except KeyError:
                continue


def compare(
    experiments: Sequence[Experiment],
    contenders: Mapping[str, Contender],
    rounds: int,
    data: Path,
    folder: Path,
) -> None:
    """Run experiments and report on them.

    Parameters
    ----------
    experiments : sequence of Experiment
    contenders : mapping of str to Contender
        The programs whose entries are run, by name.
    rounds : int
    data : Path
        For the mirror and the runs.
    folder : Path
        For the report.
    """
    machine = {**describe_machine(), "lksearch": lksearch_version() or "not there"}
    wanted = [
        replace(e, entries=tuple(n for n in e.entries if n.contender in contenders))
        for e in experiments
    ]
    results = [run_experiment(experiment, contenders, rounds, data) for experiment in wanted]
    figures = [figure for result in results for figure in result.figures()]
    parts = [*map(_describe, results), *(["## Goals", goals_table(figures)] if figures else [])]
    record = {
        "experiments": [
            {
                "experiment": result.experiment.name,
                "conditions": result.experiment.conditions,
                "rounds": [list(outcomes.values()) for outcomes in result.rounds],
                "skipped": dict(result.skipped),
            }
            for result in results
        ],
        "figures": figures,
    }
    write_report(folder, "compare", machine, parts, record)
    _plot(results, folder / "compare.png")


def run_experiment(
    experiment: Experiment, contenders: Mapping[str, Contender], rounds: int, data: Path
) -> Results:
    """Run every entry of an experiment in turn, round after round.

    Parameters
    ----------
    experiment : Experiment
        What is run.
    contenders : mapping of str to Contender
        Its programs, by name.
    rounds : int
        How often each entry is run.
    data : Path
        For the mirror and the runs.
    """
    named = dict.fromkeys(entry.contender for entry in experiment.entries)
    skipped = {name: reason for name in named if (reason := contenders[name].missing())}
    entries = [entry for entry in experiment.entries if entry.contender not in skipped]
    mirror = make_mirror(data, max((entry.stars for entry in entries), default=1))
    done: list[Round] = []
    for number in range(1, rounds + 1):
        outcomes = {}
        for entry in entries:
            outcome = run_trial(
                contenders[entry.contender],
                entry.connections,
                mirror.first(entry.stars),
                experiment.conditions,
                data,
            )
            outcomes[entry.contender, entry.connections] = outcome
            _say(f"{experiment.name}, round {number} of {rounds}: {entry.label}", outcome)
        done.append(outcomes)
    return Results(experiment, tuple(done), skipped)


def _say(what: str, outcome: Outcome) -> None:
    """Tell whoever waits how far it is."""
    print(
        f"{what}: {spell(outcome.stars_per_s)} stars/s,"
        f" {outcome.right} of {outcome.stars} complete and right {outcome.complaint}".rstrip(),
        file=sys.stderr,
        flush=True,
    )


_HEADERS = (
    "program at connections",
    "stars/s",
    "xenoscan's over it",
    "complete and right",
    "claimed",
    "CPU, ms a star",
    "peak memory, MB",
    "requests a file",
    "connections opened",
)


def _describe(results: Results) -> str:
    experiment = results.experiment
    rows = [
        _row(entry, outcomes, results.advantages(entry))
        for entry in experiment.entries
        if (outcomes := results.outcomes(entry))
    ]
    lines = [f"## {experiment.name}", "", experiment.title + ".", "", table(_HEADERS, rows)]
    lines += [f"\nNot run: {name} ({reason})." for name, reason in results.skipped.items()]
    return "\n".join(lines)


def _row(entry: Entry, outcomes: Sequence[Outcome], advantages: Sequence[float]) -> list[str]:
    return [
        entry.label,
        spread([o.stars_per_s for o in outcomes]),
        spread(advantages) if advantages and entry.contender != XENOSCAN else "",
        f"{_range(o.right for o in outcomes)} of {entry.stars}",
        _range(o.claimed for o in outcomes),
        spread([o.cpu_ms_per_star for o in outcomes]),
        spread([o.measured.peak_rss_mb for o in outcomes]),
        spread([o.requests_per_file for o in outcomes]),
        _range(o.counts.connections for o in outcomes),
    ]


def _range(counts: Iterator[int]) -> str:
    least, *_, greatest = sorted([*counts] * 2)
    return str(least) if least == greatest else f"{least}-{greatest}"


def _plot(results: Sequence[Results], path: Path) -> None:
    plot, panels = new_plot([1.0 + 0.3 * len(r.experiment.entries) for r in results])
    for panel, result in zip(panels, results, strict=True):
        _draw(panel, result)
    plot.savefig(path)


def _draw(panel: Axes, result: Results) -> None:
    entries = [entry for entry in reversed(result.experiment.entries) if result.outcomes(entry)]
    for place, entry in enumerate(entries):
        outcomes = result.outcomes(entry)
        rates = [outcome.stars_per_s for outcome in outcomes]
        color = "tab:blue" if entry.contender == XENOSCAN else "0.45"
        panel.hlines(place, min(rates), max(rates), color=color, linewidth=3)
        panel.plot(median(rates), place, marker="o", color=color)
        right = sum(o.right for o in outcomes) / sum(o.stars for o in outcomes)
        note = spell(median(rates)) + ("" if right == 1 else f" ({right:.0%} right)")
        panel.annotate(
            note, (max(rates), place), (8, 0), textcoords="offset points", va="center", fontsize=9
        )
    panel.set_yticks(range(len(entries)), [entry.label for entry in entries])
    panel.set_xscale("log")
    use_plain_ticks(panel.xaxis)
    panel.margins(x=0.2)
    panel.set_ylim(-0.6, len(entries) - 0.4)
    panel.set_xlabel("stars a second: median, and from least to most")
    panel.set_title(result.experiment.title, loc="left", fontsize=11)
