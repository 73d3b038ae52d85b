"""What is written equals what lightkurve stitches, bit for bit, in every column and row."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from preprocessing.config import make_recipe
from preprocessing.fits_writer import StitchedWriter
from preprocessing.missions import Product
from preprocessing.quarter import process_quarter
from tests.sample_files import make_file, make_rows, quarter_of, real_stars

_COLUMNS = {
    "TIME": "<f8",
    "FLUX": "<f4",
    "FLUX_ERR": "<f4",
    "CADENCENO": "<i4",
    "QUALITY": "<i4",
}
#: A flag of the default bitmask, one that it lets pass, and both.
_FLAGS = (0, 1, 128, 129)
_FLUXES = st.one_of(
    st.sampled_from([np.nan, 0.0, -1.0, 1e-38, 3e38, np.inf, -np.inf]),
    st.floats(-1e6, 1e6, width=32),
)


def stitch_here(
    files: Sequence[tuple[Product, bytes]], flux: str, quality: str, path: Path
) -> dict[str, bytes]:
    """Return the bytes of each column of the file that we write."""
    recipe = make_recipe(cadence=files[0][0].cadence, flux=flux, quality=quality)
    writer = StitchedWriter(path, recipe, files[0][0].exposure_s)
    records = []
    for product, body in files:
        quarter = process_quarter(body, product, recipe)
        writer.describe_star(quarter.star)
        writer.append(quarter.rows)
        records.append(quarter.record)
    writer.finish(records, None)
    with fits.open(path) as hdus:
        table = hdus["LIGHTCURVE"].data
        return {name: table[name].astype(kind).tobytes() for name, kind in _COLUMNS.items()}


def stitch_there(
    files: Sequence[tuple[Product, bytes]], flux: str, quality: str
) -> dict[str, bytes]:
    """Return the bytes of each column of what lightkurve stitches."""
    from lightkurve import LightCurveCollection, read

    curves = []
    for _, body in files:
        with fits.open(io.BytesIO(body)) as hdus:
            curves.append(read(hdus, flux_column=f"{flux}_flux", quality_bitmask=quality))
    with warnings.catch_warnings():
        # Of medians near zero and slices of NaN, which are what is tested here.
        warnings.simplefilter("ignore")
        stitched = LightCurveCollection([c for c in curves if len(c)]).stitch()
    columns = {
        "TIME": stitched.time.value,
        "FLUX": stitched.flux,
        "FLUX_ERR": stitched.flux_err,
        "CADENCENO": stitched["cadenceno"],
        "QUALITY": stitched["quality"],
    }
    return {name: _plain(columns[name], kind).tobytes() for name, kind in _COLUMNS.items()}


def _plain(column: Any, kind: str) -> NDArray[Any]:
    """Return a column's numbers without mask and unit, of a width that must be the same."""
    values = getattr(column, "unmasked", column)
    plain = np.asarray(getattr(values, "value", values))
    assert plain.dtype.itemsize == np.dtype(kind).itemsize, plain.dtype
    return plain.astype(kind)


@pytest.mark.parametrize("quality", ["default", "none"])
@pytest.mark.parametrize("flux", ["pdcsap", "sap"])
def test_every_real_star_is_stitched_to_the_same_bits(
    flux: str, quality: str, real_files: Path, tmp_path: Path
) -> None:
    """Long and short cadence, one file or eighteen, of every data release at hand."""
    stars = real_stars(real_files)
    assert sum(len(star) > 1 for star in stars) >= 5
    for star in stars:
        files = [(product, path.read_bytes()) for product, path in star]
        ours = stitch_here(files, flux, quality, tmp_path / "star.fits")
        theirs = stitch_there(files, flux, quality)
        for name in _COLUMNS:
            assert ours[name] == theirs[name], (star[0][1].parent.name, star[0][0].cadence, name)
        assert ours["FLUX"]


#: Of each row: flux, its error, quality flags, whether it has a time.
_ROWS = st.lists(
    st.tuples(_FLUXES, _FLUXES, st.sampled_from(_FLAGS), st.booleans()), min_size=1, max_size=9
)
_NAN_ROWS = st.lists(
    st.tuples(st.just(np.nan), st.just(np.nan), st.just(0), st.booleans()), min_size=1, max_size=4
)
Rows = list[tuple[float, float, int, bool]]


def _file_of(quarter: int, drawn: Rows) -> tuple[Product, bytes]:
    rows = make_rows(len(drawn), seed=quarter)
    flux, flux_err, quality, has_time = zip(*drawn, strict=True)
    rows["PDCSAP_FLUX"], rows["PDCSAP_FLUX_ERR"] = flux, flux_err
    rows["SAP_QUALITY"] = quality
    # lightkurve cannot read a file in which no row has a time, so the first has one.
    rows["TIME"][1:][~np.array(has_time[1:], dtype=bool)] = np.nan
    product = quarter_of(quarter)
    return product, make_file(product, rows)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("generated")


@settings(max_examples=25)
@given(
    quarters=st.lists(_ROWS | _NAN_ROWS, min_size=1, max_size=3),
    quality=st.sampled_from(["default", "none"]),
)
def test_generated_stars_are_stitched_to_the_same_bits(
    quarters: list[Rows], quality: str, folder: Path
) -> None:
    """Whatever is missing, flagged, negative, zero, infinite or NaN, as lightkurve has it."""
    files = [_file_of(quarter, rows) for quarter, rows in enumerate(quarters, 1)]
    ours = stitch_here(files, "pdcsap", quality, folder / "star.fits")
    # lightkurve cannot stitch nothing at all.
    assume(ours["TIME"])
    theirs = stitch_there(files, "pdcsap", quality)
    for name in ("TIME", "CADENCENO", "QUALITY"):
        assert ours[name] == theirs[name], name
    for name in ("FLUX", "FLUX_ERR"):
        # The sign of a NaN, which nobody can see, depends on how wide the processor's
        # vectors are.
        equal = np.array_equal(
            np.frombuffer(ours[name], "<f4"), np.frombuffer(theirs[name], "<f4"), equal_nan=True
        )
        assert equal, name


def test_an_all_nan_file_keeps_its_rows_and_an_empty_one_adds_none(tmp_path: Path) -> None:
    """Rows without flux stand in the output; a file whose rows are all flagged leaves none."""
    nan, empty, good = make_rows(7, seed=1), make_rows(5, seed=2), make_rows(9, seed=3)
    nan["PDCSAP_FLUX"] = np.nan
    empty["SAP_QUALITY"] = 1
    arrays = enumerate((nan, empty, good), 1)
    files = [(quarter_of(q), make_file(quarter_of(q), rows)) for q, rows in arrays]
    ours = stitch_here(files, "pdcsap", "default", tmp_path / "star.fits")
    assert ours == stitch_there(files, "pdcsap", "default")
    assert len(ours["FLUX"]) == 4 * (7 + 9)
