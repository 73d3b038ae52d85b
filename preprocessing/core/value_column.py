"""What a column of one value a cell holds."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ValueColumn"]


@dataclass(frozen=True)
class ValueColumn:
    """A column of numbers, texts or truth values, any of which may be null.

    Parameters
    ----------
    name : str
        Its name.
    kind : type
        ``float``, ``int``, ``str``, ``bool``, or ``list`` for several texts.
    unit : str
        Its unit; empty if it has none.
    meaning : str
        What it holds, for a person.
    """

    name: str
    kind: type
    unit: str
    meaning: str
