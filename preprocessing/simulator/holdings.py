"""What the simulator serves: the contract between its server and its stars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from preprocessing.missions import Mission, Product, author_of, mission_of, parse_file_name
from preprocessing.missions.registry import author_of_name
from preprocessing.missions.targets import star_key

__all__ = ["HeldStar", "Holdings", "ProductNames"]


@dataclass(frozen=True)
class HeldStar:
    """One star and its files.

    Parameters
    ----------
    number : int
        Number in its mission's catalog. A synthetic star has one that no archive uses.
    ra_deg, dec_deg : float
        Position (ICRS) in degrees.
    names : tuple of str
        Names under which the resolver knows the star, besides its number.
    products : tuple of Product
        Light-curve files of one mission, of every author and cadence; at least one. Files of one
        author and cadence are in time order.
    """

    number: int
    ra_deg: float
    dec_deg: float
    names: tuple[str, ...]
    products: tuple[Product, ...]

    @property
    def mission(self) -> Mission:
        """The mission that observed the star."""
        return mission_of(self.products[0])

    @property
    def key(self) -> int:
        """The star's key, which is unique across catalogs: see `star_key`."""
        return star_key(self.mission.catalog, self.number)


class Holdings(Protocol):
    """A set of stars with their files, computed on request or read from a directory.

    The server calls the methods from its event loop and from worker threads, several at the
    same time.

    Attributes
    ----------
    is_synthetic : bool
        Whether the stars are made up. Their files say so, too.
    """

    is_synthetic: bool

    def star_keys(self) -> Sequence[int]:
        """Return the keys of all stars (see `star_key`), ascending."""

    def star(self, key: int, /) -> HeldStar:
        """Return one star; raise `KeyError` if no star has the key."""

    def products(self, key: int, /) -> Sequence[Product]:
        """Return one star's files, as in `HeldStar`; raise `KeyError` if no star has the key.

        Cheaper than `star` if the position has to be read from a file.
        """

    def size(self, product: Product, /) -> int:
        """Return a file's size in bytes; raise `KeyError` if there is no such file."""

    def body(self, product: Product, /) -> bytes:
        """Return the bytes of a file; raise `KeyError` if there is no such file."""


class ProductNames:
    """The products for file names, some of which do not have the star's number.

    Parameters
    ----------
    holdings : Holdings
        They know whose those files are.
    """

    def __init__(self, holdings: Holdings) -> None:
        self._holdings = holdings

    def product(self, name: str) -> Product | None:
        """Return the product for a file name, or None if no light curve can have it.

        Parameters
        ----------
        name : str
            The file's name without folders.
        """
        author = author_of_name(name)
        is_told = author is None or author.names_star
        return parse_file_name(name, 0 if is_told else self._numbers.get(name, 0))

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """The number of the star of each file whose name does not have it."""
        keys = self._holdings.star_keys()
        products = (product for key in keys for product in self._holdings.products(key))
        return {p.file_name: p.number for p in products if not author_of(p).names_star}
