"""When K2 observed: the cadence numbers, times and common flags of each campaign."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.k2 import CAMPAIGNS, k2_product
from preprocessing.missions.k2.campaigns import campaign_mjd
from preprocessing.missions.kepler.row_counts import SHORT_PER_LONG
from preprocessing.missions.row_counts import row_count
from preprocessing.simulator.synthesis.mission_calendar import (
    CADENCE_D,
    SHORT_NUMBER_OFFSET,
    CadenceSpan,
)

__all__ = ["FIRING", "MOVING", "campaign_span"]

#: A cadence number and the MJD at which its exposure began (mission files of C3). Counting from
#: it gives the cadence numbers in the files of C4, C5, C91 and C92.
_REFERENCE_CADENCE, _REFERENCE_MJD = 99_599, 56976.58756

#: Flags (K2 Handbook, KSCI-19116-003, table 3): thruster firings known from telemetry and from
#: the light curve itself, then the flags of rows without data and of momentum dumps.
FIRING, MOVING = 1 << 20, 1 << 19
_NO_DATA, _NO_FINE_POINT, _DESATURATION = 1 << 16, 1 << 15, 1 << 5

#: Rows from one correction of the telescope's roll to the next (six hours), the share of them
#: that fire thrusters, and rows between momentum dumps (two days). From files of C3 to C5.
_ROLL_ROWS, _ROLL_SHARE, _DUMP_ROWS = 12, 0.65, 97
_LOST_ROWS = 5
#: The short exposures, of the 30 in a long one, during which thrusters fire.
_SHORT_FIRING = slice(12, 15)
#: How many times faster the telescope rolls than a field settles after a gap.
_ROLL_SPEED = 10
#: Number of the target table (card TTABLEID) of campaign 0.
_FIRST_TABLE = 76


def campaign_span(product: Product) -> CadenceSpan:
    """Return the exposures that a file of K2 covers.

    Callers share the arrays, which are read-only.

    Parameters
    ----------
    product : Product
        A file of K2. Its campaign and cadence count.
    """
    return _span(product.sequence_number, product.cadence)


# A short-cadence campaign takes thirty times the memory of a long one.
@lru_cache(maxsize=12)
def _span(campaign: int, cadence: str) -> CadenceSpan:
    rows = row_count(k2_product(0, campaign, LONG))
    start_mjd = campaign_mjd(campaign)[0]
    elapsed_d = (start_mjd - _REFERENCE_MJD) / CADENCE_D[LONG]
    first = _REFERENCE_CADENCE + round(elapsed_d)
    quality = _common_flags(campaign, rows)
    since_roll = np.arange(rows) - np.maximum.accumulate(
        np.where(quality & FIRING, np.arange(rows), 0)
    )
    if cadence == SHORT:
        first = SHORT_PER_LONG * first - SHORT_NUMBER_OFFSET
        rows *= SHORT_PER_LONG
        quality, since_roll = _short_flags(quality), np.repeat(since_roll, SHORT_PER_LONG)
    mjd = np.asarray(start_mjd + (np.arange(rows) + 0.5) * CADENCE_D[cadence], np.float64)
    recovery_d = (since_roll * CADENCE_D[LONG] * _ROLL_SPEED).astype(np.float32)
    for array in (mjd, quality, recovery_d):
        array.setflags(write=False)
    table = _FIRST_TABLE + CAMPAIGNS.index(campaign)
    return CadenceSpan(cadence, campaign, None, first, mjd, quality, recovery_d, table)


def _common_flags(campaign: int, rows: int) -> NDArray[np.int32]:
    """Return the flags that all stars of a campaign share: random, but as frequent as real ones."""
    rng = np.random.default_rng(campaign)
    quality = np.zeros(rows, dtype=np.int32)
    rolls = np.arange(_ROLL_ROWS // 2, rows, _ROLL_ROWS)
    fired = rng.random(len(rolls)) < _ROLL_SHARE
    quality[rolls[fired]] |= FIRING
    quality[rolls[~fired][:2]] |= MOVING
    quality[_DUMP_ROWS // 2 :: _DUMP_ROWS] |= _DESATURATION | _NO_FINE_POINT
    lost = int(rng.integers(rows // 3, rows // 2))
    for start, end in ((0, 2), (lost, lost + _LOST_ROWS)):
        quality[start:end] = _NO_DATA | _NO_FINE_POINT
    return quality


def _short_flags(quality: NDArray[np.int32]) -> NDArray[np.int32]:
    """Spread flags over short exposures; firings and dumps affect only a few of them."""
    brief = FIRING | MOVING | _DESATURATION | _NO_FINE_POINT
    spread = np.repeat(quality[:, np.newaxis], SHORT_PER_LONG, axis=1)
    observed = (quality & _NO_DATA) == 0
    spread[observed] &= ~np.int32(brief)
    spread[observed, _SHORT_FIRING] = quality[observed, np.newaxis]
    return spread.ravel()
