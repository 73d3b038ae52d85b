"""Small light-curve files of every mission and author, as each lays them out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from preprocessing.fits.format import CardValue
from preprocessing.missions import MISSIONS, Author, Product, author_of, parse_file_name
from preprocessing.missions.file_layout import FileLayout
from preprocessing.missions.kepler import stamp_time
from preprocessing.simulator.synthesis.mission_file import LIGHT_CURVE_ROW
from tests.support.sample_files import unit

__all__ = ["SAMPLES", "layout_of", "product_of", "sample_file", "sample_rows"]

#: One file's name for each author whose light curves can be read, and for each that changed.
SAMPLES = {
    "Kepler": "kplr000757076-2009166043257_llc.fits",
    "Kepler short": "kplr000757076-2009166044711_slc.fits",
    "K2": "ktwo206103150-c03_llc.fits",
    "K2 short": "ktwo206103150-c03_slc.fits",
    "K2 half": "ktwo221312395-c91_llc.fits",
    "K2SFF": "hlsp_k2sff_k2_lightcurve_221312395-c92_kepler_v1_llc.fits",
    "SPOC": "tess2018206045859-s0001-0000000025155310-0120-s_lc.fits",
    "SPOC fast": "tess2020238165205-s0029-0000000025155310-0193-a_fast-lc.fits",
    "TESS-SPOC": "hlsp_tess-spoc_tess_phot_0000000025155310-s0027_tess_v1_lc.fits",
    "QLP": "hlsp_qlp_tess_ffi_s0013-0000000025155310_tess_v01_llc.fits",
    "QLP since S56": "hlsp_qlp_tess_ffi_s0056-0000000025155310_tess_v01_llc.fits",
    "KEPSEISMIC": "hlsp_kepseismic_kepler_phot_kplr001292147-20d_kepler_v1_cor-filt-inp.fits",
    "EVEREST": "hlsp_everest_k2_llc_221312395-c92_kepler_v2.0_lc.fits",
    "TGLC": "hlsp_tglc_tess_ffi_gaiaid-6399196263939178880-s0001-cam2-ccd1_tess_v1_llc.fits",
    "GSFC-ELEANOR-LITE": (
        "hlsp_gsfc-eleanor-lite_tess_ffi_s0001-0000000025155310_tess_v1.0_lc.fits"
    ),
    "TASOC": "hlsp_tasoc_tess_ffi_tic00025155310-s0001-cam4-ccd4-c1800_tess_v05_cbv-lc.fits",
    "PATHOS": "hlsp_pathos_tess_lightcurve_tic-0025155310-s0008_tess_v1_llc.fits",
}
#: The star of samples whose names do not have its number.
_UNNAMED = 25155310
#: The rows of authors that do not follow the mission's files: columns by FITS format.
_COLUMNS = {
    "KEPSEISMIC": {"D": "TIME FLUX"},
    "EVEREST": {"D": "CADN FLUX FRAW FRAW_ERR", "J": "QUALITY", "D ": "TIME FCOR CBV01"},
    "TGLC": {
        "D": "time",
        "E": "psf_flux aperture_flux cal_psf_flux cal_aper_flux background",
        "J": "cadence_num",
        "I": "TESS_flags TGLC_flags",
    },
    "GSFC-ELEANOR-LITE": {
        "D": "TIME BARYCORR RAW_FLUX CORR_FLUX FLUX_ERR",
        "J": "QUALITY",
        "D ": "X_CENTROID Y_CENTROID X_COM Y_COM FLUX_BKG FFIINDEX PCA_FLUX",
    },
    "TASOC": {
        "D": "TIME",
        "E": "TIMECORR",
        "J": "CADENCENO",
        "D ": "FLUX_RAW FLUX_RAW_ERR FLUX_BKG FLUX_CORR FLUX_CORR_ERR",
        "J ": "QUALITY PIXEL_QUALITY",
        "D  ": "MOM_CENTR1 MOM_CENTR2 POS_CORR1 POS_CORR2",
    },
    "PATHOS": {
        "D": "TIME TIMECORR PSF_FLUX_RAW PSF_FLUX_COR AP1_FLUX_RAW AP1_FLUX_COR AP2_FLUX_RAW"
        " AP2_FLUX_COR AP3_FLUX_RAW AP3_FLUX_COR AP4_FLUX_RAW AP4_FLUX_COR SKY_LOCAL X_POSITION"
        " Y_POSITION",
        "J": "DQUALITY",
    },
}
#: What tells each of those authors, to lightkurve too.
_OF_AUTHOR: dict[str, dict[str, CardValue]] = {
    "KEPSEISMIC": {"ORIGIN": "CEA & SSI", "QUARTERS": "0 1 2"},
    "EVEREST": {"COMMENT": "EVEREST INFO"},
    "TGLC": {"ORIGIN": "UCSB/TGLC"},
    "GSFC-ELEANOR-LITE": {
        "EXTNAME": "PIXELS",
        "CHECKSUM": "0" * 16,
        "LITE": True,
        "PCORIGIN": "MAST",
        "TEFF": 0.0,
    },
    "TASOC": {"ORIGIN": "TASOC/Aarhus"},
    "PATHOS": {},
}
#: Units of fluxes that deviate from the mean.
_UNITS = {"KEPSEISMIC": {"FLUX": "ppm"}, "TASOC": {"FLUX_CORR": "ppm", "FLUX_CORR_ERR": "ppm"}}

_BJD_OF_KEPLER = 2454833.0
_FORMS = {"f8": "D", "f4": "E", "i4": "J", "i2": "I"}
_KINDS = {form: f">{kind}" for kind, form in _FORMS.items()}
_SPOC_ROW = np.dtype(
    [
        ("QUALITY" if name == "SAP_QUALITY" else name, LIGHT_CURVE_ROW[name])
        for name in LIGHT_CURVE_ROW.names or ()
    ]
)
_K2SFF_ROW = np.dtype(
    [
        ("T", ">f8"),
        ("FRAW", ">f8"),
        ("FCOR", ">f8"),
        ("ARCLENGTH", ">f8"),
        ("MOVING", ">i2"),
        ("CADENCENO", ">i4"),
    ]
)
_APERTURE: dict[str, CardValue] = {
    "XTENSION": "IMAGE",
    "BITPIX": 32,
    "NAXIS": 2,
    "NAXIS1": 3,
    "NAXIS2": 3,
    "PCOUNT": 0,
    "GCOUNT": 1,
    "EXTNAME": "APERTURE",
}


def product_of(name: str) -> Product:
    """Return the product of a file name, or of what it is called in `SAMPLES`."""
    product = parse_file_name(SAMPLES.get(name, name), _UNNAMED)
    assert product is not None, name
    return product


def layout_of(product: Product) -> FileLayout:
    """Return how the files of a product's author hold a light curve."""
    layout = author_of(product).layout
    assert layout is not None
    return layout


def sample_rows(product: Product, n: int = 60, seed: int = 0) -> NDArray[np.void]:
    """Return rows of a quiet star, with nothing missing and no flags."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(n, dtype=_row_of(product))
    layout = layout_of(product)
    for name in rows.dtype.names or ():
        if rows.dtype[name].kind == "f":
            rows[name] = rng.normal(900.0, 2.0, n)
    start = _start(product) - layout.time_offset_d
    rows[layout.time] = start + product.exposure_s / 86400 * np.arange(n)
    if layout.cadenceno is not None:
        rows[layout.cadenceno] = 1000 + np.arange(n)
    return rows


def sample_file(
    product: Product,
    rows: NDArray[np.void] | None = None,
    primary: Mapping[str, CardValue] | None = None,
    table: Mapping[str, CardValue] | None = None,
    checksum: bool | None = None,
) -> bytes:
    """Return a file with its author's HDUs and columns, and the fewest cards that do.

    With checksums if the author's files have them.
    """
    rows = sample_rows(product) if rows is None else rows
    author, layout = author_of(product), layout_of(product)
    checksum = (
        author.name in ("Kepler", "K2", "SPOC", "TESS-SPOC", "TASOC")
        if checksum is None
        else checksum
    )
    units: list[tuple[dict[str, CardValue], bytes]] = [
        (_primary_cards(product, author) | dict(primary or {}), b""),
        (_table_cards(product, rows, layout.table or "") | dict(table or {}), rows.tobytes()),
    ]
    if layout.extensions is None:
        units.append((_table_cards(product, rows, "CIRC_APER0"), rows.tobytes()))
    elif "APERTURE" in layout.extensions:
        units.append((_APERTURE, np.full((3, 3), 3, dtype=">i4").tobytes()))
    return b"".join(unit(cards, content, checksum) for cards, content in units)


def _row_of(product: Product) -> np.dtype[Any]:
    if product.author in _COLUMNS:
        columns = _COLUMNS[product.author].items()
        return np.dtype(
            [(name, _KINDS[form.strip()]) for form, names in columns for name in names.split()]
        )
    if product.author == "K2SFF":
        return _K2SFF_ROW
    if product.author == "QLP":
        kind = "KSPSAP" if product.sequence_number < 56 else "DET"
        floats = ["SAP_FLUX", f"{kind}_FLUX", f"{kind}_FLUX_ERR"]
        floats += ["SYS_RM_FLUX"] if kind == "DET" else []
        fields = [("TIME", ">f8"), ("CADENCENO", ">i4"), *((name, ">f4") for name in floats)]
        return np.dtype([*fields, ("QUALITY", ">i4")])
    return _SPOC_ROW if product.mission == "TESS" else LIGHT_CURVE_ROW


def _start(product: Product) -> float:
    """Return the time of the first row, in days since the mission's reference."""
    if product.mission == "TESS":
        return 1325.0 + 27.0 * (product.sequence_number - 1)
    if product.mission == "K2":
        return 2144.0 + 80.0 * float(product.stamp[:4])
    return 131.5


def _primary_cards(product: Product, author: Author) -> dict[str, CardValue]:
    mission = MISSIONS[product.mission]
    keyword = layout_of(product).number_keyword or mission.number_keyword
    cards: dict[str, CardValue] = {
        "SIMPLE": True,
        "BITPIX": 8,
        "NAXIS": 0,
        "EXTEND": True,
        "EXTNAME": "PRIMARY",
        "ORIGIN": "MIT/QLP" if author.name == "QLP" else "NASA/Ames",
        "TELESCOP": mission.telescope,
        "OBJECT": f"{mission.catalog} {product.number}",
        keyword: layout_of(product).number_type(product.number),
        mission.sequence_keyword: product.sequence_number,
        **dict(zip(mission.detector_keywords, (3, 2), strict=True)),
        "RA_OBJ": 84.29,
        "DEC_OBJ": -80.47,
    }
    if product.mission != "TESS":
        cards |= {"MISSION": product.mission, "OBSMODE": f"{product.cadence} cadence"}
    if author.name in _OF_AUTHOR:
        cards |= _OF_AUTHOR[author.name]
    elif author.name not in ("QLP", "K2SFF"):
        cards |= {"CREATOR": "1 LightCurveExporter", "PROCVER": "spoc-5.0", "DATA_REL": 25}
    return cards


def _table_cards(product: Product, rows: NDArray[np.void], name: str) -> dict[str, CardValue]:
    mission, layout = MISSIONS[product.mission], layout_of(product)
    names = rows.dtype.names or ()
    time = rows[layout.time] + layout.time_offset_d
    start = float(np.nanmin(time, initial=1e9))
    stop = float(np.nanmax(time, initial=1.0))
    if product.author == "Kepler":
        # Which quarter it is, only the end tells.
        zero = stamp_time(product.stamp).toordinal() + 1721424.5 - _BJD_OF_KEPLER
        stop = max(stop, zero)
    cards: dict[str, CardValue] = {
        "XTENSION": "BINTABLE",
        "BITPIX": 8,
        "NAXIS": 2,
        "NAXIS1": rows.dtype.itemsize,
        "NAXIS2": len(rows),
        "PCOUNT": 0,
        "GCOUNT": 1,
        "TFIELDS": len(names),
        "EXTNAME": name,
        "TIMESYS": "TDB",
        "BJDREFI": mission.bjd_reference,
        "BJDREFF": 0.0,
        "TSTART": start,
        "TSTOP": stop,
        "TIMEDEL": product.exposure_s / 86400,
    }
    for number, column in enumerate(names, 1):
        cards |= {
            f"TTYPE{number}": column,
            f"TFORM{number}": _FORMS[rows.dtype[column].str[1:]],
        }
        unit_of = _UNITS.get(product.author, {})
        if column in unit_of:
            cards[f"TUNIT{number}"] = unit_of[column]
    # What these authors' files lack.
    for keyword in layout.may_lack:
        cards.pop(keyword, None)
    return cards
