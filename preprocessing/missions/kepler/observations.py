"""Kepler's observations in MAST's tables: one per cadence, with the files of all quarters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from preprocessing.core.product import LONG, SHORT, Product
from preprocessing.missions.kepler.file_names import (
    LONG_STAMPS,
    MODULE_3_STAMP,
    SHORT_STAMPS,
    kepler_product,
    stamp_time,
)
from preprocessing.missions.observation_ids import Cells, ListedObservation, ObservationId

__all__ = [
    "TARGET_NAME",
    "expected_products",
    "list_observations",
    "mjd_of_stamp",
    "parse_id",
    "parse_observation_id",
]

#: The star's name in MAST, with a placeholder for its number.
TARGET_NAME = "kplr{:09d}"

#: Author of the mission's own files.
_OWN = "Kepler"
_OBSERVATION_ID = re.compile(r"kplr(\d{9})_(lc|sc)_Q([0-9]{18})", re.ASCII)
_MARK = {LONG: "lc", SHORT: "sc"}
_CADENCE_OF_MARK = {mark: cadence for cadence, mark in _MARK.items()}
_MJD_ZERO = datetime(1858, 11, 17)
#: Modified Julian Date of the start of Q0: ``t_min`` of MAST's own Kepler rows.
_MISSION_START_MJD = 54953.0375
#: Exposure times that MAST gives for 29.4 minutes and 58.8 seconds.
_EXPOSURE_S = {LONG: 1800.0, SHORT: 60.0}
_DESCRIPTION = {
    LONG: "Lightcurve Long Cadence (CLC) - Q{}",
    SHORT: "Lightcurve Short Cadence (CSC) - Q{}",
}
_SUBGROUP = {LONG: "LLC", SHORT: "SLC"}
#: The other columns are null, either as in MAST's rows (the quarter, for instance) or because
#: neither file names nor headers give their values.
_CELLS: Cells = {
    "obs_collection": "Kepler",
    "provenance_name": _OWN,
    "instrument_name": "Kepler",
    "project": "Kepler",
    "filters": "KEPLER",
    "wavelength_region": "OPTICAL",
    "calib_level": 2,
}


def parse_id(obs_id: str) -> ObservationId | None:
    """Return what an observation's id says; None if it has another form.

    Parameters
    ----------
    obs_id : str
        The value of MAST's column ``obs_id``.

    Examples
    --------
    >>> observation = parse_id("kplr011904151_sc_Q001000000000000000")
    >>> observation.number, observation.cadence, observation.counts[2]
    (11904151, 'short', 1)
    """
    parsed = parse_observation_id(obs_id)
    if parsed is None:
        return None
    number, cadence, counts = parsed
    return ObservationId(number, cadence, dict(enumerate(counts)))


def parse_observation_id(obs_id: str) -> tuple[int, str, tuple[int, ...]] | None:
    """Split an observation's id into its parts.

    Parameters
    ----------
    obs_id : str
        The value of MAST's column ``obs_id``, such as ``kplr011904151_lc_Q111111110111011101``.

    Returns
    -------
    tuple or None
        KIC number, cadence (``'long'`` or ``'short'``), and the number of files in each of
        the quarters 0 to 17; None if the id has another form.

    Notes
    -----
    According to the delivery notes, digit i is the number of files in quarter i: 0 or 1 for
    long cadence, 0 to 4 months for short cadence.
    """
    match = _OBSERVATION_ID.fullmatch(obs_id)
    if match is None:
        return None
    return int(match[1]), _CADENCE_OF_MARK[match[2]], tuple(map(int, match[3]))


def expected_products(obs_id: str) -> tuple[Product, ...] | None:
    """Return the files that an observation's id implies, in time order.

    Parameters
    ----------
    obs_id : str
        The value of MAST's column ``obs_id``.

    Returns
    -------
    tuple of Product, or None
        None if only the archive's product list names the files: the id has another form, or
        counts fewer months of a short-cadence quarter than there are.
    """
    parsed = parse_observation_id(obs_id)
    if parsed is None:
        return None
    number, cadence, counts = parsed
    products: list[Product] = []
    for quarter, count in enumerate(counts):
        stamps = _stamps_of_quarter(cadence, quarter, count, counts)
        if stamps is None:
            return None
        products += [kepler_product(stamp, number, cadence) for stamp in stamps]
    return tuple(products)


def list_observations(number: int, products: Sequence[Product]) -> list[ListedObservation]:
    """Return a star's observations as MAST lists them: its own, long cadence first, then others'.

    Parameters
    ----------
    number : int
        The star's number in KIC.
    products : sequence of Product
        The star's files, in time order.
    """
    found = []
    own = [product for product in products if product.author == _OWN]
    for index, cadence in enumerate(_MARK):
        of_cadence = tuple(product for product in own if product.cadence == cadence)
        if of_cadence:
            found.append(_listed(index, cadence, number, of_cadence))
    others = sorted(set(products).difference(own))
    return [*found, *(_of_other(len(_MARK) + i, number, p) for i, p in enumerate(others))]


def mjd_of_stamp(stamp: str) -> float:
    """Return the Modified Julian Date of a file's time stamp.

    Parameters
    ----------
    stamp : str
        The time in the file's name: year, day of year, hour, minute, second.
    """
    return (stamp_time(stamp) - _MJD_ZERO).total_seconds() / 86_400.0


def _listed(
    index: int, cadence: str, number: int, products: tuple[Product, ...]
) -> ListedObservation:
    name = TARGET_NAME.format(number)
    counts = [0] * len(LONG_STAMPS)
    for product in products:
        counts[product.sequence_number] += 1
    return ListedObservation(
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


def _of_other(index: int, number: int, product: Product) -> ListedObservation:
    return ListedObservation(
        index=index,
        obs_id=product.file_name.removesuffix(".fits"),
        target_name=TARGET_NAME.format(number),
        products=(product,),
        cells=_CELLS
        | {
            "obs_collection": "HLSP",
            "provenance_name": product.author,
            "calib_level": 4,
            "t_min": _MISSION_START_MJD,
            "t_max": mjd_of_stamp(LONG_STAMPS[-1][0]),
            "t_exptime": _EXPOSURE_S[product.cadence],
        },
        files={product: {"description": "FITS"}},
    )


@cache
def _start_mjd(quarter: int) -> float:
    # A quarter starts where the previous one ends, give or take the days of the gap.
    return mjd_of_stamp(LONG_STAMPS[quarter - 1][0]) if quarter else _MISSION_START_MJD


def _stamps_of_quarter(
    cadence: str, quarter: int, count: int, counts: tuple[int, ...]
) -> tuple[str, ...] | None:
    if count == 0:
        return ()
    if cadence == LONG:
        if count > 1:
            return None
        # A star on module 3 returns to the failed module every fourth quarter, so it has no file
        # in Q8, Q12 and Q16. This shows only if the star was observed in or after Q8 at all.
        returns = counts[8] or counts[12] or counts[16]
        on_module_3 = quarter == 4 and any(counts[8:]) and not returns
        return (MODULE_3_STAMP,) if on_module_3 else LONG_STAMPS[quarter][:1]
    # Month 1 of Q4 exists only for module 3, which has no other month.
    months = SHORT_STAMPS[4][1:] if quarter == 4 else SHORT_STAMPS[quarter]
    return months if count == len(months) else None
