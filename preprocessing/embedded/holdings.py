"""What an embedded archive holds: the contract between its server and its stars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from preprocessing.missions import Product

__all__ = ["HeldStar", "Holdings"]


@dataclass(frozen=True)
class HeldStar:
    """One star and the files there are of it.

    Parameters
    ----------
    number : int
        Number in the Kepler Input Catalog, or beyond it for a synthetic star.
    ra_deg, dec_deg : float
        Position, ICRS, in degrees.
    names : tuple of str
        What the resolver knows the star by, besides its number.
    products : tuple of Product
        Light-curve files of every cadence, in time order within a cadence.
    """

    number: int
    ra_deg: float
    dec_deg: float
    names: tuple[str, ...]
    products: tuple[Product, ...]


class Holdings(Protocol):
    """A set of stars with their files, made on request or read from a directory.

    Every method is called from the server's event loop or its worker threads, and must
    be safe to call from several at once.
    """

    def star_keys(self) -> Sequence[int]:
        """Return the key of every star (`targets.star_key`), ascending."""

    def star(self, kic: int) -> HeldStar:
        """Return one star; `KeyError` if there is none of that number."""

    def products(self, kic: int) -> Sequence[Product]:
        """Return one star's files as `HeldStar` has them; `KeyError` if there is none.

        Cheaper than `star` where a position has to be looked for in a file.
        """

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; `KeyError` if there is no such file."""

    def body(self, product: Product) -> bytes:
        """Return a file; `KeyError` if there is no such file."""
