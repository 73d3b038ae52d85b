"""K2's observations in MAST's tables: one per campaign and cadence, and one per other file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from preprocessing.core.product import LONG, SHORT, Product
from preprocessing.missions.k2.campaigns import campaign_mjd
from preprocessing.missions.k2.splits import whole_campaign
from preprocessing.missions.observation_ids import Cells, ListedObservation, ObservationId

__all__ = ["TARGET_NAME", "list_observations", "parse_id"]

#: The star's name in MAST for the mission's own observations, with a placeholder for its number.
TARGET_NAME = "ktwo{:09d}"

#: Author of the mission's own files.
_OWN = "K2"
_OBSERVATION_ID = re.compile(r"ktwo(\d{9})-c(\d{2,3})_([ls]c)", re.ASCII)
_MARK = {LONG: "lc", SHORT: "sc"}
_CADENCE_OF_MARK = {mark: cadence for cadence, mark in _MARK.items()}
#: Exposure times that MAST gives for 29.4 minutes and 58.8 seconds, as for Kepler.
_EXPOSURE_S = {LONG: 1800.0, SHORT: 60.0}
_DESCRIPTION = {
    LONG: "Lightcurve Long Cadence (KLC) - {}",
    SHORT: "Lightcurve Short Cadence (KSC) - {}",
}
_SUBGROUP = {LONG: "LLC", SHORT: "SLC"}
_CELLS: Cells = {
    "instrument_name": "Kepler",
    "project": "K2",
    "filters": "KEPLER",
    "wavelength_region": "OPTICAL",
}


def parse_id(obs_id: str) -> ObservationId | None:
    """Return what an observation's id says; None if it has another form.

    As far as is known, the two halves of a split campaign are one observation.

    Parameters
    ----------
    obs_id : str
        The value of MAST's column ``obs_id``.

    Examples
    --------
    >>> parse_id("ktwo206103150-c03_lc")
    ObservationId(number=206103150, cadence='long', counts={3: 1})
    """
    match = _OBSERVATION_ID.fullmatch(obs_id)
    if match is None:
        return None
    campaign = whole_campaign(int(match[2]))
    return ObservationId(int(match[1]), _CADENCE_OF_MARK[match[3]], {campaign: 1})


def list_observations(number: int, products: Sequence[Product]) -> list[ListedObservation]:
    """Return a star's observations as MAST lists them: the mission's first, then others'.

    Parameters
    ----------
    number : int
        The star's number in EPIC.
    products : sequence of Product
        The star's files.
    """
    groups: dict[str, list[Product]] = defaultdict(list)
    for product in sorted(products, key=lambda p: (p.author != _OWN, p.author, p)):
        groups[_observation_id(product)].append(product)
    return [
        _listed(index, obs_id, number, tuple(files))
        for index, (obs_id, files) in enumerate(groups.items())
    ]


def _observation_id(product: Product) -> str:
    if product.author != _OWN:
        return product.file_name.removesuffix(".fits")
    # The two halves of a split campaign are one observation with two files.
    campaign = whole_campaign(product.sequence_number)
    return f"{TARGET_NAME.format(product.number)}-c{campaign:02d}_{_MARK[product.cadence]}"


def _listed(
    index: int, obs_id: str, number: int, products: tuple[Product, ...]
) -> ListedObservation:
    first, last = products[0], products[-1]
    is_mission = first.author == _OWN
    return ListedObservation(
        index=index,
        obs_id=obs_id,
        target_name=TARGET_NAME.format(number),
        products=products,
        cells=_CELLS
        | {
            "obs_collection": "K2" if is_mission else "HLSP",
            "provenance_name": first.author,
            "calib_level": 2 if is_mission else 4,
            "sequence_number": whole_campaign(first.sequence_number),
            "t_min": campaign_mjd(first.sequence_number)[0],
            "t_max": campaign_mjd(last.sequence_number)[1],
            "t_exptime": _EXPOSURE_S[first.cadence],
        },
        files={product: _file_cells(product) for product in products},
    )


def _file_cells(product: Product) -> Cells:
    if product.author != _OWN:
        return {"description": "FITS"}
    return {
        "description": _DESCRIPTION[product.cadence].format(product.label),
        "productSubGroupDescription": _SUBGROUP[product.cadence],
    }
