"""The panels of dips that repeat: folded, odd and even, secondary, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preprocessing.analysis.light import Floats
from preprocessing.report.sheet.folds import Bins, bins_of, fitted_impact, model_loss
from preprocessing.report.sheet.numbers import plain, short
from preprocessing.report.sheet.page import Page, number
from preprocessing.report.sheet.style import (
    BLUE,
    GRAY,
    GREEN,
    INK,
    ORANGE,
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

__all__ = ["draw_close_up", "draw_folded", "draw_odd_even", "draw_secondary", "draw_stack"]

_FULL_BINS, _BINS_A_DURATION = 100, 10
#: How far close-ups reach, in durations.
_CLOSE, _PAIR = 2.2, 1.5
_MOST_STACKED = 30


def draw_folded(axes: Axes, page: Page) -> None:
    """Draw the light folded at the period, all phases."""
    subject, unit = page.subject, page.fold_unit
    turns = (page.light.time_d - subject.epoch_d) / subject.period_d
    phase = (turns + 0.25) % 1 - 0.25
    change = (page.folded - 1) * unit.scale
    _folded_points(axes, phase, change)
    found = bins_of(phase, change, -0.25, 0.75, _FULL_BINS)
    bars(axes, found.middle, found.mean, found.sigma)
    if page.depth > 0 and subject.is_flattened:
        days = np.linspace(-0.25, 0.75, 1201)
        from_dip = (days * subject.period_d + 0.5 * page.dips_period_d) % page.dips_period_d
        loss = _model(page, from_dip - 0.5 * page.dips_period_d)
        if not page.has_two_eclipses:
            axes.plot(days, -loss * unit.scale, color=RED, lw=0.8, zorder=5)
    _frame(axes, change, unit.name, "phase", -page.depth * unit.scale)
    axes.set_xlim(-0.25, 0.75)
    what = "light over its trend" if subject.is_flattened else "light as it is"
    title(axes, f"Folded at {plain(subject.period_d, 6)} d", f"{what}, {_FULL_BINS} bins")


def draw_close_up(axes: Axes, page: Page, below: Axes) -> None:
    """Draw the dip close by, and what the model leaves."""
    days, _ = page.days_and_event
    unit, reach = page.fold_unit, _reach(page, _CLOSE)
    is_near = np.abs(days) < reach
    change = (page.dips - 1) * unit.scale
    hours = 24 * days
    _folded_points(axes, hours[is_near], change[is_near])
    if page.has_two_eclipses:
        _two_eclipses(axes, page, change, reach)
        empty(below, "", "no model where odd and even dips differ")
    else:
        found = _near_bins(page, days, change, reach)
        bars(axes, 24 * found.middle, found.mean, found.sigma)
        _model_and_rest(axes, below, page, found, reach)
    _frame(axes, change[is_near], unit.name, "", -page.depth * unit.scale)
    axes.set_xlim(-24 * reach, 24 * reach)
    if page.has_two_eclipses:
        axes.set_xticks([])
    else:
        axes.tick_params(labelbottom=False)
        below.set_xlim(-24 * reach, 24 * reach)
        below.set_ylabel("rest")
    below.set_xlabel("hours from the middle" if not page.has_two_eclipses else "")
    snr = number(page.subject.candidate, "snr")
    more = f"S/N {short(snr)}, {page.subject.candidate.get('events', '–')} events"
    name = "Close-up of both eclipses" if page.has_two_eclipses else "Close-up and model"
    title(axes, name, more if np.isfinite(snr) else "")


def _model_and_rest(axes: Axes, below: Axes, page: Page, found: Bins, reach: float) -> None:
    if not page.depth > 0:
        empty(below, "", "no depth is known")
        return
    scale = page.fold_unit.scale
    times = np.linspace(-reach, reach, 401)
    axes.plot(24 * times, -_model(page, times) * scale, color=RED, lw=0.9, zorder=5)
    rest = found.mean + _model(page, found.middle) * scale
    bars(below, 24 * found.middle, rest, found.sigma)
    below.axhline(0, color=RED, lw=0.8)


def _two_eclipses(axes: Axes, page: Page, change: Floats, reach: float) -> None:
    """Draw the bins of both eclipses of an orbit, each by itself."""
    days, event = page.days_and_event
    for parity, color in ((1, BLUE), (0, RED)):
        own = np.where(event % 2 == parity, days, np.nan)
        found = _near_bins(page, own, change, reach)
        bars(axes, 24 * found.middle, found.mean, found.sigma, color)


def draw_odd_even(axes: Axes, page: Page) -> None:
    """Draw odd dips beside even ones."""
    days, event = page.days_and_event
    unit, reach = page.fold_unit, _reach(page, _PAIR)
    change = (page.dips - 1) * unit.scale
    drawn = []
    for side, (parity, color, name) in enumerate(((1, BLUE, "odd"), (0, RED, "even"))):
        own = (np.abs(days) < reach) & (event % 2 == parity)
        shift = (2 * side - 1) * 24 * reach * 1.05
        dots(axes, 24 * days[own] + shift, change[own], 1.2)
        found = _near_bins(page, np.where(own, days, np.nan), change, reach)
        bars(axes, 24 * found.middle + shift, found.mean, found.sigma, color)
        _name_half(axes, side, name, color)
        drawn.append(change[own])
    _pair_frame(axes, page, drawn, reach)
    value, sigma = _tested(page, "odd_even")
    note(axes, f"differ {value} ({sigma} σ)", "lower right")
    title(axes, "Odd and even")


def draw_secondary(axes: Axes, page: Page) -> None:
    """Draw the deepest other dip, and what is halfway between events."""
    candidate = page.subject.candidate
    best = number(candidate, "secondary_phase")
    unit, reach = page.fold_unit, _reach(page, _PAIR)
    change = (page.dips - 1) * unit.scale
    drawn = []
    for side, (phase, color) in enumerate(((best, GREEN), (0.5, ORANGE))):
        if not np.isfinite(phase):
            _name_half(axes, side, "not searched", GRAY)
            continue
        turns = (page.light.time_d - page.dips_epoch_d) / page.dips_period_d - phase
        days = (turns - np.rint(turns)) * page.dips_period_d
        own = np.abs(days) < reach
        shift = (2 * side - 1) * 24 * reach * 1.05
        dots(axes, 24 * days[own] + shift, change[own], 1.2)
        found = _near_bins(page, days, change, reach)
        bars(axes, 24 * found.middle + shift, found.mean, found.sigma, color)
        _name_half(axes, side, f"phase {plain(phase, 3)}", color)
        drawn.append(found.mean)
        level = 4 * np.nanstd(change[own]) if own.any() else 0.0
        drawn.append(np.array([-level, level]))
    if not drawn:
        empty(axes, "Secondary", "no secondary searched")
        return
    _pair_frame(axes, page, drawn, reach)
    value, sigma = _tested(page, "secondary")
    note(axes, f"{value} of the depth ({sigma} σ)", "lower right")
    title(axes, "Secondary")


def draw_stack(axes: Axes, page: Page) -> None:
    """Draw single events above each other, at most thirty of them."""
    days, event = page.days_and_event
    unit, reach = page.fold_unit, _reach(page, _PAIR)
    is_near = (np.abs(days) < reach) & np.isfinite(page.dips)
    numbers = np.unique(event[is_near & (np.abs(days) < page.duration_d / 2)])
    if not len(numbers):
        empty(axes, "Single events", "no event was observed")
        return
    n_all = len(numbers)
    numbers = numbers[np.linspace(0, n_all - 1, min(n_all, _MOST_STACKED)).astype(int)]
    change = (page.dips - 1) * unit.scale
    step = max(1.15 * page.depth * unit.scale if page.depth > 0 else 0, 5 * page.noise * unit.scale)
    for k, one in enumerate(numbers):
        own = is_near & (event == one)
        color = BLUE if one % 2 else RED
        axes.plot(
            24 * days[own], change[own] - k * step, ".-", ms=1.3, mew=0, lw=0.35, color=color,
            rasterized=True,
        )  # fmt: skip
    axes.set_xlim(-24 * reach, 24 * reach)
    axes.set_ylim(-(len(numbers) + 0.6) * step, 0.9 * step)
    middles = page.dips_epoch_d + numbers[[0, -1]] * page.dips_period_d
    axes.set_yticks([0, -step * (len(numbers) - 1)], [f"{one:.0f}" for one in middles])
    axes.tick_params(axis="y", rotation=90)
    for text in axes.get_yticklabels():
        text.set_verticalalignment("center")
    axes.set_xlabel("hours from the middle")
    if len(numbers) < n_all:
        note(axes, f"{len(numbers)} of {n_all}", "lower right", GRAY)
    title(axes, "Single events")


def _model(page: Page, days: Floats) -> Floats:
    return model_loss(days, page.depth, page.duration_d, _impact(page), page.light.cadence_d)


def _impact(page: Page) -> float:
    """Return the impact parameter of the drawn model, which is looked for once."""
    if "_impact" not in page.__dict__:
        days, _ = page.days_and_event
        reach = 0.8 * page.duration_d
        found = bins_of(days, 1 - page.dips, -reach, reach, 2 * _BINS_A_DURATION)
        page.__dict__["_impact"] = fitted_impact(
            found.middle,
            found.mean,
            np.isfinite(found.mean),
            page.depth,
            page.duration_d,
            page.light.cadence_d,
        )
    return float(page.__dict__["_impact"])


def _reach(page: Page, durations: float) -> float:
    return float(min(durations * page.duration_d, 0.5 * page.dips_period_d))


def _near_bins(page: Page, days: Floats, change: Floats, reach: float) -> Bins:
    # Not finer than the light is sampled where few events were seen.
    width = max(page.duration_d / _BINS_A_DURATION, page.light.cadence_d / 3)
    n = max(4, min(60, round(2 * reach / width)))
    return bins_of(days, change, -reach, reach, n)


def _folded_points(axes: Axes, x: Floats, y: Floats) -> None:
    known = np.isfinite(y)
    order = np.argsort(x[known])
    x, y = x[known][order], y[known][order]
    if len(x):
        chosen = thinned(x, y)
        dots(axes, x[chosen], y[chosen], 1.2 if len(x) > 5000 else 1.8)


def _frame(axes: Axes, change: Floats, unit: str, label: str, depth: float) -> None:
    low, high, beyond = limits(change, 1.05 * depth)
    axes.set_ylim(low, high)
    axes.set_ylabel(f"flux − 1 ({unit})")
    axes.set_xlabel(label)
    if beyond:
        note(axes, f"{beyond} beyond", "lower right", GRAY)


def _pair_frame(axes: Axes, page: Page, drawn: list[Floats], reach: float) -> None:
    """Give two halves side by side one axis of time each, and a common one of flux."""
    low, high, _ = limits(drawn)
    axes.set_ylim(low - 0.14 * (high - low), high + 0.12 * (high - low))
    axes.axvline(0, color=GRAY, lw=0.5)
    if page.depth > 0:
        axes.axhline(-page.depth * page.fold_unit.scale, color=INK, lw=0.5, ls=":")
    hours = 24 * reach
    tick = float(f"{0.6 * hours:.1g}")
    places = [side * hours * 1.05 + one for side in (-1, 1) for one in (-tick, 0, tick)]
    axes.set_xticks(places, [plain(one, 2) for one in (-tick, 0, tick)] * 2)
    axes.set_xlim(-2.1 * hours, 2.1 * hours)
    axes.set_xlabel("hours from the middle")
    axes.set_ylabel(page.fold_unit.name)


def _name_half(axes: Axes, side: int, text: str, color: str) -> None:
    axes.annotate(
        text, (0.25 + 0.5 * side, 0.97), xycoords="axes fraction", ha="center", va="top",
        color=color, fontweight="bold", zorder=6,
    )  # fmt: skip


def _tested(page: Page, test: str) -> tuple[str, str]:
    """Return value and significance of a test: as vetting has them, or else the search."""
    row = page.subject.disposition
    if number(row, test) != number(row, test):
        row = page.subject.candidate
    return short(row.get(test), 2), short(row.get(f"{test}_sigma"), 2)
