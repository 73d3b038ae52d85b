"""Keys that identify stars across missions, and the missions and files that they belong to."""

from __future__ import annotations

from preprocessing.missions import MISSIONS, Mission, Product, mission_of
from preprocessing.missions.targets import number_of_key, star_key

__all__ = ["key_of_product", "mission_of_key"]


def key_of_product(product: Product) -> int:
    """Return the key of the star that a file is about: see `targets.star_key`."""
    return star_key(mission_of(product).catalog, product.number)


def mission_of_key(key: int) -> tuple[Mission, int]:
    """Return the mission of a star's key, and the star's number in the mission's catalog.

    Parameters
    ----------
    key : int
        See `targets.star_key`.

    Raises
    ------
    KeyError
        No star can have the key.

    Examples
    --------
    >>> mission, number = mission_of_key(star_key("TIC", 25155310))
    >>> mission.name, number
    ('TESS', 25155310)
    """
    for mission in MISSIONS.values():
        number = number_of_key(key, mission.catalog)
        if number is not None:
            return mission, number
    raise KeyError(key)
