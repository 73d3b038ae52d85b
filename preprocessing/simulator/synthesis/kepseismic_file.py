"""Four years of a Kepler star in the layout of KEPSEISMIC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import LONG
from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.hlsp_file import HlspFile, of_form
from preprocessing.simulator.synthesis.mission_calendar import CADENCE_D, CadenceSpan

__all__ = ["kepseismic_file", "kepseismic_size"]

#: Times are BJD - 2400000, those of Kepler's rows BJD - 2454833.
_BKJD_ZERO_D = 54_833.0

#: After files of Mathur, Santos & Garcia (https://doi.org/10.17909/t9-mrpw-gc07). Real files end
#: with an image that tells the gaps that were filled.
_FILE = HlspFile(
    "ORIGIN  = 'CEA & SSI' / imitated institution\n"
    "TELESCOP= 'Kepler  ' / telescope\n"
    "INSTRUME= 'Kepler Photometer' / detector type\n"
    "OBJECT  = '%-8s' / string version of target id\n"
    "KEPLERID= %d / unique Kepler target identifier\n"
    "RADESYS = 'ICRS    ' / reference frame of celestial coordinates\n"
    "RA_OBJ  = %.6f / [deg] right ascension\n"
    "DEC_OBJ = %.6f / [deg] declination\n"
    "KEPMAG  = %.3f / [mag] Kepler magnitude (Kp)\n",
    [*of_form("D", "TIME", "days"), *of_form("D", "FLUX", "ppm")],
    "",
)


def _n_rows(spans: Sequence[CadenceSpan]) -> int:
    last = spans[-1]
    return last.first_cadence + len(last.mjd) - spans[0].first_cadence


def kepseismic_size(spans: Sequence[CadenceSpan]) -> int:
    """Return the size of a file in bytes.

    Parameters
    ----------
    spans : sequence of CadenceSpan
        The exposures of the star's quarters, in time order.
    """
    return _FILE.size(_n_rows(spans))


def kepseismic_file(
    values: Mapping[str, HeaderValue],
    quarters: Sequence[NDArray[np.void]],
    spans: Sequence[CadenceSpan],
    days: int,
) -> bytes:
    """Return a light-curve file. It has no CHECKSUM cards.

    Parameters
    ----------
    values : mapping
        Values of the header cards, as in any file of the mission.
    quarters : sequence of ndarray, dtype `LIGHT_CURVE_ROW`
        The tables of the mission's files, in time order.
    spans : sequence of CadenceSpan
        The exposures of the same quarters.
    days : int
        Changes slower than this are filtered out.
    """
    table = np.zeros(_n_rows(spans), dtype=_FILE.row)
    ppm = np.zeros(len(table))
    for rows in quarters:
        flux = rows["PDCSAP_FLUX"].astype(np.float64)
        seen = np.isfinite(flux)
        at = rows["CADENCENO"][seen] - spans[0].first_cadence
        ppm[at] = 1e6 * (flux[seen] / np.median(flux[seen]) - 1)
    width = round(days / CADENCE_D[LONG])
    table["FLUX"] = ppm - np.convolve(ppm, np.ones(width) / width, mode="same")
    # Gaps hold zeros.
    table["FLUX"][ppm == 0] = 0
    start = float(np.nanmin(quarters[0]["TIME"]))
    table["TIME"] = _BKJD_ZERO_D + start + CADENCE_D[LONG] * np.arange(len(table))
    return _FILE.body(values, table)
