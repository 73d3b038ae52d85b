"""The bytes of a light-curve file in the layout of K2SFF."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.format import padded_size
from preprocessing.missions.kepler import QUALITY_BITMASKS
from preprocessing.simulator.synthesis.hdu_bytes import hdu_bytes
from preprocessing.simulator.synthesis.header_template import (
    ColumnCards,
    HeaderTemplate,
    HeaderValue,
    column_dtype,
    table_cards,
)
from preprocessing.simulator.synthesis.k2_calendar import MOVING
from preprocessing.simulator.synthesis.mission_calendar import CadenceSpan

__all__ = ["k2sff_file", "k2sff_size"]

#: Extensions of a synthetic file. Real files have ten apertures of each shape; two of each show
#: the same structure. Real files also give sky coordinates per column, and end with images of
#: the apertures.
_APERTURES = ("BESTAPER", "CIRC_APER0", "CIRC_APER1", "PRF_APER0", "PRF_APER1")

_COLUMNS: tuple[ColumnCards, ...] = tuple(
    (name, form, "", "", "", "")
    for name, form in (
        *(("T", "D"), ("FRAW", "D"), ("FCOR", "D")),
        *(("ARCLENGTH", "D"), ("MOVING", "I"), ("CADENCENO", "J")),
    )
)
_ROW = np.dtype(column_dtype(_COLUMNS))

_PRIMARY = HeaderTemplate(
    f"""\
SIMPLE  = T / Primary Header
BITPIX  = 8
NAXIS   = 0
EXTEND  = T / Extensions may be present
NEXTEND = {len(_APERTURES)} / number of standard extensions
EXTNAME = 'PRIMARY ' / name of extension
EXTVER  = 1 / extension version number (not format version)
DATE    = '2026-01-01' / file creation date.
TELESCOP= 'Kepler  ' / telescope
INSTRUME= 'Kepler Photometer' / detector type
OBJECT  = '%-8s' / string version of target id
KEPLERID= %d / unique Kepler target identifier
CHANNEL = %d / CCD channel
MODULE  = %d / CCD module
OUTPUT  = %d / CCD output
CAMPAIGN= %d / Observing campaign number
DATA_REL= %d / data release version number
OBSMODE = '%s' / observing mode
MISSION = 'K2      ' / Mission name
TTABLEID= %d / target table id
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.6f / [deg] right ascension
DEC_OBJ = %.6f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
KEPMAG  = %.3f / [mag] Kepler magnitude (Kp)
SYNTHET = T / made by a program: this is no observation
"""
)

_TABLE_CARDS = """\
INHERIT = T / inherit the primary header
EXTNAME = '%-8s' / name of extension
EXTVER  = 1 / extension version number (not format version)
TELESCOP= 'Kepler  ' / telescope
INSTRUME= 'Kepler Photometer' / detector type
OBJECT  = '%-8s' / string version of target id
KEPLERID= %d / unique Kepler target identifier
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.6f / [deg] right ascension
DEC_OBJ = %.6f / [deg] declination
EQUINOX = 2000.0 / equinox of celestial coordinate system
EXPOSURE= %.8f / [d] time on source
TIMEREF = 'SOLARSYSTEM' / barycentric correction applied to times
TASSIGN = 'SPACECRAFT' / where time is assigned
TIMESYS = 'TDB     ' / time system is barycentric JD
BJDREFI = 2454833 / integer part of BJD reference date
BJDREFF = 0.00000000 / fraction of the day in BJD reference date
TIMEUNIT= 'd       ' / time unit for TIME, TSTART and TSTOP
TELAPSE = %.8f / [d] TSTOP - TSTART
LIVETIME= %.8f / [d] TELAPSE multiplied by DEADC
TSTART  = %.8f / observation start time in BJD-BJDREF
TSTOP   = %.8f / observation stop time in BJD-BJDREF
LC_START= %.8f / mid point of first cadence in MJD
LC_END  = %.8f / mid point of last cadence in MJD
DEADC   = 0.92063492 / deadtime correction
TIMEPIXR= 0.5 / bin time beginning=0 middle=0.5 end=1
TIERRELA= 5.78E-07 / [d] relative time error
INT_TIME= 6.019802903270 / [s] photon accumulation time per frame
READTIME= 0.518948526144 / [s] readout time per frame
FRAMETIM= 6.538751429414 / [s] frame time (INT_TIME + READTIME)
NUM_FRM = %d / number of frames per time stamp
TIMEDEL = %s / [d] time resolution of data
DATE-OBS= '%s' / TSTART as UTC calendar date
DATE-END= '%s' / TSTOP as UTC calendar date
BACKAPP = F / background is subtracted
DEADAPP = T / deadtime applied
VIGNAPP = T / vignetting or collimator correction applied
GAIN    = %.2f / [electrons/count] channel gain
READNOIS= %.6f / [electrons] read noise
NREADOUT= %d / number of read per cadence
TIMSLICE= %d / time-slice readout sequence section
MEANBLCK= %d / [count] FSW mean black level
LCFXDOFF= 419400 / long cadence fixed offset
SCFXDOFF= 219400 / short cadence fixed offset
QCDPP6  = %.2f / QuasiCDPP -6 Hour Photometry Precision [ppm]
MASKTYPE= '%-8s' / Circular or PRF Fit Mask Used
MASKINDE= %d / Index of Mask Used
NPIXSAP = %.5f / Number of pixels in optimal aperture
"""
_TABLE = HeaderTemplate(table_cards(_COLUMNS) + _TABLE_CARDS)
_BLOCKS = sum(len(t.fill(dict.fromkeys(t.keywords))) for t in (_PRIMARY, *[_TABLE] * 5))


def k2sff_size(span: CadenceSpan) -> int:
    """Return the size of a file in bytes.

    Parameters
    ----------
    span : CadenceSpan
        The exposures of the campaign.
    """
    rows = int(np.count_nonzero(_used(span)))
    return _BLOCKS + len(_APERTURES) * padded_size(_ROW.itemsize * rows)


def k2sff_file(
    values: Mapping[str, HeaderValue], rows: NDArray[np.void], span: CadenceSpan, n_pixels: int
) -> bytes:
    """Return a light-curve file. It has no CHECKSUM cards, like the files of K2SFF.

    Parameters
    ----------
    values : mapping
        Values of the header cards, as in the mission's file of the campaign.
    rows : ndarray, dtype `LIGHT_CURVE_ROW`
        The table of the mission's file. Its bad exposures are left out here, and its fluxes
        divided by their median.
    span : CadenceSpan
        The exposures of the campaign, one per row.
    n_pixels : int
        Number of pixels in the best aperture.

    Returns
    -------
    bytes
        The whole file.
    """
    used = _used(span)
    table = np.empty(int(np.count_nonzero(used)), dtype=_ROW)
    table["T"] = rows["TIME"][used]
    table["MOVING"] = (span.quality[used] & MOVING) != 0
    table["CADENCENO"] = rows["CADENCENO"][used]
    table["ARCLENGTH"] = np.cumsum(np.abs(np.diff(rows["POS_CORR1"][used], prepend=0.0)))
    parts: list[bytes | bytearray] = [*hdu_bytes(_PRIMARY, values)]
    for number, name in enumerate(_APERTURES):
        # Make the apertures differ: each one captures 1 % less of the signal than the last.
        share = 1 - 0.01 * number
        table["FRAW"] = _relative(rows["SAP_FLUX"][used], share)
        table["FCOR"] = _relative(rows["PDCSAP_FLUX"][used], share)
        table_values: dict[str, HeaderValue] = {
            "NAXIS2": len(table),
            "EXTNAME": name,
            "QCDPP6": values["CDPP6_0"],
            "MASKTYPE": "CIRCULAR" if name.startswith("CIRC") else "PRF FIT",
            "MASKINDE": int(name[-1]) if name[-1].isdigit() else 0,
            "NPIXSAP": float(n_pixels),
        }
        parts += hdu_bytes(_TABLE, {**values, **table_values}, table.tobytes())
    return b"".join(parts)


def _used(span: CadenceSpan) -> NDArray[np.bool_]:
    """Tell which exposures K2SFF keeps; they are the same for all stars of a campaign."""
    return np.asarray((span.quality & QUALITY_BITMASKS["default"]) == 0)


def _relative(flux: NDArray[np.float32], share: float) -> NDArray[np.float64]:
    median = np.median(flux.astype(np.float64))
    return np.asarray(1 + share * (flux / median - 1))
