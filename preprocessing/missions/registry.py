"""The list of missions, and what follows from all of them together.

To add a mission, add an entry to `MISSIONS`; to add an author, add an entry to the mission's
`authors`. Nothing else in the program lists them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
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
    "author_of_name",
    "derived",
    "find_mission",
    "is_other_product",
    "label_and_sort_key",
    "mission_of",
    "parse_file_name",
]

_T = TypeVar("_T")
#: A star's number where none matters: a file's label and rank are the same for all stars.
_ANY_STAR = 1

#: Target pixels, validation, cotrending vectors and images (MAST Kepler Archive Manual, section
#: 2.3; TESS Science Data Products Description Document, EXP-TESS-ARC-ICD-TM-0014, section 3).
_OTHER_PRODUCT = re.compile(
    r"(pd-targ|[-_]tp|_dvt|_dv[rs]|[-_]cbv|_fast-tp|_ff[ir]|_ffi[cr])(-\w+)?\.fits(\.gz)?$"
)

#: All missions by name.
MISSIONS: dict[str, Mission] = {mission.name: mission for mission in (KEPLER, K2, TESS)}
#: The mission if the user names none.
DEFAULT_MISSION = KEPLER.name


def derived(make: Callable[[tuple[Mission, ...]], _T]) -> Callable[[], _T]:
    """Turn a function of all missions into one without arguments; recompute only on change.

    Parameters
    ----------
    make : callable
        Computes a value from the missions in `MISSIONS`, in their order.
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
    """All authors, by name and by the prefix of their file names."""

    by_name: dict[str, Author]
    by_prefix: dict[str, Author]
    prefix: re.Pattern[str]


@derived
def _authors(missions: tuple[Mission, ...]) -> _Authors:
    authors = [author for mission in missions for author in mission.authors]
    by_prefix = {author.file_prefix: author for author in authors}
    # The longest matching prefix counts, since one prefix may start with another.
    longest_first = sorted(by_prefix, key=len, reverse=True)
    return _Authors(
        {author.name: author for author in authors},
        by_prefix,
        re.compile("|".join(map(re.escape, longest_first))),
    )


def find_mission(name: str) -> Mission | None:
    """Return a mission by name, in any case, or None if there is no such mission.

    Parameters
    ----------
    name : str
        The mission's name.
    """
    return next((m for m in MISSIONS.values() if m.name.lower() == name.lower()), None)


def mission_of(product: Product) -> Mission:
    """Return the mission that observed a file's light curve."""
    return MISSIONS[product.mission]


def author_of(product: Product) -> Author:
    """Return the author of a file."""
    return _authors().by_name[product.author]


def parse_file_name(name: str, number: int = 0) -> Product | None:
    """Return the product for a file name, or None if it is not a light curve's.

    Parameters
    ----------
    name : str
        The file's name without folders.
    number : int, optional
        The number of the star that the file is known to be about. It counts if the name has
        another catalog's number, as `Author.names_star` tells; without it, such a name is no
        product.

    Examples
    --------
    >>> parse_file_name("kplr011904151-2010009091648_llc.fits").label
    'Q4'
    >>> parse_file_name("kplr011904151-2010009091648_lpd-targ.fits.gz") is None
    True
    """
    author = author_of_name(name)
    product = None if author is None else author.parse(name)
    if author is not None and product is not None and not author.names_star:
        product = replace(product, number=number)
    # No catalog has a star with number 0.
    return product if product is not None and product.number else None


def label_and_sort_key(
    mission: Mission, file_name: str, sequence_number: int
) -> tuple[str, tuple[int, str]]:
    """Return how people name one of a star's files, and what sorts it among the others in time.

    Parameters
    ----------
    mission : Mission
        The star's mission.
    file_name : str
        The file's name; empty if the archive counts the file but does not name it.
    sequence_number : int
        Its quarter, campaign or sector.

    Examples
    --------
    >>> label_and_sort_key(KEPLER, "", 4)
    ('Q4', (4, ''))
    """
    product = parse_file_name(file_name, _ANY_STAR)
    if product is not None:
        return product.label, product.sort_key
    return mission.label(sequence_number), (mission.position(sequence_number), "")


def author_of_name(name: str) -> Author | None:
    """Return the author whose file names start like a name, or None if none do.

    Parameters
    ----------
    name : str
        The file's name without folders.
    """
    authors = _authors()
    prefix = authors.prefix.match(name)
    return None if prefix is None else authors.by_prefix[prefix[0]]


def is_other_product(name: str) -> bool:
    """Tell whether a file's name is that of another product of a mission than a light curve.

    Parameters
    ----------
    name : str
        The file's name without folders, with or without gzip's ending.

    Examples
    --------
    >>> is_other_product("kplr011904151-2010009091648_lpd-targ.fits.gz")
    True
    """
    return _OTHER_PRODUCT.search(name) is not None


def alternative_products(product: Product) -> tuple[Product, ...]:
    """Return other files that may hold the same rows of the star; usually there are none."""
    alternatives = author_of(product).alternatives
    return () if alternatives is None else alternatives(product)
