"""Reports: goals and figures, Markdown to read, JSON to keep, and the plots' common look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from preprocessing.validation.binomial import interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Plot

__all__ = [
    "Figure",
    "Goal",
    "goals_table",
    "new_plot",
    "share",
    "spell",
    "spread",
    "table",
    "use_plain_ticks",
    "write_report",
]


@dataclass(frozen=True)
class Goal:
    """What a figure should be.

    Parameters
    ----------
    text : str
        What is measured, with its unit.
    limit : float
    at_least : bool
        Whether the figure should be `limit` or more; else it should be `limit` or less.
    """

    text: str
    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Return whether a value is on the right side of the limit.

        Examples
        --------
        >>> Goal("stars a second", 17, at_least=True).is_met(20), Goal("MB", 150).is_met(151)
        (True, False)
        """
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Figure:
    """A goal and what was measured, once a round.

    Parameters
    ----------
    goal : Goal
    values : tuple of float
        At least one.
    """

    goal: Goal
    values: tuple[float, ...]

    @property
    def is_met(self) -> bool:
        """Whether the median meets the goal."""
        return self.goal.is_met(median(self.values))


def share(found: int, of: int) -> str:
    """Return a share with its 95 % interval, as results show it; empty without any.

    Examples
    --------
    >>> share(9, 10), share(3, 3)
    ('0.900 (0.596-0.982)', '1.000 (0.439-1.000)')
    """
    if not of:
        return ""
    low, high = interval(found, of)
    return f"{found / of:.3f} ({low:.3f}-{high:.3f})"


def spell(value: float) -> str:
    """Return a number with about three digits.

    Examples
    --------
    >>> [spell(value) for value in (1234.5, 123.45, 12.345, 1.2345, 0.012345)]
    ['1234', '123', '12.3', '1.23', '0.0123']
    """
    if value == 0:
        return "0"
    if abs(value) < 1:
        return f"{value:#.3g}"
    digits = next((d for d, limit in ((2, 10), (1, 100)) if abs(value) < limit), 0)
    return f"{value:.{digits}f}"


def spread(values: Sequence[float]) -> str:
    """Return the median of some numbers, with the least and the greatest if they differ.

    Examples
    --------
    >>> spread([3.0, 1.0, 2.0]), spread([5.0])
    ('2.00 (1.00-3.00)', '5.00')
    """
    middle, least, greatest = map(spell, (median(values), min(values), max(values)))
    return middle if least == greatest else f"{middle} ({least}-{greatest})"


_PLOT_WIDTH = 8.0


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table.

    Examples
    --------
    >>> print(table(["program", "stars/s"], [["curl", "9"]]))
    | program | stars/s |
    | ------- | ------- |
    | curl    | 9       |
    """
    lines = [headers, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = [[cell.ljust(w) for cell, w in zip(line, widths, strict=True)] for line in lines]
    padded.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in padded)


def goals_table(figures: Iterable[Figure]) -> str:
    """Return a Markdown table of figures beside their goals."""
    return table(
        ["figure", "goal", "measured", "met"],
        (
            (
                figure.goal.text,
                f"{'≥' if figure.goal.at_least else '≤'} {figure.goal.limit:g}",
                spread(figure.values),
                "yes" if figure.is_met else "no",
            )
            for figure in figures
        ),
    )


def write_report(
    folder: Path, name: str, machine: Mapping[str, str], parts: Sequence[str], record: Any
) -> None:
    """Print a report, and write it as Markdown and JSON.

    Parameters
    ----------
    folder : Path
        Made if absent.
    name : str
        Of the files, without suffix.
    machine : mapping of str to str
        What it was measured on.
    parts : sequence of str
        Markdown, in order.
    record : object
        What was measured: dataclasses, and what JSON knows.
    """
    measured_on = "\n".join(f"- {what}: {which}" for what, which in machine.items())
    text = "\n\n".join([f"# {name}", measured_on, *parts]) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.md").write_text(text, encoding="utf-8")
    content = {"machine": dict(machine), name: record}
    (folder / f"{name}.json").write_text(json.dumps(content, default=asdict, indent=1) + "\n")
    print(f"\n{text}\nIn {folder}: {name}.md, {name}.json.")


def new_plot(heights: Sequence[float], columns: int = 1) -> tuple[Plot, list[Axes]]:
    """Return an empty plot and its panels, row by row.

    Parameters
    ----------
    heights : sequence of float
        Of the rows, in inches.
    columns : int, optional
    """
    # Not pyplot, which keeps figures and looks for a screen.
    from matplotlib.figure import Figure as Plot

    size = (_PLOT_WIDTH, sum(heights))
    plot = Plot(figsize=size, dpi=110, layout="constrained")
    grid = plot.subplots(len(heights), columns, squeeze=False, height_ratios=heights)
    panels = list(grid.flat)
    for panel in panels:
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(color="0.9")
        panel.set_axisbelow(True)
    return plot, panels


def use_plain_ticks(axis: Axis) -> None:
    """Let a logarithmic axis have plain numbers, at 1, 2 and 5 of each decade."""
    from matplotlib.ticker import LogLocator

    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter("")
