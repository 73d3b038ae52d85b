"""A star's rows in the archive's tables of observations and products."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

from preprocessing.missions import MISSIONS, Mission, Product
from preprocessing.missions.observation_ids import ListedObservation
from preprocessing.missions.targets import star_key
from preprocessing.simulator.caom import OBSERVATION_COLUMNS, PRODUCT_COLUMNS, Row
from preprocessing.simulator.holdings import HeldStar

__all__ = ["key_of_obsid", "observation_rows", "product_rows", "target_name"]

#: MAST's numbers of observations follow no rule. Here they are computed: the first number of the
#: first missions, and how many numbers each of their stars has, in the order of the stars'
#: numbers. Missions that follow are this far apart.
_FIRST_OBSIDS = (0, 10**12)
_PER_STAR = (2, 1000)
_OBSIDS_A_MISSION = 10**15
#: A star of Kepler that has more observations has them so many numbers further on.
_NEXT_OBSIDS = (10**10, 10**12)
#: MAST numbers observations and their planes separately: add this for the plane's number.
_PLANE_OFFSET = 10**17

_OBSERVATION_TEMPLATE: Row = {column.name: None for column in OBSERVATION_COLUMNS} | {
    "intentType": "science",
    "dataproduct_type": "timeseries",
    "dataRights": "PUBLIC",
    "mtFlag": False,
}
_PRODUCT_TEMPLATE: Row = {column.name: None for column in PRODUCT_COLUMNS} | {
    "dataproduct_type": "timeseries",
    "type": "S",
    "productType": "SCIENCE",
    "productGroupDescription": "Minimum Recommended Products",
    "dataRights": "PUBLIC",
}
#: Cells that a file's row shares with its observation's.
_SHARED = ("obs_collection", "project", "calib_level", "filters")


def target_name(mission: Mission, number: int) -> str:
    """Return a star's name in the column ``target_name``.

    Parameters
    ----------
    mission : Mission
        The mission that observed the star.
    number : int
        The star's number in the mission's catalog.

    Examples
    --------
    >>> from preprocessing.missions import MISSIONS
    >>> target_name(MISSIONS["Kepler"], 757076), target_name(MISSIONS["TESS"], 25155310)
    ('kplr000757076', '25155310')
    """
    return mission.target_names[0].format(number)


def key_of_obsid(obsid: int) -> int:
    """Return the key of the star with an observation.

    Parameters
    ----------
    obsid : int
        The observation's number.

    Examples
    --------
    >>> key_of_obsid(2 * 757076 + 1)
    757076
    """
    ranges = [(_obsid_range(mission), mission) for mission in MISSIONS.values()]
    (first, per_star, following), mission = max(
        (entry for entry in ranges if entry[0][0] <= obsid), key=lambda entry: entry[0]
    )
    return star_key(mission.catalog, (obsid - first) % following // per_star)


def observation_rows(star: HeldStar) -> list[Row]:
    """Return a row for each observation of a star.

    Parameters
    ----------
    star : HeldStar
        The star.

    Returns
    -------
    list of Row
        Rows with every column of `OBSERVATION_COLUMNS`; the mission's own observations first.
    """
    position = {"s_ra": _or_null(star.ra_deg), "s_dec": _or_null(star.dec_deg)}
    return [
        _OBSERVATION_TEMPLATE
        | observation.cells
        | position
        | {
            "target_name": observation.target_name,
            "obs_id": observation.obs_id,
            "obsid": _obsid(star, observation),
            "objID": _PLANE_OFFSET + _obsid(star, observation),
        }
        for observation in _observations(star.mission, star.number, star.products)
    ]


def product_rows(star: HeldStar, obsid: int, size: Callable[[Product], int]) -> list[Row]:
    """Return a row for each file of one observation of a star.

    Parameters
    ----------
    star : HeldStar
        The star.
    obsid : int
        The observation's number, as in `observation_rows`. An observation of another star has
        no files here.
    size : callable
        Returns a file's size in bytes.

    Returns
    -------
    list of Row
        Rows with every column of `PRODUCT_COLUMNS`, in time order.
    """
    return [
        _PRODUCT_TEMPLATE
        | {name: observation.cells[name] for name in _SHARED}
        | observation.files[product]
        | {
            "obsID": obsid,
            # Clients join the two tables on this column.
            "obs_id": observation.obs_id,
            "dataURI": product.uri,
            "productFilename": product.file_name,
            "size": size(product),
            "parent_obsid": obsid,
        }
        for observation in _observations(star.mission, star.number, star.products)
        if _obsid(star, observation) == obsid
        for product in observation.products
    ]


# Queries that split a mission, for instance by sector, reach the same stars again and again.
@lru_cache(maxsize=4096)
def _observations(
    mission: Mission, number: int, products: tuple[Product, ...]
) -> tuple[ListedObservation, ...]:
    return tuple(mission.list_observations(number, products))


def _obsid(star: HeldStar, observation: ListedObservation) -> int:
    first, per_star, following = _obsid_range(star.mission)
    beyond, index = divmod(observation.index, per_star)
    return first + beyond * following + per_star * star.number + index


def _obsid_range(mission: Mission) -> tuple[int, int, int]:
    """Return the first number of a mission, how many a star has, and where its others are."""
    rank = list(MISSIONS).index(mission.name)
    if rank < len(_FIRST_OBSIDS):
        return _FIRST_OBSIDS[rank], _PER_STAR[rank], _NEXT_OBSIDS[rank]
    return (rank - 1) * _OBSIDS_A_MISSION, _PER_STAR[-1], _OBSIDS_A_MISSION


def _or_null(value: float) -> float | None:
    return value if math.isfinite(value) else None
