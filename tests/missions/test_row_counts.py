"""Rows of a file are known before it is fetched: Kepler's exactly, others' about."""

from __future__ import annotations

from pathlib import Path

import pytest
from astropy.io import fits

from preprocessing.missions import LONG, SHORT, parse_file_name
from preprocessing.missions.k2 import CAMPAIGNS, k2_product
from preprocessing.missions.kepler import LONG_STAMPS, SHORT_STAMPS, kepler_product
from preprocessing.missions.kepler.row_counts import LONG_ROWS, MONTH_ROWS
from preprocessing.missions.row_counts import row_bytes, row_count


def test_every_quarter_and_month_has_its_rows() -> None:
    """Every stamp has a row count, and no month exceeds its quarter."""
    assert len(LONG_ROWS) == len(LONG_STAMPS)
    assert [len(months) for months in MONTH_ROWS] == [len(stamps) for stamps in SHORT_STAMPS]
    for rows, months in zip(LONG_ROWS, MONTH_ROWS, strict=True):
        assert all(0 <= start < end <= rows for start, end in months)


def test_only_the_fourth_quarter_has_two_lengths() -> None:
    """Only Q4 has two lengths, because module 3 failed during it."""
    rows = [row_count(kepler_product(stamp, 1, LONG)) for stamp in LONG_STAMPS[4]]
    assert rows == [4397, 1021]


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_campaigns_last_up_to_three_months(campaign: int) -> None:
    """Campaigns last up to three months, with thirty short rows to a long one."""
    rows = row_count(k2_product(1, campaign, LONG))
    assert 300 < rows < 4500
    assert row_count(k2_product(1, campaign, SHORT)) == 30 * rows


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        (f"tess2018206045859-s0001-{1:016d}-0120-s_lc.fits", 20_076),
        (f"tess2020238165205-s0029-{1:016d}-0193-a_fast-lc.fits", 6 * 18_700),
        (f"hlsp_tess-spoc_tess_phot_{1:016d}-s0040_tess_v1_lc.fits", 4_000),
        (f"hlsp_qlp_tess_ffi_s0056-{1:016d}_tess_v01_llc.fits", 11_600),
    ],
)
def test_sectors_last_a_month(name: str, rows: int) -> None:
    """Sectors last a month, at any time between rows."""
    product = parse_file_name(name)
    assert product is not None
    assert row_count(product) == pytest.approx(rows, rel=0.15)


@pytest.mark.slow
def test_real_files_are_estimated(real_files: Path) -> None:
    """Estimated rows are within a tenth, and the bytes of a row are exact."""
    estimated = 0
    for path in real_files.glob("*/*/*.fits"):
        product = parse_file_name(path.name)
        if product is None or product.author == "K2SC":
            continue
        header = fits.getheader(path, 1)
        # K2SFF leaves bad rows out.
        slack = 0.2 if product.author == "K2SFF" else 0.1
        assert row_count(product) == pytest.approx(header["NAXIS2"], rel=slack), path.name
        tables = 21 if product.author == "K2SFF" else 1
        assert row_bytes(product) == tables * header["NAXIS1"]
        estimated += 1
    assert estimated == 52
