"""Reports: Markdown to read, JSON to keep, and the plots' common look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import Figure, spread

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Plot

__all__ = ["goals_table", "new_plot", "table", "use_plain_ticks", "write_report"]

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
