"""A frequency at which an instrument, not a star, varies."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["InstrumentLine"]


@dataclass(frozen=True)
class InstrumentLine:
    """A frequency, or a range of them, at which an instrument makes light vary.

    Parameters
    ----------
    name : str
        What causes it, in a word.
    low_per_d, high_per_d : float
        The range of frequencies, per day.
    """

    name: str
    low_per_d: float
    high_per_d: float

    @classmethod
    def of_periods(cls, name: str, shortest_d: float, longest_d: float) -> InstrumentLine:
        """Return the line of a range of periods.

        Parameters
        ----------
        name : str
            What causes it.
        shortest_d, longest_d : float
            The range in days.
        """
        return cls(name, 1 / longest_d, 1 / shortest_d)
