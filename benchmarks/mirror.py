"""Folders of synthetic mission files, made once and kept."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from preprocessing.missions import Product
from preprocessing.simulator.synthesis.synthetic import SyntheticHoldings

__all__ = ["Mirror", "keep_files", "make_mirror"]


@dataclass(frozen=True)
class Mirror:
    """Mission files in a folder.

    Parameters
    ----------
    root : Path
    products : mapping of int to tuple of Product
        Files in time order, by KIC number.
    """

    root: Path
    products: Mapping[int, tuple[Product, ...]]

    def path(self, product: Product) -> Path:
        """Return where a file is."""
        return self.root / product.path

    def first(self, n_stars: int) -> Mirror:
        """Return a mirror of the first of these stars, in the same folder."""
        chosen = sorted(self.products)[:n_stars]
        return Mirror(self.root, {kic: self.products[kic] for kic in chosen})


def make_mirror(data: Path, n_stars: int, quarters: int = 17) -> Mirror:
    """Make a folder of synthetic stars; what is there stays, unless an older version made it.

    Parameters
    ----------
    data : Path
        In which the folder is made.
    n_stars : int
        7.4 MB each, if they have 17 quarters.
    quarters : int
        Of each star, 1 to 18.
    """
    holdings = SyntheticHoldings(n_stars, 0, quarters)
    root = data / f"mirror-{quarters}"
    mirror = Mirror(root, {kic: tuple(holdings.products(kic)) for kic in holdings.star_keys()})
    missing = [kic for kic in mirror.products if not _is_there(mirror, kic, holdings)]
    if missing:
        # Spawned, since a fork copies the locks of whatever threads there are.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(mp_context=context) as pool:
            list(pool.map(partial(_make_star, root, n_stars, quarters), missing))
    return mirror


def keep_files(
    root: Path, stars: Mapping[int, tuple[Product, ...]], holdings: SyntheticHoldings
) -> Mirror:
    """Make a folder of some files of synthetic stars; what is there stays.

    Parameters
    ----------
    root : Path
    stars : mapping of int to tuple of Product
        By number.
    holdings : SyntheticHoldings
    """
    mirror = Mirror(root, stars)
    for products in stars.values():
        for product in products:
            path = mirror.path(product)
            if not path.exists() or path.stat().st_size != holdings.size(product):
                _write(path, holdings.body(product))
    return mirror


def _is_there(mirror: Mirror, kic: int, holdings: SyntheticHoldings) -> bool:
    """Tell whether a star's files are there; one shows whether this version made them."""
    products = mirror.products[kic]
    sizes = {mirror.path(product): holdings.size(product) for product in products}
    if not all(path.exists() and path.stat().st_size == size for path, size in sizes.items()):
        return False
    shown = min(products, key=holdings.size)
    return mirror.path(shown).read_bytes() == holdings.body(shown)


def _make_star(root: Path, n_stars: int, quarters: int, kic: int) -> None:
    # A star's files are the same however many others there are.
    holdings = SyntheticHoldings(n_stars, 0, quarters)
    for product in holdings.products(kic):
        _write(root / product.path, holdings.body(product))


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(body)
    os.replace(part, path)
