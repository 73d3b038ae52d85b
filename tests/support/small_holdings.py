"""Holdings of many stars with few and small files, all of which can be verified."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from preprocessing.missions import LONG, SHORT, Product
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS, kepler_product
from preprocessing.simulator.holdings import HeldStar
from tests.support.sample_files import make_file, make_rows

__all__ = ["SmallHoldings"]

#: A number that no archive uses, as of all stars that nobody observed.
_FIRST_KIC = 900_000_001
#: Rows a file: some blocks of 2880 bytes.
_ROWS = 200


class SmallHoldings:
    """Stars with long cadence of Q2 and Q3, and the three months of Q2 in short cadence.

    Bodies are made once in a process.

    Parameters
    ----------
    n_stars : int
    """

    is_synthetic = True

    def __init__(self, n_stars: int) -> None:
        self._kics = range(_FIRST_KIC, _FIRST_KIC + n_stars)

    def star_keys(self) -> Sequence[int]:
        return self._kics

    def star(self, kic: int) -> HeldStar:
        return HeldStar(kic, 290.0, 44.0, (f"Synthetic-{kic}",), self.products(kic))

    def products(self, kic: int) -> tuple[Product, ...]:
        if kic not in self._kics:
            raise KeyError(kic)
        return _products(kic)

    def size(self, product: Product) -> int:
        return len(self.body(product))

    def body(self, product: Product) -> bytes:
        if product not in self.products(product.number):
            raise KeyError(product)
        return _body(product)


@cache
def _products(kic: int) -> tuple[Product, ...]:
    long = [kepler_product(LONG_STAMPS[quarter][0], kic, LONG) for quarter in (2, 3)]
    months = enumerate(SHORT_STAMPS[2], 1)
    short = [kepler_product(stamp, kic, SHORT) for month, stamp in months]
    return tuple(sorted([*long, *short]))


@cache
def _body(product: Product) -> bytes:
    turn = (product.sequence_number - 2) if product.month is None else product.month
    rows = make_rows(_ROWS, seed=turn)
    # In the quarter or month that the stamp ends.
    days = (
        100 * (product.sequence_number - 2) if product.month is None else 30 * (product.month - 1)
    )
    rows["TIME"] += 170.0 + days - rows["TIME"][0]
    rows["PDCSAP_FLUX"] += product.number % 1000
    return make_file(product, rows, primary={"SYNTHET": True})
