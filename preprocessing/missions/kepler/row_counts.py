"""The number of rows in Kepler's files."""

from __future__ import annotations

from preprocessing.core.product import SHORT, WHOLE_MISSION, Product
from preprocessing.missions.kepler.file_names import LONG_STAMPS

__all__ = [
    "LONG_ROWS",
    "MODULE_3_ROWS",
    "MONTH_ROWS",
    "SHORT_PER_LONG",
    "kepler_row_count",
    "kepler_rows",
]

#: Rows of each long-cadence quarter (NAXIS2 in the mission's DR25 files of KIC 8644288), and of Q4
#: before CCD module 3 failed (KIC 11442793).
LONG_ROWS = (
    *(476, 1639, 4354, 4370, 4397, 4634, 4398, 4375, 3279),
    *(4768, 4573, 4754, 4044, 4421, 4757, 4780, 4203, 1556),
)
MODULE_3_ROWS = 1021

#: Points of a regular grid of long exposures from the first to the last day of the mission.
_GRID_ROWS = 71_962

#: Short exposures in a long one.
SHORT_PER_LONG = 30

#: The range of long-cadence rows in each short-cadence month: the first, and one past the last. A
#: month ends at the gap nearest to its stamp. This agrees with the short-cadence files of KIC
#: 10666592 (Q0) and KIC 6462863 (Q16M1, Q17M1, Q17M2).
MONTH_ROWS: tuple[tuple[tuple[int, int], ...], ...] = (
    ((0, 476),),
    ((0, 1639),),
    ((0, 1507), (1508, 2975), (3027, 4354)),
    ((0, 1485), (1527, 2997), (3098, 4370)),
    ((0, 1021), (0, 1524), (1563, 2979), (2982, 4397)),
    ((0, 1543), (1605, 2957), (2991, 4634)),
    ((0, 1375), (1375, 2880), (2924, 4398)),
    ((0, 1474), (1511, 2940), (2983, 4375)),
    ((0, 866), (869, 2293), (2296, 3279)),
    ((0, 1782), (1816, 3211), (3242, 4768)),
    ((0, 1474), (1515, 3054), (3095, 4573)),
    ((0, 1521), (1558, 3036), (3079, 4754)),
    ((0, 1297), (1332, 2672), (2716, 4044)),
    ((0, 1579), (1613, 3044), (3088, 4421)),
    ((0, 1511), (1567, 3043), (3085, 4757)),
    ((0, 1509), (1556, 3030), (3071, 4780)),
    ((0, 256), (811, 2588), (2644, 4203)),
    ((0, 1095), (1350, 1556)),
)


def kepler_row_count(product: Product) -> int:
    """Return the exact number of rows in a file of the mission; about that of other authors."""
    if product.sequence_number == WHOLE_MISSION:
        return _GRID_ROWS
    start, end = kepler_rows(product)
    return (end - start) * (SHORT_PER_LONG if product.cadence == SHORT else 1)


def kepler_rows(product: Product) -> tuple[int, int]:
    """Return the range of the quarter's long-cadence rows that a file covers."""
    if product.cadence == SHORT:
        return MONTH_ROWS[product.sequence_number][(product.month or 1) - 1]
    if product.stamp in LONG_STAMPS[product.sequence_number][1:]:
        return 0, MODULE_3_ROWS
    return 0, LONG_ROWS[product.sequence_number]
