"""The closed set of reasons why a feature has no value."""

from __future__ import annotations

from enum import Enum

__all__ = ["Missing"]


class Missing(str, Enum):
    """Why a feature is NaN."""

    #: There are not enough points, or they cover too little time.
    TOO_SHORT = "too_short"
    #: The light does not vary at all.
    FLAT = "flat"
    #: The periodogram or the autocorrelation has no peak that counts.
    NO_PEAK = "no_peak"
    #: There is no dip, flare or transit to describe.
    NO_EVENTS = "no_events"
    #: This kind of search was not made of this light.
    NOT_SEARCHED = "not_searched"
    #: The star's time was used up first.
    TIME_OUT = "time_out"

    __str__ = str.__str__
