"""K2's rows in the table of observations: one per campaign and cadence, and one per other file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.campaigns import campaign_mjd
from preprocessing.missions.k2 import K2
from preprocessing.missions.splits import whole_campaign
from preprocessing.simulator.caom import Row
from preprocessing.simulator.observation import HeldObservation

__all__ = ["k2_observations"]

#: Exposure times that MAST gives for 29.4 minutes and 58.8 seconds, as for Kepler.
_EXPOSURE_S = {LONG: 1800.0, SHORT: 60.0}
_MARK = {LONG: "lc", SHORT: "sc"}
_DESCRIPTION = {
    LONG: "Lightcurve Long Cadence (KLC) - {}",
    SHORT: "Lightcurve Short Cadence (KSC) - {}",
}
_SUBGROUP = {LONG: "LLC", SHORT: "SLC"}
_CELLS: Row = {
    "instrument_name": "Kepler",
    "project": "K2",
    "filters": "KEPLER",
    "wavelength_region": "OPTICAL",
}


def k2_observations(number: int, products: Sequence[Product]) -> list[HeldObservation]:
    """Return a star's observations: the mission's first, then those of other authors.

    Parameters
    ----------
    number : int
        The star's number in EPIC.
    products : sequence of Product
        All its files.
    """
    groups: dict[str, list[Product]] = defaultdict(list)
    for product in sorted(products, key=lambda p: (p.author != K2.name, p.author, p)):
        groups[_observation_id(product)].append(product)
    return [
        _observation(index, obs_id, number, tuple(files))
        for index, (obs_id, files) in enumerate(groups.items())
    ]


def _observation_id(product: Product) -> str:
    if product.author != K2.name:
        return product.file_name.removesuffix(".fits")
    # The two halves of a split campaign are one observation with two files.
    campaign = whole_campaign(product.sequence_number)
    name = K2.target_names[0].format(product.number)
    return f"{name}-c{campaign:02d}_{_MARK[product.cadence]}"


def _observation(
    index: int, obs_id: str, number: int, products: tuple[Product, ...]
) -> HeldObservation:
    first, last = products[0], products[-1]
    is_mission = first.author == K2.name
    return HeldObservation(
        index=index,
        obs_id=obs_id,
        target_name=K2.target_names[0].format(number),
        products=products,
        cells=_CELLS
        | {
            "obs_collection": K2.name if is_mission else "HLSP",
            "provenance_name": first.author,
            "calib_level": 2 if is_mission else 4,
            "sequence_number": whole_campaign(first.sequence_number),
            "t_min": campaign_mjd(first.sequence_number)[0],
            "t_max": campaign_mjd(last.sequence_number)[1],
            "t_exptime": _EXPOSURE_S[first.cadence],
        },
        files={product: _file_cells(product) for product in products},
    )


def _file_cells(product: Product) -> Row:
    if product.author != K2.name:
        return {"description": "FITS"}
    return {
        "description": _DESCRIPTION[product.cadence].format(product.label),
        "productSubGroupDescription": _SUBGROUP[product.cadence],
    }
