"""Sky groups fall on the channels that the mission's files name."""

from __future__ import annotations

from pathlib import Path

import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from preprocessing.simulator.synthesis.focal_plane import (
    MODULE_3_SKYGROUPS,
    N_SKYGROUPS,
    channel_of,
    module_output,
    sky_position,
)

skygroups = st.integers(1, N_SKYGROUPS)
shares = st.floats(0, 1)


@given(st.integers(0, 17))
def test_no_two_sky_groups_share_a_channel(quarter: int) -> None:
    """In every quarter the 84 sky groups take the 84 channels."""
    channels = {channel_of(skygroup, quarter) for skygroup in range(1, N_SKYGROUPS + 1)}
    assert channels == set(range(1, N_SKYGROUPS + 1))


@given(skygroups, st.integers(1, 13))
def test_the_field_comes_round_in_a_year(skygroup: int, quarter: int) -> None:
    """Four quarters later a sky group is on the same channel."""
    assert channel_of(skygroup, quarter) == channel_of(skygroup, quarter + 4)


def test_module_3_is_where_its_sky_groups_are_in_q4() -> None:
    """In Q4, Q8, Q12 and Q16 four sky groups stand on module 3, and no other time."""
    for skygroup in MODULE_3_SKYGROUPS:
        modules = [module_output(channel_of(skygroup, quarter))[0] for quarter in range(18)]
        assert [quarter for quarter in range(18) if modules[quarter] == 3] == [4, 8, 12, 16]


@pytest.mark.slow
@given(skygroups, shares, shares)
def test_stars_stand_in_the_field_of_view(skygroup: int, along: float, across: float) -> None:
    """No position is farther from the middle of the field than its corners."""
    ra_deg, dec_deg = sky_position(skygroup, along, across)
    assert 279 < ra_deg < 303
    assert 36 < dec_deg < 53


def test_channels_as_in_the_mission_files(real_files: Path) -> None:
    """Each real file names the channel, module and output that follow from its sky group."""
    for path in sorted((real_files / "kepler").glob("*/*.fits")):
        header = fits.getheader(path)
        channel = channel_of(header["SKYGROUP"], header["QUARTER"])
        assert channel == header["CHANNEL"], path.name
        assert module_output(channel) == (header["MODULE"], header["OUTPUT"])
