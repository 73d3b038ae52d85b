"""Synthetic stars of which there is little, so that very many runs or stars are soon done."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from preprocessing.missions import Product
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["ShortStars"]

_ALL_QUARTERS = 18


class ShortStars(SyntheticHoldings):
    """Synthetic stars with chosen quarters only; the files themselves are what they always are.

    Parameters
    ----------
    n_stars : int
    quarters : collection of int
        Q0 is the shortest, with 10 days.
    """

    def __init__(self, n_stars: int, quarters: Collection[int] = (0,)) -> None:
        super().__init__(n_stars, n_quarters=_ALL_QUARTERS)
        self._quarters = frozenset(quarters)

    def star(self, kic: int) -> HeldStar:
        """Return one star; `KeyError` if there is none of that number."""
        star = super().star(kic)
        return replace(star, products=tuple(self._of_quarters(star.products)))

    def products(self, kic: int) -> Sequence[Product]:
        """Return one star's files; `KeyError` if there is none of that number."""
        return self._of_quarters(super().products(kic))

    def _of_quarters(self, products: Sequence[Product]) -> list[Product]:
        return [product for product in products if product.sequence_number in self._quarters]
