"""What the measurements of scaling have in common: a plan, rounds, an answer, its drawing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.report import Figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Drawing", "Part", "Plan", "in_rounds", "trend"]

Found = TypeVar("Found")
Drawing = Callable[["Axes"], None]


@dataclass(frozen=True)
class Plan:
    """How much is run.

    Parameters
    ----------
    stars : int
        Of every run that downloads.
    workers, quarters, lengths, lag_workers : tuple of int
        What is varied: workers, files a star, targets of a list, workers again.
    starts : int
        Of each command whose start is timed.
    rounds : int
        Of everything else.
    """

    stars: int
    workers: tuple[int, ...]
    quarters: tuple[int, ...]
    lengths: tuple[int, ...]
    lag_workers: tuple[int, ...]
    starts: int
    rounds: int


@dataclass(frozen=True)
class Part:
    """One of the questions, answered.

    Parameters
    ----------
    markdown : str
    record : object
        What was measured, for JSON.
    drawings : sequence of callable
        Each draws into a panel.
    figures : list of Figure
        Those that have a goal.
    """

    markdown: str
    record: Any
    drawings: Sequence[Drawing]
    figures: Sequence[Figure] = field(default_factory=tuple)


def in_rounds(
    what: str, values: Sequence[int], run: Callable[[int], Found], rounds: int
) -> dict[int, list[Found]]:
    """Run every value in turn, round after round.

    Parameters
    ----------
    what : str
        What is varied, in the plural.
    values : sequence of int
    run : callable
        Measures at one value.
    rounds : int

    Returns
    -------
    dict
        What each value brought, round by round.
    """
    found: dict[int, list[Found]] = {value: [] for value in values}
    for number in range(1, rounds + 1):
        for value in values:
            found[value].append(run(value))
            print(f"round {number} of {rounds}: {value} {what}", file=sys.stderr, flush=True)
    return found


def trend(
    found: Mapping[int, Sequence[Found]],
    along: str,
    figure: Callable[[Found], float],
    label: str,
) -> Drawing:
    """Return what draws a figure's medians along what was varied, and their spread.

    Parameters
    ----------
    found : mapping
        From `in_rounds`.
    along : str
        What was varied.
    figure : callable
    label : str
        What the figure is, with its unit.
    """
    values = {at: [figure(one) for one in ones] for at, ones in found.items()}

    def draw(panel: Axes) -> None:
        ticks = list(values)
        least, most = list(map(min, values.values())), list(map(max, values.values()))
        panel.vlines(ticks, least, most)
        panel.plot(ticks, list(map(median, values.values())), marker="o")
        panel.set_xscale("log")
        panel.set_xticks(ticks, [f"{at:,}" for at in ticks])
        panel.set_xticks([], minor=True)
        panel.set_xlabel(along)
        panel.set_ylabel(label)
        panel.set_ylim(min(0, *least), 1.1 * max(most))

    return draw
