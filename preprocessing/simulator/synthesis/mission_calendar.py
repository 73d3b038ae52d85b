"""When Kepler observed: the cadence numbers, times, gaps and common flags of each file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS, kepler_product
from preprocessing.missions.kepler.row_counts import LONG_ROWS, SHORT_PER_LONG, kepler_rows
from preprocessing.simulator.synthesis.quality_record import QUALITY_RUNS

__all__ = [
    "CADENCE_D",
    "FRAMES",
    "MJD_OF_BKJD_ZERO",
    "SHORT_NUMBER_OFFSET",
    "CadenceSpan",
    "cadence_span",
    "long_stamp",
    "season_of",
    "time_correction",
]

#: Days from one exposure to the next, and frames summed on board into one exposure: cards
#: TIMEDEL and NUM_FRM of the mission's DR25 files.
CADENCE_D = {LONG: 0.02043359821692, SHORT: 0.000681119940564}
FRAMES = {LONG: 270, SHORT: 9}

#: BKJD (BJD - 2454833) is zero at this MJD, apart from the barycentric correction.
MJD_OF_BKJD_ZERO = 54832.5

#: First cadence number, and MJD (UTC) of the middle of the first and last exposure of each
#: long-cadence quarter: CADENCENO, LC_START and LC_END of the mission files of DR25 (KIC
#: 8644288).
_LONG_QUARTERS: tuple[tuple[int, float, float], ...] = (
    (568, 54953.03815242, 54962.74411122),
    (1105, 54964.01099382, 54997.48122492),
    (2965, 55002.01747542, 55090.96492052),
    (7404, 55092.72220972, 55181.99659822),
    (11914, 55184.87773552, 55274.70383812),
    (16373, 55275.99115492, 55370.66003002),
    (21069, 55371.94732782, 55461.79386052),
    (25509, 55462.67250542, 55552.04909152),
    (30657, 55567.86468242, 55634.84602412),
    (34237, 55641.01695842, 55738.42395322),
    (39049, 55739.34343282, 55832.76587042),
    (43667, 55833.70578622, 55930.82668572),
    (48473, 55931.90965952, 56014.52272722),
    (52551, 56015.23787102, 56105.55440632),
    (57024, 56106.63735722, 56203.81956722),
    (61886, 56205.98549922, 56303.63768182),
    (66712, 56304.59804202, 56390.46004692),
    (70976, 56391.72690412, 56423.50115222),
)

#: The first short exposure within long exposure n has number 30 n minus this offset: long 568
#: starts at short 5500 (KIC 10666592). The same holds in Q16, Q17 and K2's campaigns.
SHORT_NUMBER_OFFSET = 11540

#: Number of the target table (card TTABLEID) of each quarter's first month; it grows by one
#: per month.
_TARGET_TABLES: tuple[int, ...] = (14, 20, 21, 26, 29, *range(32, 69, 3))

#: Flags (Kepler Archive Manual, table 2-3) of rows without a time, SAP flux or PDCSAP flux. They
#: explain every NaN in 19 of the mission's files (those named here).
_NO_DATA = 1 << 16
_NO_SAP = _NO_DATA | 1 << 15 | 1 << 14 | 1 << 12
_NO_PDCSAP = _NO_SAP | 1 | 4 | 8 | 64 | 256

_DESATURATION = 32
_ARGABRIGHTENING = 64
#: Flags of the short exposures within a long exposure with a momentum dump, starting with the
#: tenth (KIC 6462863, Q16 and Q17).
_DUMP_START = 10
_DUMP = (0x4, 0x8004, 0x8024, 0x8024, *(0x8004,) * 8, 0x4, 0x4)
#: How many short exposures stay bright after an argabrightening (KIC 10666592, Q0).
_ARGABRIGHTENING_TAIL = 2

#: After a gap longer than this, in days, the telescope is out of thermal balance.
_LONG_GAP_D = 0.6

#: Kepler's orbit around the Sun and the constant part of TIMECORR, fitted to that column in 40
#: of the mission's DR25 files (residual 1.4 s rms): light time to the Sun (d), period (d),
#: eccentricity, longitude at BKJD 0 and at perihelion (rad), TDB minus UTC (d).
_ORBIT_RADIUS_D = 0.00586748
_ORBIT_PERIOD_D = 371.859
_ORBIT_ECCENTRICITY = 0.036716
_ORBIT_LONGITUDE = 1.78831
_ORBIT_PERIHELION = 1.47846
_TDB_MINUS_UTC_D = 0.00076728
_OBLIQUITY = np.radians(23.4393)


@dataclass(frozen=True)
class CadenceSpan:
    """The exposures that one file covers; they are the same for every star.

    Parameters
    ----------
    cadence : {'long', 'short'}
        The length of an exposure: 29.4 minutes or 58.85 seconds.
    quarter : int
        Kepler's quarter or K2's campaign.
    month : int or None
        Month within the quarter, 1 to 3, for Kepler's short cadence; else None.
    first_cadence : int
        CADENCENO of the first row. The numbers are consecutive.
    mjd : ndarray, shape (n,), float64
        Middle of each exposure, MJD (UTC).
    quality : ndarray, shape (n,), int32
        Quality flags that the mission set for all stars.
    recovery_d : ndarray, shape (n,), float32
        Days since the end of the last long gap, or since the first row.
    target_table : int
        Number of the target table with which the telescope observed.
    """

    cadence: str
    quarter: int
    month: int | None
    first_cadence: int
    mjd: NDArray[np.float64]
    quality: NDArray[np.int32]
    recovery_d: NDArray[np.float32]
    target_table: int

    @property
    def cadence_d(self) -> float:
        """Length of an exposure in days."""
        return CADENCE_D[self.cadence]

    @property
    def no_data(self) -> NDArray[np.bool_]:
        """Where a row has no time."""
        return np.asarray(self.quality & _NO_DATA, dtype=np.bool_)

    @property
    def no_sap(self) -> NDArray[np.bool_]:
        """Where a row has no SAP flux."""
        return np.asarray(self.quality & _NO_SAP, dtype=np.bool_)

    @property
    def no_pdcsap(self) -> NDArray[np.bool_]:
        """Where a row has no PDCSAP flux."""
        return np.asarray(self.quality & _NO_PDCSAP, dtype=np.bool_)


def season_of(quarter: int) -> int:
    """Return the season, 0 to 3, of a quarter: the roll angle of the telescope.

    Q0 and Q1 have the same roll; after that the telescope turns by 90 degrees every quarter.

    Parameters
    ----------
    quarter : int
        Quarter of the Kepler mission, 0 to 17.
    """
    return 3 if quarter == 0 else (quarter + 2) % 4


def long_stamp(quarter: int, on_module_3: bool) -> str:
    """Return the time stamp in the name of a long-cadence file.

    Parameters
    ----------
    quarter : int
        Quarter of the Kepler mission, 0 to 17.
    on_module_3 : bool
        Whether the star is on CCD module 3, whose files of Q4 have another stamp.
    """
    return LONG_STAMPS[quarter][-1 if on_module_3 else 0]


def cadence_span(product: Product) -> CadenceSpan:
    """Return the exposures that a file of Kepler covers.

    Callers share the arrays, which are read-only.

    Parameters
    ----------
    product : Product
        A file of Kepler. Its quarter, cadence, month and stamp count.
    """
    if product.cadence == SHORT:
        return _short_span(product.sequence_number, product.month or 1)
    return _long_span(product.stamp, product.sequence_number)


def time_correction(mjd: NDArray[np.float64], ra_deg: float, dec_deg: float) -> NDArray[np.float64]:
    """Return by how much barycentric time is ahead of the spacecraft's: column TIMECORR.

    Parameters
    ----------
    mjd : ndarray, shape (n,)
        Middle of the exposures, MJD (UTC).
    ra_deg, dec_deg : float
        Position of the star in degrees.

    Returns
    -------
    ndarray, shape (n,)
        Difference in days, as the column has it. The time less this is the same number in every
        star, bit for bit, as in the mission's files.
    """
    anomaly = (
        2 * np.pi / _ORBIT_PERIOD_D * (mjd - MJD_OF_BKJD_ZERO)
        + _ORBIT_LONGITUDE
        - _ORBIT_PERIHELION
    )
    longitude = anomaly + _ORBIT_PERIHELION + 2 * _ORBIT_ECCENTRICITY * np.sin(anomaly)
    radius_d = _ORBIT_RADIUS_D * (1 - _ORBIT_ECCENTRICITY * np.cos(anomaly))
    ra, dec = np.radians(ra_deg), np.radians(dec_deg)
    toward_x = np.cos(dec) * np.cos(ra)
    toward_y = np.cos(_OBLIQUITY) * np.cos(dec) * np.sin(ra) + np.sin(_OBLIQUITY) * np.sin(dec)
    light_time_d = radius_d * (toward_x * np.cos(longitude) + toward_y * np.sin(longitude))
    return np.asarray(_TDB_MINUS_UTC_D + light_time_d, np.float32).astype(np.float64)


@lru_cache(maxsize=32)
def _long_span(stamp: str, quarter: int) -> CadenceSpan:
    first = _LONG_QUARTERS[quarter][0]
    quality = _quarter_quality(quarter)
    _, end = kepler_rows(kepler_product(stamp, 0, LONG))
    return _span(LONG, quarter, None, first, _long_mjd(quarter)[:end], quality[:end])


# A short-cadence month takes ten times the memory of a long-cadence quarter: keep fewer.
@lru_cache(maxsize=6)
def _short_span(quarter: int, month: int) -> CadenceSpan:
    first = _LONG_QUARTERS[quarter][0]
    start, end = kepler_rows(kepler_product(SHORT_STAMPS[quarter][month - 1], 0, SHORT))
    quality = _quarter_quality(quarter)
    within = (np.arange(SHORT_PER_LONG) - (SHORT_PER_LONG - 1) / 2) * CADENCE_D[SHORT]
    return _span(
        SHORT,
        quarter,
        month,
        SHORT_PER_LONG * (first + start) - SHORT_NUMBER_OFFSET,
        (_long_mjd(quarter)[start:end, np.newaxis] + within).ravel(),
        _short_quality(quality[start:end]),
    )


def _span(
    cadence: str,
    quarter: int,
    month: int | None,
    first_cadence: int,
    mjd: NDArray[np.float64],
    quality: NDArray[np.int32],
) -> CadenceSpan:
    recovery_d = _recovery_d(mjd, quality)
    for array in (mjd, quality, recovery_d):
        array.setflags(write=False)
    table = _TARGET_TABLES[quarter] + (month or 1) - 1
    return CadenceSpan(cadence, quarter, month, first_cadence, mjd, quality, recovery_d, table)


def _long_mjd(quarter: int) -> NDArray[np.float64]:
    _, first, last = _LONG_QUARTERS[quarter]
    return np.linspace(first, last, LONG_ROWS[quarter])


def _quarter_quality(quarter: int) -> NDArray[np.int32]:
    quality = np.zeros(LONG_ROWS[quarter], dtype=np.int32)
    for run in QUALITY_RUNS[long_stamp(quarter, on_module_3=False)].split():
        where, flags = run.split(":")
        start, _, length = where.partition("+")
        quality[int(start) : int(start) + int(length or 1)] = int(flags, 16)
    return quality


def _short_quality(long_quality: NDArray[np.int32]) -> NDArray[np.int32]:
    """Spread long-cadence flags over short exposures; brief events affect only a few of them."""
    quality = np.repeat(long_quality[:, np.newaxis], SHORT_PER_LONG, axis=1)
    observed = (long_quality & _NO_DATA) == 0
    dumps = observed & ((long_quality & _DESATURATION) != 0)
    quality[dumps] = 0
    quality[dumps, _DUMP_START : _DUMP_START + len(_DUMP)] = _DUMP
    bright = observed & ((long_quality & _ARGABRIGHTENING) != 0)
    quality[bright, 1:] = 0
    quality[bright, 1 : 1 + _ARGABRIGHTENING_TAIL] = _ARGABRIGHTENING
    return quality.ravel()


def _recovery_d(mjd: NDArray[np.float64], quality: NDArray[np.int32]) -> NDArray[np.float32]:
    observed = np.flatnonzero((quality & _NO_DATA) == 0)
    ends = observed[1:][np.diff(mjd[observed]) > _LONG_GAP_D]
    restarts = np.concatenate(([mjd[0]], mjd[ends]))
    last = np.searchsorted(restarts, mjd, side="right") - 1
    return (mjd - restarts[last]).astype(np.float32)
