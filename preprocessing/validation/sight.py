"""When a star was observed, and what is drawn to be seen then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Drawn", "Sight", "log_uniform", "n_seen"]

Floats = NDArray[np.float64]

#: An event is seen if so many of its exposures are there.
_LEAST_SEEN = 0.5


@dataclass(frozen=True, eq=False)
class Sight:
    """The exposures in which a signal is to be seen.

    Parameters
    ----------
    time_d : ndarray, shape (n,)
        Their middles, in days since any zero, ascending.
    exposure_d : float
        Their length in days.
    amplitude : float
        How large the signal will be, as a share of the light.
    """

    time_d: Floats = field(repr=False)
    exposure_d: float
    amplitude: float

    @property
    def span_d(self) -> float:
        """Days from the first exposure to the last."""
        return float(self.time_d[-1] - self.time_d[0])

    def moment(self, rng: np.random.Generator) -> float:
        """Return the middle of an exposure at random."""
        return float(rng.choice(self.time_d))


@dataclass(frozen=True, eq=False)
class Drawn:
    """The shape of a signal.

    Parameters
    ----------
    change : ndarray, shape (n,)
        Change of the light, of any size unless it keeps its own.
    truth : mapping of str to float
        What it was drawn with.
    is_seen : bool
        Whether enough of it is at times that were observed.
    keeps_size : bool
        Whether the change has the size that stars of the kind have, whatever was asked for.
    largest : float
        No signal of the kind changes more of the light than this, whatever was asked for.
    """

    change: Floats = field(repr=False)
    truth: Mapping[str, float]
    is_seen: bool = True
    keeps_size: bool = False
    largest: float = float("inf")


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniform.

    Parameters
    ----------
    rng : Generator
        Of the number.
    low, high : float
        Least and largest number.
    """
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def n_seen(sight: Sight, middles_d: Floats, length_d: float) -> int:
    """Return of how many events half of the exposures are there.

    Parameters
    ----------
    sight : Sight
        The exposures.
    middles_d : ndarray
        Middles of the events, in days.
    length_d : float
        How long each lasts, in days.
    """
    first = np.searchsorted(sight.time_d, middles_d - length_d / 2)
    last = np.searchsorted(sight.time_d, middles_d + length_d / 2)
    needed = max(1.0, _LEAST_SEEN * length_d / sight.exposure_d)
    return int(np.sum(last - first >= needed))
