"""A star counts only if all of it is there, to the last bit."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from benchmarks.correctness import Makes, count_right, stitched_name
from benchmarks.mirror import Mirror, make_mirror
from preprocessing.missions import Product

Columns = tuple[NDArray[np.float64], NDArray[np.float32]]


@pytest.fixture(scope="module")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Mirror:
    """Return one star of two quarters."""
    return make_mirror(tmp_path_factory.mktemp("data"), n_stars=1, quarters=2)


def _stitch(mirror: Mirror) -> Columns:
    times, fluxes = [], []
    for product in next(iter(mirror.products.values())):
        table = fits.getdata(mirror.path(product), 1)
        table = table[np.isfinite(table["TIME"])]
        table = table[(table["SAP_QUALITY"] & 1130799) == 0]
        flux = table["PDCSAP_FLUX"].astype(np.float32)
        times.append(table["TIME"].astype(np.float64))
        fluxes.append(flux / np.nanmedian(flux))
    return np.concatenate(times), np.concatenate(fluxes)


def _first(mirror: Mirror) -> Product:
    return next(iter(mirror.products.values()))[0]


def _write(folder: Path, mirror: Mirror, columns: Columns) -> None:
    time, flux = columns
    written = [fits.Column("TIME", "D", array=time), fits.Column("FLUX", "E", array=flux)]
    fits.BinTableHDU.from_columns(written).writeto(folder / stitched_name(_first(mirror)))


def test_a_right_stitch_counts(mirror: Mirror, tmp_path: Path) -> None:
    """A file with the times and fluxes of every quarter is right."""
    _write(tmp_path, mirror, _stitch(mirror))
    assert count_right(tmp_path, mirror, Makes.STITCHED) == 1


def test_a_missing_quarter_is_noticed(mirror: Mirror, tmp_path: Path) -> None:
    """A file that ends before the last quarter is not right."""
    time, flux = _stitch(mirror)
    _write(tmp_path, mirror, (time[:4000], flux[:4000]))
    assert count_right(tmp_path, mirror, Makes.STITCHED) == 0


@pytest.mark.parametrize("column", [0, 1])
def test_a_changed_bit_is_noticed(mirror: Mirror, tmp_path: Path, column: int) -> None:
    """A time or a flux that differs in its last bit is not right."""
    columns = _stitch(mirror)
    columns[column].view(np.uint8)[0] ^= 1
    _write(tmp_path, mirror, columns)
    assert count_right(tmp_path, mirror, Makes.STITCHED) == 0


def test_what_is_no_light_curve_is_not_right(mirror: Mirror, tmp_path: Path) -> None:
    """No file, an empty one and one without a table are not right, and no error."""
    assert count_right(tmp_path, mirror, Makes.STITCHED) == 0
    path = tmp_path / stitched_name(_first(mirror))
    path.touch()
    assert count_right(tmp_path, mirror, Makes.STITCHED) == 0
    fits.PrimaryHDU().writeto(path, overwrite=True)
    assert count_right(tmp_path, mirror, Makes.STITCHED) == 0


def test_files_count_wherever_they_are(mirror: Mirror, tmp_path: Path) -> None:
    """A star is right if each of its files is there, in whatever tree."""
    shutil.copytree(mirror.root, tmp_path / "somewhere" / "else")
    assert count_right(tmp_path, mirror, Makes.FILES) == 1


def test_a_missing_or_changed_file_is_noticed(mirror: Mirror, tmp_path: Path) -> None:
    """One file that is not there, or not the same, is enough to lose the star."""
    shutil.copytree(mirror.root, tmp_path / "tree")
    path = next((tmp_path / "tree").rglob("*.fits"))
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)
    assert count_right(tmp_path, mirror, Makes.FILES) == 0
    path.unlink()
    assert count_right(tmp_path, mirror, Makes.FILES) == 0
