"""One observation of a star, as the archive's tables describe it for any mission."""

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
    index : int
        Position among the star's observations. The obsid is derived from it.
    obs_id : str
        The observation's name in MAST.
    target_name : str
        The star's name in MAST for this mission.
    products : tuple of Product
        The observation's files.
    cells : mapping
        Values of the row's cells, by column. Cells that all observations share are left out.
    files : mapping of Product to mapping
        The same for each file's row in the table of products.
    """

    index: int
    obs_id: str
    target_name: str
    products: tuple[Product, ...]
    cells: Row
    files: Mapping[Product, Row] = field(repr=False)


def mjd_of_stamp(stamp: str) -> float:
    """Return the Modified Julian Date of a file's time stamp.

    Parameters
    ----------
    stamp : str
        The time in the file's name: year, day of year, hour, minute, second.
    """
    return (stamp_time(stamp) - _MJD_ZERO).total_seconds() / 86_400.0
