"""The panels of stars in which little stands out: the noise, and how it is distributed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from preprocessing.analysis.medians import sigma_of_many
from preprocessing.report.sheet.numbers import plain
from preprocessing.report.sheet.page import Page, number
from preprocessing.report.sheet.style import BLUE, GRAY, INK, RED, empty, note, title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_distribution", "draw_noise"]

_HOURS = (1, 3, 6, 12)
_SIGMAS = np.linspace(-8, 8, 65)
_FEWEST_POINTS = 50


def draw_noise(axes: Axes, page: Page) -> None:
    """Draw the noise by time scale: as features have it, and as independent points would."""
    found = {h: 10.0 ** number(page.record.features, f"resid_noise_{h}h") for h in _HOURS}
    hours = np.array([h for h, one in found.items() if np.isfinite(one)], np.float64)
    if not len(hours):
        empty(axes, "Noise by time scale", "no features")
        return
    noise = np.array([found[int(h)] for h in hours])
    axes.plot(hours, noise, "o-", ms=3, lw=0.8, color=BLUE, label="measured")
    a_point = 1e6 * page.noise
    cadence_h = 24 * page.light.cadence_d
    if a_point > 0 and cadence_h > 0:
        white = a_point * np.sqrt(cadence_h / hours)
        axes.plot(hours, white, "--", lw=0.7, color=GRAY, label="if white")
    cdpp = [
        float(np.nanmedian(one))
        for one in np.array([record.cdpp for record in page.shown.curve.files_used]).T
        if np.isfinite(one).any()
    ]
    scales = page.shown.mission.cdpp_hours
    if len(cdpp) == len(scales):
        axes.plot(scales, cdpp, "D", ms=3.4, mfc="none", mew=0.8, color=RED, label="CDPP (mission)")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xticks(_HOURS, [str(h) for h in _HOURS])
    axes.set_xticks([], minor=True)
    low, high = (float(one) for one in axes.get_ylim())
    # Room for the legend.
    low /= (high / low) ** 0.6
    axes.set_ylim(low, high)
    # Over more than two decades, one number each has room.
    steps = (1, 2, 5) if high < 100 * low else (1,)
    ticks = [m * 10.0**k for k in range(-1, 7) for m in steps if low <= m * 10.0**k <= high]
    axes.set_yticks(ticks, [plain(one) for one in ticks])
    axes.set_yticks([], minor=True)
    axes.set_xlabel("hours")
    axes.set_ylabel("noise (ppm)")
    title(axes, "Noise by time scale")
    axes.legend(
        loc="lower left", frameon=False, fontsize=6.5, borderpad=0, handlelength=1.4,
        labelspacing=0.15,
    )  # fmt: skip


def draw_distribution(axes: Axes, page: Page) -> None:
    """Draw how the light over its trend is distributed, beside a normal distribution."""
    rest = page.flat[np.isfinite(page.flat)] - 1
    if len(rest) < _FEWEST_POINTS:
        empty(axes, "Distribution", f"fewer than {_FEWEST_POINTS} points")
        return
    sigma = sigma_of_many(rest)
    if not sigma > 0:
        empty(axes, "Distribution", "the light does not vary")
        return
    counts, _ = np.histogram(np.clip(rest / sigma, -8, 8), _SIGMAS)
    axes.stairs(counts, _SIGMAS, color=INK, lw=0.8)
    width = _SIGMAS[1] - _SIGMAS[0]
    normal = len(rest) * width / np.sqrt(2 * np.pi) * np.exp(-(_SIGMAS**2) / 2)
    axes.plot(_SIGMAS, normal, color=RED, lw=0.8)
    axes.set_yscale("log")
    axes.set(xlim=(-8.2, 8.2), ylim=(0.6, 3 * counts.max()))
    powers = [10.0**k for k in range(6) if 10.0**k <= 3 * counts.max()]
    axes.set_yticks(powers, [plain(one) for one in powers])
    axes.set_yticks([], minor=True)
    axes.set_xlabel("sigma of the middle half")
    axes.set_ylabel("points")
    title(axes, "Distribution")
    below, above = (int(np.sum(one)) for one in (rest < -8 * sigma, rest > 8 * sigma))
    if below or above:
        note(axes, f"{below} < −8, {above} > 8", "upper right", GRAY)
