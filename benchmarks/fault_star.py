"""A star of two files, and what a faulty archive may send in their place."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessing.core.errors import RunError
from preprocessing.missions import LONG, SHORT, Product
from preprocessing.simulator.holdings import HeldStar
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["FaultStar"]

#: Among so many stars there are some of each sort.
_POPULATION = 300
_QUARTERS = 2


class FaultStar:
    """Holdings of one synthetic star with two long-cadence files and some of short cadence.

    Another star has the same quarters: its file may come in place of the first one's.

    Attributes
    ----------
    kic : int
    asked : tuple of Product
        The long-cadence files, in time order.
    """

    def __init__(self) -> None:
        self._source = SyntheticHoldings(_POPULATION)
        self._products: dict[int, tuple[Product, ...]] = {}
        self.number, self.asked = self._choose()
        short = [p for p in self._source.products(self.number) if p.cadence == SHORT]
        months = [p for p in short if p.sequence_number == short[0].sequence_number]
        self._products[self.number] = tuple(sorted([*self.asked, *months]))
        other = self._other_star()
        self._products[other] = tuple(self._such(other, self.asked))

    def star_keys(self) -> Sequence[int]:
        """Return the numbers of the two stars."""
        return tuple(sorted(self._products))

    def star(self, kic: int) -> HeldStar:
        """Return one of them; `KeyError` if it is none of them."""
        products = self._products[kic]
        whole = self._source.star(kic)
        return HeldStar(kic, whole.ra_deg, whole.dec_deg, whole.names, products)

    def products(self, kic: int) -> Sequence[Product]:
        """Return a star's files; `KeyError` if it is none of the two."""
        return self._products[kic]

    def size(self, product: Product) -> int:
        """Return a file's size in bytes; `KeyError` if there is no such file."""
        self._require(product)
        return self._source.size(product)

    def body(self, product: Product) -> bytes:
        """Return a file; `KeyError` if there is no such file."""
        self._require(product)
        return self._source.body(product)

    def files(self) -> dict[str, bytes]:
        """Return the files that are asked for, by name."""
        return {product.file_name: self.body(product) for product in self.asked}

    def _require(self, product: Product) -> None:
        if product not in self._products[product.number]:
            raise KeyError(product)

    def _choose(self) -> tuple[int, tuple[Product, ...]]:
        for kic in self._source.star_keys():
            products = self._source.products(kic)
            # Q4 has two possible names, which would be a matter of its own.
            long = [p for p in products if p.cadence == LONG and p.sequence_number != 4]
            short = [p for p in products if p.cadence == SHORT and p.sequence_number != 4]
            if len(long) >= _QUARTERS and short:
                return kic, tuple(long[:_QUARTERS])
        raise RunError("no synthetic star has files of both cadences")

    def _other_star(self) -> int:
        for kic in self._source.star_keys():
            if kic != self.number and len(self._such(kic, self.asked)) == len(self.asked):
                return kic
        raise RunError("no other synthetic star has the same quarters")

    def _such(self, kic: int, like: Sequence[Product]) -> list[Product]:
        stamps = {(p.stamp, p.cadence) for p in like}
        return [p for p in self._source.products(kic) if (p.stamp, p.cadence) in stamps]
