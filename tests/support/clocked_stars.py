"""Small outputs of stars that share the mission's clock, which is gathered as a run does it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from preprocessing.acquire.records.clocks import GatheredClocks
from preprocessing.core.dataset_folder import DatasetFolder
from preprocessing.missions import Product
from tests.support.mission_samples import layout_of, sample_rows
from tests.support.outputs import write_output

__all__ = ["LATER", "write_clocked_star"]

#: The first cadence of files that come later than those of other stars.
LATER = 40


def write_clocked_star(
    places: DatasetFolder,
    products: Sequence[Product],
    *,
    is_gathered: bool = True,
    first: int = 0,
    odd: Sequence[int] = (),
) -> None:
    """Write the output of one star.

    Parameters
    ----------
    places : DatasetFolder
        Of the data set.
    products : sequence of Product
        Its files.
    is_gathered : bool
        Whether the run gathers the clock.
    first : int
        By how many cadences its files are later than those of other stars.
    odd : sequence of int
        Rows whose times are not the clock's, by one unit in the last place.
    """
    places.lightcurves.mkdir(parents=True, exist_ok=True)
    number = products[0].number
    clocks = GatheredClocks(places.clocks)
    write_output(
        places.lightcurves,
        products,
        primary={"RA_OBJ": 280.0 + number % 97 / 4, "DEC_OBJ": 38.0 + number % 89 / 6},
        make_rows=partial(_rows, first=first, odd=odd),
        note_clock=clocks.add if is_gathered else lambda reading: None,
    )


def _rows(product: Product, seed: int, first: int, odd: Sequence[int]) -> NDArray[np.void]:
    rows = sample_rows(product, seed=seed)
    layout = layout_of(product)
    assert layout.cadenceno is not None and layout.time_correction is not None
    rows[layout.cadenceno] += first
    # As for other stars, to the last bit.
    clock = rows[layout.time][0] + product.exposure_s / 86400 * (first + np.arange(len(rows)))
    travel = 2e-3 * np.cos(clock / 60 + product.number % 7)
    rows[layout.time_correction] = travel
    rows[layout.time] = clock + rows[layout.time_correction]
    for row in odd:
        rows[layout.time][row] = np.nextafter(rows[layout.time][row], np.inf)
    return rows
