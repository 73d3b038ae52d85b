"""MAST's observations: what their ids say, and how MAST's tables list them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from preprocessing.core.product import Product

__all__ = ["Cells", "ListedObservation", "ObservationId", "list_one_by_one"]

#: A row of one of MAST's tables: values by column.
Cells = dict[str, Any]


@dataclass(frozen=True)
class ObservationId:
    """What the id of an observation says.

    Parameters
    ----------
    number : int
        The star's number in the mission's catalog.
    cadence : {'long', 'short', 'fast'}
        The cadence of its files.
    counts : mapping of int to int
        Number of files by quarter, campaign or sector.
    """

    number: int
    cadence: str
    counts: Mapping[int, int]


@dataclass(frozen=True)
class ListedObservation:
    """A row of MAST's table of observations, and the files that belong to it.

    Parameters
    ----------
    index : int
        Position among the star's observations. The simulator derives the obsid from it.
    obs_id : str
        The observation's name in MAST.
    target_name : str
        The star's name in MAST for this mission.
    products : tuple of Product
        The observation's light-curve files, in time order.
    cells : dict
        Values of the row's cells, by column. Cells that all observations share are left out.
    files : mapping of Product to dict
        The same for each file's row in the table of products.
    """

    index: int
    obs_id: str
    target_name: str
    products: tuple[Product, ...]
    cells: Cells
    files: Mapping[Product, Cells] = field(repr=False)


def list_one_by_one(
    products: Sequence[Product],
    own_author: str,
    target_name: str,
    obs_id: Callable[[Product], str],
    cells: Callable[[Product], Cells],
    file_cells: Callable[[Product], Cells],
) -> list[ListedObservation]:
    """Return one observation per file: the mission's first, then those of other authors.

    Parameters
    ----------
    products : sequence of Product
        Files of one star.
    own_author : str
        The author of the mission's own files.
    target_name : str
        The star's name in MAST.
    obs_id, cells, file_cells : callable
        Return, for a file, the id of its observation, the cells of the observation's row, and
        the cells of the file's row.
    """
    ordered = sorted(products, key=lambda p: (p.author != own_author, p.author, p))
    return [
        ListedObservation(
            index=index,
            obs_id=obs_id(product),
            target_name=target_name,
            products=(product,),
            cells=cells(product),
            files={product: file_cells(product)},
        )
        for index, product in enumerate(ordered)
    ]
