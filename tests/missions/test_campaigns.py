"""Campaigns follow each other, each with a start and an end."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from astropy.io import fits

from preprocessing.missions.k2 import CAMPAIGNS
from preprocessing.missions.k2.campaigns import CAMPAIGN_DAYS, campaign_mjd


def test_every_campaign_is_there_in_turn() -> None:
    """Campaigns and halves follow each other without overlap."""
    assert set(CAMPAIGN_DAYS) == set(CAMPAIGNS)
    for campaign, later in itertools.pairwise(CAMPAIGNS):
        start, end = campaign_mjd(campaign)
        assert start < end <= campaign_mjd(later)[0]


@pytest.mark.parametrize(
    ("campaign", "path"),
    [
        (3, "k2/EPIC206103150/ktwo206103150-c03_llc.fits"),
        (4, "k2/EPIC211117077/ktwo211117077-c04_llc.fits"),
        (5, "k2/EPIC211436265/ktwo211436265-c05_llc.fits"),
        (91, "hlsp/EPIC221312395/hlsp_k2sff_k2_lightcurve_221312395-c91_kepler_v1_llc.fits"),
        (92, "hlsp/EPIC221312395/hlsp_k2sff_k2_lightcurve_221312395-c92_kepler_v1_llc.fits"),
    ],
)
def test_days_are_those_of_the_files(campaign: int, path: str, real_files: Path) -> None:
    """The days of a campaign equal those of its files to the second."""
    header = fits.getheader(real_files / path, 1)
    for date, keyword in zip(CAMPAIGN_DAYS[campaign], ("DATE-OBS", "DATE-END"), strict=True):
        assert abs(int(date[17:]) - float(header[keyword][17:-1])) <= 0.6
        assert date[:16] == header[keyword][:16]
