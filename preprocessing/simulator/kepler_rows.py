"""Kepler's rows in the table of observations: one per cadence, with the files of all quarters."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import KEPLER, LONG_STAMPS
from preprocessing.simulator.caom import Row
from preprocessing.simulator.observation import HeldObservation, mjd_of_stamp

__all__ = ["kepler_observations"]

#: Modified Julian Date of the start of Q0: ``t_min`` of MAST's own Kepler rows.
_MISSION_START_MJD = 54953.0375
_CADENCES = (LONG, SHORT)
#: Exposure times that MAST gives for 29.4 minutes and 58.8 seconds.
_EXPOSURE_S = {LONG: 1800.0, SHORT: 60.0}
_MARK = {LONG: "lc", SHORT: "sc"}
_DESCRIPTION = {
    LONG: "Lightcurve Long Cadence (CLC) - Q{}",
    SHORT: "Lightcurve Short Cadence (CSC) - Q{}",
}
_SUBGROUP = {LONG: "LLC", SHORT: "SLC"}

#: The other columns are null, either as in MAST's rows (the quarter, for instance) or because
#: neither file names nor headers give their values.
_CELLS: Row = {
    "obs_collection": "Kepler",
    "provenance_name": "Kepler",
    "instrument_name": "Kepler",
    "project": "Kepler",
    "filters": "KEPLER",
    "wavelength_region": "OPTICAL",
    "calib_level": 2,
}


def kepler_observations(number: int, products: Sequence[Product]) -> list[HeldObservation]:
    """Return a star's observations, long cadence first.

    Parameters
    ----------
    number : int
        The star's number in KIC.
    products : sequence of Product
        All its files.
    """
    found = []
    for index, cadence in enumerate(_CADENCES):
        of_cadence = tuple(product for product in products if product.cadence == cadence)
        if of_cadence:
            found.append(_observation(index, cadence, number, of_cadence))
    return found


def _observation(
    index: int, cadence: str, number: int, products: tuple[Product, ...]
) -> HeldObservation:
    name = KEPLER.target_names[0].format(number)
    counts = [0] * len(LONG_STAMPS)
    for product in products:
        counts[product.sequence_number] += 1
    return HeldObservation(
        index=index,
        obs_id=f"{name}_{_MARK[cadence]}_Q{''.join(map(str, counts))}",
        target_name=name,
        products=products,
        cells=_CELLS
        | {
            "t_min": _start_mjd(products[0].sequence_number),
            "t_max": mjd_of_stamp(products[-1].stamp),
            "t_exptime": _EXPOSURE_S[cadence],
        },
        files={
            product: {
                "description": _DESCRIPTION[cadence].format(product.sequence_number),
                "productSubGroupDescription": _SUBGROUP[cadence],
            }
            for product in products
        },
    )


@cache
def _start_mjd(quarter: int) -> float:
    # A quarter starts where the previous one ends, give or take the days of the gap.
    return mjd_of_stamp(LONG_STAMPS[quarter - 1][0]) if quarter else _MISSION_START_MJD
