"""When TESS observed: the times, gaps and common flags of some sectors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import Product

__all__ = ["MJD_OF_TJD_ZERO", "SECTORS", "Sector", "SectorSpan", "light_time_d", "sector_span"]

#: TJD (JD - 2457000) is zero at this MJD.
MJD_OF_TJD_ZERO = 56999.5


@dataclass(frozen=True)
class Sector:
    """What all files of a sector have in common.

    Parameters
    ----------
    stamp : str
        Time stamp in the names of the mission's files.
    table : int
        The number after the star's in those names.
    start_tjd : float
        Start of the first exposure, JD - 2457000 at the spacecraft (TDB).
    rows : int
        Number of exposures of 120 seconds.
    gap_tjd : tuple of float
        Start and end of the gap in the middle, when the spacecraft sent data to Earth.
    field : tuple of float
        Right ascension and declination of a position that was observed, in degrees.
    again : str
        Time stamp of files from a second processing; empty if there are none.
    """

    stamp: str
    table: int
    start_tjd: float
    rows: int
    gap_tjd: tuple[float, float]
    field: tuple[float, float]
    again: str = ""


#: Some sectors for each exposure time of full-frame images. Stamps and table numbers are from the
#: names of MAST's files. Starts, rows and gaps of sectors 1, 12, 13, 23, 38, 50, 51 and 52 are
#: from real files (NAXIS2, TIME and TIMECORR of TIC 33910247, 66818296, 254113311 and
#: 162494287); those of the other sectors are correct to a few hours. The stamp of the second
#: processing of sector 38 is invented.
SECTORS = MappingProxyType(
    {
        1: Sector("2018206045859", 120, 1325.2965, 20_076, (1338.51, 1339.68), (352.7, -45.0)),
        12: Sector("2019140104343", 144, 1624.949067, 20_119, (1639.00, 1640.04), (239.96, -28.1)),
        13: Sector("2019169103026", 146, 1653.9225, 20_479, (1667.68, 1668.64), (286.4, -41.4)),
        23: Sector("2020078014623", 177, 1928.098941, 19_279, (1940.87, 1941.83), (242.3, 52.9)),
        27: Sector("2020186164531", 189, 2036.2830, 17_546, (2047.35, 2048.15), (326.5, -32.0)),
        38: Sector(
            *("2021118034608", 209, 2333.848755, 19_226, (2346.34, 2347.30), (239.96, -28.1)),
            again="2021144231509",
        ),
        50: Sector("2022085151738", 222, 2665.265279, 18_896, (2678.40, 2679.31), (242.3, 52.9)),
        51: Sector("2022112184951", 223, 2692.941655, 17_707, (2704.70, 2705.68), (242.3, 52.9)),
        52: Sector("2022138205153", 224, 2718.629155, 17_602, (2730.30, 2731.44), (242.3, 52.9)),
        56: Sector("2022244194134", 243, 2825.2620, 20_079, (2838.55, 2839.35), (330.1, 28.4)),
        57: Sector("2022273165103", 245, 2853.3560, 20_712, (2867.45, 2868.30), (348.2, 46.6)),
    }
)

#: When exposures of every length would have had cadence number 0: fits CADENCENO of those files.
_NUMBER_ZERO_TJD = 1227.4544
_SECONDS_A_DAY = 86_400.0

#: Flags (TESS Science Data Products Description Document, EXP-TESS-ARC-ICD-TM-0014, table 28).
_COARSE_POINT, _EARTH_POINT, _DUMP = 1 << 2, 1 << 3, 1 << 5
_MANUAL_EXCLUDE, _SCATTERED_LIGHT, _TOO_FEW_STARS = 1 << 7, 1 << 12, 1 << 15
_NO_SAP = _COARSE_POINT | _EARTH_POINT | _DUMP
_NO_PDCSAP = _NO_SAP | _MANUAL_EXCLUDE | _SCATTERED_LIGHT | _TOO_FEW_STARS

#: Days from one momentum dump to the next, and the length of one in days.
_DUMP_EVERY_D, _DUMP_TAKES_D = 4.4, 0.006
#: Days at the end of each orbit with scattered light from the Earth, and days at its start that
#: the mission excluded by hand or that had coarse pointing.
_SCATTERED_D, _EXCLUDED_D, _COARSE_D = 1.1, 0.5, 0.008

#: The Earth's mean longitude at J2000.0 and its daily motion (degrees), the light time from the
#: Sun, and the obliquity of the ecliptic (Astronomical Almanac).
_LONGITUDE_DEG, _MOTION_DEG = 100.464, 0.985609
_LIGHT_TIME_D = 499.005 / _SECONDS_A_DAY
_J2000_TJD = 2_451_545.0 - 2_457_000.0
_OBLIQUITY = np.radians(23.4393)


@dataclass(frozen=True)
class SectorSpan:
    """The exposures that one file covers; they are the same for every star.

    Parameters
    ----------
    sector : int
        TESS's sector.
    exposure_d : float
        Length of an exposure in days.
    first_cadence : int
        CADENCENO of the first row. The numbers are consecutive.
    tjd : ndarray, shape (n,), float64
        Middle of each exposure, JD - 2457000 at the spacecraft (TDB).
    quality : ndarray, shape (n,), int32
        Quality flags that the mission set for all stars.
    shine : ndarray, shape (n,), float32
        Scattered light from the Earth, from 0 to 1.
    """

    sector: int
    exposure_d: float
    first_cadence: int
    tjd: NDArray[np.float64]
    quality: NDArray[np.int32]
    shine: NDArray[np.float32]

    @property
    def no_data(self) -> NDArray[np.bool_]:
        """Where a row has no time."""
        return np.asarray(self.quality & _EARTH_POINT, dtype=np.bool_)

    @property
    def no_sap(self) -> NDArray[np.bool_]:
        """Where a row has no SAP flux."""
        return np.asarray(self.quality & _NO_SAP, dtype=np.bool_)

    @property
    def no_pdcsap(self) -> NDArray[np.bool_]:
        """Where a row has no PDCSAP flux."""
        return np.asarray(self.quality & _NO_PDCSAP, dtype=np.bool_)


def sector_span(product: Product) -> SectorSpan:
    """Return the exposures that a file of TESS covers, from targets or full-frame images.

    Callers share the arrays, which are read-only.

    Parameters
    ----------
    product : Product
        A file of TESS. Its sector and exposure time count.
    """
    return _span(product.sequence_number, product.exposure_s)


# A sector of 20 seconds takes 2 MB.
@lru_cache(maxsize=16)
def _span(sector: int, exposure_s: float) -> SectorSpan:
    known = SECTORS[sector]
    exposure_d = exposure_s / _SECONDS_A_DAY
    first = round((known.start_tjd - _NUMBER_ZERO_TJD) / exposure_d)
    rows = round(known.rows * 120 / exposure_s)
    tjd = np.asarray(known.start_tjd + (np.arange(rows) + 0.5) * exposure_d, np.float64)
    quality = np.zeros(rows, dtype=np.int32)
    gap_start, gap_end = known.gap_tjd
    shine = np.zeros(rows, dtype=np.float32)
    for start, end in ((tjd[0], gap_start), (gap_end, tjd[-1])):
        before_end_d = end - tjd
        orbit = (tjd >= start) & (before_end_d >= 0)
        shine[orbit] = np.exp(-before_end_d[orbit] / (_SCATTERED_D / 2))
        quality[orbit & (before_end_d < _SCATTERED_D)] |= _SCATTERED_LIGHT
        quality[orbit & (tjd - start < _EXCLUDED_D)] |= _MANUAL_EXCLUDE
        quality[orbit & (tjd - start < _COARSE_D)] |= _COARSE_POINT
    dumps_d = (tjd - tjd[0]) % _DUMP_EVERY_D
    is_first = tjd - tjd[0] < _DUMP_EVERY_D
    quality[~is_first & (dumps_d < max(_DUMP_TAKES_D, exposure_d))] |= _DUMP
    quality[(tjd > gap_start) & (tjd < gap_end)] = _EARTH_POINT
    for array in (tjd, quality, shine):
        array.setflags(write=False)
    return SectorSpan(sector, exposure_d, first, tjd, quality, shine)


def light_time_d(tjd: NDArray[np.float64], ra_deg: float, dec_deg: float) -> NDArray[np.float64]:
    """Return by how much barycentric time is ahead of the spacecraft's: column TIMECORR.

    The result is accurate to a few seconds, since it assumes that the Earth moves around the
    barycenter in a circle.

    Parameters
    ----------
    tjd : ndarray, shape (n,)
        Middle of the exposures, JD - 2457000 at the spacecraft (TDB).
    ra_deg, dec_deg : float
        Position of the star in degrees.

    Returns
    -------
    ndarray, shape (n,)
        Difference in days, as the column has it. The time less this is the same number in every
        star, bit for bit, as in the mission's files.
    """
    longitude = np.radians(_LONGITUDE_DEG + _MOTION_DEG * (tjd - _J2000_TJD))
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    toward_x = np.cos(dec) * np.cos(ra)
    toward_y = np.cos(_OBLIQUITY) * np.cos(dec) * np.sin(ra) + np.sin(_OBLIQUITY) * np.sin(dec)
    light_time_d = _LIGHT_TIME_D * (toward_x * np.cos(longitude) + toward_y * np.sin(longitude))
    return np.asarray(light_time_d, np.float32).astype(np.float64)
