"""Axes of a plot: from values to places, and which values are labeled."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from preprocessing.report.html.drawing.numbers import number

__all__ = ["Axis"]

#: Steps between labels, and from which decades on only some are labeled.
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MANY_DECADES = 4


@dataclass(frozen=True)
class Axis:
    """One axis.

    Parameters
    ----------
    low, high : float
        Its ends. If both are the same, a range around them is shown.
    label : str, optional
        What is along it, with its unit.
    is_log : bool, optional
        Whether it is logarithmic; both ends are positive then.
    n_labels : int, optional
        About how many values are labeled.
    """

    low: float
    high: float
    label: str = ""
    is_log: bool = False
    n_labels: int = 5

    def __post_init__(self) -> None:
        low, high = float(self.low), float(self.high)
        if not high > low:
            low, high = (low / 2, low * 2) if self.is_log else (low - 0.5, low + 0.5)
        # The only way to derive a field of a frozen dataclass.
        object.__setattr__(self, "low", low)
        object.__setattr__(self, "high", high)

    @classmethod
    def of(
        cls, values: ArrayLike, label: str = "", *, is_log: bool = False, margin: float = 0.04
    ) -> Axis:
        """Return an axis that shows all of some values, of which there is one at least.

        Parameters
        ----------
        values : array_like
            The values, finite, and positive if the axis is logarithmic.
        label, is_log
            As for `Axis`.
        margin : float, optional
            Share of the axis beyond the values, at either end.
        """
        given = np.asarray(values, np.float64)
        ends = float(given.min()), float(given.max())
        if is_log:
            low, high = (math.log10(end) for end in ends)
            beyond = margin * (high - low)
            return cls(10 ** (low - beyond), 10 ** (high + beyond), label, is_log=True)
        beyond = margin * (ends[1] - ends[0])
        return cls(ends[0] - beyond, ends[1] + beyond, label)

    def place(self, values: ArrayLike) -> NDArray[np.float64]:
        """Return where values are along the axis, from 0 to 1.

        Parameters
        ----------
        values : array_like
            The values.
        """
        given = np.asarray(values, np.float64)
        if self.is_log:
            ends = math.log10(self.low), math.log10(self.high)
            return (np.log10(given) - ends[0]) / (ends[1] - ends[0])
        return (given - self.low) / (self.high - self.low)

    def labels(self) -> Iterator[tuple[float, str]]:
        """Yield the values that are labeled, and their labels."""
        ticks = self._decades() if self.is_log else []
        if len(ticks) < 2:
            ticks = self._even()
        for value in ticks:
            yield value, number(0.0 if abs(value) < 1e-12 * self.high else value)

    def _decades(self) -> list[float]:
        first, last = (math.log10(end) for end in (self.low, self.high))
        every = math.ceil((last - first) / (self.n_labels + 1))
        whole = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
        factors = (1.0,) if last - first > 2 else (1.0, 2.0, 5.0)
        if last - first > _MANY_DECADES:
            return [10.0**power for power in whole if power % every == 0]
        all_of = [factor * 10.0**power for power in (whole.start - 1, *whole) for factor in factors]
        return [one for one in all_of if self.low * 0.999 <= one <= self.high * 1.001]

    def _even(self) -> list[float]:
        span = self.high - self.low
        raw = span / self.n_labels
        power = 10 ** math.floor(math.log10(raw))
        step = next(one * power for one in _STEPS if one * power >= raw * 0.999)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [count * step for count in range(first, last + 1) if not self.is_log or count > 0]
