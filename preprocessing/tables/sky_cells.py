"""Which cells of the sky stars are in, and which cells hold few enough stars for one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FINEST_ORDER", "MOST_STARS", "Cell", "finest_cells", "shared_out"]

#: The finest order whose cells have numbers of 64 bits (IVOA Note HATS 1.0, `_healpix_29`).
FINEST_ORDER = 29
#: Stars in a file: 0.7 GB decoded and 0.1 GB on disk, if they have Kepler's 58,200 points.
MOST_STARS = 270
#: Stars nearer to each other than this order's cells, of 0.8 arcseconds, stay in one file.
_DEEPEST_ORDER = 18
#: Cells of one folder (IVOA Note HATS 1.0, section 3).
_CELLS_PER_FOLDER = 10_000


@dataclass(frozen=True, order=True)
class Cell:
    """One cell of HEALPix, nested, and the file that holds its stars.

    Parameters
    ----------
    order : int
        The order: the sky has ``12 * 4**order`` cells.
    number : int
        Which of them.

    Examples
    --------
    >>> Cell(7, 98012).file
    'Norder=7/Dir=90000/Npix=98012.parquet'
    """

    order: int
    number: int

    @property
    def file(self) -> str:
        """The name of its file, below the folder ``dataset`` of a catalog."""
        folder = self.number // _CELLS_PER_FOLDER * _CELLS_PER_FOLDER
        return f"Norder={self.order}/Dir={folder}/Npix={self.number}.parquet"


def finest_cells(ra: NDArray[Any], dec: NDArray[Any]) -> NDArray[np.int64]:
    """Return the cell of order 29 of each position.

    Parameters
    ----------
    ra, dec : ndarray of float64, shape (n,)
        Right ascension and declination (ICRS) in degrees.
    """
    # Imported here, for it loads astropy.
    from astropy_healpix.healpy import ang2pix

    cells: NDArray[np.int64] = np.asarray(
        ang2pix(2**FINEST_ORDER, ra, dec, nest=True, lonlat=True), np.int64
    )
    return cells


def shared_out(cells: NDArray[np.int64]) -> Iterator[tuple[Cell, NDArray[np.int64]]]:
    """Yield the largest cells with few enough stars, which depend on the stars alone.

    Parameters
    ----------
    cells : ndarray of int64, shape (n,)
        The cell of order 29 of each star, ascending.

    Yields
    ------
    Cell
        A cell that holds stars.
    ndarray of int64, shape (m,)
        The places of its stars in `cells`.

    Examples
    --------
    >>> [(cell.order, len(places)) for cell, places in shared_out(np.arange(300) << 48)]
    [(1, 256), (1, 44)]
    """
    places = np.arange(len(cells))
    for number in np.unique(cells >> 2 * FINEST_ORDER):
        yield from _divided(cells, places, Cell(0, int(number)))


def _divided(
    cells: NDArray[np.int64], places: NDArray[np.int64], cell: Cell
) -> Iterator[tuple[Cell, NDArray[np.int64]]]:
    shift = 2 * (FINEST_ORDER - cell.order)
    first, last = np.searchsorted(cells[places], [cell.number << shift, (cell.number + 1) << shift])
    inside = places[first:last]
    if not len(inside):
        return
    if len(inside) <= MOST_STARS or cell.order == _DEEPEST_ORDER:
        yield cell, inside
        return
    for quarter in range(4):
        yield from _divided(cells, inside, Cell(cell.order + 1, 4 * cell.number + quarter))
