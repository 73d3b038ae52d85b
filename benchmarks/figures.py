"""Figures with a goal: what repeated rounds say of it, and how numbers are spelt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["Figure", "Goal", "spell", "spread"]


@dataclass(frozen=True)
class Goal:
    """What a figure should be.

    Parameters
    ----------
    text : str
        What is measured, with its unit.
    limit : float
    at_least : bool
        Whether the figure should be `limit` or more; else it should be `limit` or less.
    """

    text: str
    limit: float
    at_least: bool = False

    def is_met(self, value: float) -> bool:
        """Return whether a value is on the right side of the limit.

        Examples
        --------
        >>> Goal("stars a second", 17, at_least=True).is_met(20), Goal("MB", 150).is_met(151)
        (True, False)
        """
        return value >= self.limit if self.at_least else value <= self.limit


@dataclass(frozen=True)
class Figure:
    """A goal and what was measured, once a round.

    Parameters
    ----------
    goal : Goal
    values : tuple of float
        At least one.
    """

    goal: Goal
    values: tuple[float, ...]

    @property
    def is_met(self) -> bool:
        """Whether the median meets the goal."""
        return self.goal.is_met(median(self.values))


def spell(value: float) -> str:
    """Return a number with about three digits.

    Examples
    --------
    >>> [spell(value) for value in (1234.5, 123.45, 12.345, 1.2345, 0.012345)]
    ['1234', '123', '12.3', '1.23', '0.0123']
    """
    if value == 0:
        return "0"
    if abs(value) < 1:
        return f"{value:#.3g}"
    digits = next((d for d, limit in ((2, 10), (1, 100)) if abs(value) < limit), 0)
    return f"{value:.{digits}f}"


def spread(values: Sequence[float]) -> str:
    """Return the median of some numbers, with the least and the greatest if they differ.

    Examples
    --------
    >>> spread([3.0, 1.0, 2.0]), spread([5.0])
    ('2.00 (1.00-3.00)', '5.00')
    """
    middle, least, greatest = map(spell, (median(values), min(values), max(values)))
    return middle if least == greatest else f"{middle} ({least}-{greatest})"
