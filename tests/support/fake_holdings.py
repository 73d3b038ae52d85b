"""Holdings made of a few stars with small files, for tests of the server's parts."""

from __future__ import annotations

from collections.abc import Sequence

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS, kepler_product
from preprocessing.missions.star_keys import key_of_product
from preprocessing.simulator.holdings import HeldStar

__all__ = ["FakeHoldings", "held_star", "long_product"]


def long_product(kic: int, quarter: int) -> Product:
    """Return a star's long-cadence file of one quarter."""
    return kepler_product(LONG_STAMPS[quarter][0], kic, LONG)


def held_star(
    kic: int,
    ra_deg: float = 290.0,
    dec_deg: float = 44.0,
    names: tuple[str, ...] = (),
    quarters: tuple[int, ...] = (1, 2),
    short_quarters: tuple[int, ...] = (),
) -> HeldStar:
    """Return a star with whole quarters of long and of short cadence."""
    products = [long_product(kic, quarter) for quarter in quarters]
    for quarter in short_quarters:
        months = enumerate(SHORT_STAMPS[quarter], 1)
        products += [kepler_product(stamp, kic, SHORT) for month, stamp in months]
    return HeldStar(kic, ra_deg, dec_deg, names, tuple(products))


class FakeHoldings:
    """Stars whose files hold their own name over and over."""

    def __init__(
        self, *stars: HeldStar, file_size: int = 10_000, is_synthetic: bool = False
    ) -> None:
        self.is_synthetic = is_synthetic
        self._stars = {star.key: star for star in sorted(stars, key=lambda star: star.key)}
        self._file_size = file_size

    def star_keys(self) -> Sequence[int]:
        return tuple(self._stars)

    def star(self, key: int) -> HeldStar:
        return self._stars[key]

    def products(self, key: int) -> Sequence[Product]:
        return self._stars[key].products

    def size(self, product: Product) -> int:
        return len(self.body(product))

    def body(self, product: Product) -> bytes:
        if product not in self._stars[key_of_product(product)].products:
            raise KeyError(product)
        name = product.file_name.encode()
        return (name * (self._file_size // len(name) + 1))[: self._file_size]
