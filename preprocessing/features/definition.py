"""What a feature is: its name, formula, unit, range and source; and what stands beside features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from preprocessing.analysis.missing import Missing

__all__ = ["Feature", "Value", "Values"]

#: A feature's value, or why there is none.
Value = float | Missing
#: Values by the names of their features.
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Feature:
    """The definition of one number that describes a light curve.

    Parameters
    ----------
    name : str
        Its column. The word before the first ``_`` names the domain.
    meaning : str
        What it says of the star, in one sentence.
    formula : str
        How it is computed.
    unit : str
        Its unit; ``lg`` before it if the value is a decimal logarithm; empty for a plain number.
    low, high : float
        The range in which values are expected. No value is clipped to it.
    undefined_when : str
        When there is a reason instead of a value.
    reference : str
        Where it comes from.
    """

    name: str
    meaning: str
    formula: str
    unit: str
    low: float
    high: float
    undefined_when: str
    reference: str
