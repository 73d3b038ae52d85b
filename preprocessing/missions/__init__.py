"""The missions: the one list of them, and of those who make their light curves."""

from __future__ import annotations

from preprocessing.core.product import FAST, LONG, SHORT, Product
from preprocessing.missions.author import Author
from preprocessing.missions.k2 import K2
from preprocessing.missions.kepler import KEPLER
from preprocessing.missions.mission import Mission
from preprocessing.missions.tess import TESS

__all__ = [
    "FAST",
    "LONG",
    "MISSIONS",
    "SHORT",
    "Author",
    "Mission",
    "Product",
    "author_of",
    "parse_file_name",
]

#: By name.
MISSIONS = {mission.name: mission for mission in (KEPLER, K2, TESS)}

_AUTHORS = {author.name: author for mission in MISSIONS.values() for author in mission.authors}
#: How names of files begin, so that no more than one grammar is asked.
_BEGINNINGS = {
    "kplr": "Kepler",
    "ktwo": "K2",
    "tess": "SPOC",
    "hlsp_tess-spoc": "TESS-SPOC",
    "hlsp_qlp": "QLP",
    "hlsp_k2sff": "K2SFF",
    "hlsp_k2sc": "K2SC",
}


def author_of(product: Product) -> Author:
    """Return who made a file."""
    return _AUTHORS[product.author]


def parse_file_name(name: str) -> Product | None:
    """Return the product that a file name stands for, or None if it is no light curve's.

    Examples
    --------
    >>> parse_file_name("kplr011904151-2010009091648_llc.fits").label
    'Q4'
    >>> parse_file_name("kplr011904151-2010009091648_lpd-targ.fits.gz") is None
    True
    """
    beginning = name[:4] if name[:4] != "hlsp" else "_".join(name.split("_", 2)[:2])
    author = _AUTHORS.get(_BEGINNINGS.get(beginning, ""))
    product = None if author is None else author.parse(name)
    # No catalog has a star of number 0.
    return product if product is not None and product.number else None
