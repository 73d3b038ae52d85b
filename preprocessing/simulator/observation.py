"""One observation of a star as the archive's tables know it, whatever the mission."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from preprocessing.missions import Product
from preprocessing.missions.kepler import stamp_time
from preprocessing.simulator.caom import Row

__all__ = ["HeldObservation", "mjd_of_stamp"]

_MJD_ZERO = datetime(1858, 11, 17)


@dataclass(frozen=True)
class HeldObservation:
    """A row of the table of observations, and the files that belong to it.

    Parameters
    ----------
    place : int
        Tells it from others of the star; its obsid follows from it.
    obs_id : str
    target_name : str
        What MAST calls the star here.
    products : tuple of Product
    cells : mapping
        Of the row, by column: what it does not share with all observations.
    files : mapping of Product to mapping
        The same of the row of each file.
    """

    place: int
    obs_id: str
    target_name: str
    products: tuple[Product, ...]
    cells: Row
    files: Mapping[Product, Row] = field(repr=False)


def mjd_of_stamp(stamp: str) -> float:
    """Return the Modified Julian Date that a file's stamp spells."""
    return (stamp_time(stamp) - _MJD_ZERO).total_seconds() / 86_400.0
