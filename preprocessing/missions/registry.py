"""The one list of missions, and what follows from all of them together.

A new mission is one more entry of `MISSIONS`, a new author one more entry of its mission's
`authors`; nothing else in the program lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TypeVar

from preprocessing.core.product import Product
from preprocessing.missions.author import Author
from preprocessing.missions.k2 import K2
from preprocessing.missions.kepler import KEPLER
from preprocessing.missions.mission import Mission
from preprocessing.missions.tess import TESS

__all__ = [
    "DEFAULT_MISSION",
    "MISSIONS",
    "alternative_products",
    "author_of",
    "derived",
    "find_mission",
    "mission_of",
    "parse_file_name",
]

_T = TypeVar("_T")

#: By name.
MISSIONS: dict[str, Mission] = {mission.name: mission for mission in (KEPLER, K2, TESS)}
#: What is meant if nobody names a mission.
DEFAULT_MISSION = KEPLER.name


def derived(make: Callable[[tuple[Mission, ...]], _T]) -> Callable[[], _T]:
    """Return a function that makes something of all missions, anew only if they have changed.

    Parameters
    ----------
    make : callable
        Makes it of the missions in `MISSIONS`, in their order.
    """
    latest: tuple[tuple[Mission, ...], _T] | None = None

    @wraps(make)
    def made() -> _T:
        nonlocal latest
        missions = tuple(MISSIONS.values())
        # Names of targets and files come by the hundred thousand: a comparison is all they cost.
        if latest is None or latest[0] != missions:
            latest = missions, make(missions)
        return latest[1]

    return made


@dataclass(frozen=True)
class _Authors:
    """All authors, by name and by what their files' names begin with."""

    by_name: dict[str, Author]
    by_prefix: dict[str, Author]
    prefix: re.Pattern[str]


@derived
def _authors(missions: tuple[Mission, ...]) -> _Authors:
    authors = [author for mission in missions for author in mission.authors]
    by_prefix = {author.file_prefix: author for author in authors}
    # The longest that fits counts: others may begin with it.
    longest_first = sorted(by_prefix, key=len, reverse=True)
    return _Authors(
        {author.name: author for author in authors},
        by_prefix,
        re.compile("|".join(map(re.escape, longest_first))),
    )


def find_mission(name: str) -> Mission | None:
    """Return a mission by its name in any case, None if there is none of that name."""
    return next((m for m in MISSIONS.values() if m.name.lower() == name.lower()), None)


def mission_of(product: Product) -> Mission:
    """Return the mission that a file is of."""
    return MISSIONS[product.mission]


def author_of(product: Product) -> Author:
    """Return who made a file."""
    return _authors().by_name[product.author]


def parse_file_name(name: str) -> Product | None:
    """Return the product that a file name stands for, or None if it is no light curve's.

    Examples
    --------
    >>> parse_file_name("kplr011904151-2010009091648_llc.fits").label
    'Q4'
    >>> parse_file_name("kplr011904151-2010009091648_lpd-targ.fits.gz") is None
    True
    """
    authors = _authors()
    prefix = authors.prefix.match(name)
    product = None if prefix is None else authors.by_prefix[prefix[0]].parse(name)
    # No catalog has a star of number 0.
    return product if product is not None and product.number else None


def alternative_products(product: Product) -> tuple[Product, ...]:
    """Return the other files that may hold the same rows of the star: nearly always none."""
    alternatives = author_of(product).alternatives
    return () if alternatives is None else alternatives(product)
