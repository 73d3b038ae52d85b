"""The number and size of a file's rows, known before it is fetched."""

from __future__ import annotations

from preprocessing.core.product import Product
from preprocessing.missions.registry import MISSIONS, author_of

__all__ = ["row_bytes", "row_count"]


def row_count(product: Product) -> int:
    """Return the number of rows in a file: exact for Kepler, approximate for other missions.

    Parameters
    ----------
    product : Product
        The file.

    Examples
    --------
    >>> from preprocessing.missions.k2 import k2_product
    >>> row_count(k2_product(206103150, 3, "long"))
    3386
    """
    return MISSIONS[product.mission].row_count(product)


def row_bytes(product: Product) -> int:
    """Return the bytes per row (NAXIS1), summed over all tables of a file."""
    return author_of(product).row_bytes
