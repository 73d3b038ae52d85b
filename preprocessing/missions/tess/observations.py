"""TESS's observations in MAST's tables: one per sector, exposure time and author."""

from __future__ import annotations

import re
from collections.abc import Sequence

from preprocessing.core.product import FAST, SHORT, Product
from preprocessing.missions.kepler.observations import mjd_of_stamp
from preprocessing.missions.observation_ids import (
    Cells,
    ListedObservation,
    ObservationId,
    list_one_by_one,
)
from preprocessing.missions.tess.file_names import OBSERVATION, parse_file_name

__all__ = [
    "TARGET_NAME",
    "list_observations",
    "parse_id",
    "parse_observation_id",
    "promised_products",
]

#: The star's name in MAST, with a placeholder for its number.
TARGET_NAME = "{}"

#: Author of the mission's own files.
_OWN = "SPOC"
_OBSERVATION_ID = re.compile(rf"{OBSERVATION}(_fast)?", re.ASCII)
_SUBGROUP = {SHORT: "LC", FAST: "FAST-LC"}
_DESCRIPTION = {SHORT: "Light curves", FAST: "Fast Light curves"}
#: Start of sector 1 (MJD), and days from one sector to the next, correct to a few days. Used for
#: other authors' files, whose names contain no time.
_FIRST_SECTOR_MJD, _SECTOR_DAYS = 58324.8, 27.32
_CELLS: Cells = {
    "instrument_name": "Photometer",
    "project": "TESS",
    "filters": "TESS",
    "wavelength_region": "Optical",
    "em_min": 600.0,
    "em_max": 1000.0,
}


def parse_observation_id(obs_id: str) -> Product | None:
    """Return the light curve of an observation, or None if the id has another form.

    Parameters
    ----------
    obs_id : str
        The value of MAST's column ``obs_id``.

    Examples
    --------
    >>> parse_observation_id("tess2020238165205-s0029-0000000025155310-0193-a_fast").file_name
    'tess2020238165205-s0029-0000000025155310-0193-a_fast-lc.fits'
    """
    match = _OBSERVATION_ID.fullmatch(obs_id)
    if match is None:
        return None
    return parse_file_name(f"{obs_id}-lc.fits" if match[6] else f"{obs_id}_lc.fits")


def parse_id(obs_id: str) -> ObservationId | None:
    """Return what an observation's id says; None if it has another form."""
    product = parse_observation_id(obs_id)
    if product is None:
        return None
    return ObservationId(product.number, product.cadence, {product.sequence_number: 1})


def promised_products(obs_id: str) -> tuple[Product, ...] | None:
    """Return the only file of an observation; None if the id does not name it."""
    product = parse_observation_id(obs_id)
    return None if product is None else (product,)


def list_observations(number: int, products: Sequence[Product]) -> list[ListedObservation]:
    """Return a star's observations as MAST lists them: one for each of its files.

    Parameters
    ----------
    number : int
        The star's number in TIC.
    products : sequence of Product
        The star's files.
    """
    name = TARGET_NAME.format(number)
    return list_one_by_one(products, _OWN, name, _observation_id, _cells, _file_cells)


def _cells(product: Product) -> Cells:
    is_mission = product.author == _OWN
    start_mjd = _FIRST_SECTOR_MJD + _SECTOR_DAYS * (product.sequence_number - 1)
    if is_mission:
        start_mjd = mjd_of_stamp(product.stamp)
    return _CELLS | {
        "obs_collection": "TESS" if is_mission else "HLSP",
        "provenance_name": product.author,
        "calib_level": 3 if is_mission else 4,
        "sequence_number": product.sequence_number,
        "t_min": start_mjd,
        "t_max": start_mjd + _SECTOR_DAYS,
        "t_exptime": product.exposure_s,
        "dataURL": product.uri,
    }


def _observation_id(product: Product) -> str:
    stem = product.file_name.removesuffix(".gz").removesuffix(".fits")
    if product.author == _OWN:
        return stem.removesuffix("_lc").removesuffix("-lc")
    # MAST names the observation after its first file, the target pixel file.
    return f"{stem.removesuffix('_lc')}_tp" if product.author == "TESS-SPOC" else stem


def _file_cells(product: Product) -> Cells:
    if product.author != _OWN:
        return {"description": "FITS"}
    return {
        "description": _DESCRIPTION[product.cadence],
        "productSubGroupDescription": _SUBGROUP[product.cadence],
    }
