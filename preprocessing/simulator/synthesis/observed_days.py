"""When a quarter's exposures were usable: where a brief event is seen as a whole."""

from __future__ import annotations

from functools import lru_cache
from random import Random

import numpy as np

from preprocessing.missions import LONG
from preprocessing.missions.kepler import kepler_product
from preprocessing.signals.exposures import Floats
from preprocessing.simulator.synthesis.mission_calendar import (
    CADENCE_D,
    MJD_OF_BKJD_ZERO,
    cadence_span,
    long_stamp,
)

__all__ = ["observed_days", "restarts", "seen_moment"]

#: The share of an event's exposures that must be there.
_LEAST_SEEN = 0.9
#: After a gap longer than this, in days, the telescope has turned (see `mission_calendar`).
_LONG_GAP_D = 0.6


@lru_cache(maxsize=32)
def observed_days(quarter: int) -> Floats:
    """Return the times of the exposures of a quarter that have corrected flux.

    Parameters
    ----------
    quarter : int
        Quarter of the Kepler mission, 0 to 17.

    Returns
    -------
    ndarray, shape (n,)
        BJD - 2454833 without the correction for the star's place, which is below 0.006 d.
    """
    span = cadence_span(kepler_product(long_stamp(quarter, on_module_3=False), 0, LONG))
    days = span.mjd[~span.no_pdcsap] - MJD_OF_BKJD_ZERO
    days.setflags(write=False)
    return days


def seen_moment(rng: Random, quarter: int, before_d: float, after_d: float) -> float:
    """Return a moment at random about which the light was observed.

    Parameters
    ----------
    rng : Random
        Random source.
    quarter : int
        Quarter of the Kepler mission, 0 to 17.
    before_d, after_d : float
        Days about the moment during which most exposures must be there; a quarter without such a
        moment gives the one with the most exposures.
    """
    days = observed_days(quarter)
    first, last = np.searchsorted(days, days - before_d), np.searchsorted(days, days + after_d)
    share = (last - first) * CADENCE_D[LONG] / (before_d + after_d)
    candidates = np.flatnonzero(share >= min(_LEAST_SEEN, share.max()))
    return float(days[candidates[rng.randrange(len(candidates))]])


def restarts(quarter: int) -> Floats:
    """Return when observations of a quarter began, and began again after long gaps.

    Parameters
    ----------
    quarter : int
        Quarter of the Kepler mission, 0 to 17.

    Returns
    -------
    ndarray
        BJD - 2454833.
    """
    days = observed_days(quarter)
    return np.asarray(days[np.flatnonzero(np.diff(days, prepend=-np.inf) > _LONG_GAP_D)])
