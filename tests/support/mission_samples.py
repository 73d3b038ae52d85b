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
}

_BJD_OF_KEPLER = 2454833.0
_FORMS = {"f8": "D", "f4": "E", "i4": "J", "i2": "I"}
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
    product = parse_file_name(SAMPLES.get(name, name))
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
    rows[layout.time] = _start(product) + product.exposure_s / 86400 * np.arange(n)
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
        author.name in ("Kepler", "K2", "SPOC", "TESS-SPOC") if checksum is None else checksum
    )
    units: list[tuple[dict[str, CardValue], bytes]] = [
        (_primary_cards(product, author) | dict(primary or {}), b""),
        (_table_cards(product, rows, layout.table) | dict(table or {}), rows.tobytes()),
    ]
    if layout.extensions is None:
        units.append((_table_cards(product, rows, "CIRC_APER0"), rows.tobytes()))
    elif "APERTURE" in layout.extensions:
        units.append((_APERTURE, np.full((3, 3), 3, dtype=">i4").tobytes()))
    return b"".join(unit(cards, content, checksum) for cards, content in units)


def _row_of(product: Product) -> np.dtype[Any]:
    if product.author == "K2SFF":
        return _K2SFF_ROW
    if product.author == "QLP":
        kind = "KSPSAP" if product.sequence_number < 56 else "DET"
        floats = ("SAP_FLUX", f"{kind}_FLUX", f"{kind}_FLUX_ERR")
        columns = [("TIME", ">f8"), ("CADENCENO", ">i4"), *((name, ">f4") for name in floats)]
        return np.dtype([*columns, ("QUALITY", ">i4")])
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
    cards: dict[str, CardValue] = {
        "SIMPLE": True,
        "BITPIX": 8,
        "NAXIS": 0,
        "EXTEND": True,
        "EXTNAME": "PRIMARY",
        "ORIGIN": "MIT/QLP" if author.name == "QLP" else "NASA/Ames",
        "TELESCOP": mission.telescope,
        "OBJECT": f"{mission.catalog} {product.number}",
        mission.number_keyword: product.number,
        mission.sequence_keyword: product.sequence_number,
        **dict(zip(mission.detector_keywords, (3, 2), strict=True)),
        "RA_OBJ": 84.29,
        "DEC_OBJ": -80.47,
    }
    if product.mission != "TESS":
        cards |= {"MISSION": product.mission, "OBSMODE": f"{product.cadence} cadence"}
    if author.name not in ("QLP", "K2SFF"):
        cards |= {"CREATOR": "1 LightCurveExporter", "PROCVER": "spoc-5.0", "DATA_REL": 25}
    return cards


def _table_cards(product: Product, rows: NDArray[np.void], name: str) -> dict[str, CardValue]:
    mission, layout = MISSIONS[product.mission], layout_of(product)
    names = rows.dtype.names or ()
    start = float(np.nanmin(rows[layout.time], initial=1e9))
    stop = float(np.nanmax(rows[layout.time], initial=1.0))
    if product.mission == "Kepler":
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
    return cards
