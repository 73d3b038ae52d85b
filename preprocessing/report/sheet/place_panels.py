"""The panels of where light is lost: the centroid in the event, and the depth by season."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from preprocessing.analysis.light import Floats
from preprocessing.report.sheet.folds import bins_of
from preprocessing.report.sheet.numbers import flux_unit, short
from preprocessing.report.sheet.page import Group, Page, number
from preprocessing.report.sheet.style import BLUE, GRAY, INK, RED, bars, empty, note, title
from preprocessing.report.sheet.subject import Kind, strongest_events

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["depth_of", "draw_centroid", "draw_seasons"]

#: The part of a dip whose mean is its depth, in durations from its middle, and what is beside it.
_INSIDE, _NEAR, _FAR = 0.3, 0.75, 2.0
#: In a centroid's panel: as the test has it, beside is from 0.6 to 1.6 durations.
_BESIDE = (0.6, 1.6)
_CENTROID_BINS = 26


def draw_centroid(axes: Axes, page: Page) -> None:
    """Draw the place on the detector while the light is low."""
    known = np.isfinite(page.shown.centroid_col) & np.isfinite(page.shown.centroid_row)
    if not known.any():
        empty(axes, "Centroid", "the light curve has\nno centroids")
        return
    if page.subject.kind is Kind.DIPS:
        days, event = page.days_and_event
        _folded_centroid(axes, page, days, event)
        source = short(page.subject.disposition.get("centroid"), 2)
        sigma = short(page.subject.disposition.get("centroid_sigma"), 2)
        note(axes, f"source {source} px ({sigma} σ)", "lower center")
        title(axes, "Centroid")
        return
    strongest = strongest_events(page.record, 1)
    if strongest:
        middle, length = _extent(strongest[0])
        own = known & (np.abs(page.light.time_d - middle) < 3 * length + 0.5)
        if not own.any():
            empty(axes, "Centroid", "no centroids near event 1")
            return
        _centroid_lines(axes, page, page.light.time_d[own] - middle, own)
        axes.set_xlabel("days from event 1")
        title(axes, "Centroid in event 1")
        return
    place = page.time.place(page.light.time_d)
    for values, color in _columns(page):
        shift = np.full(len(values), np.nan)
        for one in page.shown.stretches:
            # Each quarter, a star is on another detector.
            if np.isfinite(values[one.rows]).any():
                shift[one.rows] = values[one.rows] - np.nanmedian(values[one.rows])
        axes.plot(place, 1e3 * shift, ".", ms=1, mew=0, color=color, rasterized=True)
    axes.set_ylabel("shift (mpx)")
    page.time.draw(axes, f"each {page.shown.curve.sequence} about its median")
    axes.set_xticks([])
    title(axes, "Centroid")
    _name_lines(axes)


def draw_seasons(axes: Axes, page: Page) -> None:
    """Draw the depth, or how much the star varies, by orientation of the telescope."""
    groups = page.groups
    by = "season" if page.is_by_season else page.shown.curve.sequence
    if page.subject.kind is Kind.DIPS:
        found = [depth_of(page, one) for one in groups]
        name, what = "Depth", "depth"
    else:
        found = [_range(page, one) for one in groups]
        name, what = "Range", "5–95 % range"
    depths = np.array([one[0] for one in found])
    sigmas = np.array([one[1] for one in found])
    known = np.isfinite(depths)
    if not known.any():
        empty(axes, f"{name} by {by}", "no light in and beside events")
        return
    unit = flux_unit(float(np.nanmax(np.abs(depths))))
    at = np.arange(len(groups), dtype=np.float64)
    bars(axes, at[known], depths[known] * unit.scale, sigmas[known] * unit.scale, BLUE)
    if page.subject.kind is Kind.DIPS and page.depth > 0:
        value = np.average(depths[known], weights=1 / np.maximum(sigmas[known], 1e-9) ** 2)
        axes.axhline(float(value) * unit.scale, color=INK, lw=0.5, ls=":")
    _season_ticks(axes, groups)
    axes.set_xlabel(f"{'Q mod 4' if page.is_by_season else by}; CROWDSAP")
    low, high = (depths[known] - sigmas[known]).min(), (depths[known] + sigmas[known]).max()
    space = max(0.25 * (high - low), 0.04 * abs(high), 1e-9)
    axes.set_ylim(min(low - space, 0.9 * low) * unit.scale, (high + 2 * space) * unit.scale)
    axes.set_ylabel(f"{what} ({unit.name})")
    if page.subject.kind is Kind.DIPS:
        value, sigma = (page.subject.disposition.get(f"season{end}") for end in ("", "_sigma"))
        if number(page.subject.disposition, "season") == number(page.subject.disposition, "season"):
            note(axes, f"differ {short(value, 2)} ({short(sigma, 2)} σ)", "upper right")
    title(axes, f"{name} by {by}")


def _season_ticks(axes: Axes, groups: tuple[Group, ...]) -> None:
    every = -(-len(groups) // 4)
    labels = [
        f"{one.label}\n{one.crowdsap:.3f}" if np.isfinite(one.crowdsap) else f"{one.label}\n–"
        for one in groups
    ]
    axes.set_xticks(range(0, len(groups), every), labels[::every])
    axes.set_xlim(-0.6, len(groups) - 0.4)


def depth_of(page: Page, group: Group) -> tuple[float, float]:
    """Return the mean loss of light in the middle of dips, and its error."""
    days, _ = page.days_and_event
    apart = np.abs(days) / page.duration_d
    known = group.rows & np.isfinite(page.dips)
    inside, beside = known & (apart < _INSIDE), known & (apart > _NEAR) & (apart < _FAR)
    if inside.sum() < 2 or beside.sum() < 3:
        return np.nan, np.nan
    scatter = np.std(page.dips[beside])
    loss = float(np.mean(page.dips[beside]) - np.mean(page.dips[inside]))
    return loss, float(scatter * np.sqrt(1 / inside.sum() + 1 / beside.sum()))


def _range(page: Page, group: Group) -> tuple[float, float]:
    values = page.light.flux[group.rows]
    if len(values) < 20:
        return np.nan, np.nan
    low, high = np.percentile(values, [5, 95])
    return float(high - low), 0.0


def _folded_centroid(axes: Axes, page: Page, days: Floats, event: NDArray[np.int64]) -> None:
    apart = np.abs(days) / page.duration_d
    is_beside = (apart > _BESIDE[0]) & (apart < _BESIDE[1])
    near = apart < _BESIDE[1]
    number_of = (event - event.min()).astype(np.int64)
    reach = _BESIDE[1] * page.duration_d
    for values, color in _columns(page):
        known = np.isfinite(values)
        own = is_beside & known
        count = np.bincount(number_of[own], minlength=number_of.max() + 1)
        total = np.bincount(number_of[own], values[own], number_of.max() + 1)
        with np.errstate(invalid="ignore"):
            level = (total / count)[number_of]
        chosen = near & known
        found = bins_of(days[chosen], 1e3 * (values - level)[chosen], -reach, reach, _CENTROID_BINS)
        bars(axes, 24 * found.middle, found.mean, found.sigma, color)
    axes.axhline(0, color=GRAY, lw=0.5)
    axes.axvspan(-12 * page.duration_d, 12 * page.duration_d, color="#F3F3F3", lw=0, zorder=0)
    axes.set_xlabel("hours from the middle")
    axes.set_ylabel("shift (mpx)")
    _name_lines(axes)


def _centroid_lines(axes: Axes, page: Page, days: Floats, own: NDArray[np.bool_]) -> None:
    for values, color in _columns(page):
        shift = 1e3 * (values[own] - np.nanmedian(values[own]))
        axes.plot(days, shift, ".-", ms=1.6, mew=0, lw=0.4, color=color)
    axes.axhline(0, color=GRAY, lw=0.5)
    axes.set_ylabel("shift (mpx)")
    _name_lines(axes)


def _columns(page: Page) -> tuple[tuple[Floats, str], ...]:
    return (page.shown.centroid_col, BLUE), (page.shown.centroid_row, RED)


def _name_lines(axes: Axes) -> None:
    note(axes, "column", "upper left", BLUE)
    note(axes, "row", "upper right", RED)


def _extent(event: object) -> tuple[float, float]:
    row = dict(event)  # type: ignore[call-overload]
    return number(row, "peak_d"), max(number(row, "end_d") - number(row, "start_d"), 0.05)
