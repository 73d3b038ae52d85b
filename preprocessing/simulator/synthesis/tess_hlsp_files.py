"""TESS light curves in the layouts of TGLC, GSFC-ELEANOR-LITE, TASOC and PATHOS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from preprocessing.missions import Product
from preprocessing.simulator.synthesis.header_template import HeaderValue
from preprocessing.simulator.synthesis.hlsp_file import HlspFile, of_form
from preprocessing.simulator.synthesis.tess_calendar import SectorSpan

__all__ = ["TESS_HLSP_FILES", "tess_hlsp_body"]

#: The flags that these authors take over from TESS.
_OF_SPACECRAFT = (1 << 12) - 1
_STAR = """\
TELESCOP= 'TESS    ' / telescope
INSTRUME= 'TESS Photometer' / detector type
SECTOR  = %d / observation sector
CAMERA  = %d / camera No.
CCD     = %d / CCD No.
RADESYS = 'ICRS    ' / reference frame of celestial coordinates
RA_OBJ  = %.9f / [deg] right ascension, J2000
DEC_OBJ = %.9f / [deg] declination, J2000
"""
_TIMES = """\
TIMEREF = 'SOLARSYSTEM' / barycentric correction applied to times
TIMESYS = 'TDB     ' / TESS Barycentric Dynamical Time
BJDREFI = 2457000 / integer part of BJD reference date
TIMEUNIT= 'd       ' / time unit for TIME
TSTART  = %.12f / observation start time in TBJD
TSTOP   = %.12f / observation stop time in TBJD
TIMEDEL = %.17f / [d] time resolution of data
"""
_CHECKSUM = "CHECKSUM= '%s' / HDU checksum\n"

#: Each author's files, after those of TIC 389023759 (TGLC), lightkurve's sample of pi Mensae
#: (eleanor), BasePhotometry.py of TASOC (github.com/tasoc/photometry), and PATHOS's text files.
TESS_HLSP_FILES = MappingProxyType(
    {
        "TGLC": HlspFile(
            "EXTNAME = 'PRIMARY ' / name of extension\n"
            "ORIGIN  = 'UCSB/TGLC' / imitated institution\n"
            "GAIADR3 = %d / Gaia DR3 ID\n"
            "TICID   = '%d' / TESS Input Catalog ID\n"
            "TESSMAG = %.9f / TESS magnitude\n" + _STAR,
            [
                *of_form("D", "time"),
                *of_form("E", "psf_flux aperture_flux cal_psf_flux cal_aper_flux background"),
                *of_form("J", "cadence_num"),
                *of_form("I", "TESS_flags TGLC_flags"),
            ],
            "EXTNAME = 'LIGHTCURVE' / name of extension\n" + _TIMES,
        ),
        "GSFC-ELEANOR-LITE": HlspFile(
            # The header of the cut-out comes first, and some of its cards come again.
            "EXTNAME = 'PIXELS  '\n"
            + _STAR
            + _TIMES
            + "OBJECT  = '' / string version of target id\n"
            "TESSMAG = 0.0 / [mag] TESS magnitude\n"
            "TEFF    = 0.0 / [K] Effective temperature\n"
            "CHECKSUM= 'FULRHUKPFUKPFUKP' / HDU checksum\n"
            "LITE    = T / eleanor-lite keyword for saving light curves\n"
            "TIC_ID  = %d / TESS Input Catalog ID\n"
            "TMAG    = %.4f / TESS mag\n"
            "SECTOR  = %d / Sector\n"
            "CAMERA  = %d / Camera\n"
            "CCD     = %d / CCD\n"
            "PCORIGIN= 'MAST    ' / Provenance of eleanor Postcard\n",
            [
                *of_form("D", "TIME BARYCORR RAW_FLUX CORR_FLUX FLUX_ERR"),
                *of_form("J", "QUALITY"),
                *of_form("D", "X_CENTROID Y_CENTROID X_COM Y_COM FLUX_BKG FFIINDEX PCA_FLUX"),
            ],
            "",
        ),
        "TASOC": HlspFile(
            "EXTNAME = 'PRIMARY ' / name of extension\n"
            "ORIGIN  = 'TASOC/Aarhus' / imitated institution\n"
            "OBJECT  = '%-8s' / string version of TICID\n"
            "TICID   = %d / unique TESS target identifier\n"
            "PROCVER = '%s' / Version of photometry pipeline\n"
            "DATA_REL= %d / Data release number\n"
            "TESSMAG = %.9f / [mag] TESS magnitude\n"
            "TEFF    = %.1f / [K] Effective temperature\n" + _STAR + _CHECKSUM,
            [
                *of_form("D", "TIME", "BJD - 2457000, days"),
                *of_form("E", "TIMECORR", "d"),
                *of_form("J", "CADENCENO"),
                *of_form("D", "FLUX_RAW FLUX_RAW_ERR FLUX_BKG", "e-/s"),
                *of_form("D", "FLUX_CORR FLUX_CORR_ERR", "ppm"),
                *of_form("J", "QUALITY PIXEL_QUALITY"),
                *of_form("D", "MOM_CENTR1 MOM_CENTR2 POS_CORR1 POS_CORR2", "pixels"),
            ],
            "EXTNAME = 'LIGHTCURVE' / name of extension\n" + _TIMES + _CHECKSUM,
        ),
        "PATHOS": HlspFile(
            "OBJECT  = '%-8s' / string version of TICID\n"
            "TICID   = %d / unique TESS target identifier\n"
            "TESSMAG = %.9f / [mag] TESS magnitude\n" + _STAR,
            [
                *of_form("D", "TIME TIMECORR", "d"),
                *(
                    column
                    for measure in ("PSF", "AP1", "AP2", "AP3", "AP4")
                    for column in of_form("D", f"{measure}_FLUX_RAW {measure}_FLUX_COR", "e-/s")
                ),
                *of_form("D", "SKY_LOCAL", "e-/s"),
                *of_form("D", "X_POSITION Y_POSITION", "pixel"),
                *of_form("J", "DQUALITY"),
            ],
            "",
        ),
    }
)


def tess_hlsp_body(
    product: Product,
    values: Mapping[str, HeaderValue],
    rows: NDArray[np.void],
    slow: NDArray[np.float64],
    span: SectorSpan,
) -> bytes:
    """Return a light-curve file in its author's layout.

    Parameters
    ----------
    product : Product
        The file.
    values : mapping
        Values of the header cards: see `tess_values`.
    rows : ndarray, shape (n,), dtype `TESS_ROW`
        What TESS recorded. Rows without data are left out here.
    slow : ndarray, shape (n,)
        The star's slow changes, relative to 1; detrended fluxes are divided by them.
    span : SectorSpan
        The exposures of the sector, one per row.
    """
    used = ~span.no_data
    rows, slow = rows[used], slow[used]
    layout = TESS_HLSP_FILES[product.author]
    table = np.zeros(len(rows), dtype=layout.row)
    _FILL[product.author](table, rows, slow, product)
    time = rows["TIME"]
    own: dict[str, HeaderValue] = {
        "TIC_ID": product.number,
        "TMAG": values["TESSMAG"],
        "TSTART": float(time[0]),
        "TSTOP": float(time[-1]),
        # TGLC's is the sector's length over the number of its rows.
        "TIMEDEL": float((time[-1] - time[0]) / (len(time) - 1)),
    }
    if product.author == "TGLC":
        own["GAIADR3"] = int(product.file_name.partition("gaiaid-")[2].partition("-")[0])
    return layout.body({**values, **own}, table)


def _fill_tglc(
    table: NDArray[np.void], rows: NDArray[np.void], slow: NDArray[np.float64], product: Product
) -> None:
    table["time"], table["cadence_num"] = rows["TIME"], rows["CADENCENO"]
    table["psf_flux"], table["aperture_flux"] = rows["PDCSAP_FLUX"], rows["SAP_FLUX"]
    table["cal_psf_flux"] = _relative(rows["PDCSAP_FLUX"]) / slow
    table["cal_aper_flux"] = _relative(rows["SAP_FLUX"]) / slow
    table["background"] = rows["SAP_BKG"]
    table["TESS_flags"] = rows["QUALITY"] & _OF_SPACECRAFT


def _fill_eleanor(
    table: NDArray[np.void], rows: NDArray[np.void], slow: NDArray[np.float64], product: Product
) -> None:
    table["TIME"], table["FFIINDEX"] = rows["TIME"], rows["CADENCENO"]
    table["RAW_FLUX"], table["CORR_FLUX"] = rows["SAP_FLUX"], rows["PDCSAP_FLUX"]
    table["PCA_FLUX"], table["FLUX_ERR"] = rows["PDCSAP_FLUX"] / slow, rows["SAP_FLUX_ERR"]
    table["QUALITY"] = rows["QUALITY"] & _OF_SPACECRAFT
    # eleanor's own flags, here and there.
    table["QUALITY"][::97] |= 1 << 17
    table["X_CENTROID"], table["Y_CENTROID"] = rows["MOM_CENTR1"], rows["MOM_CENTR2"]


def _fill_tasoc(
    table: NDArray[np.void], rows: NDArray[np.void], slow: NDArray[np.float64], product: Product
) -> None:
    for name in ("TIME", "TIMECORR", "CADENCENO", "MOM_CENTR1", "MOM_CENTR2"):
        table[name] = rows[name]
    table["FLUX_RAW"], table["FLUX_RAW_ERR"] = rows["SAP_FLUX"], rows["SAP_FLUX_ERR"]
    # The ensemble leaves slow changes in the light.
    trend = slow if product.variant == "cbv" else 1.0
    table["FLUX_CORR"] = 1e6 * (_relative(rows["PDCSAP_FLUX"]) / trend - 1)
    table["FLUX_CORR_ERR"] = 1e6 * rows["PDCSAP_FLUX_ERR"] / np.median(rows["PDCSAP_FLUX"])
    table["PIXEL_QUALITY"] = rows["QUALITY"]
    # TASOC's own flags: the first bit of theirs is no flag of TESS.
    table["QUALITY"] = np.where(rows["QUALITY"] & _OF_SPACECRAFT, 1, 0)


def _fill_pathos(
    table: NDArray[np.void], rows: NDArray[np.void], slow: NDArray[np.float64], product: Product
) -> None:
    table["TIME"], table["TIMECORR"] = rows["TIME"], rows["TIMECORR"]
    for number, measure in enumerate(("PSF", "AP1", "AP2", "AP3", "AP4")):
        # Make the apertures differ: each one captures 1 % more of the light than the last.
        share = 1 + 0.01 * number
        table[f"{measure}_FLUX_RAW"] = rows["SAP_FLUX"] * share
        table[f"{measure}_FLUX_COR"] = rows["PDCSAP_FLUX"] * share
    table["SKY_LOCAL"] = rows["SAP_BKG"]
    table["X_POSITION"], table["Y_POSITION"] = rows["MOM_CENTR1"], rows["MOM_CENTR2"]
    table["DQUALITY"] = rows["QUALITY"] & _OF_SPACECRAFT


def _relative(flux: NDArray[np.float32]) -> NDArray[np.float64]:
    doubled = flux.astype(np.float64)
    return np.asarray(doubled / np.median(doubled))


_FILL: Mapping[str, Callable[..., None]] = MappingProxyType(
    {
        "TGLC": _fill_tglc,
        "GSFC-ELEANOR-LITE": _fill_eleanor,
        "TASOC": _fill_tasoc,
        "PATHOS": _fill_pathos,
    }
)
