"""The archive's tables of observations and products: their columns, and a star's rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from preprocessing.embedded.holdings import HeldStar
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import LONG_STAMPS, stamp_time

__all__ = [
    "DISTANCE",
    "OBSERVATION_COLUMNS",
    "PRODUCT_COLUMNS",
    "Column",
    "Row",
    "kic_of_obsid",
    "observation_rows",
    "product_rows",
    "target_name",
]

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of a table, as MAST describes it.

    Parameters
    ----------
    name : str
    type : {'string', 'float', 'int', 'boolean'}
        As MAST declares it: an identifier may be declared a string and hold integers.
    unit : str
        Empty if it has none.
    separator : str or None
        What parts the several values that one cell may hold.
    """

    name: str
    type: str
    unit: str = ""
    separator: str | None = None


#: Columns of a CAOM observation, in the order of astroquery's ``Observations``
#: (https://mast.stsci.edu/api/v0/_c_a_o_mfields.html).
OBSERVATION_COLUMNS: tuple[Column, ...] = (
    Column("intentType", "string"),
    Column("obs_collection", "string", separator=";"),
    Column("provenance_name", "string", separator=";"),
    Column("instrument_name", "string"),
    Column("project", "string", separator=";"),
    Column("filters", "string", separator=";"),
    Column("wavelength_region", "string", separator=";"),
    Column("target_name", "string"),
    Column("target_classification", "string", separator=";"),
    Column("obs_id", "string"),
    Column("s_ra", "float", "deg"),
    Column("s_dec", "float", "deg"),
    Column("dataproduct_type", "string"),
    Column("proposal_pi", "string"),
    Column("calib_level", "int"),
    Column("t_min", "float", "d"),
    Column("t_max", "float", "d"),
    Column("t_exptime", "float", "s"),
    Column("em_min", "float", "nm"),
    Column("em_max", "float", "nm"),
    Column("obs_title", "string"),
    Column("t_obs_release", "float", "d"),
    Column("proposal_id", "string"),
    Column("proposal_type", "string"),
    Column("sequence_number", "int"),
    Column("s_region", "string"),
    Column("jpegURL", "string"),
    Column("dataURL", "string"),
    Column("dataRights", "string"),
    Column("mtFlag", "boolean"),
    Column("srcDen", "float"),
    Column("obsid", "string"),
    Column("objID", "string"),
)

#: The column that only a search by position has: angular separation.
DISTANCE = Column("distance", "float", "arcsec")

#: Columns of a data product (https://mast.stsci.edu/api/v0/_productsfields.html).
PRODUCT_COLUMNS: tuple[Column, ...] = (
    Column("obsID", "string"),
    Column("obs_collection", "string"),
    Column("dataproduct_type", "string"),
    Column("obs_id", "string"),
    Column("description", "string"),
    Column("type", "string"),
    Column("dataURI", "string"),
    Column("productType", "string"),
    Column("productGroupDescription", "string"),
    Column("productSubGroupDescription", "string"),
    Column("productDocumentationURL", "string"),
    Column("project", "string"),
    Column("prvversion", "string"),
    Column("proposal_id", "string"),
    Column("productFilename", "string"),
    Column("size", "int"),
    Column("parent_obsid", "string"),
    Column("dataRights", "string"),
    Column("calib_level", "int"),
    Column("filters", "string"),
)

#: Modified Julian date of the start of Q0, as ``t_min`` of MAST's own Kepler rows.
_MISSION_START_MJD = 54953.0375
_MJD_EPOCH = datetime(1858, 11, 17)
_CADENCES = (LONG, SHORT)
#: Exposure times that MAST gives for 29.4 minutes and 58.8 seconds.
_EXPOSURE_S = {LONG: 1800.0, SHORT: 60.0}
_OBSERVATION_MARK = {LONG: "lc", SHORT: "sc"}
_DESCRIPTION = {
    LONG: "Lightcurve Long Cadence (CLC) - Q{}",
    SHORT: "Lightcurve Short Cadence (CSC) - Q{}",
}
_SUBGROUP = {LONG: "LLC", SHORT: "SLC"}
#: MAST numbers observations and their planes apart; any offset beyond KIC numbers does.
_PLANE_OFFSET = 10_000_000_000

#: What every Kepler light-curve observation has in common; nulls are MAST's own, or
#: facts that neither file names nor headers tell.
_OBSERVATION_TEMPLATE: Row = {column.name: None for column in OBSERVATION_COLUMNS} | {
    "intentType": "science",
    "obs_collection": "Kepler",
    "provenance_name": "Kepler",
    "instrument_name": "Kepler",
    "project": "Kepler",
    "filters": "KEPLER",
    "wavelength_region": "OPTICAL",
    "dataproduct_type": "timeseries",
    "calib_level": 2,
    "dataRights": "PUBLIC",
    "mtFlag": False,
}
_PRODUCT_TEMPLATE: Row = {column.name: None for column in PRODUCT_COLUMNS} | {
    "obs_collection": "Kepler",
    "dataproduct_type": "timeseries",
    "type": "S",
    "productType": "SCIENCE",
    "productGroupDescription": "Minimum Recommended Products",
    "project": "Kepler",
    "dataRights": "PUBLIC",
    "calib_level": 2,
    "filters": "KEPLER",
}


def target_name(kic: int) -> str:
    """Return a star's name in the column ``target_name``.

    Examples
    --------
    >>> target_name(757076)
    'kplr000757076'
    """
    return f"kplr{kic:09d}"


def kic_of_obsid(obsid: int) -> int:
    """Return the star whose observation has this number.

    Notes
    -----
    MAST's numbers follow no rule; here they are twice the KIC number, and one more for
    short cadence, so that no table of them is needed.
    """
    return obsid // 2


def observation_rows(star: HeldStar) -> list[Row]:
    """Return a row for each cadence at which there are files of the star.

    Parameters
    ----------
    star : HeldStar

    Returns
    -------
    list of Row
        With every column of `OBSERVATION_COLUMNS`; long cadence first.
    """
    by_cadence = _products_by_cadence(star)
    return [
        _observation_row(star, cadence, products)
        for cadence, products in by_cadence.items()
        if products
    ]


def product_rows(star: HeldStar, obsid: int, size: Callable[[Product], int]) -> list[Row]:
    """Return a row for each file of one observation of the star.

    Parameters
    ----------
    star : HeldStar
    obsid : int
        One of the star's, as in `observation_rows`.
    size : callable
        Gives a file's size in bytes.

    Returns
    -------
    list of Row
        With every column of `PRODUCT_COLUMNS`, in time order.
    """
    cadence = _CADENCES[obsid % 2]
    products = _products_by_cadence(star)[cadence]
    obs_id = _observation_id(star.number, cadence, products)
    return [
        _PRODUCT_TEMPLATE
        | {
            "obsID": obsid,
            "obs_id": obs_id,
            "description": _DESCRIPTION[cadence].format(product.sequence_number),
            "dataURI": product.uri,
            "productSubGroupDescription": _SUBGROUP[cadence],
            "productFilename": product.file_name,
            "size": size(product),
            "parent_obsid": obsid,
        }
        for product in products
    ]


def _observation_row(star: HeldStar, cadence: str, products: list[Product]) -> Row:
    obsid = 2 * star.number + _CADENCES.index(cadence)
    return _OBSERVATION_TEMPLATE | {
        "target_name": target_name(star.number),
        "obs_id": _observation_id(star.number, cadence, products),
        "s_ra": _or_null(star.ra_deg),
        "s_dec": _or_null(star.dec_deg),
        "t_min": _start_mjd(products[0].sequence_number),
        "t_max": _mjd(products[-1].stamp),
        "t_exptime": _EXPOSURE_S[cadence],
        "obsid": obsid,
        "objID": _PLANE_OFFSET + obsid,
    }


def _products_by_cadence(star: HeldStar) -> dict[str, list[Product]]:
    by_cadence: dict[str, list[Product]] = {cadence: [] for cadence in _CADENCES}
    for product in star.products:
        by_cadence[product.cadence].append(product)
    return by_cadence


def _observation_id(kic: int, cadence: str, products: list[Product]) -> str:
    counts = [0] * len(LONG_STAMPS)
    for product in products:
        counts[product.sequence_number] += 1
    digits = "".join(map(str, counts))
    return f"{target_name(kic)}_{_OBSERVATION_MARK[cadence]}_Q{digits}"


def _start_mjd(quarter: int) -> float:
    # A quarter begins where the one before ends, to within the days of the data gap.
    return _mjd(LONG_STAMPS[quarter - 1][0]) if quarter else _MISSION_START_MJD


@cache
def _mjd(stamp: str) -> float:
    return (stamp_time(stamp) - _MJD_EPOCH).total_seconds() / 86400.0


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None
