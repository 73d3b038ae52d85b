"""The bytes of a light-curve file in the layout of QLP, MIT's Quick-Look Pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.format import BLOCK, padded_size
from preprocessing.simulator.synthesis.hdu_bytes import hdu_bytes
from preprocessing.simulator.synthesis.header_template import (
    ColumnCards,
    HeaderTemplate,
    HeaderValue,
    column_dtype,
    table_cards,
)
from preprocessing.simulator.synthesis.tess_calendar import SectorSpan

__all__ = ["qlp_file", "qlp_size"]

#: From this sector on, the detrended flux has another name and the table has one more column
#: (https://github.com/lightkurve/lightkurve/issues/1083).
_FIRST_RENAMED = 56
_COLUMNS = (
    *(("TIME", "D", "BJD-2457000, days"), ("CADENCENO", "J", ""), ("SAP_FLUX", "E", "")),
    *(("KSPSAP_FLUX", "E", ""), ("KSPSAP_FLUX_ERR", "E", ""), ("QUALITY", "J", "")),
    *(("ORBITID", "J", ""), ("SAP_X", "E", "pixel"), ("SAP_Y", "E", "pixel")),
    *(("SAP_BKG", "E", ""), ("SAP_BKG_ERR", "E", "")),
    *(("KSPSAP_FLUX_SML", "E", ""), ("KSPSAP_FLUX_LAG", "E", "")),
)
#: The flag for points of low precision, before and after the flags were renumbered.
_LOW_PRECISION, _LOW_PRECISION_RENAMED = 1 << 12, 1 << 30
#: The flags that QLP takes over from TESS.
_OF_SPACECRAFT = (1 << 12) - 1
_FIRST_ORBIT = 7

_PRIMARY = HeaderTemplate(
    """\
SIMPLE  = T / conforms to FITS standard
BITPIX  = 8 / array data type
NAXIS   = 0 / number of array dimensions
EXTEND  = T
NEXTEND = 1 / number of standard extensions
EXTNAME = 'PRIMARY ' / name of extension
ORIGIN  = 'xenoscan, as MIT/QLP' / program responsible for creating this file
TELESCOP= 'TESS    ' / telescope
INSTRUME= 'TESS Photometer' / detector type
FILTER  = 'TESS    ' / the filter used for the observations
OBJECT  = '%-8s' / string version of TICID
TICID   = %d / unique TESS target identifier
SECTOR  = %d / last observed sector
CAMERA  = %d / camera
CCD     = %d / ccd
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.9f / [deg] right ascension, J2000
DEC_OBJ = %.9f / [deg] declination, J2000
TESSMAG = %.4f / [mag] TESS magnitude, TIC v8
RADIUS  = %.6f / [solar radii] stellar radius
LOGG    = %.4f / [cm/s2] log10 surface gravity
MASS    = %.3f / [solar mass] log10 stellar mass
TEFF    = %.1f / [K] effective temperature
MH      = %.3f / metallicity
EQUINOX = 2000.0 / equinox of celestial coordinate system
PMRA    = %.4f / [mas/yr] RA proper motion
PMDEC   = %.4f / [mas/yr] DEC proper motion
TICVER  = 8 / TIC Version
CALIB   = 'TICA    ' / pipeline used for image calibration
SYNTHET = T / made by a program: this is no observation
"""
)
_LIGHT_CURVE_CARDS = """\
INHERIT = 'T       ' / inherit the primary header
EXTNAME = 'LIGHTCURVE' / name of extension
EXTVER  = 1 / extension version number (not format version)
TELESCOP= 'TESS    ' / telescope
INSTRUME= 'TESS Photometer' / detector type
OBJECT  = '%-8s' / string version of TICID
TICID   = %d / unique TESS target identifier
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.9f / [deg] right ascension, J2000
DEC_OBJ = %.9f / [deg] declination, J2000
TIMEREF = 'SOLARSYSTEM' / barycentric correction applied to times
TASSIGN = 'SPACECRAFT' / where time is assigned
TIMESYS = 'TDB     ' / time is Barycentric Dynamic TIME (TDB)
BJDREFI = 2457000 / integer part of BJD reference date
BJDREFR = 0.0 / fraction of the day in BJD reference date
TIMEUNIT= 'd       ' / time unit for TIME, TSTART-TSTOP
TELAPS  = %.14f / [d] TSTOP-TSTART
TSTART  = %.12f / observation start time in TBJD
TSTOP   = %.12f / observation stop time in TBJD
TIMEDEL = %.17f / [d] time resolution of data
MJD-BEG = %.11f / observation start time in MJD
MJD-END = %.11f / observation end time in MJD
BESTAP  = '3.0:4.0:3.0' / [pix] the parameters of the best aperture
SMALLAP = '2.5:4.0:3.0' / [pix] the parameters of the smaller aperture
LARGEAP = '3.5:5.0:4.0' / [pix] the parameters of the larger aperture
KSPPENCO= 0.75 / the penalty coefficient used in the detrending
KSPBSMIN= 0.3 / [d] the minimum break space used in the detrend
KSPBSMAX= 1.5 / [d] the maximum break space used in the detrend
"""
#: Bytes of the headers: one block for the primary, two for the light curve.
_HEADER_SIZE = 3 * BLOCK


def qlp_size(span: SectorSpan) -> int:
    """Return the size of a file in bytes.

    Parameters
    ----------
    span : SectorSpan
        The exposures of the sector.
    """
    _, dtype = _layout(span.sector >= _FIRST_RENAMED)
    return _HEADER_SIZE + padded_size(dtype.itemsize * int(np.count_nonzero(~span.no_data)))


def qlp_file(
    values: Mapping[str, HeaderValue],
    rows: NDArray[np.void],
    slow: NDArray[np.float64],
    span: SectorSpan,
) -> bytes:
    """Return a light-curve file. It has no CHECKSUM cards, like the files of QLP.

    Parameters
    ----------
    values : mapping
        Values of the header cards: see `tess_values`.
    rows : ndarray, shape (n,), dtype `TESS_ROW`
        What TESS recorded. Rows without data are left out here.
    slow : ndarray, shape (n,)
        The star's slow changes, relative to 1; the detrended flux is divided by them.
    span : SectorSpan
        The exposures of the sector, one per row.

    Returns
    -------
    bytes
        The whole file.
    """
    is_renamed = span.sector >= _FIRST_RENAMED
    template, dtype = _layout(is_renamed)
    used = ~span.no_data
    rows, slow = rows[used], slow[used]
    table = np.zeros(len(rows), dtype=dtype)
    raw = rows["SAP_FLUX"] / np.median(rows["SAP_FLUX"])
    detrended = rows["PDCSAP_FLUX"] / np.median(rows["PDCSAP_FLUX"]) / slow
    table["TIME"] = rows["TIME"]
    table["CADENCENO"] = rows["CADENCENO"]
    table["SAP_FLUX"] = raw
    name = "DET_FLUX" if is_renamed else "KSPSAP_FLUX"
    table[name] = detrended
    table[f"{name}_ERR"] = np.median(rows["PDCSAP_FLUX_ERR"] / rows["PDCSAP_FLUX"])
    table[f"{name}_SML"], table[f"{name}_LAG"] = detrended, detrended
    if is_renamed:
        table["SYS_RM_FLUX"] = raw
    low = _LOW_PRECISION_RENAMED if is_renamed else _LOW_PRECISION
    table["QUALITY"] = (rows["QUALITY"] & _OF_SPACECRAFT) | np.where(
        rows["QUALITY"] & _LOW_PRECISION, low, 0
    )
    orbit = _FIRST_ORBIT + 2 * span.sector
    table["ORBITID"] = orbit + (span.tjd[used] > span.tjd[span.no_data].mean())
    table["SAP_X"], table["SAP_Y"] = rows["MOM_CENTR1"], rows["MOM_CENTR2"]
    table["SAP_BKG"], table["SAP_BKG_ERR"] = rows["SAP_BKG"], rows["SAP_BKG_ERR"]
    times = _times(table["TIME"])
    table_values = {**values, **times, "NAXIS2": len(table)}
    return b"".join(
        (*hdu_bytes(_PRIMARY, values), *hdu_bytes(template, table_values, table.tobytes()))
    )


def _times(time_btjd: NDArray[np.float64]) -> dict[str, HeaderValue]:
    """Return the time cards; QLP uses the times of the first and last row as start and end."""
    start, stop = float(time_btjd[0]), float(time_btjd[-1])
    return {
        "TELAPS": stop - start,
        "TSTART": start,
        "TSTOP": stop,
        "MJD-BEG": start + 56_999.5,
        "MJD-END": stop + 56_999.5,
    }


@cache
def _layout(is_renamed: bool) -> tuple[HeaderTemplate, np.dtype[np.void]]:
    columns: list[ColumnCards] = [(*column, "", "", "") for column in _COLUMNS]
    if is_renamed:
        columns = [(name.replace("KSPSAP", "DET"), *rest) for name, *rest in columns]  # type: ignore[misc]  # the tuples keep their length
        columns.append(("SYS_RM_FLUX", "E", "", "", "", ""))
    return HeaderTemplate(table_cards(columns) + _LIGHT_CURVE_CARDS), np.dtype(
        column_dtype(columns)
    )
