"""Several stars are stacked in one array."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from preprocessing.core.curve_columns import columns_of
from preprocessing.core.errors import UsageError
from preprocessing.core.light_curve import LightCurve
from preprocessing.dataset.stack import STACKABLE, stack
from preprocessing.fits.light_curve_file import read_light_curve
from preprocessing.missions.kepler import LONG_STAMPS, kepler_product
from tests.support.outputs import write_output, write_sample


def read_quarters(folder: Path, number: int, *quarters: int) -> LightCurve:
    """Return the light curve of a star with some quarters, whose cadence numbers differ."""
    products = [kepler_product(LONG_STAMPS[q][0], number, "long") for q in quarters]
    return read_light_curve(write_output(folder, products))


def test_rows_are_aligned_by_cadence_number(tmp_path: Path) -> None:
    """A star has its value in the column of each of its cadence numbers, and NaN elsewhere."""
    stars = [read_light_curve(write_sample(tmp_path, "Kepler", f"KIC_{n}")) for n in (1, 2)]
    kept = slice(10, 30)
    object.__setattr__(stars[1], "flux", stars[1].flux[kept] * 2)
    object.__setattr__(stars[1], "cadence_number", stars[1].cadence_number[kept])
    cadences, flux = stack(map(columns_of, stars))
    assert flux.dtype == np.float32
    assert np.array_equal(cadences, stars[0].cadence_number)
    assert np.array_equal(flux[0], stars[0].flux, equal_nan=True)
    assert np.array_equal(flux[1][kept], stars[1].flux, equal_nan=True)
    assert np.isnan(flux[1][:10]).all() and np.isnan(flux[1][30:]).all()


@pytest.mark.parametrize("column", STACKABLE)
def test_columns_keep_their_precision(column: str, tmp_path: Path) -> None:
    """Every column of real numbers can be stacked, in the precision of the file."""
    star = read_light_curve(write_sample(tmp_path, "K2SFF"))
    _, values = stack([columns_of(star)] * 2, column)
    assert values.dtype == np.float64
    assert np.array_equal(values[1], getattr(star, column), equal_nan=True)


def test_unlike_stars_are_not_stacked(tmp_path: Path) -> None:
    """Stars that number their exposures differently are named, and what differs."""
    kinds = ("Kepler", "Kepler short", "SPOC")
    long, short, tess = (read_light_curve(write_sample(tmp_path, kind)) for kind in kinds)
    with pytest.raises(UsageError, match=r"exposure_s is 1765\.5 and 58\.85"):
        stack(map(columns_of, [long, short]))
    with pytest.raises(UsageError, match=r"KIC 757076 and TIC 25155310 .* mission"):
        stack(map(columns_of, [long, tess]))


def test_nothing_is_an_empty_array() -> None:
    """No light curves make an array without rows."""
    cadences, flux = stack([])
    assert (cadences.shape, flux.shape) == ((0,), (0, 0))


def test_unknown_columns_are_refused() -> None:
    """Only columns in which NaN can stand for a missing point can be stacked."""
    with pytest.raises(UsageError, match="cannot stack the column 'quality': choose flux"):
        stack([], "quality")
