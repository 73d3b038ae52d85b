"""Campaigns have the numbers, times and flags of K2's files."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from preprocessing.missions import LONG, SHORT, parse_file_name
from preprocessing.missions.k2 import CAMPAIGNS, k2_product
from preprocessing.missions.kepler import QUALITY_BITMASKS
from preprocessing.missions.row_counts import row_count
from preprocessing.simulator.synthesis.k2_calendar import FIRING, campaign_span
from preprocessing.simulator.synthesis.mission_calendar import MJD_OF_BKJD_ZERO

_REAL = (
    "EPIC206103150/ktwo206103150-c03_llc.fits",
    "EPIC211117077/ktwo211117077-c04_llc.fits",
    "EPIC211436265/ktwo211436265-c05_llc.fits",
)


@pytest.mark.parametrize("campaign", CAMPAIGNS)
def test_every_campaign_has_its_exposures(campaign: int) -> None:
    """A campaign has the estimated exposures, ascending, with hundreds of thruster firings."""
    span = campaign_span(k2_product(1, campaign, LONG))
    assert len(span.mjd) == len(span.quality) == row_count(k2_product(1, campaign, LONG))
    assert (np.diff(span.mjd) > 0).all()
    assert 0.03 < np.mean((span.quality & FIRING) != 0) < 0.08
    assert 0.85 < np.mean((span.quality & QUALITY_BITMASKS["default"]) == 0) < 0.97


def test_campaigns_follow_each_other() -> None:
    """Cadence numbers never repeat, and halves follow each other."""
    spans = [campaign_span(k2_product(1, campaign, LONG)) for campaign in CAMPAIGNS]
    for span, later in itertools.pairwise(spans):
        assert span.first_cadence + len(span.mjd) <= later.first_cadence


def test_thirty_short_exposures_are_a_long_one() -> None:
    """Thirty short exposures have the middle of a long one, and a firing takes some."""
    long = campaign_span(k2_product(1, 3, LONG))
    short = campaign_span(k2_product(1, 3, SHORT))
    assert len(short.mjd) == 30 * len(long.mjd)
    assert short.mjd.reshape(-1, 30).mean(axis=1) == pytest.approx(long.mjd, abs=1e-9)
    # The K2 data release notes on C3.
    assert (short.first_cadence, short.first_cadence + len(short.mjd) - 1) == (2976430, 3078009)
    fired = (short.quality & FIRING).reshape(-1, 30) != 0
    assert (fired.any(axis=1) == ((long.quality & FIRING) != 0)).all()
    assert not fired.all(axis=1).any()


@pytest.mark.parametrize("path", _REAL)
def test_as_in_the_mission_file(path: str, real_files: Path) -> None:
    """Numbers and times equal the real file's, and flags are as frequent."""
    product = parse_file_name(path.rpartition("/")[2])
    assert product is not None
    with fits.open(real_files / "k2" / path) as hdus:
        table, header = hdus[1].data, hdus[0].header
        span = campaign_span(product)
        assert table["CADENCENO"][0] == span.first_cadence
        assert len(table) == len(span.mjd)
        assert header["TTABLEID"] == span.target_table
        raw = table["TIME"] - table["TIMECORR"]
        seen = np.isfinite(raw)
        assert raw[seen] == pytest.approx(span.mjd[seen] - MJD_OF_BKJD_ZERO, abs=5e-5)
        for bit in (5, 16, 20):
            real, ours = (
                np.count_nonzero(q & 1 << bit) for q in (table["SAP_QUALITY"], span.quality)
            )
            assert 0.7 * real < ours < 1.4 * real
