"""What was drawn for one star of a survey: its light, and what the truth table says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from preprocessing.simulator.synthesis.stars import Variability

__all__ = ["DrawnLight", "log_uniform"]


@dataclass(frozen=True)
class DrawnLight:
    """The light of one star of a survey.

    Parameters
    ----------
    variability : Variability
        What changes the light.
    amplitude_ppm : float or None
        The largest change of light, where no other column of the truth table gives it.
    columns : mapping
        Columns of the truth table that the variability alone does not give, by name.
    parameters : mapping
        What the kind's model has besides, by name.
    """

    variability: Variability
    amplitude_ppm: float | None = None
    columns: Mapping[str, object] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)


def log_uniform(rng: Random, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform.

    Parameters
    ----------
    rng : Random
        The star's own random source.
    low, high : float
        Least and largest number.
    """
    return float(low * (high / low) ** rng.random())
