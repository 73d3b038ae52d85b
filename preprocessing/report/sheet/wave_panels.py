"""The panels of waves without end: folded, and cycle by cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preprocessing.analysis.periodogram import fit_harmonics
from preprocessing.report.sheet.folds import bins_of
from preprocessing.report.sheet.numbers import flux_unit, plain
from preprocessing.report.sheet.page import Page
from preprocessing.report.sheet.style import (
    GRAY,
    RED,
    bars,
    dots,
    empty,
    limits,
    note,
    thinned,
    title,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_cycles", "draw_wave"]

_BINS = 60
_HARMONICS = 8
_PHASES = 64
#: Rows of the picture of cycles; where there are more cycles, several share one.
_MOST_ROWS = 240
_FEWEST_POINTS = 50


def draw_wave(axes: Axes, page: Page) -> None:
    """Draw the light as it is over two cycles of the period; the brightest bin is at phase 0."""
    period = page.subject.period_d
    light = page.light
    if not period > 0 or len(light) < _FEWEST_POINTS:
        empty(axes, "Folded", _why_not(page))
        return
    low, high, beyond = limits(light.flux - 1)
    unit = flux_unit((high - low) / 2)
    phase = _phases(page)
    change = (light.flux - 1) * unit.scale
    twice, both = np.concatenate([phase, phase + 1]), np.concatenate([change, change])
    order = np.argsort(twice)
    chosen = order[thinned(twice[order], both[order])]
    dots(axes, twice[chosen], both[chosen], 1.2 if len(light) > 5000 else 1.8)
    found = bins_of(phase, change, 0.0, 1.0, _BINS)
    for turn in (0, 1):
        bars(axes, found.middle + turn, found.mean, found.sigma)
    grid = page.grid
    fit = fit_harmonics(grid.time_d, grid.flux - 1, 1 / period, _HARMONICS)
    turns = np.linspace(0, 2, 401)
    model = fit.at(_zero_d(page) + turns * period)
    axes.plot(turns, model * unit.scale, color=RED, lw=0.8, zorder=5)
    axes.set(xlim=(0, 2), ylim=(low * unit.scale, high * unit.scale))
    axes.set_xlabel("phase")
    axes.set_ylabel(f"flux − 1 ({unit.name})")
    if beyond:
        note(axes, f"{beyond} beyond", "lower right", GRAY)
    title(axes, f"Folded at {plain(period, 6)} d")


def _why_not(page: Page) -> str:
    """Say why nothing is folded."""
    if page.subject.period_d > 0:
        return f"fewer than {_FEWEST_POINTS} points"
    return "no period is known" if page.record.missing else "no period was found"


def draw_cycles(axes: Axes, page: Page) -> None:
    """Draw the light of each cycle as a row of a picture."""
    period, light = page.subject.period_d, page.light
    if not period > 0 or len(light) < _FEWEST_POINTS:
        empty(axes, "Cycle by cycle", _why_not(page))
        return
    turns = (light.time_d - _zero_d(page)) / period
    cycle = np.floor(turns).astype(np.int64)
    first = int(cycle.min())
    n_cycles = int(cycle.max()) - first + 1
    together = -(-n_cycles // _MOST_ROWS)
    row = (cycle - first) // together
    n_rows = -(-n_cycles // together)
    n_phases = int(np.clip(round(period / light.cadence_d * together), 12, _PHASES))
    column = np.minimum(((turns - cycle) * n_phases).astype(np.int64), n_phases - 1)
    place = row * n_phases + column
    count = np.bincount(place, minlength=n_rows * n_phases)
    total = np.bincount(place, light.flux - 1, n_rows * n_phases)
    with np.errstate(invalid="ignore"):
        picture = (total / count).reshape(n_rows, n_phases)
    low, high = np.nanpercentile(picture, [1, 99])
    unit = flux_unit(max(abs(low), abs(high)))
    image = axes.imshow(
        picture * unit.scale, aspect="auto", origin="lower", cmap="cividis",
        vmin=low * unit.scale, vmax=high * unit.scale, interpolation="nearest",
        extent=(0, 1, _zero_d(page) + first * period,
                _zero_d(page) + (first + n_rows * together) * period),
    )  # fmt: skip
    bar = axes.figure.colorbar(image, ax=axes, pad=0.015, fraction=0.05)
    bar.set_label(f"flux − 1 ({unit.name})", labelpad=1)
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(color=GRAY)
    axes.set_xlabel("phase")
    axes.set_ylabel("time (d)")
    said = f"{together} cycles a row" if together > 1 else f"{n_cycles} cycles"
    title(axes, "Cycle by cycle", said)


def _phases(page: Page) -> np.ndarray:
    return np.asarray(((page.light.time_d - _zero_d(page)) / page.subject.period_d) % 1)


def _zero_d(page: Page) -> float:
    """Return a time of phase 0: of the brightest bin, or of the epoch if there is one."""
    if np.isfinite(page.subject.epoch_d):
        return page.subject.epoch_d
    if "_zero_d" not in page.__dict__:
        light, period = page.light, page.subject.period_d
        begin = float(light.time_d[0])
        phase = ((light.time_d - begin) / period) % 1
        found = bins_of(phase, light.flux, 0.0, 1.0, _BINS // 2)
        page.__dict__["_zero_d"] = begin + float(found.middle[found.mean.argmax()]) * period
    return float(page.__dict__["_zero_d"])
