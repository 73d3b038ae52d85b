"""The panels with period: amplitudes of sines, and signals of boxes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from preprocessing.analysis.box_series import box_series
from preprocessing.analysis.light import Floats
from preprocessing.analysis.period_search import SHORTEST_PERIOD_D, coarse_peaks, search_ranges
from preprocessing.analysis.periodogram import spectrum
from preprocessing.features.schema import CANDIDATES
from preprocessing.report.sheet.numbers import flux_unit, plain
from preprocessing.report.sheet.page import Page, number
from preprocessing.report.sheet.style import BLUE, GRAY, GREEN, INK, RED, empty, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_boxes", "draw_sines"]

_FEWEST_POINTS = 50
_COLUMNS = 700
#: Three events must fit into the light, as in the search.
_BASELINES_A_PERIOD = 2.01


def draw_sines(axes: Axes, page: Page) -> None:
    """Draw the amplitudes of sines by period, with the strongest and its harmonics."""
    light = page.grid
    if len(light) < _FEWEST_POINTS:
        empty(axes, "Sines (Lomb-Scargle)", f"fewer than {_FEWEST_POINTS} points")
        return
    highest = 0.5 / light.cadence_d
    found = spectrum(light.time_d, light.flux - 1, highest)
    frequency = np.arange(len(found.amplitude)) * found.step_per_d
    is_shown = frequency > 1 / light.baseline_d
    period, height = _envelope(1 / frequency[is_shown], found.amplitude[is_shown])
    unit = flux_unit(float(height.max()))
    axes.plot(period, height * unit.scale, color=INK, lw=0.6)
    _log_periods(axes, float(period[0]), float(period[-1]))
    axes.set_ylabel(f"amplitude ({unit.name})")
    axes.set_ylim(0, 1.3 * max(float(height.max()), 1e-9) * unit.scale)
    main = 10.0 ** number(page.record.features, "freq_main")
    more = ""
    if main > 0:
        _mark(axes, [2 / main, 0.5 / main, 1 / (3 * main)], ["", "", ""], GRAY)
        _mark(axes, [1 / main], ["P"], BLUE)
        more = f"P = {plain(1 / main, 5)} d; gray 2P, P/2, P/3"
    title(axes, "Sines (Lomb-Scargle)", more)
    _instrument(axes, page)


def draw_boxes(axes: Axes, page: Page) -> None:
    """Draw the signal-to-noise ratio of boxes by period, with the candidates."""
    light = page.light
    longest = light.baseline_d / _BASELINES_A_PERIOD
    if len(light) < _FEWEST_POINTS or not longest > SHORTEST_PERIOD_D:
        empty(axes, "Boxes (BLS)", "too little light to search")
        return
    # As the search has it: the trend knows nothing of the dips.
    series = box_series(light, page.shown.trend, max(light.cadence_d, page.grid.cadence_d / 2))
    if not series.full_weight > 0:
        empty(axes, "Boxes (BLS)", "no light over its trend")
        return
    parts = [coarse_peaks(one) for one in search_ranges({page.window_d: series}, longest)]
    period, height = _envelope(*(np.concatenate(one) for one in zip(*parts, strict=True)))
    axes.plot(period, height, color=INK, lw=0.6)
    _log_periods(axes, float(period[0]), float(period[-1]))
    axes.set_ylabel("signal to noise")
    axes.set_ylim(0, 1.3 * max(float(height.max()), 8.0))
    axes.axhline(7.1, color=GREEN, lw=0.6, ls="--")
    rows = page.record.candidates
    own = number(page.subject.candidate, "period_d")
    if own > 0:
        _mark(axes, [2 * own, own / 2], ["", ""], GRAY)
    for row in rows:
        is_own = row is page.subject.candidate
        _mark(axes, [number(row, "period_d")], [str(row.get("number"))], RED if is_own else BLUE)
    _instrument(axes, page)
    n = len(rows)
    numbered = f"{n} candidate{'s' if n != 1 else ''} numbered; gray 2P, P/2"
    if CANDIDATES in page.record.missing:
        numbered = "drawn for this page alone"
    title(axes, "Boxes (BLS)", f"{numbered}; dashed 7.1")


def _envelope(period: Floats, height: Floats) -> tuple[Floats, Floats]:
    """Return the highest value of each column of a logarithmic axis, by ascending period."""
    order = np.argsort(period)
    period, height = period[order], height[order]
    if len(period) <= _COLUMNS:
        return period, height
    edges = np.geomspace(period[0], period[-1] * (1 + 1e-9), _COLUMNS + 1)
    starts = np.unique(np.searchsorted(period, edges[:-1]))
    highest = np.maximum.reduceat(height, starts)
    return np.maximum.reduceat(period, starts), highest


def _log_periods(axes: Axes, low: float, high: float) -> None:
    axes.set_xscale("log")
    axes.set_xlim(low, max(high, 1.01 * low))
    ticks = [one for one in (0.05, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000) if low <= one <= high]
    axes.set_xticks(ticks, [plain(one) for one in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("period (d)")


def _mark(axes: Axes, periods_d: Iterable[float], texts: Iterable[str], color: str) -> None:
    low, high = axes.get_xlim()
    for period, text in zip(periods_d, texts, strict=True):
        if low < period < high:
            axes.plot(
                [period], [0.90], "v", ms=3, mew=0, color=color,
                transform=axes.get_xaxis_transform(), zorder=5,
            )  # fmt: skip
            axes.annotate(
                text, (period, 0.915), xycoords=("data", "axes fraction"), ha="center",
                va="bottom", color=color, zorder=6, annotation_clip=False,
            )  # fmt: skip


def _instrument(axes: Axes, page: Page) -> None:
    """Mark the periods of the instrument."""
    mission = page.shown.mission
    lines = [(one.name, 2 / (one.low_per_d + one.high_per_d)) for one in mission.instrument_lines]
    clock = number(page.record.vetting, "instrument_clock_d", mission.desaturation_d)
    if clock > 0:
        lines.append(("wheels", clock))
    low, high = axes.get_xlim()
    for name, period in lines:
        if low < period < high:
            axes.axvline(period, color=GRAY, lw=0.5, ls=":", zorder=1)
            axes.annotate(
                name, (period, 0.86), xycoords=("data", "axes fraction"), rotation=90,
                ha="right", va="top", color=GRAY, zorder=1,
            )  # fmt: skip
