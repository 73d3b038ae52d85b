"""Time with long gaps cut out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from preprocessing.analysis.light import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["CutTime", "cut_time"]

#: A gap is cut out if it is longer than this share of the observed time, and than so many days.
_LONG_SHARE, _LONG_D = 0.04, 4.0
#: What is left of it, as a share of the observed time.
_LEFT = 0.012
_TICKS = 9
_STEPS = (1, 2, 5)


@dataclass(frozen=True, eq=False)
class CutTime:
    """A place on the page for each time.

    Made by `cut_time`.

    Parameters
    ----------
    begins_d, ends_d : ndarray, shape (k,)
        What is shown: from each begin to its end, in days.
    offsets_d : ndarray, shape (k,)
        What is subtracted from the times of each.
    """

    begins_d: Floats
    ends_d: Floats
    offsets_d: Floats

    def place(self, time_d: Floats | float) -> Floats:
        """Return where times are, in days of what is shown."""
        times = np.asarray(time_d, np.float64)
        part = np.clip(np.searchsorted(self.begins_d, times, side="right") - 1, 0, None)
        # A time within a gap that was cut is shown where the gap is.
        return np.asarray(np.minimum(times, self.ends_d[part]) - self.offsets_d[part])

    @property
    def span(self) -> tuple[float, float]:
        """The first and the last place."""
        begin = float(self.begins_d[0] - self.offsets_d[0])
        end = float(self.ends_d[-1] - self.offsets_d[-1])
        space = 0.006 * max(end - begin, 1e-3)
        return begin - space, end + space

    def ticks(self) -> tuple[Floats, list[str]]:
        """Return places with a round time, and what is written there."""
        begin, end = self.span
        step = _round_step((end - begin) / _TICKS)
        digits = max(0, -int(np.floor(np.log10(step))))
        places: list[float] = []
        texts: list[str] = []
        for first, last in zip(self.begins_d, self.ends_d, strict=True):
            for time_d in np.arange(np.ceil(first / step), np.floor(last / step) + 1) * step:
                place = float(self.place(time_d))
                if not places or place - places[-1] > 0.6 * step:
                    places.append(place)
                    texts.append(f"{time_d:.{digits}f}")
        return np.array(places), texts

    def draw(self, axes: Axes, label: str) -> None:
        """Give axes the ticks, and marks where time was cut."""
        places, texts = self.ticks()
        axes.set_xlim(*self.span)
        axes.set_xticks(places.tolist(), texts if label else [])
        axes.set_xlabel(label)
        for begin, end in zip(self.begins_d[1:], self.ends_d[:-1], strict=True):
            left, right = self.place(end), self.place(begin)
            axes.axvspan(float(left), float(right), color="white", zorder=3, lw=0)
            for one in (left, right):
                axes.axvline(float(one), color="#AAAAAA", lw=0.5, ls=(0, (2, 2)), zorder=3)


def cut_time(time_d: Floats) -> CutTime:
    """Return where times are shown.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Ascending times in days, one at least.

    Examples
    --------
    >>> times = np.concatenate([np.arange(0, 90.0), np.arange(500, 590.0)])
    >>> cut_time(times).place(500.0).round().tolist()
    91.0
    """
    gaps = np.diff(time_d)
    median = float(np.median(gaps)) if len(gaps) else 0.02
    observed = float(np.sum(gaps[gaps < max(1.0, 10 * median)])) + median
    is_long = gaps > max(_LONG_D, _LONG_SHARE * observed)
    begins = np.concatenate([time_d[:1], time_d[1:][is_long]])
    ends = np.concatenate([time_d[:-1][is_long], time_d[-1:]])
    cut = np.concatenate([[0.0], np.cumsum(begins[1:] - ends[:-1] - _LEFT * observed)])
    return CutTime(begins, ends, cut)


def _round_step(least: float) -> float:
    """Return the least step of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** np.floor(np.log10(max(least, 1e-6)))
    return float(next((s * power for s in _STEPS if s * power >= least), 10 * power))
