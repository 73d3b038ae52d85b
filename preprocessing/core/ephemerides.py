"""When two ephemerides are of one signal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["HARMONICS", "SAME_PERIOD", "EventMask", "epoch_difference_d", "harmonic_of"]

#: Periods that differ by less than this share of them are one.
SAME_PERIOD = 1e-3
#: What a search may find instead of a period, as a share of it.
HARMONICS = (1, 1 / 2, 2, 1 / 3, 3)


@dataclass(frozen=True)
class EventMask:
    """Events that are hidden from a computation.

    Parameters
    ----------
    period_d : float
        Time from one to the next in days; NaN for a single event.
    epoch_bjd : float
        Middle of one of them, Barycentric Julian Date.
    half_width_d : float
        What is hidden on either side of each middle.
    """

    period_d: float
    epoch_bjd: float
    half_width_d: float

    def covers(self, time_bjd: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which times are hidden.

        Parameters
        ----------
        time_bjd : ndarray of float64, shape (n,)
            Barycentric Julian Dates; NaN is never hidden.
        """
        apart = time_bjd - self.epoch_bjd
        if self.period_d > 0:
            apart = apart - np.rint(apart / self.period_d) * self.period_d
        return np.asarray(np.abs(apart) <= self.half_width_d)


def harmonic_of(known_d: float, found_d: float, share: float = SAME_PERIOD) -> float | None:
    """Return which of `HARMONICS` a period is of another, or None.

    Parameters
    ----------
    known_d, found_d : float
        Both periods in days; NaN matches nothing.
    share : float
        By what share of it a harmonic may be missed.

    Examples
    --------
    >>> harmonic_of(10.0, 5.001), harmonic_of(10.0, 5.1)
    (0.5, None)
    """
    if not (known_d > 0 and found_d > 0):
        return None
    within = math.log1p(share)
    return next((h for h in HARMONICS if abs(math.log(found_d / known_d / h)) < within), None)


def epoch_difference_d(
    period_d: float, epoch_bjd: float, found_bjd: float, harmonic: float
) -> float:
    """Return how much later an event is than the nearest that an ephemeris allows; NaN if unknown.

    Parameters
    ----------
    period_d, epoch_bjd : float
        The ephemeris.
    found_bjd : float
        Middle of an event of the signal that was found.
    harmonic : float
        The period of that over `period_d`. If it is shorter, some of its events are between those
        of the ephemeris.
    """
    step_d = period_d * min(1.0, harmonic)
    apart = (found_bjd - epoch_bjd) / step_d
    return (apart - round(apart)) * step_d if math.isfinite(apart) else math.nan
