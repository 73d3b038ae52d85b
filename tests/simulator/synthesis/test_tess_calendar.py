"""Sectors have the times, gaps and flags of TESS's files."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions import Product, parse_file_name
from preprocessing.missions.row_counts import row_count
from preprocessing.missions.tess import TESS
from preprocessing.simulator.synthesis.tess_calendar import SECTORS, light_time_d, sector_span

_REAL = (
    "TIC66818296/tess2019140104343-s0012-0000000066818296-0144-s_lc.fits",
    "TIC162494287/tess2020078014623-s0023-0000000162494287-0177-s_lc.fits",
    "TIC66818296/tess2021118034608-s0038-0000000066818296-0209-s_lc.fits",
    "TIC162494287/tess2022085151738-s0050-0000000162494287-0222-s_lc.fits",
    "TIC162494287/tess2022112184951-s0051-0000000162494287-0223-s_lc.fits",
    "TIC162494287/tess2022138205153-s0052-0000000162494287-0224-s_lc.fits",
)


def _product(sector: int, exposure: str = "s_lc") -> Product:
    facts = SECTORS[sector]
    name = f"tess{facts.stamp}-s{sector:04d}-{42:016d}-{facts.table:04d}-{exposure}.fits"
    product = parse_file_name(name)
    assert product is not None
    return product


def _ffi_product(sector: int) -> Product:
    name = f"hlsp_tess-spoc_tess_phot_{42:016d}-s{sector:04d}_tess_v1_lc.fits"
    product = parse_file_name(name)
    assert product is not None
    return product


@pytest.mark.parametrize("sector", SECTORS)
def test_every_sector_has_its_exposures(sector: int) -> None:
    """A sector has a month of exposures with a gap, and most rows are good."""
    span = sector_span(_product(sector))
    assert len(span.tjd) == pytest.approx(row_count(_product(sector)), rel=0.12)
    assert 24 < span.tjd[-1] - span.tjd[0] < 29
    assert 0.02 < span.no_data.mean() < 0.06
    assert 0.4 < np.flatnonzero(span.no_data).mean() / len(span.tjd) < 0.6
    assert 0.85 < np.mean((span.quality & TESS.bitmasks["default"]) == 0) < 0.97


@pytest.mark.parametrize("sector", [27, 38, 56])
def test_exposures_of_a_sector_are_of_one_time(sector: int) -> None:
    """Exposures of all lengths begin and end together in a sector."""
    spans = [sector_span(p) for p in (_product(sector), _product(sector, "a_fast-lc"))]
    spans.append(sector_span(_ffi_product(sector)))
    for span in spans:
        assert span.tjd[0] - span.exposure_d / 2 == pytest.approx(SECTORS[sector].start_tjd)
        assert span.tjd[-1] == pytest.approx(spans[0].tjd[-1], abs=0.02)
    assert len(spans[1].tjd) == 6 * len(spans[0].tjd)


def test_sectors_follow_each_other() -> None:
    """No sector begins before the previous one ends."""
    spans = [sector_span(_product(sector)) for sector in sorted(SECTORS)]
    for span, later in itertools.pairwise(spans):
        assert span.tjd[-1] < later.tjd[0]
        assert span.first_cadence + len(span.tjd) <= later.first_cadence


def test_spans_cannot_be_changed() -> None:
    """Shared spans are read-only."""
    with pytest.raises(ValueError, match="read-only"):
        sector_span(_product(12)).quality[0] = 1


@given(st.floats(1300, 3000), st.floats(0, 360), st.floats(-90, 90))
def test_barycentric_time_is_ahead_by_no_more_than_light_needs(
    tjd: float, ra_deg: float, dec_deg: float
) -> None:
    """The time correction is at most 499 s, the light time of the Earth's orbit."""
    assert abs(86_400 * light_time_d(np.array([tjd]), ra_deg, dec_deg)[0]) < 500


@pytest.mark.slow
@pytest.mark.parametrize("path", _REAL)
def test_as_in_the_mission_file(path: str, real_files: Path) -> None:
    """Rows, numbers, times and the gap are those of the real file."""
    product = parse_file_name(path.rpartition("/")[2])
    assert product is not None
    assert product.stamp == SECTORS[product.sequence_number].stamp
    with fits.open(real_files / "tess" / path) as hdus:
        table, header = hdus[1].data, hdus[1].header
        span = sector_span(product)
        assert len(table) == len(span.tjd)
        assert table["CADENCENO"][0] == span.first_cadence
        seen = np.isfinite(table["TIME"])
        assert np.mean(seen == ~span.no_data) > 0.985
        correction_d = light_time_d(span.tjd, header["RA_OBJ"], header["DEC_OBJ"])
        assert table["TIMECORR"][seen] == pytest.approx(correction_d[seen], abs=15 / 86_400)
        raw = table["TIME"] - table["TIMECORR"]
        assert raw[seen] == pytest.approx(span.tjd[seen], abs=2e-5)
