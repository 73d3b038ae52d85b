"""Three campaigns of K2 have two halves, and all sort in time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.missions.k2 import CAMPAIGNS
from preprocessing.missions.k2.splits import campaign_stamp, is_half, whole_campaign

_HALVES = {91: 9, 92: 9, 101: 10, 102: 10, 111: 11, 112: 11}


@given(campaign=st.integers(0, 999))
def test_only_six_numbers_are_halves(campaign: int) -> None:
    """Only six numbers are halves of campaigns."""
    assert whole_campaign(campaign) == _HALVES.get(campaign, campaign)
    assert is_half(campaign) is (campaign in _HALVES)


@pytest.mark.parametrize("whole", [9, 10, 11])
def test_a_split_campaign_has_no_files_of_its_own(whole: int) -> None:
    """Only the halves of a split campaign have files."""
    assert whole not in CAMPAIGNS
    assert {n for n in CAMPAIGNS if whole_campaign(n) == whole} == {10 * whole + 1, 10 * whole + 2}


def test_stamps_tell_campaigns_apart_in_time() -> None:
    """Campaigns sort in time, with the three split ones in two halves."""
    assert sorted(CAMPAIGNS, key=campaign_stamp) == list(CAMPAIGNS)
    assert len(set(map(campaign_stamp, CAMPAIGNS))) == len(CAMPAIGNS) == 23
