"""TESS's rows in the table of observations: one per sector, exposure time and author."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessing.missions import FAST, SHORT, Product
from preprocessing.missions.tess import TESS
from preprocessing.simulator.caom import Row
from preprocessing.simulator.observation import HeldObservation, mjd_of_stamp

__all__ = ["tess_observations"]

_SPOC = TESS.authors[0].name
_SUBGROUP = {SHORT: "LC", FAST: "FAST-LC"}
_DESCRIPTION = {SHORT: "Light curves", FAST: "Fast Light curves"}
#: Start of sector 1 (MJD), and days from one sector to the next, correct to a few days. Used for
#: other authors' files, whose names contain no time.
_FIRST_SECTOR_MJD, _SECTOR_DAYS = 58324.8, 27.32

_CELLS: Row = {
    "instrument_name": "Photometer",
    "project": "TESS",
    "filters": "TESS",
    "wavelength_region": "Optical",
    "em_min": 600.0,
    "em_max": 1000.0,
}


def tess_observations(number: int, products: Sequence[Product]) -> list[HeldObservation]:
    """Return a star's observations: the mission's first, then those of other authors.

    Each group is in time order.

    Parameters
    ----------
    number : int
        The star's number in TIC.
    products : sequence of Product
        All its files.
    """
    ordered = sorted(products, key=lambda p: (p.author != _SPOC, p.author, p))
    return [_observation(index, number, product) for index, product in enumerate(ordered)]


def _observation(index: int, number: int, product: Product) -> HeldObservation:
    is_mission = product.author == _SPOC
    start_mjd = _FIRST_SECTOR_MJD + _SECTOR_DAYS * (product.sequence_number - 1)
    if is_mission:
        start_mjd = mjd_of_stamp(product.stamp)
    return HeldObservation(
        index=index,
        obs_id=_observation_id(product),
        target_name=TESS.target_names[0].format(number),
        products=(product,),
        cells=_CELLS
        | {
            "obs_collection": TESS.name if is_mission else "HLSP",
            "provenance_name": product.author,
            "calib_level": 3 if is_mission else 4,
            "sequence_number": product.sequence_number,
            "t_min": start_mjd,
            "t_max": start_mjd + _SECTOR_DAYS,
            "t_exptime": product.exposure_s,
            "dataURL": product.uri,
        },
        files={product: _file_cells(product)},
    )


def _observation_id(product: Product) -> str:
    stem = product.file_name.removesuffix(".fits")
    if product.author == _SPOC:
        return stem.removesuffix("_lc").removesuffix("-lc")
    # MAST names the observation after its first file, the target pixel file.
    return f"{stem.removesuffix('_lc')}_tp" if product.author == "TESS-SPOC" else stem


def _file_cells(product: Product) -> Row:
    if product.author != _SPOC:
        return {"description": "FITS"}
    return {
        "description": _DESCRIPTION[product.cadence],
        "productSubGroupDescription": _SUBGROUP[product.cadence],
    }
