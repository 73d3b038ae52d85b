"""What the default quality mask takes from the light of real stars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessing.fits.product_file import read_product, verify_product
from preprocessing.missions import author_of
from preprocessing.missions.recipe import make_recipe
from tests.support.sample_files import real_stars


@pytest.mark.slow
def test_the_default_mask_takes_no_finite_light_of_kepler(real_files: Path) -> None:
    """Each row that the default mask drops has no time or no PDCSAP flux."""
    n_dropped = 0
    for product, path in (file for star in real_stars(real_files) for file in star):
        layout = author_of(product).layout
        assert layout is not None
        file = verify_product(path.read_bytes(), product)
        rows = read_product(file, layout, "pdcsap", product.exposure_s)
        mask = make_recipe(product.mission, product.cadence).quality_bitmask
        is_dropped = (rows.quality & mask) != 0
        assert not np.isfinite(rows.flux[is_dropped]).any()
        n_dropped += int(is_dropped.sum())
    assert n_dropped > 1000
