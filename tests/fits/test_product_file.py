"""Columns are read as astropy reads them, and only the rows that a mask names are dropped."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from preprocessing.core.errors import CorruptProduct, UnreadableProduct, WrongProduct
from preprocessing.fits.format import CardValue
from preprocessing.fits.product_file import (
    ProductLightCurve,
    VerifiedFile,
    mask_rows,
    read_product,
    verify_product,
)
from preprocessing.missions import Product
from preprocessing.missions.file_layout import FileLayout, FluxColumns
from tests.support.mission_samples import SAMPLES, layout_of, product_of, sample_file, sample_rows
from tests.support.sample_files import (
    FIRST_QUARTER,
    RAW_COLUMNS,
    make_file,
    make_rows,
    stars_of_every_mission,
)

_N_COLUMNS = len(RAW_COLUMNS)


def light_curve(quality: list[int], time: list[float]) -> ProductLightCurve:
    n = len(quality)
    return ProductLightCurve(
        time=np.array(time, dtype="f8"),
        flux=np.arange(n, dtype="f4"),
        flux_err=np.arange(n, dtype="f4"),
        quality=np.array(quality, dtype="i4"),
        cadenceno=np.arange(n, dtype="i4"),
        centroid_col=np.arange(n, dtype="f8"),
        centroid_row=np.arange(n, dtype="f8"),
    )


def _read(
    file: VerifiedFile, flux: str = "pdcsap", product: Product = FIRST_QUARTER
) -> ProductLightCurve:
    return read_product(file, layout_of(product), flux, product.exposure_s)


def _read_sample(product: Product, body: bytes, flux: str | None = None) -> ProductLightCurve:
    flux = flux or next(iter(layout_of(product).fluxes))
    return _read(verify_product(body, product), flux, product)


@pytest.mark.slow
def test_real_columns_equal_astropys(real_files: Path) -> None:
    """Every byte of each real column equals what astropy reads."""
    for star in stars_of_every_mission(real_files):
        product, path = star[0]
        layout = layout_of(product)
        with fits.open(path) as hdus:
            table = hdus[layout.table].data
            for flux, columns in layout.fluxes.items():
                if columns.flux in table.names:
                    found = _read_sample(product, path.read_bytes(), flux)
                    _check_columns(found, table, layout, columns)


def _check_columns(
    found: ProductLightCurve, table: Any, layout: FileLayout, flux: FluxColumns
) -> None:
    names = {
        "time": layout.time,
        "flux": flux.flux,
        "flux_err": next((name for name in flux.errors if name in table.dtype.names), None),
        "quality": layout.quality,
        "cadenceno": layout.cadenceno,
        **dict(
            zip(("centroid_col", "centroid_row"), layout.centroids or (None, None), strict=True)
        ),
    }
    for name, column in names.items():
        values = getattr(found, name)
        if column is not None:
            assert np.array_equal(values, table[column], equal_nan=True), column
            same = values.dtype.str[1:] == table[column].dtype.str[1:]
            assert not same or _native(values) == _native(table[column]), column
        elif name == "cadenceno":
            assert set(values) == {-1}
        elif name == "quality":
            assert not values.any()
        else:
            assert np.isnan(values).all()


@pytest.mark.parametrize("name", SAMPLES)
def test_each_author_has_each_of_its_fluxes(name: str) -> None:
    """Each author's fluxes are read in their own precision."""
    product = product_of(name)
    layout, rows = layout_of(product), sample_rows(product)
    for flux, columns in layout.fluxes.items():
        if columns.flux not in (rows.dtype.names or ()):
            continue
        found = _read_sample(product, sample_file(product, rows), flux)
        assert found.flux.dtype.str[1:] == ("f8" if layout.is_double else "f4")
        _check_columns(found, _as_read(rows, layout, columns), layout, columns)


def _native(column: NDArray[Any]) -> bytes:
    return column.astype(column.dtype.newbyteorder("=")).tobytes()


def _as_read(rows: NDArray[np.void], layout: FileLayout, flux: FluxColumns) -> NDArray[np.void]:
    """Return rows with times from the mission's zero, flux about 1, and the flux's own error."""
    rows = rows.copy()
    rows[layout.time] += layout.time_offset_d
    if flux.error_of is not None:
        for name in flux.errors:
            rows[name] = rows[flux.flux] * rows[name] / rows[flux.error_of]
    if flux.flux in ("FLUX_CORR", "FLUX") and layout.fluxes.keys() & {"cbv", "20d"}:
        rows[flux.flux] = 1 + 1e-6 * rows[flux.flux]
        for name in flux.errors:
            rows[name] *= 1e-6
    return rows


@pytest.mark.parametrize(("flux", "sample"), [("kspsap", "QLP since S56"), ("det", "QLP")])
def test_a_flux_that_not_all_files_have_is_unreadable(flux: str, sample: str) -> None:
    """A file without the flux and its error is intact but unreadable."""
    product = product_of(sample)
    with pytest.raises(UnreadableProduct, match="there is no column"):
        _read_sample(product, sample_file(product), flux)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_flux_whose_name_is_damaged_is_corrupt(name: str) -> None:
    """A damaged flux name is recognized by its error or the author's other flux."""
    product = product_of(name)
    rows = sample_rows(product)
    column = next(iter(layout_of(product).fluxes.values())).flux
    number = (rows.dtype.names or ()).index(column) + 1
    body = sample_file(product, rows, table={f"TTYPE{number}": "SAP_FLUY"})
    with pytest.raises(CorruptProduct, match="there is no column"):
        _read_sample(product, body)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("kind", ["time", "cadence", "beyond"])
def test_rows_in_another_order_are_corrupt(name: str, kind: str) -> None:
    """Rows in another order are corrupt, with or without checksums."""
    product = product_of(name)
    layout, rows = layout_of(product), sample_rows(product)
    table: dict[str, CardValue] = {}
    if kind == "beyond":
        time = rows[layout.time] + layout.time_offset_d
        table = {"TSTART": float(time[0]) + 9, "TSTOP": float(time[-1]) + 9}
        table = table if product.mission != "Kepler" else {"TSTART": 140.0}
        table |= {"TSTOP": 200.0} if product.author == "KEPSEISMIC" else {}
    else:
        column = layout.time if kind == "time" else layout.cadenceno
        if column is None or (kind == "cadence" and not layout.counts_cadences):
            pytest.skip("there are no cadence numbers")
        rows[column][[5, 6]] = rows[column][[6, 5]]
    with pytest.raises(CorruptProduct):
        _read_sample(product, sample_file(product, rows, table=table))


def test_exposure_times_that_no_card_states_are_told_by_the_times() -> None:
    """The times reveal the exposure time that no card states, and no rows reveal nothing."""
    product = product_of("QLP")
    other = product_of(SAMPLES["QLP"].replace("s0013", "s0027"))
    rows = sample_rows(product, 300)
    no_card: dict[str, CardValue] = {"TIMEDEL": None}
    assert len(_read_sample(product, sample_file(product, rows, table=no_card))) == len(rows)
    body = sample_file(other, rows, table=no_card)
    with pytest.raises(WrongProduct, match="1800 s apart, not 600 s"):
        _read_sample(other, body)
    for n in (0, 1):
        assert len(_read_sample(product, sample_file(product, rows[:n], table=no_card))) == n


@pytest.mark.slow
@given(
    rows=st.lists(st.tuples(st.integers(0, 2**21), st.sampled_from([1.0, np.nan])), max_size=20),
    bitmask=st.integers(0, 2**31 - 1),
)
def test_rows_without_time_and_flagged_rows_are_dropped(
    rows: list[tuple[int, float]], bitmask: int
) -> None:
    """Rows without time and flagged rows are dropped, and all others stay in order."""
    curve = light_curve([flags for flags, _ in rows], [time for _, time in rows])
    kept = mask_rows(curve, bitmask)
    expected = [
        n for n, (flags, time) in enumerate(rows) if not np.isnan(time) and not flags & bitmask
    ]
    assert len(kept) == len(expected)
    assert kept.time_correction is None
    for name in {field.name for field in fields(ProductLightCurve)} - {"time_correction"}:
        assert list(getattr(kept, name)) == list(getattr(curve, name)[expected]), name


def test_kept_rows_do_not_hold_the_file_in_memory() -> None:
    """Kept rows are copies, so the file's bytes can be freed."""
    curve = _read(verify_product(make_file(), FIRST_QUARTER), "sap")
    assert not np.shares_memory(mask_rows(curve, 0).flux, curve.flux)


def test_a_file_without_rows_is_an_empty_light_curve() -> None:
    """A table without rows is an empty light curve."""
    body = make_file(rows=make_rows(0))
    assert len(_read(verify_product(body, FIRST_QUARTER))) == 0


@pytest.mark.parametrize(
    "cadences",
    [[5, 4], [5, 5], [2**31 - 1, -(2**31)], [1, 3, 2, 4]],
    ids=["falling", "repeated", "overflowing", "swapped"],
)
def test_cadence_numbers_that_do_not_rise_are_corrupt(cadences: list[int]) -> None:
    """Falling cadence numbers are found even where their difference would overflow."""
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
    """Missing, repeated or unnamed columns, unknown forms and wrong counts are corrupt."""
    file = verify_product(make_file(table=table), FIRST_QUARTER)
    with pytest.raises(CorruptProduct):
        _read(file)


def test_a_column_that_is_not_read_may_be_of_another_type() -> None:
    """A column that is not read may have another type of the same width."""
    file = verify_product(make_file(table={"TFORM2": "J"}), FIRST_QUARTER)
    assert len(_read(file)) == 60
