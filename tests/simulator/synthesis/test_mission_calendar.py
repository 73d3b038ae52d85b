"""The calendar gives the exposures, gaps and flags that the mission's own files have."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import LONG, SHORT, Product, parse_file_name
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS, kepler_product, nearest_stamp
from preprocessing.missions.row_counts import row_count
from preprocessing.simulator.synthesis.mission_calendar import (
    CADENCE_D,
    MJD_OF_BKJD_ZERO,
    cadence_span,
    long_stamp,
    season_of,
    time_correction,
)

LONG_PRODUCTS = [
    kepler_product(stamp, 100000001, LONG)
    for quarter, stamps in enumerate(LONG_STAMPS)
    for stamp in stamps
]
SHORT_PRODUCTS = [
    kepler_product(stamp, 100000001, SHORT)
    for quarter, stamps in enumerate(SHORT_STAMPS)
    for month, stamp in enumerate(stamps, 1)
]
SHARED_BITS = 1 | 2 | 4 | 8 | 16 | 32 | 64 | 256 | 16384 | 32768 | 65536
REAL_LONG = [
    f"KIC{kic}/kplr{kic:09d}-{stamp}_llc.fits"
    for kic, stamp in [
        *((8644288, stamps[0]) for stamps in LONG_STAMPS),
        (11442793, LONG_STAMPS[4][1]),
        (6462863, "2012179063303"),
        (10002792, "2010174085026"),
    ]
]
REAL_SHORT = [
    "KIC10666592/kplr010666592-2009131110544_slc.fits",
    "KIC6462863/kplr006462863-2013017113907_slc.fits",
    "KIC6462863/kplr006462863-2013121191144_slc.fits",
    "KIC6462863/kplr006462863-2013131215648_slc.fits",
]


def utc(mjd: float) -> datetime:
    return datetime(1858, 11, 17) + timedelta(days=mjd)


def product_of(path: str) -> Product:
    product = parse_file_name(Path(path).name)
    assert product is not None
    return product


@pytest.mark.parametrize("product", LONG_PRODUCTS + SHORT_PRODUCTS, ids=lambda p: p.file_name)
def test_a_span_ends_at_the_stamp_of_its_file(product: Product) -> None:
    """The file's own stamp is the one nearest the last exposure's end."""
    span = cadence_span(product)
    end = utc(span.mjd[-1] + span.cadence_d / 2)
    assert nearest_stamp(product.cadence, end) == product.stamp


@pytest.mark.slow
@pytest.mark.parametrize("product", LONG_PRODUCTS + SHORT_PRODUCTS, ids=lambda p: p.file_name)
def test_exposures_follow_each_other_evenly(product: Product) -> None:
    """Rows are one exposure apart, as many as announced, with data first and last."""
    span = cadence_span(product)
    assert len(span.mjd) == len(span.quality) == len(span.recovery_d) == row_count(product)
    np.testing.assert_allclose(np.diff(span.mjd), CADENCE_D[product.cadence], rtol=3e-4)
    assert not span.no_data[[0, -1]].any()
    assert (span.recovery_d >= 0).all()


def test_months_of_a_quarter_do_not_overlap() -> None:
    """A short exposure belongs to one month, and month 1 of Q4 is module 3's own."""
    spans = [cadence_span(p) for p in SHORT_PRODUCTS if (p.sequence_number, p.month) != (4, 1)]
    for before, after in pairwise(spans):
        assert before.first_cadence + len(before.mjd) <= after.first_cadence
        assert before.mjd[-1] < after.mjd[0]


def test_quarters_do_not_overlap() -> None:
    """Cadence numbers of long-cadence quarters rise from each quarter to the next."""
    spans = [cadence_span(p) for p in LONG_PRODUCTS if p.stamp != long_stamp(4, True)]
    for before, after in pairwise(spans):
        assert before.first_cadence + len(before.mjd) <= after.first_cadence


def test_spans_cannot_be_written_to() -> None:
    """Arrays that all files of a quarter share are read-only."""
    with pytest.raises(ValueError, match="read-only"):
        cadence_span(LONG_PRODUCTS[3]).quality[0] = 1


def test_the_telescope_rolls_every_quarter_but_the_first() -> None:
    """The season steps by one each quarter, except from Q0 to Q1."""
    assert [season_of(quarter) for quarter in range(6)] == [3, 3, 0, 1, 2, 3]


@given(st.floats(54950, 56430), st.floats(0, 360), st.floats(-90, 90))
def test_barycentric_time_is_ahead_by_no_more_than_light_needs(
    mjd: float, ra_deg: float, dec_deg: float
) -> None:
    """TIMECORR is at most the light time across Kepler's orbit plus the clock offset."""
    correction_s = 86_400 * time_correction(np.array([mjd]), ra_deg, dec_deg)[0]
    assert abs(correction_s - 66.3) < 526


@pytest.mark.parametrize("path", REAL_LONG)
def test_long_cadence_as_in_the_mission_file(path: str, real_files: Path) -> None:
    """Numbers, times, gaps, flags and missing fluxes are those of the real file."""
    with fits.open(real_files / "kepler" / path) as hdus:
        table, header = hdus[1].data, hdus[0].header
        span = cadence_span(product_of(path))
        assert table["CADENCENO"][0] == span.first_cadence
        assert len(table) == len(span.mjd)
        assert header["TTABLEID"] == span.target_table
        assert header["SEASON"] == season_of(span.quarter)
        seen = ~span.no_data
        assert (np.isfinite(table["TIME"]) == seen).all()
        correction_d = time_correction(span.mjd, header["RA_OBJ"], header["DEC_OBJ"])
        _assert_near(table["TIMECORR"][seen], correction_d[seen], 8 / 86_400)
        raw = table["TIME"] - table["TIMECORR"]
        # The clock was steered, and a leap second fell into Q14: up to 1.5 s.
        _assert_near(raw[seen], span.mjd[seen] - MJD_OF_BKJD_ZERO, 2e-5)
        assert (table["SAP_QUALITY"] & SHARED_BITS == span.quality & SHARED_BITS).all()


@pytest.mark.parametrize("path", REAL_LONG[:19])
def test_flags_say_where_flux_is_missing(path: str, real_files: Path) -> None:
    """SAP flux is NaN where flags say so, and PDCSAP flux in at most two rows more."""
    table = fits.getdata(real_files / "kepler" / path, 1)
    span = cadence_span(product_of(path))
    assert (np.isnan(table["SAP_FLUX"]) == span.no_sap).all()
    assert np.count_nonzero(np.isnan(table["PDCSAP_FLUX"]) != span.no_pdcsap) <= 2


@pytest.mark.slow
@pytest.mark.parametrize("path", REAL_SHORT)
def test_short_cadence_as_in_the_mission_file(path: str, real_files: Path) -> None:
    """Numbers and times are those of the real file."""
    table = fits.getdata(real_files / "kepler" / path, 1)
    span = cadence_span(product_of(path))
    assert table["CADENCENO"][0] == span.first_cadence
    assert len(table) == len(span.mjd)
    raw = table["TIME"] - table["TIMECORR"]
    _assert_near(raw, span.mjd - MJD_OF_BKJD_ZERO, 1e-5)


def _assert_near(found: np.ndarray, wanted: np.ndarray, within: float) -> None:
    np.testing.assert_allclose(found, wanted, rtol=0, atol=within, equal_nan=False)
