"""A K2 light curve in the layout of EVEREST."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.hlsp_file import HlspFile, of_form
from preprocessing.simulator.synthesis.mission_calendar import CadenceSpan

__all__ = ["EVEREST_FILE", "everest_file"]

#: A flag of EVEREST's own: the flux is missing, so the model fills it in
#: (https://luger.dev/everest/fitsfiles.html).
_FILLED_IN = 1 << 24

#: After fits.py of the package everest-pipeline 2.0. Real files have four more extensions: the
#: pixels, the aperture, and images of the star.
EVEREST_FILE = HlspFile(
    "EXTNAME = 'PRIMARY ' / name of extension\n"
    "TELESCOP= 'Kepler  ' / telescope\n"
    "INSTRUME= 'Kepler Photometer' / detector type\n"
    "OBJECT  = '%-8s' / string version of target id\n"
    "KEPLERID= %d / unique Kepler target identifier\n"
    "CAMPAIGN= %d / Observing campaign number\n"
    "RADESYS = 'ICRS    ' / reference frame of celestial coordinates\n"
    "RA_OBJ  = %.6f / [deg] right ascension\n"
    "DEC_OBJ = %.6f / [deg] declination\n"
    "KEPMAG  = %.3f / [mag] Kepler magnitude (Kp)\n"
    "COMMENT ************************\n"
    "COMMENT *     EVEREST INFO     *\n"
    "COMMENT ************************\n"
    "MISSION = 'k2      ' / Mission name\n"
    "VERSION = '2.0.10  ' / EVEREST pipeline version\n",
    [
        *of_form("D", "CADN"),
        *of_form("D", "FLUX FRAW FRAW_ERR", "e-/s"),
        *of_form("J", "QUALITY"),
        *of_form("D", "TIME", "BJD - 2454833"),
        *of_form("D", "FCOR", "e-/s"),
        *of_form("D", "CBV01"),
    ],
    "EXTNAME = 'ARRAYS  ' / name of extension\n"
    "BJDREFI = 2454833 / integer part of BJD reference date\n"
    "BJDREFF = 0.00000000 / fraction of the day in BJD reference date\n"
    "TIMEUNIT= 'd       ' / time unit for TIME\n",
)


def everest_file(
    values: Mapping[str, HeaderValue], rows: NDArray[np.void], span: CadenceSpan
) -> bytes:
    """Return a light-curve file. It has no CHECKSUM cards.

    Parameters
    ----------
    values : mapping
        Values of the header cards, as in the mission's file of the campaign.
    rows : ndarray, dtype `LIGHT_CURVE_ROW`
        The table of the mission's file. Times are filled in here, as EVEREST does:
        a file's first rows without one repeat the first time.
    span : CadenceSpan
        The exposures of the campaign, one per row.
    """
    table = np.zeros(len(rows), dtype=EVEREST_FILE.row)
    time = rows["TIME"]
    known = np.isfinite(time)
    table["TIME"] = np.interp(span.mjd, span.mjd[known], time[known])
    table["CADN"] = rows["CADENCENO"]
    table["FRAW"], table["FRAW_ERR"] = rows["SAP_FLUX"], rows["SAP_FLUX_ERR"]
    table["FLUX"], table["FCOR"] = rows["PDCSAP_FLUX"], rows["PDCSAP_FLUX"]
    table["QUALITY"] = rows["SAP_QUALITY"]
    table["QUALITY"][~np.isfinite(rows["PDCSAP_FLUX"])] |= _FILLED_IN
    return EVEREST_FILE.body(values, table)
