"""Stars are shared out to cells of the sky."""

from __future__ import annotations

import numpy as np
import pytest

from preprocessing.tables.sky_cells import MOST_STARS, Cell, finest_cells, shared_out


def test_known_position() -> None:
    """The cell of the north pole and that of the origin are those of the HEALPix paper."""
    cells = finest_cells(np.array([45.0, 0.0]), np.array([90.0, 0.0]))
    assert cells[0] == 4**29 - 1
    assert cells[1] >> 58 == 4


@pytest.mark.parametrize("n_stars", [1, MOST_STARS, MOST_STARS + 1, 3000])
def test_every_star_has_one_cell(n_stars: int) -> None:
    """Each star is in exactly one cell, which contains it and holds few enough."""
    random = np.random.default_rng(1)
    ra, dec = random.uniform(0, 360, n_stars), random.uniform(-90, 90, n_stars)
    cells = np.sort(finest_cells(ra, dec))
    found = list(shared_out(cells))
    assert sorted(np.concatenate([places for _, places in found])) == list(range(n_stars))
    for cell, places in found:
        assert len(places) <= MOST_STARS
        assert set(cells[places] >> 2 * (29 - cell.order)) == {cell.number}


def test_stars_in_one_place_share_a_cell() -> None:
    """Many light curves of the same position end in one cell, whatever their number."""
    [(cell, places)] = shared_out(np.full(2 * MOST_STARS, 12345, np.int64))
    assert len(places) == 2 * MOST_STARS
    assert cell.order == 18


def test_no_stars() -> None:
    """Without stars there are no cells."""
    assert list(shared_out(np.array([], np.int64))) == []


def test_files_of_the_southern_cells() -> None:
    """A folder holds 10,000 cells."""
    assert Cell(9, 3145727).file == "Norder=9/Dir=3140000/Npix=3145727.parquet"
