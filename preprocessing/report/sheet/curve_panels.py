"""The panels with time: the whole curve with its trend, and what remains."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preprocessing.analysis.light import Floats
from preprocessing.report.sheet.numbers import flux_unit, plain
from preprocessing.report.sheet.page import Page, number
from preprocessing.report.sheet.style import (
    BLUE,
    GRAY,
    GREEN,
    ORANGE,
    PALE,
    PURPLE,
    RED,
    SKY,
    dots,
    limits,
    note,
    thinned,
    title,
)
from preprocessing.report.sheet.subject import Kind, strongest_events

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_curve", "draw_flat"]

_CAUSES = (PURPLE, ORANGE, GREEN, SKY, RED, GRAY)
#: More dips than this are no ticks but a bar.
_MOST_TICKS = 300
#: Stretches are named where they are at least this share of what is shown.
_LEAST_NAMED = 0.016


def draw_curve(axes: Axes, page: Page) -> None:
    """Draw the whole curve, its quarters, its trend, and when flags were set."""
    change = page.light.flux - 1
    low, high, beyond = limits(change, *_changes(page))
    unit = flux_unit((high - low) / 2)
    _shade(axes, page)
    _points(axes, page, change * unit.scale)
    place = page.time.place(page.light.time_d)
    for start, stop in zip(
        page.light.segment_edges[:-1], page.light.segment_edges[1:], strict=True
    ):
        own = slice(start, stop, max(1, (stop - start) // 400))
        axes.plot(place[own], (page.trend[own] - 1) * unit.scale, color=RED, lw=0.7, zorder=4)
    # Above the light names have room, and ticks below it.
    high += 0.1 * (high - low)
    low -= 0.07 * len(page.shown.flagged_d) * (high - low)
    axes.set_ylim(low * unit.scale, high * unit.scale)
    axes.set_ylabel(f"flux − 1 ({unit.name})")
    _flag_ticks(axes, page)
    _say_beyond(axes, beyond)
    said = "no flagged rows" if page.shown.flags else "flags say nothing of causes"
    title(axes, "Light curve and trend", "" if page.shown.flagged_d else said)
    page.time.draw(axes, "")


def draw_flat(axes: Axes, page: Page) -> None:
    """Draw the light over its trend, with a tick at each event."""
    change = page.flat - 1
    low, high, beyond = limits(change, *_changes(page))
    unit = flux_unit((high - low) / 2)
    _shade(axes, page, is_named=False)
    _points(axes, page, change * unit.scale)
    axes.set_ylim(low * unit.scale, high * unit.scale)
    axes.set_ylabel(f"over trend ({unit.name})")
    noise = f"{plain(page.noise * 1e6, 3)} ppm a point" if np.isfinite(page.noise) else "not known"
    more = f"trend: straight lines in {plain(page.window_d)} d; noise {noise}"
    _say_beyond(axes, beyond)
    if page.has_dips:
        _dip_ticks(axes, page)
        more += "; ▲ odd and even dips"
    elif page.record.events:
        _event_numbers(axes, page)
        more += "; numbers: strongest events"
    title(axes, "What remains", more)
    page.time.draw(axes, f"time, {page.shown.time_system} (d)")


def _changes(page: Page) -> list[float]:
    """Return how far the light goes in dips that repeat, and in single events."""
    peaks = [number(one, "amplitude") / 1e6 for one in page.record.events]
    return [-1.1 * page.depth, *peaks] if page.subject.kind is Kind.DIPS else peaks


def _points(axes: Axes, page: Page, y: Floats) -> None:
    known = np.flatnonzero(np.isfinite(y))
    place = page.time.place(page.light.time_d[known])
    if len(known):
        chosen = thinned(place, y[known])
        dots(axes, place[chosen], y[known][chosen], 1.1 if len(known) > 10_000 else 1.7)


def _shade(axes: Axes, page: Page, *, is_named: bool = True) -> None:
    """Shade every other quarter, and write its number."""
    begin, end = page.time.span
    for k, one in enumerate(page.shown.stretches):
        left, right = (float(page.time.place(day)) for day in (one.start_d, one.end_d))
        if k % 2 == 0:
            axes.axvspan(left, right, color=PALE, zorder=0, lw=0)
        if is_named and right - left > _LEAST_NAMED * (end - begin):
            axes.annotate(
                one.label,
                ((left + right) / 2, 0.975),
                xycoords=("data", "axes fraction"),
                ha="center",
                va="top",
                color=GRAY,
                zorder=5,
            )


def _flag_ticks(axes: Axes, page: Page) -> None:
    """Draw a tick at each flagged row, one line a cause."""
    begin, end = page.time.span
    for k, (name, times) in enumerate(list(page.shown.flagged_d.items())[: len(_CAUSES)]):
        # What is closer than a hair on the page is one tick.
        place = np.unique(np.round(page.time.place(times) / (end - begin), 4)) * (end - begin)
        axes.plot(
            place,
            np.full(len(place), 0.035 + 0.05 * k),
            "|",
            ms=2.6,
            mew=0.6,
            color=_CAUSES[k],
            transform=axes.get_xaxis_transform(),
            zorder=5,
            label=f"{name.replace('_', ' ')} ({len(times)})",
        )
    if page.shown.flagged_d:
        axes.legend(
            loc="lower right", bbox_to_anchor=(1.0, 0.965), ncols=len(_CAUSES), frameon=False,
            fontsize=6.5, handletextpad=0.0, columnspacing=0.7, borderpad=0, handlelength=1.2,
        )  # fmt: skip


def _dip_ticks(axes: Axes, page: Page) -> None:
    _, event = page.days_and_event
    numbers = np.arange(event.min(), event.max() + 1)
    if len(numbers) > _MOST_TICKS:
        return
    middles = page.dips_epoch_d + numbers * page.dips_period_d
    for parity, color in ((1, BLUE), (0, RED)):
        own = middles[numbers % 2 == parity]
        place = page.time.place(own)
        axes.plot(
            place, np.full(len(place), 0.04), "^", ms=2.6, mew=0, color=color,
            transform=axes.get_xaxis_transform(), zorder=5,
        )  # fmt: skip


def _event_numbers(axes: Axes, page: Page) -> None:
    """Write the numbers of the strongest events where they are, below those just before."""
    begin, end = page.time.span
    places = [
        (float(page.time.place(number(event, "peak_d"))), str(rank))
        for rank, event in enumerate(strongest_events(page.record, 5), 1)
    ]
    last, level = -np.inf, 0
    for x, rank in sorted(places):
        level = (level + 1) % 3 if x - last < 0.012 * (end - begin) else 0
        last = x
        axes.annotate(
            rank, (x, 0.98 - 0.13 * level), xycoords=("data", "axes fraction"), ha="center",
            va="top", color=BLUE, fontweight="bold", zorder=6,
        )  # fmt: skip


def _say_beyond(axes: Axes, beyond: int) -> None:
    if beyond:
        note(axes, f"{beyond} point{'s' if beyond > 1 else ''} beyond", "lower right", GRAY)
