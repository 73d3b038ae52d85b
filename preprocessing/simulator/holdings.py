"""What an embedded archive holds: the contract between its server and its stars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from preprocessing.missions import MISSIONS, Product
from preprocessing.missions.targets import star_key

__all__ = ["HeldStar", "Holdings"]


@dataclass(frozen=True)
class HeldStar:
    """One star and the files there are of it.

    Parameters
    ----------
    number : int
        Number in its mission's catalog, or beyond it for a synthetic star.
    ra_deg, dec_deg : float
        Position, ICRS, in degrees.
    names : tuple of str
        What the resolver knows the star by, besides its number.
    products : tuple of Product
        Light-curve files of one mission, of every author and cadence: at least one. In time
        order within an author and cadence.
    """

    number: int
    ra_deg: float
    dec_deg: float
    names: tuple[str, ...]
    products: tuple[Product, ...]

    @property
    def catalog(self) -> str:
        """Where its number is of: KIC, EPIC or TIC."""
        return MISSIONS[self.products[0].mission].catalog

    @property
    def key(self) -> int:
        """What tells it from the stars of all catalogs: see `targets.star_key`."""
        return star_key(self.catalog, self.number)


class Holdings(Protocol):
    """A set of stars with their files, made on request or read from a directory.

    Every method is called from the server's event loop or its worker threads, and must
    be safe to call from several at once.
    """

    def star_keys(self) -> Sequence[int]:
        """Return the key of every star (`targets.star_key`), ascending."""

    def star(self, key: int, /) -> HeldStar:
        """Return one star; `KeyError` if there is none of that key."""

    def products(self, key: int, /) -> Sequence[Product]:
        """Return one star's files as `HeldStar` has them; `KeyError` if there is none.

        Cheaper than `star` where a position has to be looked for in a file.
        """

    def size(self, product: Product, /) -> int:
        """Return a file's size in bytes; `KeyError` if there is no such file."""

    def body(self, product: Product, /) -> bytes:
        """Return a file; `KeyError` if there is no such file."""
