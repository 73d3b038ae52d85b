"""Columns are read as astropy reads them, and only the rows that a mask names are dropped."""

from __future__ import annotations

import io
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.exceptions import CorruptProduct
from preprocessing.fits_format import CardValue
from preprocessing.lightcurve import LightCurve, mask_rows, read_light_curve
from preprocessing.missions import Product
from preprocessing.missions.kepler import PHOTOMETER_LAYOUT
from preprocessing.verify import VerifiedFile, verify_product
from tests.sample_files import FIRST_QUARTER, RAW_COLUMNS, make_file, make_rows, real_stars

_N_COLUMNS = len(RAW_COLUMNS)


def light_curve(quality: list[int], time: list[float]) -> LightCurve:
    n = len(quality)
    return LightCurve(
        time=np.array(time, dtype="f8"),
        flux=np.arange(n, dtype="f4"),
        flux_err=np.arange(n, dtype="f4"),
        quality=np.array(quality, dtype="i4"),
        cadenceno=np.arange(n, dtype="i4"),
        centroid_col=np.arange(n, dtype="f8"),
        centroid_row=np.arange(n, dtype="f8"),
    )


def _read(file: VerifiedFile, flux: str = "pdcsap", product: Product = FIRST_QUARTER) -> LightCurve:
    return read_light_curve(file, PHOTOMETER_LAYOUT, flux, product.exposure_s)


@pytest.mark.parametrize("flux", ["pdcsap", "sap"])
def test_real_columns_equal_astropys(flux: str, real_files: Path) -> None:
    """Every byte of each column, for the first file of each star."""
    names = {
        "time": "TIME",
        "flux": f"{flux.upper()}_FLUX",
        "flux_err": f"{flux.upper()}_FLUX_ERR",
        "quality": "SAP_QUALITY",
        "cadenceno": "CADENCENO",
        "centroid_col": "MOM_CENTR1",
        "centroid_row": "MOM_CENTR2",
    }
    for star in real_stars(real_files):
        product, path = star[0]
        body = path.read_bytes()
        found = _read(verify_product(body, product), flux, product)
        with fits.open(io.BytesIO(body)) as hdus:
            for name, column in names.items():
                assert getattr(found, name).tobytes() == hdus[1].data[column].tobytes(), column


@given(
    rows=st.lists(st.tuples(st.integers(0, 2**21), st.sampled_from([1.0, np.nan])), max_size=20),
    bitmask=st.integers(0, 2**31 - 1),
)
def test_rows_without_time_and_flagged_rows_are_dropped(
    rows: list[tuple[int, float]], bitmask: int
) -> None:
    """All others stay, in order, each with all of its values."""
    curve = light_curve([flags for flags, _ in rows], [time for _, time in rows])
    kept = mask_rows(curve, bitmask)
    expected = [
        n for n, (flags, time) in enumerate(rows) if not np.isnan(time) and not flags & bitmask
    ]
    assert len(kept) == len(expected)
    for name in (field.name for field in fields(LightCurve)):
        assert list(getattr(kept, name)) == list(getattr(curve, name)[expected]), name


def test_kept_rows_do_not_hold_the_file_in_memory() -> None:
    """They are copies, so that the file's bytes can be forgotten."""
    curve = _read(verify_product(make_file(), FIRST_QUARTER), "sap")
    assert not np.shares_memory(mask_rows(curve, 0).flux, curve.flux)


def test_a_file_without_rows_is_an_empty_light_curve() -> None:
    """Its table may have none."""
    body = make_file(rows=make_rows(0))
    assert len(_read(verify_product(body, FIRST_QUARTER))) == 0


@pytest.mark.parametrize(
    "cadences",
    [[5, 4], [5, 5], [2**31 - 1, -(2**31)], [1, 3, 2, 4]],
    ids=["falling", "repeated", "overflowing", "swapped"],
)
def test_cadence_numbers_that_do_not_rise_are_corrupt(cadences: list[int]) -> None:
    """Also where the difference of two would overflow."""
    rows = make_rows(len(cadences))
    rows["CADENCENO"] = cadences
    with pytest.raises(CorruptProduct, match="cadence"):
        _read(verify_product(make_file(rows=rows), FIRST_QUARTER))


@pytest.mark.parametrize(
    "table",
    [
        {"TTYPE1": "TIMES"},
        {"TTYPE1": "CADENCENO"},
        {"TTYPE1": ""},
        {"TTYPE1": None},
        {"TFORM1": "2E"},
        {"TFORM1": "K"},
        {"TFORM1": "20A"},
        {"TFORM1": ""},
        {"TFORM1": 8},
        {"TTYPE1": "TIMECORR", "TTYPE2": "TIME"},
        {"TFIELDS": 0},
        {"TFIELDS": -1},
        {"TFIELDS": _N_COLUMNS - 1},
        {"TFIELDS": _N_COLUMNS + 1},
        {"TFIELDS": 10**9},
        {"TFIELDS": "20"},
    ],
    ids=str,
)
def test_an_impossible_layout_is_corrupt(table: dict[str, CardValue]) -> None:
    """Missing, repeated or unnamed columns, unknown forms, wrong counts."""
    file = verify_product(make_file(table=table), FIRST_QUARTER)
    with pytest.raises(CorruptProduct):
        _read(file)


def test_a_column_that_is_not_read_may_be_of_another_type() -> None:
    """As long as it is as wide."""
    file = verify_product(make_file(table={"TFORM2": "J"}), FIRST_QUARTER)
    assert len(_read(file)) == 60
