"""The panels of events that do not repeat: the strongest ones, each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preprocessing.report.sheet.numbers import flux_unit, hours, plain, short
from preprocessing.report.sheet.page import Page, number
from preprocessing.report.sheet.style import (
    GRAY,
    INK,
    ORANGE,
    RED,
    dots,
    empty,
    limits,
    note,
    title,
)
from preprocessing.tables.curve_rows import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_event"]

#: What is shown beside an event: its length on each side, and at least so many days.
_LEAST_BESIDE_D = 0.35


def draw_event(axes: Axes, page: Page, event: Row | None, rank: int) -> None:
    """Draw one event with its surroundings.

    Parameters
    ----------
    axes : Axes
        Where.
    page : Page
        The star.
    event : mapping or None
        Its row of ``events.parquet``; None where there are fewer events.
    rank : int
        1 for the strongest.
    """
    if event is None:
        empty(axes, f"Event {rank}", "no further event")
        return
    start, peak, end = (number(event, f"{one}_d") for one in ("start", "peak", "end"))
    beside = max(1.2 * (end - start), _LEAST_BESIDE_D)
    time = page.light.time_d
    own = (time > start - beside) & (time < end + beside)
    if not own.any():
        empty(axes, f"Event {rank}", "no light at its time")
        return
    change = page.light.flux - 1
    low, high, _ = limits(change[own], number(event, "amplitude") / 1e6)
    unit = flux_unit(max(abs(low), abs(high)))
    scale, name = (24.0, "h") if end - start + 2 * beside < 4 else (1.0, "d")
    axes.axvspan(scale * (start - peak), scale * (end - peak), color="#F6EBD9", lw=0, zorder=0)
    x = scale * (time[own] - peak)
    axes.plot(x, unit.scale * change[own], lw=0.4, color=INK, alpha=0.5)
    dots(axes, x, unit.scale * change[own], 2.2 if own.sum() < 400 else 1.2, INK)
    axes.plot(x, unit.scale * (page.shown.trend[own] - 1), lw=0.7, color=RED, zorder=4)
    axes.set_ylim(unit.scale * low, unit.scale * (high + 0.22 * (high - low)))
    axes.set_xlabel(f"{name} from {peak:.3f} d")
    axes.set_ylabel(f"flux − 1 ({unit.name})")
    kind = str(event.get("kind") or "event")
    title(axes, f"{rank}  {kind}", f"{short(event.get('significance'), 3)} σ")
    note(axes, hours(end - start) if end > start else "1 point", "lower left", GRAY)
    amplitude = number(event, "amplitude") / 1e6
    own_unit = flux_unit(abs(amplitude))
    note(axes, f"{plain(amplitude * own_unit.scale, 3)} {own_unit.name}", "upper left")
    said = _circumstances(event)
    if said:
        note(axes, said, "upper right", ORANGE if "stars" not in said else RED)


def _circumstances(event: Row) -> str:
    """Return what else happened at the time of an event."""
    if event.get("is_coincident"):
        return f"{event.get('stars_near')} of {event.get('stars_observed')} stars"
    flags = str(event.get("flags") or "")
    edge = number(event, "to_edge_d")
    if flags:
        return flags.replace("_", " ").replace("+", ", ")[:24]
    return "near an edge" if np.isfinite(edge) and edge < 0.5 else ""
