"""One event in the light of a star: a dip, a brightening, a flare, or a step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

__all__ = ["Event", "EventKind"]


class EventKind(str, Enum):
    """What an event looks like."""

    #: The light falls, and comes back.
    DIP = "dip"
    #: The light rises, and comes back, not as a flare does.
    BRIGHTENING = "brightening"
    #: The light rises fast and falls slowly.
    FLARE = "flare"
    #: The light stays at another level.
    STEP = "step"

    __str__ = str.__str__


@dataclass(frozen=True)
class Event:
    """An event in the light of a star.

    Parameters
    ----------
    kind : EventKind
        What it looks like.
    start_d, peak_d, end_d : float
        First point, highest or lowest point, and last point, in the light's days.
    amplitude : float
        Relative change of the light at the peak; negative for a dip.
    significance : float
        The size of that over the noise of a point.
    sequence : int
        The file (quarter, campaign, sector) in which it is.
    equivalent_duration_s, equivalent_duration_sigma_s : float
        Of a flare: the time in which the star gives off as much light as the flare did, in
        seconds, and its uncertainty. NaN for others.
    confidence : float
        Of a flare: how certain it is one, 0 to 1. NaN for others.
    """

    kind: EventKind
    start_d: float
    peak_d: float
    end_d: float
    amplitude: float
    significance: float
    sequence: int
    equivalent_duration_s: float = np.nan
    equivalent_duration_sigma_s: float = np.nan
    confidence: float = np.nan
