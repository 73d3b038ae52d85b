"""Keys that tell stars of all missions apart, and the files and missions behind them."""

from __future__ import annotations

from preprocessing.missions import MISSIONS, Mission, Product, mission_of
from preprocessing.missions.targets import number_of_key, star_key

__all__ = ["key_of_product", "mission_of_key"]


def key_of_product(product: Product) -> int:
    """Return the key of a file's star: see `targets.star_key`."""
    return star_key(mission_of(product).catalog, product.number)


def mission_of_key(key: int) -> tuple[Mission, int]:
    """Return the mission of a star's key, and its number in the mission's catalog.

    Raises
    ------
    KeyError
        There is no such key.

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
